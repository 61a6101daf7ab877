//! Lend: plays, or a part of a period, pass from a wallet's card to a player that is paired with it, and back (ST-4, ST-11,
//! ST-18). Three plays are three in all, however often they are handed over, and after any cut (S15).
//!
//! | side | receiver | giver | its one write |
//! |---|---|---|---|
//! | loan | player | wallet's card | what is lent is off the license; the loan is noted |
//! | return | wallet's card | player | the loan is off the player |
//!
//! Both are deals of kind [`Kind::Lend`] with a pair in the place of tags and with nothing to pay; what is on its way is
//! named in the pair of records, as with a move. Unfinished, they end as every deal ends: said again, or void because the
//! number has passed. They are nobody's business but the pair's: an issuer is never told of them, so its floor does not
//! count for them, and only the receiver's `done` frees the giver's record.
//!
//! What is taken depends on what the license counts:
//!
//! | license | lent | off the license | back with the return |
//! |---|---|---|---|
//! | plays | so many plays; a period begins now | so many plays | those not played |
//! | a period not begun | a part of it, or all | that part | what has not passed of it |
//! | neither | as long as the license lasts | nothing: one of the players its policy allows | - |

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use license::{Bind, Modes, Rights};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{SealTo, VerifyKey};
use units::{Again, DealId, Hash, LicenseId, Moment, Money, Refusal, Share, Span, Tag};

use crate::{
    Decision, Entry, Facts, Gift, Given, Held, Kind, Number, Paid, Pay, Quote, Side, State, Status, VoidReason,
    breakage::{Breakage, on},
    pair::Greeter,
};

/// Pairs of this card, what of its licenses is out on loan, and what is here on loan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(array)]
pub struct Pairs {
    /// Who is paired with this card, by the pair's name.
    #[n(0)]
    pub list: BTreeMap<Tag, Pair>,
    /// Loans made, by their names.
    #[n(1)]
    pub lent: BTreeMap<LicenseId, Lent>,
    /// Loans taken, by their names, which are those of the licenses they are here.
    #[n(2)]
    pub borrowed: BTreeMap<LicenseId, Borrowed>,
}

/// One pair, as one of its sides keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Pair {
    /// Which side this card is.
    #[n(0)]
    pub mine: Greeter,
    /// Is the other side on this one's list?
    #[n(1)]
    pub listed: bool,
    /// The other side's device: the hash of its own key, the same in all its pairs.
    #[n(2)]
    pub device: Hash,
    /// Checks what the other side says in this pair.
    #[n(3)]
    pub sign: VerifyKey,
    /// Where to seal to in this pair.
    #[n(4)]
    pub seal: SealTo,
    /// The other side's certificate, as it was shown.
    #[n(5)]
    pub certificate: ByteVec,
    /// Which of this card's own keys is the pair's.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub key: [u8; 16],
    /// What the holder calls the other side.
    #[n(7)]
    pub name: String,
    /// Since when.
    #[n(8)]
    pub since: Moment,
}

/// What a loan took off its license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Taken {
    /// Plays.
    #[n(0)]
    Plays,
    /// A part of its period.
    #[n(1)]
    Period,
    /// Nothing that is counted: one of the players its policy allows.
    #[n(2)]
    Player,
}

/// A loan made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Lent {
    /// Of which license.
    #[n(0)]
    pub of: LicenseId,
    /// In which pair.
    #[n(1)]
    pub pair: Tag,
    /// To which device.
    #[n(2)]
    pub to: Hash,
    /// What.
    #[n(3)]
    pub rights: Rights,
    /// What it took off.
    #[n(4)]
    pub taken: Taken,
    /// When.
    #[n(5)]
    pub at: Moment,
}

/// A loan taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Borrowed {
    /// Of which license on the wallet's card.
    #[n(0)]
    pub of: LicenseId,
    /// In which pair.
    #[n(1)]
    pub pair: Tag,
    /// From which device.
    #[n(2)]
    pub from: Hash,
}

/// How much of a license its holder wants to lend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LendWish {
    /// How many plays; none: all there are.
    pub plays: Option<u32>,
    /// How long; none: as long as there is.
    pub period: Option<Span>,
}

