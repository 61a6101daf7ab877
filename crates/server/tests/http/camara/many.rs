//! Many: more than one question lists at once; a refund that people have to make; and what stands on the bill.

use std::sync::atomic::Ordering::Relaxed;

use carrier::{Asked, AskedRefund, Caller, MerchantRefundRefused, PaymentId, PaymentRefused, Scopes, Steps};
use seal::Seed;
use serde_json::{Value as Json, json};
use units::Moment;

use super::{super::world::OPERATOR, AIKO, BILLING, Merchant, REFUND, payment, yen};

/// One more than one question lists.
const MANY: u32 = 2001;

fn refunds_of(paid: &Json) -> String {
    format!("{REFUND}/payments/{}/refunds", paid["paymentId"].as_str().unwrap())
}

fn caller(merchant: &Merchant) -> Caller {
    Caller {
        client: merchant.client.0.parse().unwrap(),
        subscriber: None,
        scopes: Scopes(u8::MAX),
    }
}

fn seed(n: u32) -> Seed {
    Seed::new(seal::hash(&n.to_be_bytes()).0)
}

/// As many payments of one yen, written where the carrier writes them; over two months, as no month's bill has so many lines.
fn pay_many(merchant: &Merchant) {
    pay_some(merchant, 0..MANY / 2);
    merchant.later(40 * 24 * 3600);
    pay_some(merchant, MANY / 2..MANY);
}

fn pay_some(merchant: &Merchant, some: std::ops::Range<u32>) {
    let (carrier, caller) = (merchant.rules(), caller(merchant));
    let now = Moment(merchant.clock.load(Relaxed));
    let done = merchant.carrier.store().write(move |tx| {
        for n in some.clone() {
            let reference = format!("many-{n}");
            let asked = Asked {
                number: Some(AIKO.into()),
                correlator: None,
                content: seal::hash(reference.as_bytes()),
                reference,
                amount: Some(yen(1)),
                tax_included: true,
                items: Vec::new(),
                what: "NO 20000000001".into(),
                merchant: None,
                wire: b"{}".to_vec(),
                sink: None,
            };
            carrier.take_payment(tx, &caller, (&asked, Steps::One), now, &seed(n))?;
        }
        Ok::<_, PaymentRefused>(())
    });
    done.unwrap();
}

/// As many refunds of one yen of a payment.
fn refund_many(merchant: &Merchant, paid: &Json) {
    let (carrier, caller) = (merchant.rules(), caller(merchant));
    let now = Moment(merchant.clock.load(Relaxed));
    let of: PaymentId = paid["paymentId"].as_str().unwrap().parse().unwrap();
    let done = merchant.carrier.store().write(move |tx| {
        for n in 0..MANY {
            let reference = format!("back-{n}");
            let asked = AskedRefund {
                amount: Some(Some(yen(1))),
                tax_included: None,
                items: Vec::new(),
                correlator: None,
                content: seal::hash(reference.as_bytes()),
                reference,
                merchant: None,
                reason: None,
                wire: b"{}".to_vec(),
                sink: None,
            };
            carrier.take_refund(tx, &caller, (of, &asked), now, &seed(n))?;
        }
        Ok::<_, MerchantRefundRefused>(())
    });
    done.unwrap();
}

/// proves: row-54
#[tokio::test]
async fn more_than_are_listed_at_once_have_to_be_narrowed() {
    let mut merchant = Merchant::open(|_| {}).await;
    let paid = merchant.create(&payment(3000, "p")).await;
    pay_many(&merchant);
    // Its token has ended meanwhile.
    merchant.token = merchant.token_of(&merchant.client, "").await;
    let all = format!("{BILLING}/payments");
    let no = merchant.get(&all, 400).await;
    assert_eq!(no["code"], "CARRIER_BILLING.TOO_MANY_MATCHING_RECORDS");
    let fewer = merchant.get(&format!("{all}?paymentStatus=denied"), 200).await;
    assert_eq!(fewer, json!([]));
    let refunds = refunds_of(&paid);
    refund_many(&merchant, &paid);
    let no = merchant.get(&refunds, 400).await;
    assert_eq!(no["code"], "CARRIER_BILLING_REFUND.TOO_MANY_MATCHING_RECORDS");
    let fewer = merchant.get(&format!("{refunds}?refundStatus=denied"), 200).await;
    assert_eq!(fewer, json!([]));
    let left = merchant.get(&format!("{refunds}/remaining-amount"), 200).await;
    assert_eq!(left["amount"], 3000 - MANY);
    merchant.close().await;
}

/// proves: ST-7 ST-17
#[tokio::test]
async fn an_offers_number_as_the_product_is_what_stands_on_the_bill() {
    let merchant = Merchant::open(|_| {}).await;
    let (carrier, store) = (merchant.rules(), merchant.carrier.store());
    for (reference, product, what) in [
        ("a", json!("20000000001"), "20000000001"),
        ("b", json!("night-ferry"), "NO 20000000001"),
        ("c", Json::Null, "NO 20000000001"),
    ] {
        let mut body = payment(10, reference);
        let meta = &mut body["amountTransaction"]["paymentAmount"]["chargingMetaData"];
        match product {
            Json::Null => drop(meta.as_object_mut().unwrap().remove("productId")),
            named => meta["productId"] = named,
        }
        let paid = merchant.create(&body).await;
        let of: PaymentId = paid["paymentId"].as_str().unwrap().parse().unwrap();
        let bought = store.read(|view| carrier.bought(view, of.0)).unwrap().unwrap();
        assert_eq!(bought.what, what);
    }
    drop(store);
    merchant.close().await;
}

/// An enterprise that has its money and the carrier's trust no more gives nothing back by machine.
///
/// proves: row-9 row-59
#[tokio::test]
async fn a_refund_of_what_an_untrusted_enterprise_has_is_denied() {
    let merchant = Merchant::open_with(|config, world| {
        config.charging.bank = Some(world.bank.id);
        config.charging.by_file = true;
        config.charging.new_for_days = Some(0);
    })
    .await;
    let paid = merchant.create(&payment(1000, "p")).await;
    let orders = format!("{}/v1/bank/orders", merchant.carrier.address);
    let mut ordered = false;
    for _ in 0..20_000 {
        let request = merchant.world.client.get(&orders).bearer_auth(OPERATOR);
        ordered = request.send().await.unwrap().status() == 200;
        if ordered {
            break;
        }
    }
    assert!(ordered, "the carrier orders its payment");
    let straw =
        json!({ "party": merchant.paid.to_string(), "name": "Lantern Records", "number": 2000, "trusted": false });
    merchant.operate("/v1/enterprises", "not trusted any more", straw).await;
    let total = json!({ "type": "total", "amountTransaction": { "referenceCode": "back", "refundAmount": {} } });
    let no = merchant.post(&refunds_of(&paid), &total, 403).await;
    assert_eq!(no["code"], "CARRIER_BILLING_REFUND.REFUND_DENIED");
    assert_eq!(merchant.get(&refunds_of(&paid), 200).await, json!([]));
    merchant.close().await;
}
