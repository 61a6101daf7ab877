//! The state of a card, as far as deals go, and the one function that changes it.

use alloc::{collections::BTreeMap, vec::Vec};
use license::Route;
use minicbor::{Decode, Encode, bytes::ByteVec};
use units::{ContentId, DealId, Hash, LicenseId, Moment, Money, PartyId, Span, Tag};

use crate::{
    Entry, Evidence, Facts, Gift, Given, Held, Kind, Paid, Side, Slip, Status, Tender, Value,
    breakage::{Breakage, on},
    fact::{Bought, CLAIMS_MAX, Claimed, PROVEN_MAX, Reached},
    lend::Pairs,
};

/// The most bytes of terms that a card keeps for gifts which come after their payments have ended; the newest are always kept.
const TERMS_MAX: usize = 16 << 10;

/// The risk profile: what the issuer lets one card hold and do. Signed by the issuer; smaller numbers are refused late,
/// larger ones lose more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Profile {
    /// Most money in the purse, reserved fares and open loads included.
    #[n(0)]
    pub balance_max: Money,
    /// Most money in one payment.
    #[n(1)]
    pub amount_max: Money,
    /// Most open payments.
    #[n(2)]
    pub paid_max: u16,
    /// Most unfinished gifts.
    #[n(3)]
    pub given_max: u16,
    /// Most pieces of evidence.
    #[n(4)]
    pub evidence_max: u16,
    /// Most licenses.
    #[n(5)]
    pub licenses_max: u32,
    /// Most slips that travel together.
    #[n(6)]
    pub slips_max: u16,
    /// Most values.
    #[n(7)]
    pub values_max: u16,
    /// Most licenses owing at once.
    #[n(8)]
    pub owing_max: u16,
    /// Longest time without contact with the issuer before payments stop.
    #[n(9)]
    pub silence_max: Span,
    /// Most links of a license, the one that brings it included; `None`: [`LINKS_SMALL`].
    #[n(10)]
    pub links_max: Option<u16>,
    /// How much may be owed at once; `None`: see [`Profile::credit`].
    #[n(11)]
    pub credit: Option<crate::Credit>,
}

/// Links that every card has room for, chips among them.
pub const LINKS_SMALL: u16 = 64;

impl Profile {
    /// What a software card gets when its issuer says nothing else: 10 000 licenses, 250 slips, licenses of
    /// 256 links, a balance of `balance`. Room for slips ends before room for links does: along a chain of copies the
    /// first refusal is the one that a holder can do something about.
    pub const fn software(balance_max: Money, amount_max: Money) -> Self {
        Self {
            balance_max,
            amount_max,
            paid_max: 16,
            given_max: 16,
            evidence_max: 64,
            licenses_max: 10_000,
            slips_max: 250,
            values_max: 64,
            owing_max: 3,
            silence_max: Span::days(60),
            links_max: Some(256),
            credit: None,
        }
    }

    /// How many links a license may have on this card.
    pub fn links(&self) -> u16 {
        self.links_max.unwrap_or(LINKS_SMALL)
    }
}

