//! Copy management as the other systems: a medium is one more way to pay the one order, the devices one more term of the
//! license, and what was copied so is handed on by the rules that hold for every license.

use card::{Card, Want};
use copying::{DeviceId, DeviceKind, device::Body};
use license::{Route, Shown};
use seal::Secret;
use store::Tx;
use stories::{Counterpart, Handing, Holder, InMemory, Listing, Parties, Stuck, Work};
use units::{Currency, Money, OfferNo, Refusal};

use crate::NOW;

/// What a player and a drive of these numbers show.
fn shown(player: u8, drive: u8) -> Shown {
    let body = |n: u8, kind| Body::new(DeviceId([n; 16]), kind, Secret::new([n; 32])).shown();
    Shown {
        player: body(player, DeviceKind::Player),
        drive: body(drive, DeviceKind::Drive),
    }
}

fn world(price: i64) -> (InMemory, Listing) {
    let mut parties = InMemory::found(&[9; 32], Currency::JPY, NOW).unwrap();
    let work = Work {
        title: "Winter Sun".into(),
        content: vec![42; 5000],
        media_type: "application/octet-stream".into(),
        price,
        unique: false,
        handing: Some(Handing {
            fare: 60,
            generations: 3,
            route: Route::Chain,
            locked: None,
        }),
    };
    let listing = parties.publish(&work).unwrap();
    (parties, listing)
}

fn take(parties: &mut InMemory, number: OfferNo, media: Vec<[u8; 16]>) -> Result<(), party::Refused> {
    let shop = parties.shop();
    let store = parties.store_of(party::Party::id(&*shop)).unwrap();
    store.write(move |tx: &mut dyn Tx| Ok(shop.take_media(tx, number, &media)?))
}

fn holder(parties: &mut InMemory, name: &str, money: i64) -> Holder {
    let mut one = Holder::born(name, parties, Currency::JPY, &[3; 32]).unwrap();
    if money > 0 {
        one.first_money(parties, Money::new(money, Currency::JPY).unwrap())
            .unwrap();
    }
    one
}

/// Buys with a medium, bound to these devices.
fn buy(
    parties: &mut InMemory,
    who: &mut Holder,
    listing: &Listing,
    medium: [u8; 16],
    bind: license::Bind,
) -> Result<units::LicenseId, Stuck> {
    let checked = who.ask(parties, listing.number, &listing.sheet)?;
    let want = Want {
        other: Some(deal::medium::tender(&medium, checked.quote_hash())),
        bind,
        ..Want::default()
    };
    let (_, pay) = who.commit(parties, &checked, &want)?;
    match who.finish(parties, Counterpart::Shop, &pay)? {
        card::Settled::Given { license: Some(id), .. } => Ok(id),
        card::Settled::Void { reason, .. } => Err(Stuck {
            code: reason.code().into(),
            text: "void".into(),
        }),
        other => panic!("{other:?}"),
    }
}

fn plays<J: card::Journal>(card: &mut Card<J>, id: units::LicenseId, on: Option<&Shown>) -> Result<(), &'static str> {
    card.begin_play_on(id, on, NOW, &seal::Seed::new([5; 32]))
        .map(|_| ())
        .map_err(|no| no.code())
}

/// proves: CM-3 CM-5 CM-6 row-71
#[test]
fn a_medium_pays_one_order_once_and_its_license_plays_on_its_devices_alone() {
    let (mut parties, listing) = world(300);
    let (one, two) = ([1; 16], [2; 16]);
    take(&mut parties, listing.number, vec![one, two]).unwrap();
    // The same again changes nothing; a medium of another offer is another.
    take(&mut parties, listing.number, vec![one, two]).unwrap();
    assert_eq!(
        take(&mut parties, OfferNo(999), vec![one]).unwrap_err().code(),
        "offer-unknown"
    );
    let mut owner = holder(&mut parties, "owner", 0);
    let mut friend = holder(&mut parties, "friend", 500);
    let mine = shown(1, 2);
    // Without devices it is no payment; nor is a medium that was never made, nor a proof that is another's.
    let no = buy(&mut parties, &mut owner, &listing, one, license::Bind::Free).unwrap_err();
    assert_eq!(no.code, "void-tender");
    let no = buy(&mut parties, &mut owner, &listing, [9; 16], mine.bind()).unwrap_err();
    assert_eq!(no.code, "void-tender");
    let license = buy(&mut parties, &mut owner, &listing, one, mine.bind()).unwrap();
    assert_eq!(owner.books().purse, 0);
    // The borrowed medium: whoever comes second gets nothing, and loses nothing.
    let no = buy(&mut parties, &mut friend, &listing, one, shown(3, 4).bind()).unwrap_err();
    assert_eq!(no.code, "void-tender");
    assert_eq!(friend.books().purse, 500);
    // It plays where its two devices are, and nowhere else; a card alone, lent, plays nothing.
    assert_eq!(plays(&mut owner.card, license, Some(&shown(1, 2))), Ok(()));
    for other in [Some(shown(3, 2)), Some(shown(1, 4)), None] {
        assert_eq!(
            plays(&mut owner.card, license, other.as_ref()),
            Err("playback-not-permitted")
        );
    }
    // The other medium still pays, for whoever has it.
    buy(&mut parties, &mut friend, &listing, two, shown(3, 4).bind()).unwrap();
    assert_eq!(parties.audit(), Vec::<String>::new());
}

/// proves: CM-3 CM-5 SD-1
#[test]
fn what_was_copied_from_a_medium_is_handed_on_for_its_fare_bound_to_the_friend_s_devices() {
    let (mut parties, listing) = world(300);
    take(&mut parties, listing.number, vec![[1; 16]]).unwrap();
    let mut owner = holder(&mut parties, "owner", 0);
    let mut friend = holder(&mut parties, "friend", 500);
    let license = buy(&mut parties, &mut owner, &listing, [1; 16], shown(1, 2).bind()).unwrap();
    // Unbound it does not leave: the giver's card says no, and the fare is back.
    let no = owner
        .hand_on(&mut friend, &parties, license, deal::Kind::Copy)
        .unwrap_err();
    assert_eq!(no.code, "not-given");
    let theirs = shown(3, 4);
    let mut other = holder(&mut parties, "other friend", 500);
    let want = Want {
        bind: theirs.bind(),
        ..Want::default()
    };
    let handed = owner
        .hand_on_as(&mut other, &parties, license, deal::Kind::Copy, &want)
        .unwrap();
    assert_eq!(handed.fare.map(|fare| fare.minor()), Some(60));
    assert_eq!(other.books().purse, 440);
    assert_eq!(plays(&mut other.card, handed.license, Some(&shown(3, 4))), Ok(()));
    assert_eq!(
        plays(&mut other.card, handed.license, Some(&shown(1, 2))),
        Err("playback-not-permitted")
    );
    // The owner's still plays on the owner's devices.
    assert_eq!(plays(&mut owner.card, license, Some(&shown(1, 2))), Ok(()));
    assert_eq!(parties.audit(), Vec::<String>::new());
}
