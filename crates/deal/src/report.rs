//! Report and clearance: a card tells its issuer everything unfinished, and may then forget what was archived.

use alloc::vec::Vec;
use minicbor::{Decode, Encode, bytes::ByteVec};
use units::{CardNo, DealId, Hash, Money, Tag};

use crate::{
    Evidence, Kind, State,
    breakage::{Breakage, on},
};

/// What a card tells its issuer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Report {
    /// Which card.
    #[n(0)]
    pub card: CardNo,
    /// Its epoch.
    #[n(1)]
    pub epoch: u64,
    /// Next number as receiver.
    #[n(2)]
    pub pay_no: u64,
    /// Next number as giver, after all quotes were closed.
    #[n(3)]
    pub give_no: u64,
    /// Floor.
    #[n(4)]
    pub floor: u64,
    /// Frozen?
    #[n(5)]
    pub frozen: bool,
    /// Spendable money.
    #[n(6)]
    pub purse: Money,
    /// Open payments: signed `pay`s.
    #[n(7)]
    pub paid: Vec<(DealId, u64, ByteVec)>,
    /// Unfinished gifts: deal, receiver's tag, give_no, sealed `settle`.
    #[n(8)]
    pub given: Vec<(DealId, Tag, u64, ByteVec)>,
    /// Slips let through, voids received, contradictions.
    #[n(9)]
    pub evidence: Vec<Evidence>,
    /// Slips in escrow: only from a frozen card, which gives them up.
    #[n(10)]
    pub escrow: Vec<crate::Slip>,
    /// Unused tags with a valid certificate.
    #[n(11)]
    pub tags: u16,
    /// Other cards' facts that moved this card's fares, under their publishers' seals.
    #[n(12)]
    pub claims: Option<Vec<crate::fact::Claimed>>,
}

/// The issuer has archived a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Clearance {
    /// SHA-256 of the signed report.
    #[n(0)]
    pub report: Hash,
    /// Gifts the card may forget.
    #[n(1)]
    pub deals: Vec<DealId>,
    /// How many pieces of evidence of that report, from the oldest, the card may forget.
    #[n(2)]
    pub evidence: Vec<Hash>,
    /// Giver numbers below are the issuer's business from now on.
    #[n(3)]
    pub floor: u64,
}

impl Evidence {
    /// Its name in a clearance.
    pub fn id(&self) -> Hash {
        seal::hash(&seal::cbor::to_bytes(self))
    }
}

impl State {
    /// What this card has to tell. Apply [`crate::Entry::Reported`] first: it closes all quotes, so that nothing is undecided.
    pub fn report(&self, card: CardNo) -> Report {
        Report {
            card,
            epoch: self.epoch,
            pay_no: self.pay_no,
            give_no: self.give_no,
            floor: self.floor,
            frozen: self.frozen,
            purse: self.purse,
            paid: self
                .paid
                .iter()
                .filter(|p| p.pay.quote.kind != Kind::Lend)
                .map(|p| (p.deal, p.pay.pay_no, p.message.clone()))
                .collect(),
            given: self
                .given
                .iter()
                .filter(|g| self.pair(g.receiver).is_none())
                .map(|g| (g.deal, g.receiver, g.give_no, g.message.clone()))
                .collect(),
            evidence: self.evidence.clone(),
            escrow: if self.frozen { self.gives_up() } else { Vec::new() },
            tags: u16::try_from(self.tags.iter().filter(|(_, until, _)| *until >= self.clock).count())
                .unwrap_or(u16::MAX),
            claims: self.claims.clone().filter(|claims| !claims.is_empty()),
        }
    }

    /// The slips a frozen card gives up: those it carries, and those that left it in payments nobody has answered yet. They
    /// are dropped by the resume, and are money once, whoever brings them.
    fn gives_up(&self) -> Vec<crate::Slip> {
        let open = self.paid.iter().flat_map(|paid| paid.pay.slips.iter());
        let mut all: Vec<crate::Slip> = self.escrow.iter().chain(open).cloned().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    pub(crate) fn apply_cleared(&mut self, clearance: &Clearance) {
        if on(Breakage::ClearanceWipes) {
            self.given.clear();
        }
        self.given.retain(|g| !clearance.deals.contains(&g.deal));
        self.evidence.retain(|e| !clearance.evidence.contains(&e.id()));
        let passed_on = |c: &crate::fact::Claimed| clearance.evidence.contains(&c.id());
        self.claims = self.claims.take().map(|mut kept| {
            kept.retain(|c| !passed_on(c));
            kept
        });
        self.claims.take_if(|kept| kept.is_empty());
        if !on(Breakage::ClearanceWithoutFloor) {
            self.floor = self.floor.max(clearance.floor);
        }
    }
}