/// Everything a card keeps between two deals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct State {
    /// Spendable money.
    #[n(0)]
    pub purse: Money,
    /// Next number as receiver.
    #[n(1)]
    pub pay_no: u64,
    /// Next number as giver.
    #[n(2)]
    pub give_no: u64,
    /// Giver numbers below it are the issuer's business.
    #[n(3)]
    pub floor: u64,
    /// Raised by a resume only.
    #[n(4)]
    pub epoch: u64,
    /// Restored from an old copy: no deals until resumed.
    #[n(5)]
    pub frozen: bool,
    /// Latest trusted time.
    #[n(6)]
    pub clock: Moment,
    /// Limits.
    #[n(7)]
    pub profile: Profile,
    /// Open payments.
    #[n(8)]
    pub paid: Vec<Paid>,
    /// Unfinished gifts.
    #[n(9)]
    pub given: Vec<Given>,
    /// Licenses.
    #[n(10)]
    pub licenses: BTreeMap<LicenseId, Held>,
    /// Slips on their way home.
    #[n(11)]
    pub escrow: Vec<Slip>,
    /// Values and their signed forms.
    #[n(12)]
    pub values: Vec<(Value, ByteVec)>,
    /// For the issuer's eyes.
    #[n(13)]
    pub evidence: Vec<Evidence>,
    /// Unused tags, when their certificates end, and those certificates.
    #[n(14)]
    pub tags: Vec<(Tag, Moment, ByteVec)>,
    /// What is noted of publishers: the price of the latest purchase, and whether a network provider is known.
    #[n(15)]
    pub bought: BTreeMap<PartyId, Facts>,
    /// The last repair taken for a license; none yet: not even the map is kept.
    #[n(16)]
    pub mended: Option<BTreeMap<LicenseId, u32>>,
    /// Since when this card is stopped as lost.
    #[n(17)]
    pub stopped: Option<Moment>,
    /// Sellers' words for what this card bought, by publisher: they prove its facts.
    #[n(18)]
    pub proofs: Option<BTreeMap<PartyId, Vec<Bought>>>,
    /// Other cards' facts that moved this card's fares, for the publishers' eyes.
    #[n(19)]
    pub claims: Option<Vec<Claimed>>,
    /// The publisher's terms (each a `license::OfferSheet`) of payments that ended without a gift, the newest last: should
    /// one come to light all the same, it comes without them.
    #[n(20)]
    pub terms: Option<Vec<ByteVec>>,
    /// Servers' words that this card's wallet was there, by publisher (SD-16).
    #[n(31)]
    pub reached: Option<BTreeMap<PartyId, Reached>>,
    /// Paired devices, and what is out or here on loan.
    #[n(30)]
    pub pairs: Option<Pairs>,
    /// What is owed for licenses that a charge shall pay for; `None`: nothing.
    #[n(21)]
    pub owed: Option<BTreeMap<LicenseId, crate::Owed>>,
}

/// The three numbers every page shows, from one moment: they add up to all the card's money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Yours to spend.
    pub spendable: Money,
    /// On its way: named in open payments.
    pub reserved: Money,
    /// In escrow, per publisher.
    pub escrow: BTreeMap<PartyId, Money>,
}

impl State {
    /// A new card: empty, with the limits of `profile`.
    pub fn new(profile: Profile) -> Self {
        Self {
            purse: Money::zero(profile.balance_max.currency()),
            pay_no: 0,
            give_no: 0,
            floor: 0,
            epoch: 0,
            frozen: false,
            clock: Moment(0),
            profile,
            paid: Vec::new(),
            given: Vec::new(),
            licenses: BTreeMap::new(),
            escrow: Vec::new(),
            values: Vec::new(),
            evidence: Vec::new(),
            tags: Vec::new(),
            bought: BTreeMap::new(),
            mended: None,
            stopped: None,
            proofs: None,
            claims: None,
            terms: None,
            pairs: None,
            reached: None,
            owed: None,
        }
    }

    /// Spendable, reserved, escrow, from one moment.
    pub fn summary(&self) -> Summary {
        let zero = Money::zero(self.purse.currency());
        let sum = |a: Money, b: Money| a.plus(b).unwrap_or(a);
        let mut escrow = BTreeMap::new();
        for slip in &self.escrow {
            let held = escrow.entry(slip.payee).or_insert(zero);
            *held = sum(*held, slip.amount);
        }
        let reserved = self.paid.iter().filter_map(Paid::money).fold(zero, sum);
        Summary {
            spendable: self.purse,
            reserved,
            escrow,
        }
    }

    /// What this card can say of its own purchases from `publisher`: what it can prove, and whether it knows its server.
    pub fn facts(&self, publisher: PartyId) -> Facts {
        let noted = self.bought.get(&publisher).copied().unwrap_or_default();
        let proofs = self.proofs(publisher);
        Facts {
            last: proofs.iter().map(|word| word.at).max(),
            count: u32::try_from(proofs.len()).unwrap_or(u32::MAX),
            price: noted.price.filter(|_| !proofs.is_empty()),
            provider: self.reached(publisher).is_some(),
        }
    }

