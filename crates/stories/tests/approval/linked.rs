//! Linked: everything that reaches two sellers, opened as they open it, and searched for whatever two purchases of one person
//! share that purchases of two people do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use deal::wire::{PaySheet, open_sealed};
use party::{
    Party, PartyKeys, Verb,
    shop::{Shop, ShopConfig},
};
use seal::{Kind, Role};
use stories::{Answer, Holder, Listing, Parties};
use units::{Currency, PartyId, Refusal};

use super::world::{Scene, scene, work};

/// What one purchase brought to its seller, in order: every message as it came and as the seller can open it.
struct Seen {
    whole: Vec<Vec<u8>>,
    sizes: Vec<(Verb, usize)>,
    pay: PaySheet,
}

struct Seller {
    keys: PartyKeys,
    listing: Listing,
    id: PartyId,
}

fn buys(scene: &mut Scene, holder: &mut Holder, user: approver::UserId, seller: &Seller) -> Seen {
    scene.world.world.listen();
    let seed = holder.draw();
    let asked = holder.card.ask_sale(seller.listing.number, &seed).unwrap();
    let Answer::Bytes(quote) = scene.world.world.tell(seller.id, Verb::Ask, &asked.bytes()) else {
        panic!("no quote")
    };
    let now = scene.world.world.now();
    let checked = holder
        .card
        .read_quote(&quote, Some(&asked), Some(&seller.listing.sheet), now)
        .unwrap();
    let (approved, _) = scene.world.permit(holder, &checked, user).unwrap();
    let (_, pay) = scene.world.commit(holder, &checked, approved).unwrap();
    let Answer::Bytes(settle) = scene.world.world.tell(seller.id, Verb::Pay, &pay) else {
        panic!("not settled")
    };
    let seed = holder.draw();
    let settled = holder.card.settle(&settle, now, &seed).unwrap();
    let card::Settled::Given { done, .. } = settled else {
        panic!("{settled:?}")
    };
    assert!(matches!(
        scene.world.world.tell(seller.id, Verb::Done, done.bytes()),
        Answer::Bytes(_)
    ));
    scene.world.world.settle_down();

    let (mut whole, mut sizes, mut sheet) = (Vec::new(), Vec::new(), None);
    for carried in scene.world.world.overheard() {
        // What it is sent, and what it is answered: both reach it.
        let reached = if carried.to == seller.id {
            Some(carried.body.clone())
        } else if carried.from == Some(seller.id) {
            carried.answer.clone()
        } else {
            None
        };
        let Some(bytes) = reached else { continue };
        sizes.push((carried.verb, bytes.len()));
        for (verb, kind) in [(Verb::Pay, Kind::Pay), (Verb::Done, Kind::Done)] {
            if carried.verb == verb && carried.to == seller.id {
                let open = open_sealed(seller.keys.opener(), kind, &bytes).unwrap();
                if kind == Kind::Pay {
                    let realm = scene.world.world.realm().id();
                    sheet = Some(
                        seal::parse::<PaySheet>(&open, Kind::Pay, realm)
                            .unwrap()
                            .claims()
                            .clone(),
                    );
                }
                whole.push(open);
            }
        }
        whole.push(bytes);
    }
    Seen {
        whole,
        sizes,
        pay: sheet.unwrap(),
    }
}

/// Every run of eight bytes in what a seller saw.
fn runs(seen: &Seen) -> BTreeSet<[u8; 8]> {
    let windows = seen.whole.iter().flat_map(|bytes| bytes.windows(8));
    windows.map(|w| w.try_into().unwrap()).collect()
}

fn sellers(scene: &mut Scene) -> [Seller; 2] {
    let world = &mut scene.world.world;
    let keys = world.keys_of(Role::Seller, "Harbour Books").unwrap();
    let config = ShopConfig::new(world.issuer_id(), Currency::JPY);
    let other = Arc::new(Shop::new(keys, world.desk().unwrap(), config));
    let certificate = other.certificate().to_vec();
    world
        .welcome("other shop", other.clone(), &certificate, |_| Default::default())
        .unwrap();
    let listing = world.publish_at(&other, &work(), None, 1).unwrap();
    let own = world.shop();
    [
        Seller {
            keys: world.keys_of(Role::Seller, "Lantern Records").unwrap(),
            id: Party::id(&*own),
            listing: scene.listing.clone(),
        },
        Seller {
            keys: world.keys_of(Role::Seller, "Harbour Books").unwrap(),
            id: Party::id(&*other),
            listing,
        },
    ]
}