/// Why a loan is not made, taken or returned. In order of precedence; nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LendRefusal {
    /// Stopped as lost, which is why it is frozen as well.
    #[error("this card was stopped; it lends and borrows nothing")]
    Stopped,
    /// Restored from an old copy.
    #[error("this card was restored from an older copy of itself and lends nothing until its issuer has resumed it")]
    Frozen,
    /// Numbers are at their end.
    #[error("this card is worn out; ask its issuer for a new one")]
    WornOut,
    /// Not on the list.
    #[error("the other device is not on this one's list; its owner can add it")]
    NotListed,
    /// The quote has ended.
    #[error("the offer of this loan ended at {0}; ask again")]
    QuoteEnded(Moment),
    /// Not an offer of a loan.
    #[error("this is not the offer of a loan between these two devices")]
    NotALoan,
    /// Not here.
    #[error("there is no such license on this card")]
    NoLicense,
    /// Locked, owing, waiting, ended or itself on loan.
    #[error("this license cannot be lent just now: {0}")]
    NotNow(&'static str),
    /// Bound to others.
    #[error("this license is bound to other devices")]
    Bound,
    /// More than there is.
    #[error("that is more than is left of this license: {0} plays")]
    TooMuch(u32),
    /// A part of the period that is none.
    #[error("that is not a part of what is left of this license's period")]
    NoPart,
    /// Lent to as many players as its publisher allows.
    #[error(
        "this license is with as many players as its publisher allows ({0}); have it returned by one of them first"
    )]
    Players(u8),
    /// Too many unfinished gifts.
    #[error("this card has too many unfinished deals; finish one first")]
    GivenFull,
    /// The same loan is on its way already.
    #[error("this loan is on its way already; it must be finished first")]
    AlreadyOpen,
    /// Too many open deals.
    #[error("{0} deals are still on their way; finish one first")]
    PaidFull(u16),
    /// Full.
    #[error("this device has room for {0} licenses and is full: return one first")]
    LicensesFull(u32),
    /// Not lent from here, or more than was lent.
    #[error("this was not lent from this card")]
    NotLent,
}

impl Refusal for LendRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Stopped => "card-stopped",
            Self::Frozen => "card-frozen",
            Self::WornOut => "card-worn-out",
            Self::NotListed => "device-not-listed",
            Self::QuoteEnded(_) => "quote-ended",
            Self::NotALoan => "not-a-loan",
            Self::NoLicense => "lend-no-license",
            Self::NotNow(_) => "lend-not-now",
            Self::Bound => "license-bound-elsewhere",
            Self::TooMuch(_) => "lend-too-much",
            Self::NoPart => "lend-no-part",
            Self::Players(_) => "lend-players-full",
            Self::GivenFull => "giver-full",
            Self::AlreadyOpen => "loan-already-open",
            Self::PaidFull(_) => "too-many-open-payments",
            Self::LicensesFull(_) => "card-full-of-licenses",
            Self::NotLent => "loan-not-of-this-card",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Stopped | Self::WornOut | Self::NotALoan | Self::Bound | Self::NotLent => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

impl LendRefusal {
    /// The same as a giver's no.
    const fn void(self) -> VoidReason {
        match self {
            Self::QuoteEnded(_) => VoidReason::QuoteEnded,
            Self::NotListed => VoidReason::Certificate,
            Self::TooMuch(_) | Self::NoPart | Self::Players(_) => VoidReason::Limit,
            Self::GivenFull => VoidReason::Full,
            _ => VoidReason::License,
        }
    }
}

/// The name of a loan: of the license it is on the player.
pub fn loan_name(deal: DealId) -> LicenseId {
    let mut id = [0; 16];
    id.copy_from_slice(&deal.0[..16]);
    LicenseId(id)
}

/// Is a loan, or a return, named by this quote?
pub fn is_loan(quote: &Quote) -> bool {
    quote.kind == Kind::Lend
}

impl State {
    /// The pair of this name, if its other side is on this card's list.
    pub fn listed(&self, pair: Tag) -> Option<&Pair> {
        self.pair(pair).filter(|pair| pair.listed)
    }

    /// The pair of this name.
    pub fn pair(&self, pair: Tag) -> Option<&Pair> {
        self.pairs.as_ref()?.list.get(&pair)
    }

    /// Loans of this license that are out.
    pub fn loans_of(&self, license: LicenseId) -> impl Iterator<Item = (&LicenseId, &Lent)> {
        let lent = self.pairs.iter().flat_map(|pairs| &pairs.lent);
        lent.filter(move |(_, lent)| lent.of == license)
    }

    /// Is something of this license out on loan?
    pub fn is_lent(&self, license: LicenseId) -> bool {
        self.loans_of(license).next().is_some()
    }

