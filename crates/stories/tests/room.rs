//! What a card has room for: licenses that changed hands often, and as much as it can still report.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

use card::Want;
use deal::{Kind, LINKS_SMALL};
use license::Route;
use stories::{Handing, Holder, InMemory, Parties, Work};
use units::{Currency, LicenseId, Moment, Money, Refusal};

const NOW: Moment = Moment(1_795_000_000_000);

struct Line {
    parties: InMemory,
    drawn: u8,
}

impl Line {
    fn person(&mut self) -> Holder {
        self.drawn += 1;
        let name = format!("user {}", self.drawn);
        let mut one = Holder::born(&name, &mut self.parties, Currency::JPY, &[self.drawn; 32]).unwrap();
        one.first_money(&mut self.parties, Money::new(500, Currency::JPY).unwrap())
            .unwrap();
        one
    }

    /// Somebody who holds a license of `links` links, and the fares of all before.
    fn holder_of(links: u8) -> (Self, Holder, LicenseId) {
        let mut parties = InMemory::found(&[5; 32], Currency::JPY, NOW).unwrap();
        let work = Work {
            title: "Night Ferry".into(),
            content: vec![42; 5000],
            media_type: "application/octet-stream".into(),
            price: 300,
            unique: false,
            handing: Some(Handing {
                fare: 100,
                generations: 255,
                route: Route::Chain,
                locked: None,
            }),
        };
        let listing = parties.publish(&work).unwrap();
        let mut line = Self { parties, drawn: 0 };
        let mut holder = line.person();
        let (_, mut license) = holder
            .buy(&mut line.parties, listing.number, &listing.sheet, &Want::default())
            .unwrap();
        for _ in 1..links {
            let mut friend = line.person();
            let handed = holder.hand_on(&mut friend, &line.parties, license, Kind::Copy).unwrap();
            (holder, license) = (friend, handed.license);
        }
        (line, holder, license)
    }

    /// `friend` pays for a copy, `giver` gives it, and nobody hears that it arrived. The giver's refusal, if it has one.
    fn unheard(&mut self, giver: &mut Holder, friend: &mut Holder, license: LicenseId) -> Result<(), &'static str> {
        let until = Moment(NOW.0 + 60_000);
        let (asking, quoting, deciding) = (friend.draw(), giver.draw(), giver.draw());
        let asked = friend.card.ask_copy(None, &asking).unwrap();
        let permit = giver.card.permit(Kind::Copy, Some(license), until).unwrap();
        let quoted = giver.card.quote(&asked.bytes(), &permit, None, NOW, &quoting);
        let quoted = quoted.map_err(|no| no.code())?;
        let checked = friend
            .card
            .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
            .unwrap();
        let (_, pay) = friend.commit(&self.parties, &checked, &Want::default()).unwrap();
        let decided = giver.card.decide(&pay, NOW, &deciding).unwrap();
        assert!(matches!(decided, card::Decided::Given { .. }), "{decided:?}");
        Ok(())
    }
}

/// proves: SD-5 SD-14 S12
#[test]
fn a_card_with_less_room_refuses_a_longer_license_before_money_moves() {
    let small = u8::try_from(LINKS_SMALL).unwrap();
    let (mut line, mut giver, license) = Line::holder_of(small);
    let mut friend = line.person();
    let (asking, quoting) = (friend.draw(), giver.draw());
    let asked = friend.card.ask_copy(None, &asking).unwrap();
    let until = Moment(NOW.0 + 60_000);
    let permit = giver.card.permit(Kind::Copy, Some(license), until).unwrap();
    let quoted = giver.card.quote(&asked.bytes(), &permit, None, NOW, &quoting).unwrap();
    assert_eq!(quoted.quote.links, Some(LINKS_SMALL + 1));
    let mut chip = friend.card.state().clone();
    chip.profile.links_max = Some(LINKS_SMALL);
    let checked = friend
        .card
        .read_quote(quoted.message.bytes(), Some(&asked), None, NOW)
        .unwrap();
    let consent = deal::Consent {
        quote: checked.hash(),
        fare: quoted.quote.price,
        pay_no: chip.pay_no,
    };
    let mut plan = deal::Plan {
        quote: checked.quote(),
        quote_hash: checked.hash(),
        signed_price: None,
        consent: &consent,
        values: &[],
        other: None,
        bind: license::Bind::Free,
        publisher: None,
        now: NOW,
    };
    let no = chip.pay(&plan).unwrap_err();
    assert_eq!(no.code(), "license-too-long-for-card", "{no}");
    let older = deal::Quote {
        links: None,
        ..quoted.quote.clone()
    };
    plan.quote = &older;
    assert!(chip.pay(&plan).is_ok(), "nothing else stood in its way");
    let held = giver.hand_on(&mut friend, &line.parties, license, Kind::Copy).unwrap();
    assert_eq!(friend.card.state().licenses.keys().collect::<Vec<_>>(), [&held.license]);
}

/// proves: R3 S12
#[test]
fn a_card_gives_no_more_than_it_can_still_report() {
    let (mut line, mut giver, license) = Line::holder_of(40);
    let mut gave = 0_usize;
    let no = loop {
        let mut friend = line.person();
        match line.unheard(&mut giver, &mut friend, license) {
            Ok(()) => gave += 1,
            Err(no) => break no,
        }
    };
    let most = usize::from(giver.card.state().profile.given_max);
    assert_eq!(no, "giver-full");
    assert!(
        (2..most).contains(&gave),
        "{gave} gifts of {most}: their bytes were the limit"
    );
    giver.report(&mut line.parties).unwrap();
    assert!(giver.card.state().given.is_empty(), "all of them were archived");
    let mut friend = line.person();
    line.unheard(&mut giver, &mut friend, license).unwrap();
}
