//! A holder whose card lost something asks the publisher's support desk, over the real parties in memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use card::{MendRefusal, Plea, Repair, Settled, Want};
use deal::support::{Finding, Noted, NotedStep, Stage, Trouble};
use party::Party;
use seal::Role;
use stories::{Answer, Counterpart, Holder, InMemory, Listing, Parties, Work};
use units::{Currency, DealId, LicenseId, Moment, Money, PartyId, Refusal};

const NOW: Moment = Moment(1_795_000_000_000);

struct Town {
    parties: InMemory,
    buyer: Holder,
    listing: Listing,
    asked: u8,
}

fn town() -> Town {
    let mut parties = InMemory::found(&[7; 32], Currency::JPY, NOW).unwrap();
    let mut buyer = Holder::born("buyer", &mut parties, Currency::JPY, &[8; 32]).unwrap();
    buyer
        .first_money(&mut parties, Money::new(1000, Currency::JPY).unwrap())
        .unwrap();
    let work = Work {
        title: "Night Ferry".into(),
        content: vec![42; 5000],
        media_type: "application/octet-stream".into(),
        price: 300,
        unique: false,
        handing: None,
    };
    let listing = parties.publish(&work).unwrap();
    Town {
        parties,
        buyer,
        listing,
        asked: 0,
    }
}

impl Town {
    fn buy(&mut self) -> (DealId, LicenseId) {
        let Self {
            parties,
            buyer,
            listing,
            ..
        } = self;
        buyer
            .buy(parties, listing.number, &listing.sheet, &Want::default())
            .unwrap()
    }
    fn plea(&mut self, trouble: Trouble) -> Plea {
        self.asked += 1;
        let offer = self
            .listing
            .sheet
            .check(self.buyer.card.trust(), self.parties.now())
            .unwrap()
            .offer;
        Plea {
            id: [self.asked; 16],
            at: self.parties.now(),
            publisher: offer.publisher,
            trouble,
            content: Some(offer.content),
            license: None,
            deal: None,
            code: None,
            words: "It was here yesterday.".into(),
            noted: vec![Noted {
                at: NOW,
                step: NotedStep::Refused,
                content: offer.content,
                license: LicenseId([1; 16]),
                play: None,
                from: None,
                to: None,
                code: Some("no-license".into()),
            }],
        }
    }
    fn desk(&mut self) -> PartyId {
        let certificate = self.parties.certificate(Role::Support).unwrap();
        let claims = seal::parse::<seal::Claims>(&certificate, seal::Kind::Certificate, self.parties.realm().id());
        PartyId(claims.unwrap().claims().subject)
    }
    /// The request as it leaves the card.
    fn letter(&mut self, plea: &Plea) -> Vec<u8> {
        let desk = self.parties.certificate(Role::Support).unwrap();
        let seller = self.parties.certificate(Role::Seller).unwrap();
        let seed = self.buyer.draw();
        let made = self
            .buyer
            .card
            .ask_support(plea, &desk, Some(&seller), self.parties.now(), &seed);
        made.unwrap().sealed
    }
    fn ask(&mut self, letter: &[u8]) -> Vec<u8> {
        match self.parties.send(Counterpart::Support, "support", letter) {
            Answer::Bytes(bytes) => bytes,
            other => panic!("the desk said {other:?}"),
        }
    }
    /// Reads an answer and takes what it brings.
    fn take(&mut self, plea: &Plea, answer: &[u8]) -> Result<(Stage, Option<Finding>, Vec<Repair>), MendRefusal> {
        let desk = self.desk();
        let sheet = self.buyer.card.read_supported(&plea.id, desk, answer)?;
        let Some(reissued) = &sheet.reissued else {
            return Ok((sheet.stage, None, Vec::new()));
        };
        let (seller, now, seed) = (self.parties.seller(), self.parties.now(), self.buyer.draw());
        let (finding, repairs) = self.buyer.card.take_reissued(&plea.id, seller, reissued, now, &seed)?;
        Ok((sheet.stage, Some(finding), repairs))
    }
    fn all_well(&mut self) {
        self.parties.settle_down();
        assert_eq!(self.parties.audit(), Vec::<String>::new());
    }
    fn licenses(&self) -> usize {
        self.buyer.card.state().licenses.len()
    }
}

