//! Pay: the receiver commits. After this entry is durable, only the giver's signed word ends the deal.

use alloc::vec::Vec;
use license::{Bind, Route, TenderKind};
use minicbor::bytes::ByteVec;
use units::{Again, DealId, Hash, Moment, Money, PartyId, Refusal, ValueId};

use crate::{
    AskRefusal, Facts, Kind, Paid, Pay, Quote, Side, Slip, State, Status, Tender, TenderRefusal, Value,
    breakage::{Breakage, on},
    pays,
    tender::{counts_here, loads, value_covers},
    winner,
};

/// What the holder agreed to, as shown to him by the card from the very quote. One consent, one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// SHA-256 of the quote's canonical bytes.
    pub quote: Hash,
    /// The exact amount that leaves the card.
    pub fare: Money,
    /// The card's number for this payment, so that a consent is used up.
    pub pay_no: u64,
}

/// Everything a payment is decided from, besides the state.
#[derive(Debug, Clone)]
pub struct Plan<'a> {
    /// The quote, its signature and certificate already checked.
    pub quote: &'a Quote,
    /// Its hash.
    pub quote_hash: Hash,
    /// What the publisher's signed offer or policy says the price is, where there is one.
    pub signed_price: Option<Money>,
    /// The holder's consent.
    pub consent: &'a Consent,
    /// Values the holder wants to pay with.
    pub values: &'a [(PartyId, ValueId)],
    /// A tender other than money or values, if the holder chose one.
    pub other: Option<Tender>,
    /// Devices the license shall be bound to.
    pub bind: Bind,
    /// Whose work it is, where that is known: whose purchases the route rule looks at. `None`: the payee's.
    pub publisher: Option<PartyId>,
    /// Trusted time.
    pub now: Moment,
}

/// Why a card does not pay. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayRefusal {
    /// Not even asking is possible.
    #[error(transparent)]
    Ask(#[from] AskRefusal),
    /// The quote has ended.
    #[error("the quote ended at {0}; ask the seller again")]
    QuoteEnded(Moment),
    /// The quote asks for something else than the publisher signed.
    #[error("the seller asks for {asked}, the publisher's price is {signed}; nothing was paid")]
    PriceDiffers {
        /// In the quote.
        asked: Money,
        /// In the signed offer.
        signed: Money,
    },
    /// The consent is for something else.
    #[error("this is not what the holder agreed to; start again")]
    ConsentDiffers,
    /// This card does not do such deals.
    #[error("this card cannot do a deal of kind {0:?} yet")]
    KindUnknown(Kind),
    /// No such value on this card.
    #[error("the value chosen is not on this card")]
    NoSuchValue,
    /// The approval is bound to another of this card's tags.
    #[error("the approval was made for another moment of this card; ask for a new one")]
    OtherTag,
    /// The payments do not make up the price.
    #[error(transparent)]
    Tender(#[from] TenderRefusal),
    /// There is a usable license of this offer already.
    #[error("this card already holds a license of this offer")]
    AlreadyHeld,
    /// An open payment for the same offer.
    #[error("a payment for this offer is still on its way; it must be settled first")]
    AlreadyOpen,
    /// No such license, or not in a state to leave.
    #[error("this license cannot be handed back: {0}")]
    LicenseStays(&'static str),
    /// What should be unlocked is not locked, or not of this offer.
    #[error("this license is not locked: there is nothing to unlock")]
    NothingLocked,
    /// The card is full of licenses.
    #[error("this card has room for {0} licenses and is full: delete one first; nothing was paid")]
    LicensesFull(u32),
    /// The license has changed hands more often than this card has room for.
    #[error(
        "this card has room for a license of {0} links, and this one would have more: get it from somebody nearer to its \
         buyer, or in the shop; nothing was paid"
    )]
    LinksFull(u16),
    /// The card is full of slips.
    #[error("this card has no room for more fares: send fares home first; nothing was paid")]
    SlipsFull,
    /// The card is full of coupons, tickets and the like.
    #[error("this card has room for {0} coupons, tickets and the like and is full: use or drop one first")]
    ValuesFull(u16),
    /// Too many licenses are not paid for yet.
    #[error("{0} licenses on this card are not paid for yet: wait until one is, or pay with money")]
    OwingFull(u16),
    /// Too much is not paid for yet.
    #[error(
        "with this {would} would be owed at once, and {limit} may be: wait until something is paid, or pay with money"
    )]
    CreditLimit {
        /// Allowed.
        limit: Money,
        /// What it would be.
        would: Money,
    },
    /// A clear for what is not owed here.
    #[error("nothing is owed for this license on this card")]
    NothingOwed,
    /// A clear before the charge was refused: both could be paid.
    #[error("the charge for this license is not refused; it is paid, or will be: wait for the answer")]
    ChargeOpen,
    /// Nothing to collect.
    #[error("this card carries no fares for this publisher")]
    NothingToCollect,
    /// Above the limit of one payment.
    #[error("{amount} is above this card's limit of {limit} for one payment")]
    AboveLimit {
        /// Asked.
        amount: Money,
        /// Allowed.
        limit: Money,
    },
    /// Above what the holder lets one payment be.
    #[error("{amount} is above the limit of {limit} that you set for one payment; nothing was paid")]
    AboveOwnLimit {
        /// Asked.
        amount: Money,
        /// Set by the holder.
        limit: Money,
    },
    /// Above what the holder lets a day be.
    #[error(
        "with {amount} this card would spend more than the {limit} you set for one day: {spent} went in the last 24 hours; nothing was paid"
    )]
    AboveOwnDay {
        /// Asked.
        amount: Money,
        /// Spent in the last 24 hours.
        spent: Money,
        /// Set by the holder.
        limit: Money,
    },
    /// Too long without contact.
    #[error("this card has been away from its issuer for too long to pay: go online once")]
    SilentTooLong,
    /// Too little money.
    #[error("the purse holds {purse}, {due} is due: load {missing} more; nothing was paid")]
    PurseTooSmall {
        /// In the purse.
        purse: Money,
        /// Due in money.
        due: Money,
        /// The difference.
        missing: Money,
    },
    /// The purse would hold too much.
    #[error("the purse may hold {limit}; with this it would hold {would}")]
    BalanceLimit {
        /// Allowed.
        limit: Money,
        /// What it would be, fares on their way included.
        would: Money,
    },
}