    /// A server's word of this publisher that holds, as far as this card knows the time.
    pub fn reached(&self, publisher: PartyId) -> Option<&Reached> {
        let word = self.reached.as_ref()?.get(&publisher)?;
        (self.clock <= word.until).then_some(word)
    }

    /// The license a quote of this card is about: the one it names, else one of its offer that may be used.
    pub fn quoted(&self, quote: &crate::Quote) -> Option<&Held> {
        let offer = quote.offer?;
        match quote.license {
            Some(id) => self.licenses.get(&id).filter(|held| held.offer == offer),
            None => self.usable_of(offer),
        }
    }

    /// How many slips would travel with a license of this card, and how many more of their kind it has room for.
    pub fn hop_and_room(&self, held: &Held) -> (u16, u16) {
        let hop = self.hop_set(held.payee, held.route, held.title).len();
        let taken = self.slips_reserved(held.payee, held.route, held.title);
        let room = usize::from(self.profile.slips_max).saturating_sub(taken);
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        (short(hop), short(room))
    }

    /// The slips that would ride along with a license of this card, if the other card carries them on.
    pub fn rides_with(&self, held: &Held) -> Vec<Slip> {
        self.hop_set(held.payee, held.route, held.title)
    }

    /// The open payment with this deal id.
    pub fn open(&self, deal: DealId) -> Option<&Paid> {
        self.paid.iter().find(|p| p.deal == deal)
    }

    /// The tag this card would use next, and when its certificate ends.
    pub fn next_tag(&self) -> Option<&(Tag, Moment, ByteVec)> {
        self.tags.iter().find(|(_, until, _)| *until >= self.clock)
    }

    /// License room taken: licenses here, and those that open payments will bring or bring back.
    pub(crate) fn licenses_reserved(&self) -> usize {
        let open = self
            .paid
            .iter()
            .filter(|p| {
                let loan = crate::lend::is_loan(&p.pay.quote) && !self.is_return(&p.pay.quote);
                p.license.is_some() && !on(Breakage::LicenseReturnNotReserved)
                    || (p.pay.quote.kind.brings_license() || loan) && !on(Breakage::RoomNotReserved)
            })
            .count();
        self.licenses.len().saturating_add(open)
    }

