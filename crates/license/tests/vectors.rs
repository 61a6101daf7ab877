//! License documents as files: right ones, and one for every way of being wrong. Any implementation can read them: a file
//! says what is expected, for which tag, and gives the document in hexadecimal. `UPDATE=1` writes them anew.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use std::{fmt::Write as _, fs, path::PathBuf};

use license::{
    Bind, Delivery, Document, Link, Modes, Offer, Policy, Receiver, RefundRule, Rights, Route, TenderKind, Wrap,
};
use minicbor::bytes::ByteVec;
use seal::{
    Audience, Claims, Class, ContentSecret, Kind, Opener, Realm, Role, Roots, Secret, Seed, Signer, Trust, cbor,
};
use units::{ContentId, Currency, DealId, Hash, Moment, Money, OfferNo, PartyId, Refusal, Share, Span, Tag};

const NOW: Moment = Moment(1_800_000_000_000);

fn signer(n: u8) -> Signer {
    Signer::new(&Secret::new([n; 32]))
}
fn opener(n: u8) -> Opener {
    Opener::new(&Secret::new([n.wrapping_add(100); 32]))
}
fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

/// Keys: roots 1..=5, card certifier 11, party certifier 12, seller 21, publisher 22, another publisher 24, tags 31, 32.
fn realm() -> Realm {
    let root = |n| signer(n).verify_key();
    Realm {
        name: "vectors".into(),
        currency: "JPY".into(),
        roots: Roots {
            card: root(1),
            publisher: root(2),
            issuer: root(3),
            registry: root(4),
            time: root(5),
        },
        registry: "https://registry.example/".into(),
    }
}
fn certificate(by: u8, n: u8, role: Role) -> ByteVec {
    let claims = Claims {
        issuer: signer(by).verify_key().key_id(),
        subject: [n; 16],
        from: Moment(NOW.0 - 1_000_000),
        until: Moment(NOW.0 + 1_000_000_000),
        serial: u64::from(n),
        sign: signer(n).verify_key(),
        seal: opener(n).seal_to(),
        role,
        class: Class::Software,
        name: String::new(),
    };
    seal::issue(&signer(by), realm().id(), &claims).into()
}
fn trust() -> Trust {
    let mut trust = Trust::new(realm());
    trust.learn(&certificate(2, 12, Role::PartyCertifier)).unwrap();
    trust
}

/// Everything a document is made of, to be bent before it is put together.
struct Parts {
    policy: Policy,
    offer: Offer,
    links: Vec<(u8, Link)>,
    policy_by: u8,
    publisher: ByteVec,
    seller: ByteVec,
    /// Changes signed things after everything was signed.
    after: fn(&mut Document),
}

fn receiver(n: u8) -> Receiver {
    Receiver {
        tag: Tag([n; 16]),
        sign: signer(n).verify_key(),
        seal: opener(n).seal_to(),
    }
}

fn parts(generations: usize) -> Parts {
    let rights = Rights {
        plays: Some(9),
        period: Some(Span::days(30)),
        until: None,
        share: Share::Whole,
    };
    let publisher = PartyId([22; 16]);
    let policy = Policy {
        publisher,
        modes: Modes {
            copy: true,
            move_: false,
            locked: false,
        },
        fare_copy: yen(100),
        fare_move: yen(100),
        generations: 1,
        copies: None,
        route: Route::Chain,
        payee: publisher,
        copy_rights: rights,
        hardware_only: false,
        as_file: false,
        players: 1,
        unlock: None,
        knows_buyers: None,
    };
    let offer = Offer {
        number: OfferNo(204),
        content: ContentId([2; 16]),
        title: "Night Ferry".into(),
        publisher,
        sellers: vec![PartyId([21; 16])],
        payee: publisher,
        price: yen(300),
        tax_permille: 100,
        policy: Hash::default(),
        delivery: Delivery::Shared(Hash([7; 32])),
        rights,
        tenders: vec![TenderKind::Slip],
        refund: RefundRule::default(),
        edition: Some(10),
        until: Moment(NOW.0 + 1_000_000),
        media_type: "audio/flac".into(),
    };
    let link = |n: usize| Link {
        after: Hash::default(),
        offer: Hash::default(),
        header: Hash([7; 32]),
        key_id: [8; 16],
        generation: n as u8,
        serial: Some(3),
        rights,
        bind: Bind::Free,
        receiver: receiver(31 + n as u8),
        deal: DealId([n as u8; 32]),
        at: NOW,
        copies: None,
        support: None,
        loan: None,
    };
    let links = (0..generations)
        .map(|n| (if n == 0 { 21 } else { 30 + n as u8 }, link(n)))
        .collect();
    Parts {
        policy,
        offer,
        links,
        policy_by: 22,
        publisher: certificate(12, 22, Role::Publisher),
        seller: certificate(12, 21, Role::Seller),
        after: |_| {},
    }
}