/// proves: SD-7
#[test]
fn a_license_that_was_lost_comes_back_once_however_often_it_is_asked_for() {
    let mut town = town();
    let (_, license) = town.buy();
    let seed = town.buyer.draw();
    town.buyer.card.delete(license, NOW, &seed).unwrap();
    assert_eq!(town.licenses(), 0);

    let plea = town.plea(Trouble::Lost);
    let letter = town.letter(&plea);
    let answer = town.ask(&letter);
    // The answer is lost on its way: the same request brings the very same answer.
    assert_eq!(town.ask(&letter), answer);
    let (stage, finding, repairs) = town.take(&plea, &answer).unwrap();
    assert_eq!((stage, finding), (Stage::Repaired, Some(Finding::SaidAgain)));
    assert!(
        matches!(repairs.as_slice(), [Repair::Reissued(id)] if *id == license),
        "{repairs:?}"
    );
    // The power goes after the repair, and the answer is taken once more: nothing is there twice.
    town.buyer.power_cut().unwrap();
    let (_, _, again) = town.take(&plea, &answer).unwrap();
    assert!(
        matches!(again.as_slice(), [Repair::Whole(id)] if *id == license),
        "{again:?}"
    );
    assert_eq!(town.licenses(), 1);
    let seed = town.buyer.draw();
    assert!(town.buyer.card.begin_play(license, town.parties.now(), &seed).is_ok());
    // Asked anew, with another id: still one license, and no money moved.
    let second = town.plea(Trouble::Lost);
    let letter = town.letter(&second);
    let answer = town.ask(&letter);
    town.take(&second, &answer).unwrap();
    assert_eq!((town.licenses(), town.buyer.books().purse), (1, 700));
    town.all_well();
}

/// proves: SD-7 SD-2 row-32
#[test]
fn what_a_desk_answers_is_worth_nothing_to_anybody_else() {
    let mut town = town();
    let (_, license) = town.buy();
    let seed = town.buyer.draw();
    town.buyer.card.delete(license, NOW, &seed).unwrap();
    let plea = town.plea(Trouble::Lost);
    let letter = town.letter(&plea);
    let first = town.ask(&letter);
    let thief = Holder::born("thief", &mut town.parties, Currency::JPY, &[9; 32]).unwrap();
    let desk = town.desk();
    let no = thief.card.read_supported(&plea.id, desk, &first).unwrap_err();
    assert_eq!(no.code(), "support-for-another");
    // A thief who asks under the same id is told that it stands for another request.
    let victim = core::mem::replace(&mut town.buyer, thief);
    let letter = town.letter(&plea);
    let refused = town.parties.send(Counterpart::Support, "support", &letter);
    assert!(
        matches!(&refused, Answer::Refused(code, _) if code == "support-other-content"),
        "{refused:?}"
    );
    // And under one of his own, that he never bought it.
    let own = town.plea(Trouble::Lost);
    let letter = town.letter(&own);
    let answer = town.ask(&letter);
    let (stage, finding, repairs) = town.take(&own, &answer).unwrap();
    assert_eq!((stage, finding), (Stage::Answered, Some(Finding::NotSold)));
    assert!(repairs.is_empty() && town.licenses() == 0);
    // The one it was for takes it.
    town.buyer = victim;
    let (_, _, repairs) = town.take(&plea, &first).unwrap();
    assert!(
        matches!(repairs.as_slice(), [Repair::Reissued(id)] if *id == license),
        "{repairs:?}"
    );
    town.all_well();
}

