//! Publisher: seals works and brings them to a shop over HTTP.

use license::{
    Delivery, Modes, Offer, OfferSheet, Policy, Publication, RefundRule, Rights, Route, TenderKind, WorkKind,
    seal_content_key, sign_publication,
};
use minicbor::bytes::ByteVec;
use package::{About, ContentKey, Front, Geometry, Header, Kind, PreviewLine, Shop, Signatures, seal as seal_package};
use party::PartyKeys;
use seal::{Audience, ContentSecret, Kind as Sealed, Role as Certified, cbor};
use server::{
    config::{Role, Selling},
    running::{Running, start},
    shop::Published,
};
use units::{ContentId, Moment, OfferNo};

use crate::{
    holder::{seed, yen},
    world::{World, config, id, now},
};

/// A work as it is to be published.
pub struct Work {
    pub number: u64,
    pub title: String,
    pub price: i64,
    pub tax_permille: u16,
    pub content: Vec<u8>,
    pub unique: bool,
    pub edition: Option<u32>,
    pub preview: (String, Vec<u8>),
    pub tenders: Vec<TenderKind>,
    pub kind: Kind,
    pub credits: package::Credits,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            number: 1,
            title: "Winter sun".to_owned(),
            price: 100,
            tax_permille: 100,
            content: (0..300_000_u32).map(|n| (n / 3) as u8).collect(),
            unique: false,
            edition: None,
            preview: ("text/plain".to_owned(), b"La la la".to_vec()),
            tenders: vec![TenderKind::Slip, TenderKind::Receipt],
            kind: Kind::Text,
            credits: package::Credits::default(),
        }
    }
}

/// A published work.
pub struct Shown {
    pub number: OfferNo,
    pub content: ContentId,
    pub sheet: OfferSheet,
    pub sealed: Vec<u8>,
    pub package: units::Hash,
    pub bundle: Vec<u8>,
    /// The package's header with its signatures.
    #[allow(dead_code, reason = "the window's benchmark publishes without HTTP")]
    pub header: Vec<u8>,
}

/// Starts a shop in this world, with a floor if one is given.
pub async fn shop(world: &World, name: &str, floor: Option<i64>) -> Running {
    let mut shop = config(&world.maker, world.dir.path(), Role::Shop, Certified::Seller, name);
    shop.selling = Selling {
        issuer: Some(world.issuer.id),
        floor_limit: floor.map(yen),
        ..Selling::default()
    };
    let mut shop = start(shop).await.unwrap();
    shop.ready().await;
    shop
}

fn publisher(world: &World) -> PartyKeys {
    world.maker.party(Certified::Publisher, "publisher").unwrap()
}

/// Seals a work and signs everything about it, for the shop called `name`.
pub fn make(world: &World, name: &str, work: &Work) -> Shown {
    let (keys, realm) = (publisher(world), world.realm.id());
    let me = keys.id();
    let seller = id(&world.maker, Certified::Seller, name);
    let content = ContentId(seed().id("content"));
    let key_bytes: [u8; 32] = server::frame::chance().unwrap();
    let key = ContentKey::from_secret_bytes(key_bytes);
    let policy = Policy {
        publisher: me,
        modes: Modes {
            copy: true,
            move_: true,
            locked: false,
        },
        fare_copy: yen(50),
        fare_move: yen(0),
        generations: 3,
        copies: None,
        route: Route::Chain,
        payee: me,
        copy_rights: Rights::UNLIMITED,
        hardware_only: false,
        as_file: true,
        players: 3,
        unlock: None,
        knows_buyers: None,
    };
    let policy = seal::sign(keys.signer(), Sealed::Policy, realm, Audience::Anyone, &policy);
    let about = About {
        realm,
        content,
        publisher: me,
        title: work.title.clone(),
        kind: work.kind,
        media_type: "text/plain".to_owned(),
        delivery: package::Delivery::Shared,
        preview: Some(PreviewLine::of(&work.preview.0, &work.preview.1)),
        shop: Shop {
            seller,
            hint: String::new(),
        },
        ..About::example()
    };
    let geometry = Geometry::of(work.content.len() as u64).unwrap();
    let header = Header::new(about, &key, geometry).with_credits(work.credits.clone());
    let front = Front::assemble(header, Signatures::default(), work.preview.1.clone()).unwrap();
    let mut sealed = Vec::new();
    seal_package(&front, &key, &work.content[..], &mut sealed, &mut |_| {}).unwrap();
    let package = front.package();
    let offer = Offer {
        number: OfferNo(work.number),
        content,
        title: work.title.clone(),
        publisher: me,
        sellers: vec![seller],
        payee: me,
        price: yen(work.price),
        tax_permille: work.tax_permille,
        policy: seal::hash(&policy),
        delivery: if work.unique {
            Delivery::Unique
        } else {
            Delivery::Shared(package)
        },
        rights: Rights::UNLIMITED,
        tenders: work.tenders.clone(),
        refund: RefundRule {
            days: 14,
            unplayed: true,
            permille: 1000,
        },
        edition: work.edition,
        until: Moment(now().0 + 86_400_000),
        media_type: "text/plain".to_owned(),
    };
    let offer = seal::sign(keys.signer(), Sealed::Offer, realm, Audience::Anyone, &offer);
    let (_, to) = party::keys::public_keys(&world.maker.party_secret(Certified::Seller, name));
    let secret = ContentSecret::new(key_bytes);
    let key_sealed = seal_content_key(&to, (realm, me, seller), (package, key.id().0), &secret, &seed()).unwrap();
    let sheet = OfferSheet {
        publisher: ByteVec::from(keys.certificate().to_vec()),
        offer: ByteVec::from(offer.clone()),
        policy: ByteVec::from(policy.clone()),
    };
    let publication = Publication {
        publisher: sheet.publisher.clone(),
        policy: sheet.policy.clone(),
        offers: vec![sheet.offer.clone()],
        header: package,
        key_id: key.id().0,
        package_len: sealed.len() as u64,
        key_sealed: ByteVec::from(key_sealed),
        kind: match work.kind {
            Kind::Sound => WorkKind::Sound,
            _ => WorkKind::Text,
        },
        preview_type: work.preview.0.clone(),
        preview: seal::hash(&work.preview.1),
        at: now(),
        tracks: None,
    };
    let bundle = sign_publication(keys.signer(), realm, seller, &publication, &work.preview.1);
    Shown {
        number: OfferNo(work.number),
        content,
        sheet,
        sealed,
        package,
        bundle,
        header: front.signed().to_vec(),
    }
}

/// Publishes a work, package and all.
pub async fn publish(world: &World, shop: &Running, name: &str, work: &Work) -> Shown {
    let shown = make(world, name, work);
    let answer = world.post(shop, "publish", shown.bundle.clone()).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    let published: Published = serde_json::from_str(&text).unwrap();
    assert!(!published.ready);
    let answer = upload(world, shop, &published, shown.sealed.clone()).await;
    assert_eq!(answer.status(), 200);
    let fetched = world
        .get(shop, &format!("/v1/offers/{}", shown.number))
        .await
        .bytes()
        .await
        .unwrap();
    assert_eq!(cbor::from_bytes::<OfferSheet>(&fetched).unwrap(), shown.sheet);
    shown
}

pub async fn upload(world: &World, shop: &Running, published: &Published, bytes: Vec<u8>) -> reqwest::Response {
    let request = world.client.put(format!("{}{}", shop.address, published.upload));
    request.bearer_auth(&published.token).body(bytes).send().await.unwrap()
}