/// proves: PA-5 row-67
#[test]
fn two_sellers_who_join_all_they_have_cannot_tell_that_a_buyer_is_one() {
    let mut scene = scene(true, 90_000);
    let sellers = sellers(&mut scene);
    let mut ben = Holder::born("ben", &mut scene.world.world, Currency::JPY, &[8; 32]).unwrap();
    let ben_user = scene
        .world
        .subscribe("ben@example.jp", "another ferry", 90_000, 0)
        .unwrap();
    let mut aiko = std::mem::replace(
        &mut scene.buyer,
        Holder::born("spare", &mut scene.world.world, Currency::JPY, &[6; 32]).unwrap(),
    );
    let user = scene.user;
    let a = [
        buys(&mut scene, &mut aiko, user, &sellers[0]),
        buys(&mut scene, &mut aiko, user, &sellers[1]),
    ];
    let b = [
        buys(&mut scene, &mut ben, ben_user, &sellers[0]),
        buys(&mut scene, &mut ben, ben_user, &sellers[1]),
    ];
    // Whatever one person's two purchases share, one of each of two people share as well.
    let shared = |x: &Seen, y: &Seen| runs(x).intersection(&runs(y)).copied().collect::<BTreeSet<_>>();
    let same_person: BTreeSet<_> = shared(&a[0], &a[1]);
    let two_people: BTreeSet<_> = shared(&a[0], &b[1]).union(&shared(&b[0], &a[1])).copied().collect();
    let links: Vec<_> = same_person.difference(&two_people).collect();
    assert!(links.is_empty(), "what two purchases share: {links:02x?}");

    // As many messages of the same sizes in the same order, whoever buys.
    assert_eq!(a[0].sizes, b[0].sizes);
    assert_eq!(a[1].sizes, b[1].sizes);

    for (first, second) in [(&a[0].pay, &a[1].pay), (&b[0].pay, &b[1].pay)] {
        assert!(first.seller_number.is_none() && second.seller_number.is_none());
        assert_eq!(first.pay.facts, deal::Facts::default());
        assert_eq!(second.pay.facts, deal::Facts::default());
        // Numbers in a row do not look like it.
        assert!(first.pay.pay_no >= deal::approval::BLIND && second.pay.pay_no >= deal::approval::BLIND);
        assert!(first.pay.pay_no.abs_diff(second.pay.pay_no) > 1 << 32);
    }
    // Nor do the numbers of the tags' certificates, whose dates are a day's and not a second's.
    let claims = |seen: &Seen| {
        let realm = scene.world.world.realm().id();
        let parsed = seal::parse::<seal::Claims>(&seen.pay.certificate, Kind::Certificate, realm).unwrap();
        parsed.claims().clone()
    };
    let (one, two) = (claims(&a[0]), claims(&a[1]));
    assert!(one.serial.abs_diff(two.serial) > 1 << 32);
    assert_eq!(one.from.0 % 86_400_000, 0);
    assert!(one.name.is_empty());
    scene.adds_up();
}

/// proves: row-67
#[test]
fn a_seller_knows_a_buyer_again_only_where_the_publisher_signed_so_and_the_card_says_it() {
    let mut scene = scene(true, 90_000);
    let checked = scene.quote();
    assert!(!scene.buyer.card.purchase(&checked).unwrap().knows_again);
    let listing = {
        let world = &mut scene.world.world;
        world.knows_buyers(true);
        world.publish(&work()).unwrap()
    };
    let own = scene.world.world.shop();
    let seller = Seller {
        keys: scene.world.world.keys_of(Role::Seller, "Lantern Records").unwrap(),
        id: Party::id(&*own),
        listing,
    };
    let mut buyer = std::mem::replace(
        &mut scene.buyer,
        Holder::born("spare", &mut scene.world.world, Currency::JPY, &[6; 32]).unwrap(),
    );
    let user = scene.user;
    let first = buys(&mut scene, &mut buyer, user, &seller);
    assert!(first.pay.seller_number.is_some());
    let checked = buyer
        .ask(&mut scene.world.world, seller.listing.number, &seller.listing.sheet)
        .unwrap();
    // The user is shown it before he agrees, at the approver and on the card.
    let (_, id) = scene.world.ask(&mut buyer, &checked).unwrap();
    assert!(scene.world.show(id, user).unwrap().knows_again);
    assert!(buyer.card.purchase(&checked).unwrap().knows_again);
    let no = scene.buyer.card.purchase(&checked).err().map(|no| no.code());
    assert_eq!(no, None);
}