fn assemble(mut parts: Parts, bend: impl Fn(&mut Vec<(u8, Link)>)) -> Document {
    let id = realm().id();
    let sign = |n: u8, kind, body: &dyn Fn(&Signer, Kind) -> Vec<u8>| ByteVec::from(body(&signer(n), kind));
    let policy = sign(parts.policy_by, Kind::Policy, &|k, kind| {
        seal::sign(k, kind, id, Audience::Anyone, &parts.policy)
    });
    if parts.offer.policy == Hash::default() {
        parts.offer.policy = seal::hash(&policy);
    }
    let offer = sign(22, Kind::Offer, &|k, kind| {
        seal::sign(k, kind, id, Audience::Anyone, &parts.offer)
    });
    let offer_hash = seal::hash(&offer);
    let mut after = offer_hash;
    let mut links = Vec::new();
    for (_, link) in &mut parts.links {
        link.offer = offer_hash;
    }
    bend(&mut parts.links);
    for (by, link) in &mut parts.links {
        if link.after == Hash::default() {
            link.after = after;
        }
        let signed = seal::sign(&signer(*by), Kind::Link, id, Audience::Anyone, link);
        after = seal::hash(&signed);
        links.push(ByteVec::from(signed));
    }
    let wraps = parts.links.last().map(|(_, link)| {
        let bound = license::bound_to(
            id,
            offer_hash,
            link.header,
            link.receiver.tag,
            link.generation,
            Share::Whole,
        );
        license::wrap_key(
            &link.receiver.seal,
            &bound,
            Share::Whole,
            &ContentSecret::new([9; 32]),
            &Seed::new([6; 32]),
        )
        .unwrap()
    });
    let mut document = Document {
        publisher: parts.publisher,
        offer,
        policy,
        seller: parts.seller,
        links,
        wraps: wraps.into_iter().collect(),
    };
    (parts.after)(&mut document);
    document
}