    /// How many more licenses fit.
    pub fn room_for_licenses(&self) -> usize {
        usize::try_from(self.profile.licenses_max)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.licenses_reserved())
    }

    /// Slip room taken in the set that travels with (payee, route, title): held, reserved by open payments, and moved out
    /// in open payments, for a void brings those back.
    pub(crate) fn slips_reserved(&self, payee: PartyId, route: Route, title: ContentId) -> usize {
        let with = |s: &&Slip| travels_with(s, payee, route, title);
        let held = self.escrow.iter().filter(with).count();
        let open: usize = self
            .paid
            .iter()
            .map(|p| {
                let back = if on(Breakage::ReturnRoomNotReserved) {
                    0
                } else {
                    p.pay.slips.iter().filter(with).count()
                };
                let q = &p.pay.quote;
                let room = if p.pay.winner == Side::Receiver
                    && q.payee == payee
                    && q.route == route
                    && (route != Route::Chain || q.title == title)
                {
                    usize::from(p.pay.room)
                } else {
                    0
                };
                back.saturating_add(room)
            })
            .sum();
        held.saturating_add(open)
    }

    /// The slips that travel with a deal about (payee, route, title): of this title only by the chain rule, of this payee
    /// by the others.
    pub fn hop_set(&self, payee: PartyId, route: Route, title: ContentId) -> Vec<Slip> {
        self.escrow
            .iter()
            .filter(|s| travels_with(s, payee, route, title))
            .cloned()
            .collect()
    }

    /// Makes an entry true. The entry was decided by a step of this state (or read back from its journal), so nothing can
    /// fail here: sums were checked before the entry was made.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Paid(paid) => self.apply_paid(paid),
            Entry::Given(given, leaves, moves, incoming, fare) => {
                self.apply_given(given, *leaves, *moves, incoming, fare.as_ref())
            }
            Entry::Passed => self.give_no = self.give_no.saturating_add(1),
            Entry::Closed(deal, gift, at) => self.apply_closed(*deal, gift, *at),
            Entry::Voided(deal, _, message) => self.apply_voided(*deal, message),
            Entry::Freed(deals) => self.given.retain(|g| !deals.contains(&g.deal)),
            Entry::Reported => {
                self.give_no = self.give_no.saturating_add(1);
                if on(Breakage::ReportDropsPaid) {
                    self.paid.clear();
                }
            }
            Entry::Cleared(clearance) => self.apply_cleared(clearance),
            Entry::Frozen => self.frozen = true,
            Entry::Resumed(resume) => self.apply_resumed(resume),
            Entry::Tick(at) => self.clock = self.clock.max(*at),
            Entry::Tags(tags) => self.apply_tags(tags),
            Entry::Played(id, at) => self.apply_played(*id, *at),
            Entry::Deleted(id) => {
                self.licenses.remove(id);
                self.settled(*id);
            }
            Entry::Value(value, signed) => self.values.push((value.clone(), signed.clone())),
            Entry::Dropped(maker, id) => self.values.retain(|(v, _)| (v.maker, v.id) != (*maker, *id)),
            Entry::Profile(profile) => self.profile = profile.clone(),
            Entry::Contradicted(deal, message) => self.evidence.push(Evidence::Contradiction(*deal, message.clone())),
            Entry::Installed(held) => {
                self.tags.retain(|(tag, ..)| *tag != held.tag);
                self.licenses.insert(held.id, held.clone());
            }
            Entry::Provider(publisher, known) => self.bought.entry(*publisher).or_default().provider = *known,
            Entry::Confirmed(id, rights) => {
                let status = self.licenses.get(id).map(|held| self.status_of(held));
                if let (Some(held), Some(status)) = (self.licenses.get_mut(id), status) {
                    held.status = status;
                    held.rights = *rights;
                }
            }
            Entry::Mended(id, document, opened) => {
                if let Some(held) = self.licenses.get_mut(id) {
                    held.document = document.clone();
                    held.opened = opened.clone();
                }
            }
            Entry::Reissued(held) => {
                let mut held = held.clone();
                if self.owed(held.id).is_some() {
                    held.status = self.status_of(&held);
                }
                self.licenses.insert(held.id, held);
            }
            Entry::PlaysBack(id, number, plays) => self.apply_plays_back(*id, *number, *plays),
            Entry::Homed(gone, held) => self.apply_homed(*gone, held),
            Entry::Stopped(at) => self.apply_stopped(*at),
            Entry::Reached(publisher, word) => {
                self.reached.get_or_insert_default().insert(*publisher, word.clone());
            }
            Entry::Lent(given, license, lent) => self.apply_lent(given, *license, lent.as_ref()),
            Entry::Paired(name, pair) => {
                self.pairs.get_or_insert_default().list.insert(*name, pair.clone());
            }
            Entry::Listed(name, listed) => {
                if let Some(pair) = self.pairs.get_or_insert_default().list.get_mut(name) {
                    pair.listed = *listed;
                }
            }
            Entry::GivenUp(loan) => {
                self.pairs.get_or_insert_default().lent.remove(loan);
            }
            Entry::Charged(license, refused) => self.apply_charged(*license, refused),
        }
    }

    fn apply_paid(&mut self, paid: &Paid) {
        for tender in &paid.pay.tenders {
            match tender {
                Tender::Slip(slip) if on(Breakage::FareFromEscrow) && !self.escrow.is_empty() => {
                    self.escrow.pop();
                    let _ = slip;
                }
                Tender::Slip(slip) => {
                    self.purse = self
                        .purse
                        .minus(slip.amount)
                        .unwrap_or(Money::zero(self.purse.currency()))
                }
                Tender::Value(value, _) if value.is_used_up() && !on(Breakage::ValueStays) => {
                    self.values.retain(|(v, _)| (v.maker, v.id) != (value.maker, value.id))
                }
                _ => {}
            }
        }
        if !on(Breakage::SlipsCopied) {
            self.escrow.retain(|s| !paid.pay.slips.contains(s));
        }
        if let (Some(held), false) = (&paid.license, on(Breakage::SurrenderKeepsKey)) {
            self.licenses.remove(&held.id);
        }
        self.tags.retain(|(tag, ..)| *tag != paid.pay.receiver);
        if !on(Breakage::PayNoNotRaised) {
            self.pay_no = self.pay_no.saturating_add(1);
        }
        if on(Breakage::FullPaidOverwrites)
            && self.paid.len() >= usize::from(self.profile.paid_max)
            && !self.paid.is_empty()
        {
            self.paid.remove(0);
        }
        if !on(Breakage::PaysWithoutRecord) {
            self.paid.push(paid.clone());
        }
    }

    fn apply_given(
        &mut self,
        given: &Given,
        leaves: Option<LicenseId>,
        moves: bool,
        incoming: &[Slip],
        fare: Option<&Slip>,
    ) {
        if !on(Breakage::HopSlipsStay) {
            self.escrow.retain(|s| !given.gift.slips.contains(s));
        }
        self.escrow.extend(incoming.iter().cloned());
        if let Some(id) = leaves {
            if moves {
                if !on(Breakage::MoveKeepsKey) {
                    self.licenses.remove(&id);
                }
            } else if let Some(held) = self.licenses.get_mut(&id) {
                held.copies_left = held.copies_left.map(|n| n.saturating_sub(1));
            }
        }
        self.keep_claim(given.claimed.as_ref());
        if let Some(slip) = fare {
            self.evidence.push(Evidence::Slip(given.deal, slip.clone()));
        }
        // The tag that stood in the quote: the first that had not ended, not one that only waits to be dropped. A sale is
        // under the seller's own name and uses none.
        if let Some(shown) = self.next_tag().map(|(tag, ..)| *tag).filter(|_| leaves.is_some()) {
            self.tags.retain(|(tag, ..)| *tag != shown);
        }
        if !on(Breakage::GiveNoNotRaised) {
            self.give_no = self.give_no.saturating_add(1);
        }
        if on(Breakage::FullGivenDropsOldest)
            && self.given.len() >= usize::from(self.profile.given_max)
            && !self.given.is_empty()
        {
            self.given.remove(0);
        }
        if !on(Breakage::GivesWithoutRecord) {
            self.given.push(given.clone());
        }
    }

    fn apply_closed(&mut self, deal: DealId, gift: &Gift, at: Moment) {
        let Some(found) = self.paid.iter().position(|p| p.deal == deal) else {
            return;
        };
        let paid = if on(Breakage::SettleTwice) {
            self.paid.get(found).cloned()
        } else {
            Some(self.paid.remove(found))
        };
        let Some(paid) = paid else { return };
        if paid.pay.winner == Side::Giver {
            self.keep_claim(paid.claimed.as_ref());
        }
        self.receive(gift, &paid, at);
    }

    /// One purchase more, and who says so. What cannot be proven is no fact.
    fn bought_from(&mut self, publisher: PartyId, bought: Bought, price: Money) {
        let words = self.proofs.get_or_insert_default().entry(publisher).or_default();
        if words.iter().all(|word| word.at <= bought.at) {
            self.bought.entry(publisher).or_default().price = Some(price);
        }
        words.push(bought);
        words.sort_by_key(|word| word.at);
        if words.len() > PROVEN_MAX {
            words.remove(0);
        }
    }

    /// Sellers' words for what this card bought from `publisher`.
    pub fn proofs(&self, publisher: PartyId) -> &[Bought] {
        let of = self.proofs.as_ref().and_then(|all| all.get(&publisher));
        of.map_or(&[], Vec::as_slice)
    }

    /// Another card's facts are kept until the next report, as far as there is room: every lie may be found, none has to
    /// be for the next one to be told.
    fn keep_claim(&mut self, claimed: Option<&Claimed>) {
        let Some(claimed) = claimed else { return };
        let size = |c: &Claimed| c.claim.sealed.len().saturating_add(256);
        let kept = self.claims.get_or_insert_default();
        let taken = kept.iter().map(size).fold(0, usize::saturating_add);
        if taken.saturating_add(size(claimed)) <= CLAIMS_MAX {
            kept.push(claimed.clone());
        }
    }

    /// A payment has ended without its gift, as far as this card knows. Its giver leaves the terms to this card, which keeps
    /// them, once each, the newest first of all.
    pub(crate) fn keep_terms(&mut self, paid: &Paid) {
        let Some(terms) = &paid.terms else { return };
        let kept = self.terms.get_or_insert_default();
        kept.retain(|known| known != terms);
        kept.push(terms.clone());
        let size = |kept: &[ByteVec]| kept.iter().map(|terms| terms.len()).fold(0, usize::saturating_add);
        while kept.len() > 1 && size(kept) > TERMS_MAX {
            kept.remove(0);
        }
    }

    fn receive(&mut self, gift: &Gift, paid: &Paid, at: Moment) {
        if paid.pay.quote.kind == Kind::Lend {
            return self.receive_loan(gift, paid);
        }
        match (paid.pay.quote.kind, paid.pay.quote.license) {
            (Kind::Clear, Some(license)) => self.settled(license),
            // A refused license that was handed back: nothing is owed for what is not here.
            (Kind::Surrender, Some(license)) => self.settled(license),
            _ => {}
        }
        if let Some(held) = &gift.license {
            // A gift is no purchase, nor is what is only owed: nobody becomes the magnet of a publisher's fares without
            // paying him (row-21).
            if let Some(bought) = &gift.bought
                && crate::charge_of(&paid.pay.tenders).is_none()
                && paid.pay.quote.kind == Kind::Sale
                && !paid.pay.quote.price.is_zero()
            {
                self.bought_from(held.publisher, bought.clone(), paid.pay.quote.price);
            }
            if let (Kind::Unlock, Some(locked)) = (paid.pay.quote.kind, paid.pay.quote.license) {
                self.licenses.remove(&locked);
            }
            let mut held = held.clone();
            self.owe(&mut held, paid, at);
            self.licenses.insert(held.id, held);
        }
        if paid.pay.winner == Side::Receiver && paid.pay.quote.kind.between_cards() {
            for tender in &paid.pay.tenders {
                if let Tender::Slip(slip) = tender {
                    let mut slip = slip.clone();
                    if on(Breakage::OtherPublisher) {
                        slip.payee = PartyId([0xEE; 16]);
                    }
                    self.escrow.push(slip);
                }
            }
        }
        self.escrow.extend(gift.slips.iter().cloned());
        if let Some(credit) = gift.credit {
            self.purse = self.purse.plus(credit).unwrap_or(self.purse);
        }
        self.values.extend(gift.values.iter().cloned());
    }

    fn apply_voided(&mut self, deal: DealId, message: &ByteVec) {
        let Some(found) = self.paid.iter().position(|p| p.deal == deal) else {
            return;
        };
        let paid = self.paid.remove(found);
        self.keep_terms(&paid);
        for tender in &paid.pay.tenders {
            match tender {
                Tender::Slip(slip) => self.purse = self.purse.plus(slip.amount).unwrap_or(self.purse),
                Tender::Value(value, signed) if value.is_used_up() && !on(Breakage::VoidLosesValue) => {
                    self.values.push((value.clone(), signed.clone()))
                }
                _ => {}
            }
        }
        if !on(Breakage::VoidKeepsSlips) {
            self.escrow.extend(paid.pay.slips.iter().cloned());
        }
        if let (Some(held), false) = (paid.license, on(Breakage::VoidLosesLicense)) {
            self.licenses.insert(held.id, held);
        }
        // Of a loan no issuer is ever told.
        if !on(Breakage::VoidNotKept) && paid.pay.quote.kind != Kind::Lend {
            self.evidence
                .push(Evidence::Void(deal, paid.pay.pay_no, message.clone()));
        }
    }

    fn apply_tags(&mut self, tags: &[(Tag, Moment, ByteVec)]) {
        let clock = self.clock;
        self.tags.retain(|(_, until, _)| *until >= clock);
        for tag in tags {
            if !self.tags.iter().any(|(t, ..)| *t == tag.0) {
                self.tags.push(tag.clone());
            }
        }
    }

    fn apply_played(&mut self, id: LicenseId, at: Moment) {
        if let Some(held) = self.licenses.get_mut(&id) {
            held.rights.plays = held.rights.plays.map(|n| n.saturating_sub(1));
            held.first_play.get_or_insert(at);
        }
        self.count_owing_play(id);
    }

    fn apply_plays_back(&mut self, id: LicenseId, number: u32, plays: u32) {
        if let Some(held) = self.licenses.get_mut(&id) {
            held.rights.plays = held.rights.plays.map(|left| left.saturating_add(plays));
            self.mended.get_or_insert_default().insert(id, number);
        }
    }

    fn apply_homed(&mut self, gone: Option<LicenseId>, held: &Held) {
        if let Some(gone) = gone {
            self.licenses.remove(&gone);
        }
        self.mended.get_or_insert_default().entry(held.id).or_default();
        self.licenses.insert(held.id, held.clone());
    }

    fn apply_stopped(&mut self, at: Moment) {
        self.stopped.get_or_insert(at);
        self.frozen = true;
        for held in self.licenses.values_mut() {
            held.status = Status::OnHold;
        }
    }

    /// Was a license of this name taken here before, by whatever way but a purchase?
    pub fn was_homed(&self, license: LicenseId) -> bool {
        self.mended.as_ref().is_some_and(|m| m.contains_key(&license))
    }

    /// The number of the last repair taken for a license; 0: none.
    pub fn repairs_of(&self, license: LicenseId) -> u32 {
        let known = self.mended.as_ref().and_then(|m| m.get(&license));
        known.copied().unwrap_or(0)
    }

    /// The license of this offer that may be used, if there is one.
    pub fn usable_of(&self, offer: Hash) -> Option<&Held> {
        self.licenses.values().find(|h| {
            let owing = matches!(h.status, Status::Owing(_)) && on(Breakage::OwingMoves);
            h.offer == offer && (matches!(h.status, Status::Usable | Status::Partial) || owing)
        })
    }
}