    /// The loan that this license is here, if it is one.
    pub fn borrowed(&self, license: LicenseId) -> Option<&Borrowed> {
        self.pairs.as_ref()?.borrowed.get(&license)
    }

    /// Does this open deal bring a loan back to the card that made it?
    pub(crate) fn is_return(&self, quote: &Quote) -> bool {
        let lent = |id| self.pairs.as_ref().is_some_and(|pairs| pairs.lent.contains_key(&id));
        is_loan(quote) && quote.license.is_some_and(lent)
    }

    const fn may_lend_now(&self) -> Result<(), LendRefusal> {
        if self.stopped.is_some() {
            return Err(LendRefusal::Stopped);
        }
        if self.frozen {
            return Err(LendRefusal::Frozen);
        }
        Ok(())
    }

    fn may_lend_at_all(&self) -> Result<(), LendRefusal> {
        self.may_lend_now()?;
        if self.give_no == u64::MAX {
            return Err(LendRefusal::WornOut);
        }
        Ok(())
    }

    /// What of a license would be lent for this wish, to this pair's player, who is one of at most `players`.
    pub fn lendable(
        &self,
        license: LicenseId,
        wish: LendWish,
        pair: Tag,
        players: u8,
        now: Moment,
    ) -> Result<Rights, LendRefusal> {
        let pair = self.listed(pair).ok_or(LendRefusal::NotListed)?;
        let held = self.licenses.get(&license).ok_or(LendRefusal::NoLicense)?;
        let limit = last_moment(held, now);
        let rights = match (held.rights.plays, held.rights.period) {
            (Some(left), period) => Rights {
                plays: Some(wish.plays.unwrap_or(left)),
                period,
                until: earlier(limit, wish.period.map(|period| now.plus(period))),
                share: held.rights.share,
            },
            (None, Some(period)) if held.first_play.is_none() => Rights {
                plays: wish.plays,
                period: Some(wish.period.unwrap_or(period)),
                until: held.rights.until,
                share: held.rights.share,
            },
            (None, period) => Rights {
                plays: wish.plays,
                period,
                until: earlier(limit, wish.period.map(|period| now.plus(period))),
                share: held.rights.share,
            },
        };
        self.may_lend(held, &rights, pair, players, now)?;
        Ok(rights)
    }

    /// Every guard of a loan, and what it takes.
    fn may_lend(
        &self,
        held: &Held,
        rights: &Rights,
        pair: &Pair,
        players: u8,
        now: Moment,
    ) -> Result<Taken, LendRefusal> {
        self.may_lend_at_all()?;
        if pair.mine != Greeter::Wallet {
            return Err(LendRefusal::NotALoan);
        }
        match held.status {
            Status::Usable => {}
            Status::Locked | Status::Partial => return Err(LendRefusal::NotNow("it is locked")),
            Status::Owing(_) | Status::Refused(_) => return Err(LendRefusal::NotNow("it is not paid for yet")),
            Status::OnHold => return Err(LendRefusal::NotNow("it waits for its seller's word: go online")),
        }
        if self.borrowed(held.id).is_some() {
            return Err(LendRefusal::NotNow("it is itself here on loan"));
        }
        let bound = match &held.bind {
            Bind::Free | Bind::Wallet => false,
            Bind::Players(named) => !named.contains(&pair.device),
            Bind::Devices(..) => true,
        };
        if bound {
            return Err(LendRefusal::Bound);
        }
        if held.rights.share != Share::Whole || rights.share != Share::Whole {
            return Err(LendRefusal::NotNow("it opens a part of the work only"));
        }
        let limit = last_moment(held, now);
        if limit.is_some_and(|limit| now > limit) {
            return Err(LendRefusal::NotNow("it has ended"));
        }
        let in_time = |until: Option<Moment>| limit.is_none_or(|limit| until.is_some_and(|until| until <= limit));
        let taken = match (held.rights.plays, held.rights.period) {
            (Some(left), period) => {
                let fits = rights.plays.is_some_and(|plays| plays >= 1 && plays <= left);
                if !fits && !on(Breakage::LendAsOfQuote) {
                    return Err(LendRefusal::TooMuch(left));
                }
                if rights.period != period || !in_time(rights.until) {
                    return Err(LendRefusal::NoPart);
                }
                Taken::Plays
            }
            (None, Some(left)) if held.first_play.is_none() => {
                let part = rights.period.is_some_and(|part| part.0 >= 1 && part <= left);
                if !part || rights.until != held.rights.until {
                    return Err(LendRefusal::NoPart);
                }
                Taken::Period
            }
            (None, period) => {
                if rights.period != period || !in_time(rights.until) {
                    return Err(LendRefusal::NoPart);
                }
                let lasts = |lent: &&Lent| lent.rights.until.is_none_or(|until| now <= until);
                let out = self.loans_of(held.id).map(|(_, lent)| lent);
                let out = out.filter(|lent| lent.taken == Taken::Player).filter(lasts).count();
                if out >= usize::from(players) {
                    return Err(LendRefusal::Players(players));
                }
                Taken::Player
            }
        };
        if self.records_full() {
            return Err(LendRefusal::GivenFull);
        }
        Ok(taken)
    }