/// Name, expected code, tag asked for, bytes.
fn cases() -> Vec<(&'static str, &'static str, u8, Vec<u8>)> {
    let whole = |document: Document| cbor::to_bytes(&document);
    let bent = |generations, bend: fn(&mut Vec<(u8, Link)>)| whole(assemble(parts(generations), bend));
    let with = |generations, change: fn(&mut Parts)| {
        let mut parts = parts(generations);
        change(&mut parts);
        whole(assemble(parts, |_| {}))
    };
    let good = bent(1, |_| {});
    let mut trailing = good.clone();
    trailing.push(0);
    let mut long_form = good.clone();
    long_form[0] = 0x98;
    long_form.insert(1, 6);
    vec![
        ("sale", "ok", 31, good.clone()),
        ("copy", "ok", 32, bent(2, |_| {})),
        ("malformed-trailing", "license-malformed", 31, trailing),
        ("malformed-long-form", "license-malformed", 31, long_form),
        (
            "malformed-cut",
            "license-malformed",
            31,
            good[..good.len() - 1].to_vec(),
        ),
        (
            "publisher-by-stranger",
            "license-publisher-not-certified",
            31,
            with(1, |p| p.publisher = certificate(13, 22, Role::Publisher)),
        ),
        (
            "publisher-is-seller",
            "license-publisher-not-certified",
            31,
            with(1, |p| p.publisher = certificate(12, 22, Role::Seller)),
        ),
        (
            "policy-by-another",
            "license-terms-forged",
            31,
            with(1, |p| p.policy_by = 24),
        ),
        (
            "offer-altered",
            "license-terms-forged",
            31,
            with(1, |p| p.after = |d| flip_in_body(&mut d.offer)),
        ),
        (
            "policy-altered",
            "license-terms-forged",
            31,
            with(1, |p| p.after = |d| flip_in_body(&mut d.policy)),
        ),
        (
            "policy-of-another-offer",
            "license-terms-mixed",
            31,
            with(1, |p| p.offer.policy = Hash([1; 32])),
        ),
        (
            "policy-names-another",
            "license-terms-mixed",
            31,
            with(1, |p| p.policy.publisher = PartyId([24; 16])),
        ),
        (
            "seller-by-stranger",
            "license-seller-not-certified",
            31,
            with(1, |p| p.seller = certificate(13, 21, Role::Seller)),
        ),
        (
            "seller-not-named",
            "license-seller-not-entitled",
            31,
            with(1, |p| p.offer.sellers.clear()),
        ),
        (
            "no-links",
            "license-links-out-of-bounds",
            31,
            with(1, |p| p.links.clear()),
        ),
        ("link-by-stranger", "license-chain-broken", 31, bent(1, |l| l[0].0 = 40)),
        (
            "link-altered",
            "license-chain-broken",
            31,
            with(1, |p| p.after = |d| flip_in_body(&mut d.links[0])),
        ),
        (
            "other-header",
            "license-chain-broken",
            31,
            bent(1, |l| l[0].1.header = Hash([8; 32])),
        ),
        (
            "other-offer",
            "license-chain-broken",
            31,
            bent(1, |l| l[0].1.offer = Hash([8; 32])),
        ),
        (
            "shortened",
            "license-chain-broken",
            32,
            with(2, |p| p.after = |d| drop(d.links.remove(0))),
        ),
        (
            "spliced",
            "license-chain-broken",
            32,
            bent(2, |l| l[1].1.after = Hash([8; 32])),
        ),
        (
            "given-by-another-tag",
            "license-chain-broken",
            32,
            bent(2, |l| l[1].0 = 33),
        ),
        (
            "sale-in-generation-1",
            "license-wider-than-policy",
            31,
            bent(1, |l| l[0].1.generation = 1),
        ),
        (
            "serial-beyond-edition",
            "license-wider-than-policy",
            31,
            bent(1, |l| l[0].1.serial = Some(10)),
        ),
        (
            "more-plays",
            "license-wider-than-policy",
            31,
            bent(1, |l| l[0].1.rights.plays = Some(10)),
        ),
        (
            "plays-unlimited",
            "license-wider-than-policy",
            31,
            bent(1, |l| l[0].1.rights.plays = None),
        ),
        (
            "longer-period",
            "license-wider-than-policy",
            31,
            bent(1, |l| l[0].1.rights.period = Some(Span::days(31))),
        ),
        ("too-deep", "license-wider-than-policy", 33, bent(3, |_| {})),
        (
            "move-not-allowed",
            "license-wider-than-policy",
            32,
            bent(2, |l| l[1].1.generation = 0),
        ),
        (
            "generation-skipped",
            "license-wider-than-policy",
            32,
            bent(2, |l| l[1].1.generation = 2),
        ),
        ("for-another-card", "license-for-another-card", 32, good),
        (
            "without-key",
            "license-without-key",
            31,
            with(1, |p| p.after = |d| d.wraps.clear()),
        ),
        (
            "key-of-a-share",
            "license-without-key",
            31,
            with(1, |p| {
                p.after = |d| {
                    d.wraps = vec![Wrap {
                        share: Share::Tenth,
                        sealed: vec![0; 80],
                    }]
                }
            }),
        ),
    ]
}

/// Flips one bit of the signed text, so that the form stays right and the signature no longer fits.
fn flip_in_body(bytes: &mut ByteVec) {
    let at = bytes.len() / 2;
    // A bit of a 32-byte hash or id, found by looking for a byte whose change keeps the message parseable.
    for at in at..bytes.len() - 70 {
        let mut tried = bytes.to_vec();
        tried[at] ^= 1;
        let parses = seal::parse::<Offer>(&tried, Kind::Offer, realm().id()).is_ok()
            || seal::parse::<Policy>(&tried, Kind::Policy, realm().id()).is_ok()
            || seal::parse::<Link>(&tried, Kind::Link, realm().id()).is_ok();
        if parses {
            *bytes = tried.into();
            return;
        }
    }
    panic!("no byte to flip");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|n| u8::from_str_radix(&text[n * 2..n * 2 + 2], 16).unwrap())
        .collect()
}
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}
fn file_of(expect: &str, tag: u8, bytes: &[u8]) -> String {
    format!(
        "expect: {expect}\nrealm: {}\ncertifier: {}\ntag: {}\ndocument: {}\n",
        hex(&cbor::to_bytes(&realm())),
        hex(&certificate(2, 12, Role::PartyCertifier)),
        hex(&[tag; 16]),
        hex(bytes)
    )
}

/// Documents are made deterministically, and each way of being wrong is refused with its own code.
///
/// proves: SD-4 row-17 row-18 row-82
#[test]
fn every_vector_is_what_it_says() {
    let update = std::env::var_os("UPDATE").is_some();
    for (name, expect, tag, bytes) in cases() {
        let result = Document::parse(&bytes).and_then(|d| d.check(&trust(), Tag([tag; 16])));
        let got = result.as_ref().map_or_else(|no| no.code(), |_| "ok");
        assert_eq!(got, expect, "{name}: {result:?}");
        let path = folder().join(format!("{name}.txt"));
        let file = file_of(expect, tag, &bytes);
        if update {
            fs::write(&path, &file).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            kept, file,
            "{name}: the bytes have changed; if that is meant, run with UPDATE=1"
        );
    }
    let kept = fs::read_dir(folder()).unwrap().count();
    assert_eq!(kept, cases().len(), "a file that no case makes");
}

