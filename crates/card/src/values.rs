//! Values: coupons, tickets, cheques, codes, points and account tokens come to the card and leave it (XD-9).

use deal::{Entry, Value, ValueKind, wire};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind, NotSigned, NotTrusted, Seed, role};
use units::{Again, Moment, PartyId, Refusal, ValueId};

use crate::{Card, Event, Fault, Journal, Line, image::Change};

/// Why a value is not taken onto the card. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueRefusal {
    /// Whoever made it is not certified to.
    #[error("whoever made this is not certified in this realm ({0})")]
    Maker(NotTrusted),
    /// Not a value, or forged.
    #[error("this is not a genuine coupon, ticket, cheque, code or points ({0})")]
    Forged(NotSigned),
    /// Signed by somebody else than it names.
    #[error("this names another maker than who signed it")]
    OtherMaker,
    /// Past its date.
    #[error("this ended at {0}")]
    Ended(Moment),
    /// Here already.
    #[error("this is on the card already")]
    Here,
    /// No room.
    #[error("this card has room for {0} coupons, tickets and the like and is full: use or drop one first")]
    Full(u16),
    /// Could not be written.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ValueRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Maker(e) => e.code(),
            Self::Forged(_) => "value-forged",
            Self::OtherMaker => "value-other-maker",
            Self::Ended(_) => "value-ended",
            Self::Here => "value-already-here",
            Self::Full(_) => "card-full-of-values",
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Full(_) | Self::Fault(_) => Again::AfterYouAct,
            Self::Maker(e) => e.again(),
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// Puts a value on the card: `signed` is the maker's signed form, `certificate` the maker's (seller, issuer or bank).
    pub fn take_value(
        &mut self,
        signed: &[u8],
        certificate: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Value, ValueRefusal> {
        let now = self.now(clock);
        let (maker, key) = self.maker(certificate, now).map_err(ValueRefusal::Maker)?;
        let value: Value =
            wire::open_signed(signed, Kind::Value, self.realm, &key, Audience::Anyone).map_err(ValueRefusal::Forged)?;
        if value.maker != maker {
            return Err(ValueRefusal::OtherMaker);
        }
        if let Some(until) = value.until.filter(|until| now > *until) {
            return Err(ValueRefusal::Ended(until));
        }
        let state = &self.image.state;
        if state
            .values
            .iter()
            .any(|(v, _)| (v.maker, v.id) == (value.maker, value.id))
        {
            return Err(ValueRefusal::Here);
        }
        if state.values.len() >= usize::from(state.profile.values_max) {
            return Err(ValueRefusal::Full(state.profile.values_max));
        }
        let line = value_line(&value, now, Event::Came);
        let entry = Entry::Value(value.clone(), ByteVec::from(signed.to_vec()));
        self.commit(&Change::Deal(entry, line, None), seed)?;
        Ok(value)
    }

    /// The holder throws a value away.
    pub fn drop_value(&mut self, maker: PartyId, id: ValueId, seed: &Seed) -> Result<(), Fault> {
        let line = self.line_of(maker, id, self.image.state.clock, Event::Dropped);
        self.commit(&Change::Deal(Entry::Dropped(maker, id), line, None), seed)
            .map(|_| ())
    }

    /// What history says of a value that is here.
    pub(crate) fn line_of(&self, maker: PartyId, id: ValueId, at: Moment, event: Event) -> Option<Line> {
        let mut values = self.image.state.values.iter();
        let (value, _) = values.find(|(value, _)| (value.maker, value.id) == (maker, id))?;
        value_line(value, at, event)
    }

    fn maker(&self, certificate: &[u8], now: Moment) -> Result<(PartyId, seal::VerifyKey), NotTrusted> {
        let seller = self
            .trust
            .check::<role::Seller>(certificate, now)
            .map(|v| (PartyId(v.subject()), *v.sign()));
        seller
            .or_else(|_| {
                self.trust
                    .check::<role::Issuer>(certificate, now)
                    .map(|v| (PartyId(v.subject()), *v.sign()))
            })
            .or_else(|_| {
                self.trust
                    .check::<role::Bank>(certificate, now)
                    .map(|v| (PartyId(v.subject()), *v.sign()))
            })
    }
}

/// What history says of a value. Accounts, receipts and money that is owed have lines in the deals they belong to.
fn value_line(value: &Value, at: Moment, event: Event) -> Option<Line> {
    let is_told = match value.kind {
        ValueKind::Coupon | ValueKind::Ticket | ValueKind::Cheque | ValueKind::Prepaid | ValueKind::Points => true,
        ValueKind::Refund | ValueKind::Receipt | ValueKind::Account => false,
    };
    is_told.then(|| Line {
        title: value.label.clone(),
        with: Some(value.maker),
        ..crate::contact::own_line(at, event)
    })
}