/// proves: SD-7 S6
#[test]
fn a_payment_without_an_answer_closes_through_the_desk() {
    let mut town = town();
    let checked = town
        .buyer
        .ask(&mut town.parties, town.listing.number, &town.listing.sheet.clone())
        .unwrap();
    let (deal, pay) = town.buyer.commit(&town.parties, &checked, &Want::default()).unwrap();
    // The shop decides, and its answer never arrives.
    assert!(matches!(
        town.parties.send(Counterpart::Shop, "pay", &pay),
        Answer::Bytes(_)
    ));
    assert_eq!((town.licenses(), town.buyer.books().reserved), (0, 300));
    let plea = Plea {
        deal: Some(deal),
        ..town.plea(Trouble::NoAnswer)
    };
    let letter = town.letter(&plea);
    let answer = town.ask(&letter);
    let (stage, _, repairs) = town.take(&plea, &answer).unwrap();
    assert_eq!(stage, Stage::Repaired);
    let [
        Repair::Closed(Settled::Given {
            license: Some(license), ..
        }),
    ] = repairs.as_slice()
    else {
        panic!("the payment is still open: {repairs:?}");
    };
    assert!(town.buyer.card.state().licenses.contains_key(license));
    assert_eq!((town.licenses(), town.buyer.books().reserved), (1, 0));
    // Once more: the payment is closed, and the license whole.
    let (_, _, again) = town.take(&plea, &answer).unwrap();
    assert!(matches!(again.as_slice(), [Repair::Whole(_)]), "{again:?}");
    town.all_well();
}

/// proves: SD-7
#[test]
fn a_desk_helps_with_its_own_publishers_works_only_and_says_what_it_can_by_itself() {
    let mut town = town();
    let (_, license) = town.buy();
    let other = Plea {
        publisher: PartyId([3; 16]),
        ..town.plea(Trouble::Lost)
    };
    let letter = town.letter(&other);
    let refused = town.parties.send(Counterpart::Support, "support", &letter);
    assert!(
        matches!(&refused, Answer::Refused(code, _) if code == "support-not-ours"),
        "{refused:?}"
    );

    let known = Plea {
        code: Some("player-watched".into()),
        ..town.plea(Trouble::Other)
    };
    let letter = town.letter(&known);
    let answer = town.ask(&letter);
    let desk = town.desk();
    let sheet = town.buyer.card.read_supported(&known.id, desk, &answer).unwrap();
    assert_eq!(
        (sheet.stage, sheet.advice[0].code.as_str()),
        (Stage::Answered, "close-the-debugger")
    );

    let unknown = town.plea(Trouble::Other);
    let letter = town.letter(&unknown);
    let answer = town.ask(&letter);
    let sheet = town.buyer.card.read_supported(&unknown.id, desk, &answer).unwrap();
    assert_eq!(
        (sheet.stage, sheet.advice[0].code.as_str()),
        (Stage::Looking, "a-person-looks")
    );

    // A license that is whole needs nothing; one without counted plays gets none back.
    let whole = Plea {
        license: Some(license),
        ..town.plea(Trouble::Key)
    };
    let letter = town.letter(&whole);
    let answer = town.ask(&letter);
    let (_, _, repairs) = town.take(&whole, &answer).unwrap();
    assert!(matches!(repairs.as_slice(), [Repair::Whole(_)]), "{repairs:?}");
    let noted = |step| Noted {
        at: NOW,
        step,
        content: whole.content.unwrap(),
        license,
        play: Some(1),
        from: None,
        to: None,
        code: None,
    };
    let counted = Plea {
        license: Some(license),
        noted: vec![noted(NotedStep::Began), noted(NotedStep::Refused)],
        ..town.plea(Trouble::Counted)
    };
    let letter = town.letter(&counted);
    let answer = town.ask(&letter);
    let (_, finding, repairs) = town.take(&counted, &answer).unwrap();
    assert_eq!(finding, Some(Finding::NotCounted));
    assert!(repairs.is_empty());
    town.all_well();
}