/// The files alone are enough: read as a stranger would.
///
/// proves: SD-4
#[test]
fn the_files_can_be_read_by_anybody() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let field = |name: &str| {
            text.lines()
                .find_map(|l| l.strip_prefix(name))
                .unwrap()
                .trim()
                .to_owned()
        };
        let realm: Realm = cbor::from_bytes(&unhex(&field("realm:"))).unwrap();
        let mut trust = Trust::new(realm);
        trust.learn(&unhex(&field("certifier:"))).unwrap();
        let tag = Tag::from_slice(&unhex(&field("tag:"))).unwrap();
        let result = Document::parse(&unhex(&field("document:"))).and_then(|d| d.check(&trust, tag));
        assert_eq!(
            result.as_ref().map_or_else(|no| no.code(), |_| "ok"),
            field("expect:"),
            "{path:?}"
        );
    }
}

/// proves: row-17 row-82
#[test]
fn no_flipped_bit_of_a_document_is_taken() {
    let good = cbor::to_bytes(&assemble(parts(2), |_| {}));
    let check = |bytes: &[u8]| Document::parse(bytes).and_then(|d| d.check(&trust(), Tag([32; 16])));
    assert!(check(&good).is_ok());
    let signed = good.len() - 90; // what comes last are the wrapped keys, which only their reader can judge
    for at in (0..signed).step_by(11) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        assert!(check(&bad).is_err(), "byte {at}");
    }
}

/// proves: row-69
#[test]
fn a_title_that_turns_or_hides_text_is_no_offer() {
    let fresh = |title: &str| {
        let mut parts = parts(1);
        parts.offer.title = title.into();
        let document = assemble(parts, |_| {});
        license::OfferSheet {
            publisher: document.publisher,
            offer: document.offer,
            policy: document.policy,
        }
    };
    let code = |title: &str| fresh(title).check(&trust(), NOW).map_err(|no| no.code()).map(|_| ());
    assert_eq!(code("Night Ferry"), Ok(()));
    assert_eq!(code("夜のフェリー"), Ok(()));
    for bad in ["", "a\nb", "Night\u{202e}yrreF", "x\u{200b}y", &"a".repeat(201)] {
        assert_eq!(code(bad), Err("offer-title"), "{bad:?}");
    }
}

/// Whoever signs a link, the bond before it holds: a player to which a broken wallet lends, and a card to which it moves the
/// license, see it in the chain itself.
///
/// proves: ST-23 ST-24
#[test]
fn a_chain_that_drops_its_players_is_no_license_for_anybody() {
    let players = |named: &[u8]| Bind::Players(named.iter().map(|n| Hash([*n; 32])).collect());
    let chain = |bought: Bind, next: Bind, kind: &str| {
        let mut parts = parts(2);
        parts.policy.modes.move_ = true;
        let document = assemble(parts, |links| {
            links[0].1.bind = bought.clone();
            let link = &mut links[1].1;
            link.bind = next.clone();
            if kind != "copy" {
                link.generation = 0;
            }
            if kind == "loan" {
                link.loan = Some(license::Loan {
                    answer: (bought == Bind::Wallet).then_some(Span::minutes(5)),
                });
            }
        });
        let checked = match kind {
            "loan" => document.check_loan(&trust(), Tag([32; 16])),
            _ => document.check(&trust(), Tag([32; 16])),
        };
        checked.map(drop).map_err(|no| no.code())
    };
    let wider = Err("license-wider-than-policy");
    for (bought, next, loan, moved, copied) in [
        (players(&[1, 2]), players(&[1, 2]), Ok(()), Ok(()), Ok(())),
        (players(&[1, 2]), players(&[1]), wider, Ok(()), Ok(())),
        (players(&[1]), players(&[2]), wider, wider, Ok(())),
        (players(&[1]), Bind::Free, wider, wider, Ok(())),
        (Bind::Wallet, Bind::Wallet, Ok(()), Ok(()), Ok(())),
        (Bind::Wallet, Bind::Free, wider, wider, Ok(())),
        (Bind::Free, Bind::Free, Ok(()), Ok(()), Ok(())),
        (
            Bind::Devices(Hash([1; 32]), Hash([2; 32])),
            Bind::Free,
            wider,
            wider,
            wider,
        ),
    ] {
        let all = ["loan", "move", "copy"].map(|kind| chain(bought.clone(), next.clone(), kind));
        assert_eq!(all, [loan, moved, copied], "{bought:?} {next:?}");
    }
}