/// Does `slip` travel with a deal about (payee, route, title)?
fn travels_with(slip: &Slip, payee: PartyId, route: Route, title: ContentId) -> bool {
    slip.payee == payee && slip.route == route && (route != Route::Chain || slip.title == title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Number, Pay, Quote, ValueKind, VoidReason};
    use license::Rights;
    use units::{Currency, ValueId};

    fn value(kind: ValueKind, id: u8) -> (Value, ByteVec) {
        let value = Value {
            kind,
            maker: PartyId([2; 16]),
            id: ValueId([id; 16]),
            worth: Money::zero(Currency::JPY),
            offer: None,
            until: None,
            label: alloc::string::String::new(),
        };
        (value, ByteVec::from(Vec::new()))
    }

    fn load(with: &[(Value, ByteVec)]) -> Paid {
        let zero = Money::zero(Currency::JPY);
        let quote = Quote {
            kind: Kind::Load,
            number: Number::Order(units::OrderId([1; 16])),
            giver: [3; 16],
            offer: None,
            policy: None,
            title: ContentId::default(),
            price: zero,
            accepts: Vec::new(),
            payee: PartyId([3; 16]),
            generation: 0,
            rights: Rights::default(),
            route: Route::Till,
            facts: Facts::default(),
            slips: 0,
            room: 0,
            credit: Some(zero),
            license: None,
            until: Moment(9),
            ask: None,
            links: None,
        };
        let tenders = with.iter().map(|(v, s)| Tender::Value(v.clone(), s.clone())).collect();
        let pay = Pay {
            quote,
            receiver: Tag::default(),
            pay_no: 0,
            facts: Facts::default(),
            winner: Side::Giver,
            tenders,
            bind: license::Bind::default(),
            slips: Vec::new(),
            room: 0,
        };
        Paid {
            deal: DealId([5; 32]),
            pay,
            message: ByteVec::from(Vec::new()),
            license: None,
            at: Moment(1),
            to: None,
            kept: None,
            terms: None,
            claimed: None,
        }
    }

    /// proves: XD-9 S16
    #[test]
    fn an_account_is_named_by_a_load_and_stays_while_a_refund_order_is_used_up() {
        let zero = Money::zero(Currency::JPY);
        let both = [value(ValueKind::Account, 1), value(ValueKind::Refund, 2)];
        let mut card = State::new(Profile::software(zero, zero));
        card.values = both.to_vec();
        let paid = load(&both);
        card.apply(&Entry::Paid(paid.clone()));
        assert_eq!(card.values, both[..1]);
        let no = Entry::Voided(paid.deal, VoidReason::NotCovered, ByteVec::from(Vec::new()));
        card.apply(&no);
        assert_eq!(card.values, both);
    }

    fn bytes(n: u8, len: usize) -> ByteVec {
        ByteVec::from(alloc::vec![n; len])
    }

    /// Pays under terms `n`, and is told that nothing comes for it.
    fn paid_in_vain(card: &mut State, n: u8, len: usize) {
        let mut paid = load(&[]);
        paid.deal = DealId([n; 32]);
        paid.terms = Some(bytes(n, len));
        card.apply(&Entry::Paid(paid.clone()));
        card.apply(&Entry::Voided(paid.deal, VoidReason::Ruled, bytes(n, 0)));
    }

    /// proves: S6
    #[test]
    fn terms_stay_after_a_payment_without_its_gift_once_each_and_within_bounds() {
        let zero = Money::zero(Currency::JPY);
        let mut card = State::new(Profile::software(zero, zero));
        let open = load(&[]);
        card.apply(&Entry::Paid(open.clone()));
        card.apply(&Entry::Voided(open.deal, VoidReason::Ruled, bytes(0, 0)));
        assert_eq!(card.terms, None, "a seller's gift brings its own");
        for n in [1, 2, 1] {
            paid_in_vain(&mut card, n, 800);
        }
        assert_eq!(card.terms, Some(alloc::vec![bytes(2, 800), bytes(1, 800)]));
        for n in 0..100 {
            paid_in_vain(&mut card, n, 800);
        }
        let kept = card.terms.clone().unwrap();
        assert_eq!(kept.len(), TERMS_MAX / 800);
        assert_eq!(kept.last(), Some(&bytes(99, 800)), "the newest stay");
        paid_in_vain(&mut card, 100, TERMS_MAX + 1);
        assert_eq!(card.terms, Some(alloc::vec![bytes(100, TERMS_MAX + 1)]));
    }

    /// proves: S6 D6
    #[test]
    fn a_resumed_card_keeps_the_terms_of_what_its_issuer_settles_from_now_on() {
        let zero = Money::zero(Currency::JPY);
        let mut card = State::new(Profile::software(zero, zero));
        let mut paid = load(&[]);
        paid.terms = Some(bytes(1, 800));
        card.apply(&Entry::Paid(paid));
        card.apply(&Entry::Frozen);
        let resume = crate::Resume {
            card: units::CardNo([1; 16]),
            epoch: 1,
            pay_no: 9,
            give_no: 9,
            purse: zero,
        };
        card.apply(&Entry::Resumed(resume));
        assert!(card.paid.is_empty());
        assert_eq!(card.terms, Some(alloc::vec![bytes(1, 800)]));
    }
}
