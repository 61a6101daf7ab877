//! Secrets: nothing that only its owner should have is found in what a party writes, says or logs.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use seal::Role as Certified;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    holder::{Holder, PIN},
    publisher::{Work, publish, shop},
    world::{OPERATOR, World},
};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn holds(all: &[u8], secret: &[u8]) -> bool {
    secret.len() >= 4 && all.windows(secret.len()).any(|w| w == secret)
}

// proves: row-98
#[tokio::test(flavor = "multi_thread")]
async fn canaries_are_found_nowhere() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    // The only test that listens; others may write into it too, which only makes it stricter.
    let _ = tracing::subscriber::set_global_default(subscriber);
    let world = World::start().await;
    let shop = shop(&world, "shop", None).await;
    let shown = publish(&world, &shop, "shop", &Work::default()).await;
    let mut holder = Holder::with_account(&world, "Canary Holder", 100).await;
    holder.load(&world, 100).await;
    let (deal, _) = holder
        .buy(&world, &shop, shown.number, &shown.sheet, &card::Want::default())
        .await;
    world.get(&shop, &format!("/receipts/{deal}")).await;
    let (_, token) = holder.account.unwrap();
    world.get(&world.bank, &format!("/v1/accounts/{token}")).await;
    world.get(&shop, "/v1/works?q=canary%1b%5b2Jquery").await;
    world
        .client
        .get(format!("{}/v1/sales", shop.address))
        .bearer_auth(OPERATOR)
        .send()
        .await
        .unwrap();
    let malformed = world
        .open_account("canary-idempotency", r#"{"name":"canary-name","token":"canary-token"}"#)
        .await;
    let malformed = malformed.text().await.unwrap();

    let secrets: Vec<(&str, Vec<u8>)> = vec![
        (
            "shop's secret",
            world.maker.party_secret(Certified::Seller, "shop").expose().to_vec(),
        ),
        (
            "issuer's secret",
            world.maker.party_secret(Certified::Issuer, "issuer").expose().to_vec(),
        ),
        ("certifier's secret", world.maker.card_certifier().expose().to_vec()),
        ("operator's token", OPERATOR.as_bytes().to_vec()),
        ("PIN in words", format!("pin={PIN}").into_bytes()),
    ];
    let files = world.files();
    let log = log.0.lock().unwrap().clone();
    for (what, secret) in &secrets {
        assert!(!holds(&files, secret), "{what} in a file");
        assert!(!holds(&log, secret), "{what} in the log");
    }
    for (what, word) in [
        ("a holder's name", "Canary Holder".to_owned()),
        ("an account's token", token.to_string()),
        ("a deal's id", deal.to_string()),
        ("a query", "canary".to_owned()),
        ("a title", "Winter sun".to_owned()),
    ] {
        assert!(!holds(&log, word.as_bytes()), "{what} in the log");
    }
    assert!(!log.contains(&0x1b), "no escape in the log");
    assert!(holds(&log, b"keyfare::http"), "the log was heard at all");
    assert!(!malformed.contains("canary"), "{malformed}");
    shop.stop().await;
    world.stop().await;
}