    /// What a player would return of a loan, if the wallet's card takes it by `until`.
    pub fn returnable(&self, loan: LicenseId, until: Moment) -> Result<Rights, LendRefusal> {
        self.may_lend_at_all()?;
        let borrowed = self.borrowed(loan).ok_or(LendRefusal::NotLent)?;
        self.listed(borrowed.pair).ok_or(LendRefusal::NotListed)?;
        let held = self.licenses.get(&loan).ok_or(LendRefusal::NoLicense)?;
        if self.records_full() {
            return Err(LendRefusal::GivenFull);
        }
        Ok(left_of_loan(held, until))
    }

    fn may_return(&self, quote: &Quote, pair: &Pair, now: Moment) -> Result<&Held, LendRefusal> {
        self.may_lend_at_all()?;
        let loan = quote.license.ok_or(LendRefusal::NotALoan)?;
        let borrowed = self.borrowed(loan).ok_or(LendRefusal::NotLent)?;
        if borrowed.from != pair.device {
            return Err(LendRefusal::NotLent);
        }
        let held = self.licenses.get(&loan).ok_or(LendRefusal::NoLicense)?;
        // Played since the quote: less is left than was quoted. Time that passes was quoted as passed.
        let left = left_of_loan(held, now);
        let as_quoted = left.plays == quote.rights.plays && left.period >= quote.rights.period;
        if !as_quoted && !on(Breakage::LendAsOfQuote) {
            return Err(LendRefusal::NotLent);
        }
        if self.records_full() {
            return Err(LendRefusal::GivenFull);
        }
        Ok(held)
    }

    /// The receiver commits to a loan, or to have one back. `now`: trusted time. Nothing leaves it: the record alone is what
    /// the giver's decision can be told to.
    pub fn borrow(&self, quote: &Quote, now: Moment) -> Result<Paid, LendRefusal> {
        self.may_lend_now()?;
        if self.pay_no == u64::MAX {
            return Err(LendRefusal::WornOut);
        }
        if !is_loan(quote) {
            return Err(LendRefusal::NotALoan);
        }
        let pair = self.listed(Tag(quote.giver)).ok_or(LendRefusal::NotListed)?;
        if now > quote.until {
            return Err(LendRefusal::QuoteEnded(quote.until));
        }
        if !quote.price.is_zero() {
            return Err(LendRefusal::NotALoan);
        }
        let license = quote.license.ok_or(LendRefusal::NotALoan)?;
        let same = |p: &Paid| is_loan(&p.pay.quote) && p.pay.quote.license == Some(license);
        if self.paid.iter().any(same) {
            return Err(LendRefusal::AlreadyOpen);
        }
        if self.paid.len() >= usize::from(self.profile.paid_max) && !on(Breakage::FullPaidOverwrites) {
            return Err(LendRefusal::PaidFull(self.profile.paid_max));
        }
        match pair.mine {
            Greeter::Wallet => self.was_lent(quote, license, pair)?,
            Greeter::Player => {
                let room = self.licenses_reserved() < usize::try_from(self.profile.licenses_max).unwrap_or(usize::MAX);
                let fits = quote.links.unwrap_or(1) <= self.profile.links();
                if !room || !fits {
                    return Err(LendRefusal::LicensesFull(self.profile.licenses_max));
                }
            }
        }
        let pay = Pay {
            quote: quote.clone(),
            receiver: Tag(quote.giver),
            pay_no: self.pay_no,
            facts: Facts::default(),
            winner: Side::Giver,
            tenders: Vec::new(),
            bind: Bind::default(),
            slips: Vec::new(),
            room: 0,
        };
        Ok(Paid {
            deal: DealId::default(),
            pay,
            message: ByteVec::from(Vec::new()),
            license: None,
            at: now,
            to: Some(pair.seal),
            kept: None,
            terms: None,
            claimed: None,
        })
    }