impl Refusal for PayRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Ask(e) => e.code(),
            Self::QuoteEnded(_) => "quote-ended",
            Self::PriceDiffers { .. } => "price-differs",
            Self::ConsentDiffers => "consent-differs",
            Self::KindUnknown(_) => "kind-unknown",
            Self::NoSuchValue => "value-not-here",
            Self::OtherTag => "approval-other-tag",
            Self::Tender(e) => e.code(),
            Self::AlreadyHeld => "license-already-held",
            Self::AlreadyOpen => "payment-already-open",
            Self::LicenseStays(_) => "license-stays",
            Self::NothingLocked => "license-not-locked",
            Self::LicensesFull(_) => "card-full-of-licenses",
            Self::LinksFull(_) => "license-too-long-for-card",
            Self::SlipsFull => "card-full-of-fares",
            Self::ValuesFull(_) => "card-full-of-values",
            Self::OwingFull(_) => "credit-used-up",
            Self::CreditLimit { .. } => "credit-limit",
            Self::NothingOwed => "nothing-owed",
            Self::ChargeOpen => "charge-open",
            Self::NothingToCollect => "nothing-to-collect",
            Self::AboveLimit { .. } => "above-payment-limit",
            Self::AboveOwnLimit { .. } => "above-own-limit",
            Self::AboveOwnDay { .. } => "above-own-day",
            Self::SilentTooLong => "silent-too-long",
            Self::PurseTooSmall { .. } => "purse-too-small",
            Self::BalanceLimit { .. } => "balance-limit",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Ask(e) => e.again(),
            Self::KindUnknown(_) | Self::ConsentDiffers | Self::PriceDiffers { .. } => Again::Never,
            // The day passes by itself.
            Self::AboveOwnDay { .. } => Again::Later,
            _ => Again::AfterYouAct,
        }
    }
}

