//! Decide: a card as giver. Its one durable write decides the deal: key, generation, hop and number, all at once.

use alloc::vec::Vec;
use minicbor::bytes::ByteVec;
use units::{DealId, Moment};

use crate::{
    Entry, Evidence, Gift, Given, Held, Kind, Number, Pay, Side, Slip, State, Status, Tender, VoidReason,
    breakage::{Breakage, on},
    winner,
};

/// What a card answers to one `pay`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Decided before: say the same again.
    Repeat(Given),
    /// This card was restored from an old copy: it freezes and says nothing.
    Freeze(Entry),
    /// Nothing to say: older than what this card still knows, or given and closed by its receiver, or a number a frozen
    /// card cannot speak for.
    SeeIssuer,
    /// No, and its number had passed already: nothing to write.
    VoidPassed,
    /// No: the number passes with this entry.
    Void(VoidReason, Entry),
    /// Yes. The card puts the signed `settle` in ([`Entry::given_signed`]) before it writes.
    Give(Entry),
}

impl State {
    /// Decides one payment. `certified`: the receiver's certificate and this card's own hold at `now`.
    pub fn decide(&self, deal: DealId, pay: &Pay, certified: bool, now: Moment) -> Decision {
        if let Some(decision) = self.decided_before(deal, pay) {
            return decision;
        }
        match self.may_give(pay, certified, now) {
            Ok(held) => Decision::Give(self.give(deal, pay, held)),
            Err(_) if on(Breakage::VoidWithoutRaising) => Decision::VoidPassed,
            Err(reason) => Decision::Void(reason, Entry::Passed),
        }
    }

    /// What a giver's numbers and records alone say; nothing, if the payment is for the number that stands now.
    pub(crate) fn decided_before(&self, deal: DealId, pay: &Pay) -> Option<Decision> {
        if let Some(given) = self.given.iter().find(|g| g.deal == deal) {
            return Some(Decision::Repeat(given.clone()));
        }
        let Number::Card(give_no) = pay.quote.number else {
            return Some(Decision::SeeIssuer);
        };
        if give_no > self.give_no {
            return Some(Decision::Freeze(Entry::Frozen));
        }
        if give_no < self.floor {
            return Some(Decision::SeeIssuer);
        }
        if give_no < self.give_no {
            // Absence means void only of what was never given. While the slip is kept as evidence, this card still knows
            // that it gave, and that the receiver has closed: one that pays again was put back, and would be refunded.
            let gave = |e: &Evidence| matches!(e, Evidence::Slip(given, _) if *given == deal);
            if self.evidence.iter().any(gave) && !on(Breakage::VoidsFreed) {
                return Some(Decision::SeeIssuer);
            }
            return Some(Decision::VoidPassed);
        }
        // A frozen card may have given under this very number before it was put back: its no could be the second word.
        if self.frozen || give_no == u64::MAX {
            return Some(Decision::SeeIssuer);
        }
        None
    }

    /// No room for one more gift, or for the evidence it leaves?
    pub fn records_full(&self) -> bool {
        (self.given.len() >= usize::from(self.profile.given_max) && !on(Breakage::FullGivenDropsOldest))
            || self.evidence.len().saturating_add(self.paid.len()) >= usize::from(self.profile.evidence_max)
    }

    fn may_give(&self, pay: &Pay, certified: bool, now: Moment) -> Result<&Held, VoidReason> {
        let quote = &pay.quote;
        if now > quote.until {
            return Err(VoidReason::QuoteEnded);
        }
        if !certified {
            return Err(VoidReason::Certificate);
        }
        let held = self.quoted(quote).ok_or(VoidReason::License)?;
        // Played since the quote: less is left than was quoted.
        let allowed = match quote.kind {
            Kind::Copy => held.modes.copy && held.copy_rights == quote.rights,
            Kind::Move => {
                let lent = self.is_lent(held.id) && !on(Breakage::LentMayMove);
                held.modes.move_ && held.rights_left() == quote.rights && !lent
            }
            _ => false,
        };
        let owing = matches!(held.status, Status::Owing(_)) && on(Breakage::OwingMoves);
        if !allowed || !(held.status == Status::Usable || owing) {
            return Err(VoidReason::License);
        }
        let bound = match quote.kind {
            Kind::Move => held.bind.moves_on_as(&pay.bind),
            _ => held.bind.goes_on_as(&pay.bind),
        };
        if !bound {
            return Err(VoidReason::License);
        }
        if quote.kind == Kind::Copy && !self.may_copy(held, quote.generation) {
            return Err(VoidReason::Limit);
        }
        if self.records_full() {
            return Err(VoidReason::Full);
        }
        if winner(held.route, quote.facts, pay.facts) != pay.winner {
            return Err(VoidReason::Winner);
        }
        self.slips_fit(pay, held)?;
        pay.tenders_hold(now).map_err(|_| VoidReason::Tender)?;
        Ok(held)
    }