    /// What comes back was lent from here to that device, and is no more than was lent.
    fn was_lent(&self, quote: &Quote, loan: LicenseId, pair: &Pair) -> Result<(), LendRefusal> {
        let lent = self.pairs.as_ref().and_then(|pairs| pairs.lent.get(&loan));
        let lent = lent.filter(|lent| lent.to == pair.device).ok_or(LendRefusal::NotLent)?;
        let no_more = match lent.taken {
            Taken::Plays => quote.rights.plays.is_some() && quote.rights.plays <= lent.rights.plays,
            Taken::Period => quote.rights.period.is_some() && quote.rights.period <= lent.rights.period,
            Taken::Player => true,
        };
        if no_more { Ok(()) } else { Err(LendRefusal::NotLent) }
    }

    /// Decides a loan, or a return. `players`: how many the license's policy allows; `certified`: the other side's device is
    /// certified now.
    pub fn decide_loan(&self, deal: DealId, pay: &Pay, players: u8, certified: bool, now: Moment) -> Decision {
        if let Some(decision) = self.loan_decided_before(deal, pay) {
            return decision;
        }
        match self.may_give_loan(deal, pay, players, certified, now) {
            Ok(entry) => Decision::Give(entry),
            Err(_) if on(Breakage::VoidWithoutRaising) => Decision::VoidPassed,
            Err(no) => Decision::Void(no.void(), Entry::Passed),
        }
    }

    /// As for every giver, but for the floor: an issuer never hears of a loan, so it has freed none.
    fn loan_decided_before(&self, deal: DealId, pay: &Pay) -> Option<Decision> {
        let Number::Card(number) = pay.quote.number else {
            return Some(Decision::SeeIssuer);
        };
        let known = self.given.iter().any(|g| g.deal == deal);
        if !known && number < self.give_no {
            return Some(Decision::VoidPassed);
        }
        self.decided_before(deal, pay)
    }

    fn may_give_loan(
        &self,
        deal: DealId,
        pay: &Pay,
        players: u8,
        certified: bool,
        now: Moment,
    ) -> Result<Entry, LendRefusal> {
        let quote = &pay.quote;
        if now > quote.until {
            return Err(LendRefusal::QuoteEnded(quote.until));
        }
        let name = Tag(quote.giver);
        let pair = self.listed(name).filter(|_| certified).ok_or(LendRefusal::NotListed)?;
        if !is_loan(quote) || pay.receiver != name || !quote.price.is_zero() || !pay.tenders.is_empty() {
            return Err(LendRefusal::NotALoan);
        }
        if pair.mine == Greeter::Player {
            let held = self.may_return(quote, pair, now)?;
            let given = self.given_loan(deal, pay, held, held.id);
            return Ok(Entry::Lent(given, held.id, None));
        }
        let held = self.quoted(quote).ok_or(LendRefusal::NoLicense)?;
        let taken = self.may_lend(held, &quote.rights, pair, players, now)?;
        let given = self.given_loan(deal, pay, held, loan_name(deal));
        let lent = Lent {
            of: held.id,
            pair: name,
            to: pair.device,
            rights: quote.rights,
            taken,
            at: now,
        };
        Ok(Entry::Lent(given, held.id, Some(lent)))
    }

    fn given_loan(&self, deal: DealId, pay: &Pay, held: &Held, name: LicenseId) -> Given {
        let license = Held {
            id: name,
            rights: pay.quote.rights,
            first_play: None,
            copies_left: Some(0),
            modes: Modes::default(),
            bind: match held.bind {
                Bind::Wallet => Bind::Wallet,
                _ => Bind::Free,
            },
            tag: pay.receiver,
            paid: Money::zero(held.paid.currency()),
            ..held.clone()
        };
        Given {
            deal,
            receiver: pay.receiver,
            pay_no: pay.pay_no,
            give_no: self.give_no,
            gift: Gift {
                license: Some(license),
                ..Gift::default()
            },
            message: ByteVec::from(Vec::new()),
            key: None,
            claimed: None,
        }
    }