impl State {
    /// Decides a payment. The record is complete but for the slip's seal, the deal id and the signed message, which the
    /// card puts in before it writes ([`Paid::seal_slip`], [`Paid::signed`]).
    pub fn pay(&self, plan: &Plan<'_>) -> Result<Paid, PayRefusal> {
        let quote = plan.quote;
        self.may_ask()?;
        if plan.now > quote.until {
            return Err(PayRefusal::QuoteEnded(quote.until));
        }
        self.agreed(plan)?;
        let tenders = self.tenders(plan)?;
        let facts = self.facts(plan.publisher.unwrap_or(quote.payee));
        // A quote that anyone may read names only what its rule looks at; what answers it names no more.
        // A purchase that somebody else approves tells the seller nothing of the one before.
        let approved = matches!(plan.other, Some(Tender::Approval(_)));
        let facts = if approved || (quote.ask.is_none() && quote.kind.between_cards()) {
            facts.only_for(quote.route)
        } else {
            facts
        };
        let side = self.side(quote, facts);
        self.offer_free(quote)?;
        let license = self.leaving(quote)?;
        let slips = self.slips_leaving(quote, side)?;
        self.room(quote, side)?;
        self.other_room(quote, &tenders)?;
        self.funds(quote, &tenders)?;
        let (receiver, ..) = self.next_tag().ok_or(AskRefusal::NoTag)?;
        let room = if side == Side::Receiver {
            quote.slips.saturating_add(1)
        } else {
            0
        };
        let pay = Pay {
            quote: quote.clone(),
            receiver: *receiver,
            pay_no: self.pay_no,
            facts,
            winner: side,
            tenders,
            bind: plan.bind.clone(),
            slips,
            room,
        };
        Ok(Paid {
            deal: DealId::default(),
            pay,
            message: ByteVec::from(Vec::new()),
            license,
            at: plan.now,
            to: None,
            kept: None,
            terms: None,
            claimed: None,
        })
    }

    fn agreed(&self, plan: &Plan<'_>) -> Result<(), PayRefusal> {
        let (quote, consent) = (plan.quote, plan.consent);
        if let Some(signed) = plan.signed_price.filter(|signed| *signed != quote.price) {
            return Err(PayRefusal::PriceDiffers {
                asked: quote.price,
                signed,
            });
        }
        let fits = consent.quote == plan.quote_hash && consent.fare == quote.price && consent.pay_no == self.pay_no;
        if !fits && !on(Breakage::FareNotAgreed) {
            return Err(PayRefusal::ConsentDiffers);
        }
        match quote.kind {
            Kind::Locked | Kind::Lend => Err(PayRefusal::KindUnknown(quote.kind)),
            _ => Ok(()),
        }
    }

    /// Values as chosen, then the other tender, then money for what is left.
    fn tenders(&self, plan: &Plan<'_>) -> Result<Vec<Tender>, PayRefusal> {
        let quote = plan.quote;
        let mut tenders = Vec::new();
        let mut left = quote.price;
        for (maker, id) in plan.values {
            let (value, signed) = self
                .values
                .iter()
                .find(|(v, _)| v.maker == *maker && v.id == *id)
                .ok_or(PayRefusal::NoSuchValue)?;
            // A refund order is money owed: it is what a load takes, and pays for nothing.
            if quote.kind == Kind::Load {
                loads(value, plan.now)?;
            } else {
                counts_here(quote, value)?;
                let part = value_covers(value, left, quote.offer, plan.now)?;
                left = left.minus(part).map_err(|_| TenderRefusal::OtherCurrency)?;
            }
            tenders.push(Tender::Value(value.clone(), signed.clone()));
        }
        if let Some(Tender::Charge(_, _, payer)) = &plan.other {
            // The charge is this payment's own, for whatever is left to pay.
            let (tag, ..) = self.next_tag().ok_or(AskRefusal::NoTag)?;
            if !left.is_zero() {
                tenders.push(Tender::Charge(crate::charge::charge_id(*tag), left, *payer));
            }
        } else if let Some(other) = &plan.other {
            tenders.push(other.clone());
        } else if !left.is_zero() {
            let (payee, title) = (quote.payee, quote.title);
            let amount = if on(Breakage::FareNotAgreed) {
                left.plus(left).unwrap_or(left)
            } else {
                left
            };
            tenders.push(Tender::Slip(Slip {
                amount,
                payee,
                title,
                route: quote.route,
                sealed: ByteVec::from(Vec::new()),
            }));
        }
        if !on(Breakage::FareNotAgreed) {
            pays(quote, &tenders, plan.now)?;
        }
        Ok(tenders)
    }

