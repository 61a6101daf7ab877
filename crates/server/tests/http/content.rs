//! A content server and a license server as parties of their own: the file takes one way, the key another, and neither of the two
//! has what the other has.

use license::TenderKind;
use minicbor::bytes::ByteVec;
use package::{Front, Signatures};
use seal::{Audience, Kind as Sealed, Role as Certified, cbor};
use server::{
    config::{Role, Selling},
    keeper::{ContentLine, Contents},
    running::{Running, start},
    shop::Published,
};

use crate::{
    publisher::{Shown, Work, make},
    world::{OPERATOR, World, code_of, config},
};

/// The same package with its publisher's signatures; `by`: whose they are.
fn signed(world: &World, shown: &Shown, by: &str) -> Vec<u8> {
    let keys = world.maker.party(Certified::Publisher, by).unwrap();
    let front = Front::parse(&shown.sealed).unwrap();
    let body = &shown.sealed[front.bytes().len()..];
    let sign = |kind, body: &[u8]| match kind {
        Sealed::Header => seal::sign(
            keys.signer(),
            kind,
            world.realm.id(),
            Audience::Anyone,
            &front.package(),
        ),
        _ => seal::sign(
            keys.signer(),
            kind,
            world.realm.id(),
            Audience::Anyone,
            &ByteVec::from(body.to_vec()),
        ),
    };
    let signatures = Signatures {
        header: sign(Sealed::Header, &[]),
        preview: sign(Sealed::Preview, &front.header().preview_statement().unwrap()),
        chain: cbor::to_bytes(&vec![ByteVec::from(keys.certificate().to_vec())]),
    };
    let front = Front::assemble(front.header().clone(), signatures, front.preview().to_vec()).unwrap();
    [front.bytes(), body].concat()
}

async fn bring(world: &World, keeper: &Running, shown: &Shown, bytes: Vec<u8>) -> reqwest::Response {
    let at = format!("{}/v1/packages/{}", keeper.address, shown.package);
    world.client.put(at).body(bytes).send().await.unwrap()
}

async fn said(world: &World, licenses: &Running, shown: &Shown) -> Published {
    let answer = world.post(licenses, "publish", shown.bundle.clone()).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

/// proves: ST-1 ST-2 ST-3 ST-17
#[tokio::test]
async fn the_file_lies_at_one_party_and_its_keys_are_sold_by_another() {
    let world = World::start().await;
    let keeper = config(
        &world.maker,
        world.dir.path(),
        Role::Content,
        Certified::Content,
        "content",
    );
    let mut keeper = start(keeper).await.unwrap();
    keeper.ready().await;
    let mut licenses = config(
        &world.maker,
        world.dir.path(),
        Role::Shop,
        Certified::Seller,
        "licenses",
    );
    licenses.selling = Selling {
        issuer: Some(world.issuer.id),
        bank: Some(world.bank.id),
        content: Some(keeper.id),
        ..Selling::default()
    };
    let mut licenses = start(licenses).await.unwrap();
    licenses.ready().await;
    let work = Work {
        number: 2_000_000_001,
        tenders: vec![TenderKind::Slip, TenderKind::Charge],
        ..Work::default()
    };
    let shown = make(&world, "licenses", &work);
    // The keys are here; nothing is sold before the file lies where buyers get it.
    let published = said(&world, &licenses, &shown).await;
    assert_eq!((published.ready, published.at), (false, Some(keeper.id.to_string())));

    // Nobody signed it, or somebody else did: it is not kept.
    let unsigned = bring(&world, &keeper, &shown, shown.sealed.clone()).await;
    assert_eq!(code_of(unsigned).await, "package-unsigned");
    let stranger = bring(&world, &keeper, &shown, signed(&world, &shown, "stranger")).await;
    assert_eq!(code_of(stranger).await, "package-other-publisher");
    let of = format!("/v1/contents/{}", shown.content);
    assert_eq!(world.get(&keeper, &of).await.status(), 404);
    assert!(!said(&world, &licenses, &shown).await.ready);

    // Its publisher's; brought twice, by anybody, it is here once.
    let sealed = signed(&world, &shown, "publisher");
    for _ in 0..2 {
        let kept = bring(&world, &keeper, &shown, sealed.clone()).await;
        let text = kept.text().await.unwrap();
        let line: ContentLine = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
        assert_eq!((line.title.as_str(), line.bytes), ("Winter sun", sealed.len() as u64));
    }
    let there: Contents = world.get(&keeper, &of).await.json().await.unwrap();
    assert_eq!(there.contents.len(), 1);
    // By number, whole or in part.
    let part = world.client.get(format!("{}{of}/package", keeper.address));
    let part = part.header("range", "bytes=1000-1999").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), sealed[1000..2000]);

    // Now the license server sells, and shows people what: work, publisher, number, price.
    assert!(said(&world, &licenses, &shown).await.ready);
    let page = world.get(&licenses, &format!("/en/works/{}", shown.content)).await;
    let html = page.text().await.unwrap();
    for text in ["Winter sun", "publisher", "2000000001", "¥100"] {
        assert!(html.contains(text), "no {text:?} on the page");
    }
    // Whoever asks it for the file is told where it lies.
    let plain = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let asked = plain.get(format!("{}/v1/packages/{}", licenses.address, shown.package));
    let asked = asked.send().await.unwrap();
    let there = format!("{}/v1/packages/{}", keeper.address, shown.package);
    assert_eq!(
        (asked.status().as_u16(), asked.headers()["location"].to_str().unwrap()),
        (307, there.as_str())
    );

    // The page for people, and the operator's way to take a file off.
    let html = world.get(&keeper, "/").await.text().await.unwrap();
    assert!(html.contains("Winter sun") && html.contains(&shown.content.to_string()));
    let stranger = world.client.delete(&there).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    let gone = world.client.delete(&there).bearer_auth(OPERATOR).send().await.unwrap();
    assert_eq!(gone.status(), 204);
    assert_eq!(world.get(&keeper, &of).await.status(), 404);

    licenses.stop().await;
    keeper.stop().await;
    world.stop().await;
}