    /// May a loan be given up: its player is gone, and what was lent with it? Not while its return is on its way, for what comes
    /// back would find no loan to come back to; and not while it takes a player's place.
    pub fn give_up_loan(&self, loan: LicenseId, now: Moment) -> Result<Entry, LendRefusal> {
        let lent = self.pairs.as_ref().and_then(|pairs| pairs.lent.get(&loan));
        let lent = lent.ok_or(LendRefusal::NotLent)?;
        let comes_back = |p: &Paid| is_loan(&p.pay.quote) && p.pay.quote.license == Some(loan);
        if self.paid.iter().any(comes_back) {
            return Err(LendRefusal::NotNow(
                "its return is on its way; it must be finished first",
            ));
        }
        let lasts = lent.rights.until.is_none_or(|until| now <= until);
        if lent.taken == Taken::Player && lasts {
            return Err(LendRefusal::NotNow("its player may still play it"));
        }
        Ok(Entry::GivenUp(loan))
    }

    pub(crate) fn apply_lent(&mut self, given: &Given, license: LicenseId, lent: Option<&Lent>) {
        match lent {
            Some(lent) => {
                if let Some(held) = self.licenses.get_mut(&license)
                    && !on(Breakage::LendCopiesPlays)
                {
                    take_off(held, lent);
                }
                let name = given.gift.license.as_ref().map(|held| held.id).unwrap_or_default();
                self.pairs.get_or_insert_default().lent.insert(name, lent.clone());
            }
            None if on(Breakage::ReturnLeavesPlays) => {}
            None => {
                self.licenses.remove(&license);
                self.pairs.get_or_insert_default().borrowed.remove(&license);
            }
        }
        if !on(Breakage::GiveNoNotRaised) {
            self.give_no = self.give_no.saturating_add(1);
        }
        self.given.push(given.clone());
    }

    /// A loan arrives at the player, or comes back to the card that made it.
    pub(crate) fn receive_loan(&mut self, gift: &Gift, paid: &Paid) {
        let (Some(loan), Some(name)) = (&gift.license, paid.pay.quote.license) else {
            return;
        };
        let pair = paid.pay.receiver;
        let from = self.pair(pair).map(|pair| pair.device).unwrap_or_default();
        let pairs = self.pairs.get_or_insert_default();
        if let Some(lent) = pairs.lent.remove(&name) {
            if let Some(held) = self.licenses.get_mut(&lent.of) {
                put_back(held, &lent, &loan.rights);
            }
            return;
        }
        let borrowed = Borrowed { of: name, pair, from };
        pairs.borrowed.insert(loan.id, borrowed);
        self.licenses.insert(loan.id, loan.clone());
    }
}

/// The last moment of what a license still allows, if a period that has not begun began now.
fn last_moment(held: &Held, now: Moment) -> Option<Moment> {
    let begun = held.first_play.unwrap_or(now);
    // A period that is lent in parts does not begin with the loan.
    let begins = held.first_play.is_some() || held.rights.plays.is_some();
    let ends = held.rights.period.filter(|_| begins).map(|period| begun.plus(period));
    earlier(held.rights.until, ends)
}

fn earlier(one: Option<Moment>, other: Option<Moment>) -> Option<Moment> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What is left of a loan at the player, if it is handed back at that moment.
fn left_of_loan(held: &Held, at: Moment) -> Rights {
    let period = match (held.rights.period, held.first_play) {
        (Some(period), Some(begun)) => {
            let end = begun.plus(period);
            Some(if end > at { end.since(at) } else { Span(0) })
        }
        (period, _) => period,
    };
    Rights { period, ..held.rights }
}

fn take_off(held: &mut Held, lent: &Lent) {
    match lent.taken {
        Taken::Plays => {
            let lent_plays = lent.rights.plays.unwrap_or_default();
            held.rights.plays = held.rights.plays.map(|left| left.saturating_sub(lent_plays));
            if held.rights.period.is_some() {
                held.first_play.get_or_insert(lent.at);
            }
        }
        Taken::Period => {
            let part = lent.rights.period.unwrap_or(Span(0));
            held.rights.period = held.rights.period.map(|left| Span(left.0.saturating_sub(part.0)));
        }
        Taken::Player => {}
    }
}

fn put_back(held: &mut Held, lent: &Lent, back: &Rights) {
    match lent.taken {
        Taken::Plays => {
            let plays = back.plays.unwrap_or_default();
            held.rights.plays = held.rights.plays.map(|left| left.saturating_add(plays));
        }
        Taken::Period => {
            let part = back.period.unwrap_or(Span(0));
            held.rights.period = held.rights.period.map(|left| Span(left.0.saturating_add(part.0)));
        }
        Taken::Player => {}
    }
}