    fn side(&self, quote: &Quote, mine: Facts) -> Side {
        match quote.kind {
            Kind::Copy | Kind::Move => winner(quote.route, quote.facts, mine),
            _ => winner(Route::Till, quote.facts, mine),
        }
    }

    /// No second license of an offer by copy or move, no second open payment for one offer at all.
    fn offer_free(&self, quote: &Quote) -> Result<(), PayRefusal> {
        let Some(offer) = quote.offer else { return Ok(()) };
        if quote.kind.between_cards() && self.usable_of(offer).is_some() {
            return Err(PayRefusal::AlreadyHeld);
        }
        let open = self.paid.iter().any(|p| p.pay.quote.offer == Some(offer));
        if open { Err(PayRefusal::AlreadyOpen) } else { Ok(()) }
    }

    fn leaving(&self, quote: &Quote) -> Result<Option<crate::Held>, PayRefusal> {
        if quote.kind == Kind::Unlock {
            return self.unlocks(quote).map(|()| None);
        }
        if quote.kind == Kind::Clear {
            return self.clears(quote).map(|()| None);
        }
        if quote.kind != Kind::Surrender {
            return Ok(None);
        }
        let held = quote
            .license
            .and_then(|id| self.licenses.get(&id))
            .ok_or(PayRefusal::LicenseStays("it is not on this card"))?;
        match held.status {
            Status::Owing(_) => Err(PayRefusal::LicenseStays("its charge is not yet acknowledged")),
            Status::OnHold => Err(PayRefusal::LicenseStays(
                "it waits for its seller's word after this card was resumed",
            )),
            _ if self.is_lent(held.id) => Err(PayRefusal::LicenseStays("a part of it is lent; have it returned first")),
            _ if self.borrowed(held.id).is_some() => Err(PayRefusal::LicenseStays("it is here on loan")),
            _ if Some(held.offer) != quote.offer => Err(PayRefusal::LicenseStays("the quote is for another one")),
            _ => Ok(Some(held.clone())),
        }
    }

    /// What is unlocked must be here, locked, and of the offer that is paid for; it stays until its successor has come.
    fn unlocks(&self, quote: &Quote) -> Result<(), PayRefusal> {
        let held = quote.license.and_then(|id| self.licenses.get(&id));
        match held {
            Some(h) if Some(h.offer) == quote.offer && matches!(h.status, Status::Locked | Status::Partial) => Ok(()),
            Some(_) => Err(PayRefusal::NothingLocked),
            None => Err(PayRefusal::LicenseStays("it is not on this card")),
        }
    }

    fn slips_leaving(&self, quote: &Quote, side: Side) -> Result<Vec<Slip>, PayRefusal> {
        match (quote.kind, side) {
            (Kind::Collect, _) => {
                let slips: Vec<Slip> = self
                    .escrow
                    .iter()
                    .filter(|s| s.payee == quote.payee)
                    .take(64)
                    .cloned()
                    .collect();
                if slips.is_empty() {
                    Err(PayRefusal::NothingToCollect)
                } else {
                    Ok(slips)
                }
            }
            (Kind::Copy | Kind::Move, Side::Giver) => Ok(self.hop_set(quote.payee, quote.route, quote.title)),
            _ => Ok(Vec::new()),
        }
    }

    fn room(&self, quote: &Quote, side: Side) -> Result<(), PayRefusal> {
        let licenses = self
            .licenses_reserved()
            .saturating_add(usize::from(quote.kind.brings_license()));
        if licenses > self.profile.licenses_max as usize {
            return Err(PayRefusal::LicensesFull(self.profile.licenses_max));
        }
        if quote.links.unwrap_or(1) > self.profile.links() {
            return Err(PayRefusal::LinksFull(self.profile.links()));
        }
        if quote.kind.between_cards() && side == Side::Receiver {
            let slips = self
                .slips_reserved(quote.payee, quote.route, quote.title)
                .saturating_add(usize::from(quote.slips))
                .saturating_add(1);
            if slips > usize::from(self.profile.slips_max) {
                return Err(PayRefusal::SlipsFull);
            }
        }
        Ok(())
    }