    /// Copies left, and a generation within the policy that is one more than this card's own.
    pub(crate) fn may_copy(&self, held: &Held, generation: u8) -> bool {
        on(Breakage::GenerationUnchecked)
            || held.copies_left != Some(0)
                && held.generation.checked_add(1) == Some(generation)
                && (generation <= held.generations)
    }

    fn slips_fit(&self, pay: &Pay, held: &Held) -> Result<(), VoidReason> {
        let (payee, route, title) = (held.payee, held.route, held.title);
        let fits = match pay.winner {
            Side::Receiver => {
                self.hop_set(payee, route, title).len().saturating_add(1) <= usize::from(pay.room)
                    || on(Breakage::HopBeyondRoom)
            }
            Side::Giver => {
                let come = pay.slips.len().saturating_add(1);
                self.slips_reserved(payee, route, title).saturating_add(come) <= usize::from(self.profile.slips_max)
            }
        };
        if fits { Ok(()) } else { Err(VoidReason::Room) }
    }

    fn give(&self, deal: DealId, pay: &Pay, held: &Held) -> Entry {
        let moves = pay.quote.kind == Kind::Move;
        let fare: Option<Slip> = pay
            .tenders
            .iter()
            .find_map(|t| if let Tender::Slip(s) = t { Some(s.clone()) } else { None });
        let side = match (pay.winner, on(Breakage::WinnerDiffers)) {
            (Side::Receiver, true) => Side::Giver,
            (Side::Giver, true) => Side::Receiver,
            (side, false) => side,
        };
        let (hop, incoming) = match side {
            Side::Receiver => (self.hop_set(held.payee, held.route, held.title), Vec::new()),
            Side::Giver => (Vec::new(), pay.slips.iter().cloned().chain(fare.clone()).collect()),
        };
        let mut license = held.clone();
        if !moves {
            if !on(Breakage::GenerationNotRaised) {
                license.generation = license.generation.saturating_add(1);
            }
            license.rights = held.copy_rights;
        } else {
            license.rights = held.rights_left();
        }
        license.first_play = None;
        license.bind = pay.bind.clone();
        license.tag = pay.receiver;
        let gift = Gift {
            license: Some(license),
            slips: hop,
            ..Gift::default()
        };
        let given = Given {
            deal,
            receiver: pay.receiver,
            pay_no: pay.pay_no,
            give_no: self.give_no,
            gift,
            message: ByteVec::from(Vec::new()),
            key: None,
            claimed: None,
        };
        Entry::Given(given, Some(held.id), moves, incoming, fare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Profile, Quote};
    use license::{Rights, Route};
    use units::{Currency, Money, PartyId, Span};

    fn card() -> State {
        let limit = Money::zero(Currency::JPY);
        State::new(Profile {
            silence_max: Span(0),
            ..Profile::software(limit, limit)
        })
    }

    fn payment(number: Number) -> Pay {
        let quote = Quote {
            kind: Kind::Copy,
            number,
            giver: [0; 16],
            offer: None,
            policy: None,
            title: Default::default(),
            price: Money::zero(Currency::JPY),
            accepts: Vec::new(),
            payee: PartyId([1; 16]),
            generation: 1,
            rights: Rights::default(),
            route: Route::Chain,
            facts: Facts::default(),
            slips: 0,
            room: 0,
            credit: None,
            license: None,
            until: Moment(9),
            ask: None,
            links: None,
        };
        Pay {
            quote,
            receiver: Default::default(),
            pay_no: 0,
            facts: Facts::default(),
            winner: Side::Receiver,
            tenders: Vec::new(),
            bind: Default::default(),
            slips: Vec::new(),
            room: 1,
        }
    }

    fn held(status: Status) -> Held {
        let zero = Money::zero(Currency::JPY);
        Held {
            id: units::LicenseId([3; 16]),
            offer: units::Hash([4; 32]),
            title: Default::default(),
            publisher: PartyId([1; 16]),
            seller: PartyId([1; 16]),
            payee: PartyId([1; 16]),
            status,
            generation: 0,
            rights: Rights::default(),
            first_play: None,
            copies_left: None,
            modes: license::Modes {
                copy: true,
                move_: true,
                locked: false,
            },
            generations: 3,
            fare_copy: zero,
            fare_move: zero,
            copy_rights: Rights::default(),
            route: Route::Chain,
            policy: Default::default(),
            bind: Default::default(),
            tag: Default::default(),
            paid: zero,
            since: Moment(1),
            document: Vec::new().into(),
            opened: Default::default(),
        }
    }

    /// One of the breakages that wait for the steps of a charge: what they will guard stands.
    ///
    /// proves: S14
    #[test]
    fn a_license_that_is_not_paid_for_leaves_by_no_deal() {
        for (status, leaves) in [
            (Status::Usable, true),
            (Status::Owing([7; 16]), false),
            (Status::Refused([7; 16]), false),
            (Status::OnHold, false),
            (Status::Locked, false),
        ] {
            for kind in [Kind::Copy, Kind::Move] {
                let mut card = card();
                let held = held(status);
                let mut pay = payment(Number::Card(0));
                pay.quote.kind = kind;
                (pay.quote.offer, pay.quote.license) = (Some(held.offer), Some(held.id));
                card.licenses.insert(held.id, held);
                let given = matches!(card.decide(DealId([1; 32]), &pay, true, Moment(1)), Decision::Give(_));
                assert_eq!(given, leaves, "{status:?} {kind:?}");
            }
        }
    }

    /// What is bound to devices is bound wherever it goes: to those of whoever gets it.
    ///
    /// proves: CM-3 CM-5
    #[test]
    fn a_license_bound_to_devices_leaves_for_devices_alone() {
        let bound = |n: u8| license::Bind::Devices(units::Hash([n; 32]), units::Hash([n; 32]));
        for (mine, theirs, leaves) in [
            (license::Bind::Free, license::Bind::Free, true),
            (license::Bind::Free, bound(1), true),
            (bound(1), bound(2), true),
            (bound(1), license::Bind::Free, false),
            (bound(1), license::Bind::Wallet, false),
        ] {
            for kind in [Kind::Copy, Kind::Move] {
                let mut card = card();
                let held = Held {
                    bind: mine.clone(),
                    ..held(Status::Usable)
                };
                let mut pay = payment(Number::Card(0));
                (pay.quote.kind, pay.bind) = (kind, theirs.clone());
                (pay.quote.offer, pay.quote.license) = (Some(held.offer), Some(held.id));
                card.licenses.insert(held.id, held);
                let given = matches!(card.decide(DealId([1; 32]), &pay, true, Moment(1)), Decision::Give(_));
                assert_eq!(given, leaves, "{mine:?} {theirs:?} {kind:?}");
            }
        }
    }

    /// The license itself names its players wherever it goes; a copy is another license, and its holder's to bind.
    ///
    /// proves: ST-24
    #[test]
    fn a_license_that_names_its_players_moves_with_their_names_alone() {
        let players = |named: &[u8]| license::Bind::Players(named.iter().map(|n| units::Hash([*n; 32])).collect());
        for (mine, theirs, moves) in [
            (players(&[1, 2]), players(&[1]), true),
            (players(&[1]), players(&[2]), false),
            (players(&[1]), license::Bind::Free, false),
            (license::Bind::Wallet, license::Bind::Wallet, true),
            (license::Bind::Wallet, license::Bind::Free, false),
        ] {
            for (kind, leaves) in [(Kind::Move, moves), (Kind::Copy, true)] {
                let mut card = card();
                let held = Held {
                    bind: mine.clone(),
                    ..held(Status::Usable)
                };
                let mut pay = payment(Number::Card(0));
                (pay.quote.kind, pay.bind) = (kind, theirs.clone());
                (pay.quote.offer, pay.quote.license) = (Some(held.offer), Some(held.id));
                card.licenses.insert(held.id, held);
                let given = matches!(card.decide(DealId([1; 32]), &pay, true, Moment(1)), Decision::Give(_));
                assert_eq!(given, leaves, "{mine:?} {theirs:?} {kind:?}");
            }
        }
    }

    /// proves: S13
    #[test]
    fn a_frozen_card_says_no_only_to_numbers_it_can_speak_for() {
        let mut card = card();
        card.give_no = 1;
        let decide =
            |card: &State, number| card.decide(DealId([1; 32]), &payment(Number::Card(number)), true, Moment(1));
        assert!(matches!(
            decide(&card, 1),
            Decision::Void(VoidReason::License, Entry::Passed)
        ));
        card.apply(&Entry::Frozen);
        assert_eq!(decide(&card, 0), Decision::VoidPassed);
        assert_eq!(decide(&card, 1), Decision::SeeIssuer);
        assert_eq!(decide(&card, 2), Decision::Freeze(Entry::Frozen));
    }

    /// proves: S13 D3
    #[test]
    fn what_was_given_and_freed_is_never_called_void() {
        let mut card = card();
        let deal = DealId([1; 32]);
        let slip = Slip {
            amount: Money::zero(Currency::JPY),
            payee: PartyId([1; 16]),
            title: Default::default(),
            route: Route::Chain,
            sealed: Vec::new().into(),
        };
        card.give_no = 1;
        card.evidence.push(Evidence::Slip(deal, slip));
        let decide = |deal| card.decide(deal, &payment(Number::Card(0)), true, Moment(1));
        assert_eq!(decide(deal), Decision::SeeIssuer);
        assert_eq!(decide(DealId([2; 32])), Decision::VoidPassed);
    }
}
