//! Say: what an event says, and that it is this shop's word: signed as Standard Webhooks has it, with HMAC-SHA256 over number, time and
//! body, so that a program of its receiver's choice checks it.

use data_encoding::{BASE64, HEXLOWER};
use party::{
    bank::WhyNot,
    shop::{HookAbout, HookHeard, HookTold, Payout, PayoutState, Telling},
};
use reqwest::{StatusCode, header};
use seal::Secret;
use serde_json::{Value, json};
use units::Moment;

use crate::{shop::console::sale_json, strangers::Strangers};

/// A secret as a publisher's program takes it.
pub(in crate::shop) fn secret_text(secret: &Secret) -> String {
    format!("whsec_{}", BASE64.encode(secret.expose()))
}

/// Says one. Neither where it goes nor what is answered is written down, but for the status.
pub(super) async fn say(to: &Strangers, telling: &Telling, now: Moment) -> HookHeard {
    let Some((told, request)) = telling.told.as_ref().zip(to.post(&telling.address)) else {
        return HookHeard::No(None);
    };
    let body = event(&telling.about, telling.at, told).to_string();
    let id = format!("evt_{}", HEXLOWER.encode(&telling.id));
    let seconds = (now.0 / 1000).to_string();
    let signatures = signatures(&telling.secrets, [&id, &seconds, &body]);
    let request = request
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signatures)
        .body(body);
    match Strangers::send(request).await {
        Some(status) if status.is_success() => HookHeard::Yes(status.as_u16()),
        Some(StatusCode::GONE) => HookHeard::Gone(StatusCode::GONE.as_u16()),
        status => HookHeard::No(status.map(|status| status.as_u16())),
    }
}

/// One for each secret that stands.
fn signatures(secrets: &[Secret], [id, seconds, body]: [&str; 3]) -> String {
    let parts = [id.as_bytes(), b".", seconds.as_bytes(), b".", body.as_bytes()];
    let one = |secret| format!("v1,{}", BASE64.encode(&seal::mac(secret, &parts)));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// An event as JSON.
fn event(about: &HookAbout, at: Moment, told: &HookTold) -> Value {
    let data = match told {
        HookTold::Sale(deal, sale) => sale_json(deal, sale),
        HookTold::Payout(id, ordered, payout) => payout_json(*id, *ordered, payout),
        HookTold::Test => json!({}),
    };
    json!({ "type": about.word(), "timestamp": at.to_string(), "data": data })
}

fn payout_json(id: [u8; 16], ordered: Moment, payout: &Payout) -> Value {
    let (paid, returned) = match &payout.state {
        PayoutState::Paid(at) => (Some(at.to_string()), None),
        PayoutState::Returned(why) => (None, Some(why_not(*why))),
        PayoutState::Asked | PayoutState::Taken | PayoutState::Waiting(_) => (None, None),
    };
    json!({
        "id": HEXLOWER.encode(&id), "ordered": ordered.to_string(), "amount": payout.amount.minor(),
        "currency": payout.amount.currency().code(), "paid": paid, "returned": returned,
    })
}

/// Why the bank did not, as a code.
fn why_not(why: WhyNot) -> &'static str {
    match why {
        WhyNot::NoAccount => "no-account",
        WhyNot::NotCovered => "not-covered",
        WhyNot::Amount => "amount",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{Currency, Money};

    #[test]
    fn what_is_signed_is_what_others_would_sign() {
        // Made with Python's hmac and base64, as the specification describes it.
        let secrets = [Secret::new([7; 32]), Secret::new([8; 32])];
        let said = signatures(&secrets, ["evt_1", "1674087231", "{\"type\":\"hook.test\"}"]);
        assert_eq!(
            said,
            "v1,1sq+A+Fvbq/ivGX/4g8+JTLhyax34bHbcMk+Mp3wMgo= v1,hUn5iKyfX27BJYYz1fzS+avwspmUQYIgw2RYdRRiObE="
        );
        assert_eq!(
            secret_text(&secrets[0]),
            "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
        );
    }

    #[test]
    fn a_pay_out_says_what_became_of_it() {
        let payout = |state| Payout {
            amount: Money::new(171_950, Currency::JPY).unwrap(),
            state,
        };
        let (at, id) = (Moment(1_795_168_800_000), [3; 16]);
        let about = HookAbout::PayoutPaid(at, id);
        let said = event(&about, at, &HookTold::Payout(id, at, payout(PayoutState::Paid(at))));
        assert_eq!(
            (&said["type"], &said["data"]["amount"]),
            (&json!("payout.paid"), &json!(171_950))
        );
        assert_eq!(said["data"]["paid"], said["timestamp"]);
        let state = PayoutState::Returned(WhyNot::NotCovered);
        let said = event(&about, at, &HookTold::Payout(id, at, payout(state)));
        assert_eq!(
            (&said["data"]["paid"], &said["data"]["returned"]),
            (&json!(null), &json!("not-covered"))
        );
    }
}