    /// Room for values that will come or may come back, and credit for one more license that is not paid at once.
    fn other_room(&self, quote: &Quote, tenders: &[Tender]) -> Result<(), PayRefusal> {
        let leave = tenders
            .iter()
            .filter(|t| matches!(t, Tender::Value(v, _) if v.is_used_up()))
            .count();
        // Values that leave keep their places, for a void brings them back; what a value-bringing deal brings needs one.
        let open: usize = self.paid.iter().map(|p| p.values_reserved()).sum();
        let taken = self.values.len().saturating_add(open);
        let come = usize::from(quote.kind.brings_value()).saturating_sub(leave);
        if come > 0 && taken.saturating_add(come) > usize::from(self.profile.values_max) {
            return Err(PayRefusal::ValuesFull(self.profile.values_max));
        }
        if let Some((_, amount, _)) = crate::charge_of(tenders) {
            self.has_credit(amount)?;
        }
        Ok(())
    }

    fn funds(&self, quote: &Quote, tenders: &[Tender]) -> Result<(), PayRefusal> {
        let due = tenders
            .iter()
            .find_map(|t| if let Tender::Slip(s) = t { Some(s.amount) } else { None });
        if let Some(due) = due {
            // What goes home to the issuer is not bounded: it only lowers what this card can lose.
            if quote.kind != Kind::Redeem && due > self.profile.amount_max {
                return Err(PayRefusal::AboveLimit {
                    amount: due,
                    limit: self.profile.amount_max,
                });
            }
            if let Err(units::MoneyError::NotEnough) = self.purse.minus(due)
                && !on(Breakage::NoFundsCheck)
                && (!on(Breakage::FareFromEscrow) || self.escrow.is_empty())
            {
                let missing = due.minus(self.purse).unwrap_or(due);
                return Err(PayRefusal::PurseTooSmall {
                    purse: self.purse,
                    due,
                    missing,
                });
            }
        }
        if quote.kind == Kind::Load {
            let credit = quote.credit.unwrap_or(Money::zero(self.purse.currency()));
            let sum = |a: Money, b: Money| a.plus(b).unwrap_or(a);
            let open = self.paid.iter().filter_map(|p| {
                p.pay
                    .quote
                    .credit
                    .filter(|_| p.pay.quote.kind == Kind::Load)
                    .or_else(|| p.money())
            });
            let would = open.fold(sum(self.purse, credit), sum);
            if would > self.profile.balance_max || would.currency() != credit.currency() {
                return Err(PayRefusal::BalanceLimit {
                    limit: self.profile.balance_max,
                    would,
                });
            }
        }
        Ok(())
    }
}

impl Paid {
    /// Puts the slip's seal in: `sealed` is the payer's signature and number, sealed to the issuer.
    pub fn seal_slip(&mut self, seal: impl FnOnce(&Slip) -> Vec<u8>) {
        for tender in &mut self.pay.tenders {
            if let Tender::Slip(slip) = tender {
                slip.sealed = ByteVec::from(seal(slip));
                return;
            }
        }
    }
    /// Completes the record with its signed message and the deal id that is its hash.
    pub fn signed(mut self, deal: DealId, message: Vec<u8>) -> Self {
        self.deal = deal;
        self.message = ByteVec::from(message);
        self
    }
    /// The slip in it, if it pays with money.
    pub fn slip(&self) -> Option<&Slip> {
        self.pay
            .tenders
            .iter()
            .find_map(|t| if let Tender::Slip(s) = t { Some(s) } else { None })
    }
    /// The values in it.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.pay
            .tenders
            .iter()
            .filter_map(|t| if let Tender::Value(v, _) = t { Some(v) } else { None })
    }
    /// Places among the values that this record keeps: for those that may come back, or for one that will come.
    pub fn values_reserved(&self) -> usize {
        let back = self.values().filter(|v| v.is_used_up()).count();
        back.max(usize::from(self.pay.quote.kind.brings_value()))
    }
    /// Does it pay with money?
    pub fn pays_money(&self) -> bool {
        self.pay.tenders.iter().any(|t| t.kind() == TenderKind::Slip)
    }
}