/// A fault of the disk, as the card finds it when it wakes: the key it kept opened is another.
fn damage(holder: &mut Holder, license: LicenseId) {
    #[derive(minicbor::Encode)]
    enum Record {
        #[n(0)]
        Deal(#[n(0)] deal::Entry, #[n(1)] Option<()>, #[n(2)] Option<()>),
    }
    let document = holder.card.state().licenses[&license].document.clone();
    let entry = deal::Entry::Mended(license, document, deal::Opened::new(&[9; 32]));
    let own = seal::Secret::new([8; 32]).derive("holder", &[holder.name.as_bytes()]);
    let vault = seal::Vault::new(&own.derive("km", &[]), "memory");
    let mut file = holder.file();
    let before = u64::from_be_bytes(file.snapshot[..8].try_into().unwrap()) + file.records.len() as u64;
    let place = seal::cbor::to_bytes(&("keyfare/1/card", before + 1));
    let plain = seal::cbor::to_bytes(&Record::Deal(entry, None, None));
    file.records.push(vault.lock(&place, &plain, &seal::Seed::new([1; 32])));
    holder.put_back(file).unwrap();
}

/// proves: SD-7 SD-2
#[test]
fn a_license_whose_key_was_damaged_is_mended_and_nothing_else_of_it_changes() {
    let mut town = town();
    let (deal, license) = town.buy();
    let (header, _) = town.parties.package(&town.listing.clone(), deal).unwrap();
    let before = town.buyer.card.state().licenses[&license].clone();
    damage(&mut town.buyer, license);
    let (seed, now) = (town.buyer.draw(), town.parties.now());
    let ticket = town.buyer.card.begin_play(license, now, &seed).unwrap();
    let stub = town.buyer.card.keep_play(&ticket);
    let no = town.buyer.card.release(&ticket, &header, 0, now).unwrap_err();
    assert_eq!(no.code(), "license-key-does-not-open");

    let plea = Plea {
        license: Some(license),
        code: Some(no.code().into()),
        ..town.plea(Trouble::Key)
    };
    let letter = town.letter(&plea);
    let answer = town.ask(&letter);
    let (stage, _, repairs) = town.take(&plea, &answer).unwrap();
    assert_eq!(stage, Stage::Repaired);
    assert!(
        matches!(repairs.as_slice(), [Repair::Mended(id)] if *id == license),
        "{repairs:?}"
    );
    town.buyer.power_cut().unwrap();
    let mended = town.buyer.card.state().licenses[&license].clone();
    // The play that was tried counts from then on; nothing else has changed.
    let expected = deal::Held {
        first_play: mended.first_play,
        ..before
    };
    assert_eq!(mended, expected);
    // A card that lost power runs nothing; the play that was counted goes on.
    let no = town.buyer.card.release(&ticket, &header, 0, now).unwrap_err();
    assert_eq!(no.code(), "plays-elsewhere");
    let ticket = town.buyer.card.resume_play(&stub, now).unwrap();
    assert!(town.buyer.card.release(&ticket, &header, 0, now).is_ok());
    assert_eq!(town.licenses(), 1);
    town.all_well();
}

/// proves: SD-7 row-82
#[test]
fn a_damaged_or_altered_request_changes_nothing() {
    let mut town = town();
    town.buy();
    let plea = town.plea(Trouble::Lost);
    let letter = town.letter(&plea);
    for at in (0..letter.len()).step_by(97) {
        let mut bad = letter.clone();
        bad[at] ^= 1;
        let refused = town.parties.send(Counterpart::Support, "support", &bad);
        assert!(
            matches!(&refused, Answer::Refused(code, _) if code == "message-not-for-us"),
            "{refused:?}"
        );
    }
    let too_much = Plea {
        words: "x".repeat(501),
        ..plea
    };
    let desk = town.parties.certificate(Role::Support).unwrap();
    let seed = town.buyer.draw();
    let no = town
        .buyer
        .card
        .ask_support(&too_much, &desk, None, NOW, &seed)
        .unwrap_err();
    assert_eq!(no.code(), "support-too-much");
    // Nobody but a certified support centre is written to.
    let shop = town.parties.certificate(Role::Seller).unwrap();
    let plea = town.plea(Trouble::Lost);
    let no = town.buyer.card.ask_support(&plea, &shop, None, NOW, &seed).unwrap_err();
    assert_eq!(no.code(), "support-not-verified");
    town.all_well();
}

/// Does a text lie anywhere on a party's disk?
fn is_kept(town: &Town, text: &str) -> bool {
    let (support, store) = town.parties.support();
    let text = text.as_bytes().to_vec();
    let tables: Vec<store::Table> = support.parts().iter().flat_map(|part| part.tables()).collect();
    let found = store.unwrap().read::<_, store::Fault>(move |view| {
        for table in &tables {
            let rows = view.scan(*table, &store::Range::all(), false, 100_000)?;
            if rows
                .iter()
                .any(|row| row.1.windows(text.len()).any(|part| part == text))
            {
                return Ok(true);
            }
        }
        Ok(false)
    });
    found.unwrap()
}

/// What a holder wrote is kept as long as the desk says, and no longer; at his wish it goes at once. What was wrong and what was
/// said stays, for the desk's own record.
///
/// proves: SD-7 row-98
#[test]
fn words_and_logs_go_when_their_time_is_over_or_at_their_holders_wish() {
    let mut town = town();
    let (_, license) = town.buy();
    let seed = town.buyer.draw();
    town.buyer.card.delete(license, NOW, &seed).unwrap();
    let plea = town.plea(Trouble::Lost);
    let letter = town.letter(&plea);
    let answer = town.ask(&letter);
    town.take(&plea, &answer).unwrap();
    assert!(is_kept(&town, "It was here yesterday."), "while the desk may need it");
    // Ninety days are its time: a clock that jumps by more than a quarter is not believed.
    for days in [60, 29] {
        town.parties.wait(units::Span::days(days));
        town.parties.hear_news().unwrap();
    }
    town.all_well();
    assert!(is_kept(&town, "It was here yesterday."));
    town.parties.wait(units::Span::days(2));
    town.parties.hear_news().unwrap();
    town.all_well();
    assert!(!is_kept(&town, "It was here yesterday."), "nowhere on its disk");
    let (support, store) = town.parties.support();
    let id = plea.id;
    let kept = store
        .unwrap()
        .read(move |view| support.request(view, id))
        .unwrap()
        .unwrap();
    assert_eq!((kept.words.as_str(), kept.sheet), ("", None));
    assert_eq!(
        (kept.trouble, kept.advice.is_empty()),
        (Trouble::Lost, false),
        "what was done is known"
    );
    // The next one is forgotten at once, because whoever knows its number says so; a guessed number is nobody's.
    let plea = town.plea(Trouble::Other);
    let letter = town.letter(&plea);
    town.ask(&letter);
    assert!(is_kept(&town, "It was here yesterday."));
    let (support, store) = town.parties.support();
    let (store, id) = (store.unwrap(), plea.id);
    let told = store.write::<_, store::Fault>(move |tx| {
        Ok((support.forget_request(tx, id)?, support.forget_request(tx, [9; 16])?))
    });
    assert_eq!(told.unwrap(), (true, false));
    assert!(!is_kept(&town, "It was here yesterday."));
    // Nobody waits for it any more: whoever would answer it is told so.
    let (support, store) = town.parties.support();
    let (now, seed) = (town.parties.now(), town.buyer.draw());
    let answered = store
        .unwrap()
        .write(move |tx| support.answer_by_hand(tx, id, "file-again", "Take the file again.", now, &seed));
    assert!(
        matches!(answered, Err(party::support::AnswerRefused::Answered)),
        "{answered:?}"
    );
    town.all_well();
}
