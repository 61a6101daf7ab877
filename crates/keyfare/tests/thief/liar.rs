//! A shop that lies, or somebody between: whatever is altered, either nothing is paid, or the payment stays named on the card
//! and finishes as soon as somebody honest answers. The price is what was shown, once.

use serde_json::Value;

use crate::{
    ask::{books, document, refused},
    proxy::{Lie, Proxy},
    town::{ROLES, Town},
};

/// A town whose shop is reached through somebody else.
fn town_behind(purse: i64) -> (Town, Proxy) {
    let mut town = Town::stocked(purse, None);
    let (seen, real) = (town.base + 4, town.base + 6);
    let path = town.path().join("shop/party.toml");
    let toml = std::fs::read_to_string(&path).unwrap();
    let line = format!("listen = \"127.0.0.1:{seen}\"");
    let moved = format!("listen = \"127.0.0.1:{real}\"\naddress = \"http://127.0.0.1:{seen}\"");
    assert!(toml.contains(&line), "{toml}");
    std::fs::write(&path, toml.replace(&line, &moved)).unwrap();
    let proxy = Proxy::between(seen, real);
    for role in ROLES {
        town.start(role);
    }
    (town, proxy)
}

/// proves: row-1 row-15
#[test]
fn a_shop_that_lies_gets_nothing() {
    let (town, proxy) = town_behind(2_000);
    let pin = town.pin();
    let buy = |what: &str| town.run(&["buy", what, "--pin-stdin"], Some(&pin));
    // Heard once: a quote and an answer that can be repeated.
    assert_eq!(document(&buy("102"))["outcome"], "given");
    let had = (1_920, 0, 1);
    // Another offer than was asked for, dearer, with every signature in order.
    proxy.tell(Lie::Swap("/v1/offers/102", "/v1/offers/101"));
    assert!(refused(&buy("102"), "offer-other").contains("101"));
    // A list that leads a title to another work.
    proxy.tell(Lie::Reword("/v1/works", "\"301\"", "\"201\""));
    refused(&buy("Lamps on the Water"), "offer-other");
    proxy.tell(Lie::Honest);
    refused(
        &town.run(&["buy", "102", "--at-most", "79", "--pin-stdin"], Some(&pin)),
        "price-above",
    );
    proxy.tell(Lie::Turn("/v1/offers/102"));
    refused(&buy("102"), "offer-forged");
    proxy.tell(Lie::Turn("/v1/ask"));
    refused(&buy("102"), "quote-for-another");
    proxy.tell(Lie::Repeat("/v1/ask"));
    refused(&buy("102"), "quote-for-another");
    proxy.tell(Lie::Refuse("/v1/ask"));
    let words = refused(&buy("102"), "sold-out");
    assert!(words.contains("somebody else"), "{words}");
    assert_eq!(books(&town.card()), had, "a lie took something");
    // From here on the card has committed: no lie gives the money up or takes it twice, and the honest answer finishes.
    let mut now = had;
    for lie in [Lie::Turn("/v1/pay"), Lie::Repeat("/v1/pay"), Lie::Refuse("/v1/pay")] {
        proxy.tell(lie.clone());
        let told: Value = document(&buy("102"));
        assert_eq!(told["outcome"], "on-its-way", "{lie:?}: {told}");
        let card = town.card();
        assert_eq!(books(&card), (now.0 - 80, 80, now.2), "{lie:?}");
        assert_eq!(card["open"].as_array().unwrap().len(), 1, "{card}");
        proxy.tell(Lie::Honest);
        now = (now.0 - 80, 0, now.2 + 1);
        assert_eq!(books(&town.finish()), now, "{lie:?}");
    }
    town.audit();
}
