//! Enterprises: whom this carrier pays, from when on, and whom it does not; the latter are told to wallets beforehand (ST-13,
//! ST-17, ST-25). What a trust registry said about one that is not listed is kept for a while beside it.

use std::collections::BTreeSet;

use deal::enterprise::{EnterpriseNo, NotPaid, Unpaid, say_not_paid};
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, PartyId, Refusal, Span};

use crate::{Carrier, plan::is_line};

/// Does this carrier pay an enterprise?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Trust {
    /// It does.
    #[n(0)]
    Trusted,
    /// It does not.
    #[n(1)]
    Refused,
}

/// An enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Enterprise {
    /// As bills call it.
    #[n(0)]
    pub name: String,
    /// Its number: what the upper digits of its offers' numbers may say (ST-17).
    #[n(1)]
    pub no: Option<EnterpriseNo>,
    /// Does this carrier pay it?
    #[n(2)]
    pub trust: Trust,
    /// Since when it is listed. A new one is paid late, and not much.
    #[n(3)]
    pub since: Moment,
    /// At most so much in a month, instead of what the carrier lets new ones have.
    #[n(4)]
    pub cap: Option<Money>,
}
impl Value for Enterprise {}

/// What a trust registry said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Verdict {
    #[n(0)]
    pub(crate) trusted: bool,
    #[n(1)]
    pub(crate) at: Moment,
}
impl Value for Verdict {}

/// How long a registry's word counts.
const VERDICT_LIFE: Span = Span::minutes(60);

impl Verdict {
    /// Is it young enough to count?
    pub(crate) fn holds(&self, now: Moment) -> bool {
        now <= self.at.plus(VERDICT_LIFE)
    }
}

pub(crate) const ENTERPRISES: Map<PartyId, Enterprise> = Map::new(Table::new("carrier_enterprises"));
pub(crate) const NUMBERED: Map<u32, PartyId> = Map::new(Table::new("carrier_enterprise_numbers"));
pub(crate) const VERDICTS: Map<(u32, PartyId), Verdict> = Map::new(Table::new("carrier_verdicts"));
/// How often the list of those that are not paid has changed.
pub(crate) const LIST: Map<(), u64> = Map::new(Table::new("carrier_not_paid"));

/// Why an enterprise was not listed, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnterpriseRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// The name cannot stand on a bill.
    #[error("a name has 1 to 60 characters on one line")]
    Name,
    /// The cap is in another currency.
    #[error("a cap is in this carrier's currency")]
    Cap,
    /// Another one's number.
    #[error("number {0} belongs to another enterprise")]
    NumberTaken(EnterpriseNo),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for EnterpriseRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Name => "enterprise-name",
            Self::Cap => "enterprise-cap",
            Self::NumberTaken(_) => "enterprise-number-taken",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// What is to be listed of an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// As bills call it.
    pub name: String,
    /// Its number.
    pub no: Option<EnterpriseNo>,
    /// Does this carrier pay it?
    pub trust: Trust,
    /// At most so much in a month, instead of what the carrier lets new ones have.
    pub cap: Option<Money>,
}

pub(crate) fn list_changed(tx: &mut dyn Tx) -> Result<(), Fault> {
    let number = LIST.get(tx, &())?.unwrap_or(0).saturating_add(1);
    LIST.put(tx, &(), &number)
}

impl Carrier {
    /// Lists an enterprise, or changes what is listed. Since when it is listed never changes.
    pub fn list_enterprise(
        &self,
        tx: &mut dyn Tx,
        id: PartyId,
        listing: &Listing,
        now: Moment,
    ) -> Result<(), EnterpriseRefused> {
        party::epoch::require::<EnterpriseRefused>(tx)?;
        if !is_line(&listing.name, 60) {
            return Err(EnterpriseRefused::Name);
        }
        if listing.cap.is_some_and(|cap| cap.currency() != self.desk.currency()) {
            return Err(EnterpriseRefused::Cap);
        }
        let before = ENTERPRISES.get(tx, &id)?;
        if let Some(no) = listing.no {
            match NUMBERED.get(tx, &no.0)? {
                Some(whose) if whose != id => return Err(EnterpriseRefused::NumberTaken(no)),
                _ => NUMBERED.put(tx, &no.0, &id)?,
            }
        }
        let old = before
            .as_ref()
            .and_then(|b| b.no)
            .filter(|old| Some(*old) != listing.no);
        if let Some(old) = old {
            NUMBERED.delete(tx, &old.0)?;
        }
        let row = Enterprise {
            name: listing.name.clone(),
            no: listing.no,
            trust: listing.trust,
            since: before.map_or(now, |b| b.since),
            cap: listing.cap,
        };
        list_changed(tx)?;
        Ok(ENTERPRISES.put(tx, &id, &row)?)
    }

    /// An enterprise.
    pub fn enterprise(&self, view: &mut dyn View, id: PartyId) -> Result<Option<Enterprise>, Fault> {
        ENTERPRISES.get(view, &id)
    }
    /// All enterprises.
    pub fn enterprises(&self, view: &mut dyn View) -> Result<Vec<(PartyId, Enterprise)>, Fault> {
        ENTERPRISES.range(view, Keys::all(), 10_000)
    }
    /// As bills call it; its short id where it was never listed.
    pub(crate) fn enterprise_name(&self, view: &mut dyn View, id: PartyId) -> Result<String, Fault> {
        Ok(ENTERPRISES.get(view, &id)?.map_or_else(|| id.short(), |row| row.name))
    }

    /// For whom this carrier does not pay, signed: for wallets, over any way (ST-25). What a trust registry said counts as long
    /// here as it does for charges, and not about whom this carrier lists itself.
    pub fn not_paid(&self, view: &mut dyn View, now: Moment) -> Result<Vec<u8>, Fault> {
        let mut refused = BTreeSet::new();
        VERDICTS.each::<Fault>(view, Keys::all(), |view, (no, party), verdict| {
            if !verdict.trusted && verdict.holds(now) && !ENTERPRISES.has(view, &party)? {
                refused.insert(Unpaid {
                    enterprise: EnterpriseNo(no),
                    party,
                });
            }
            Ok(())
        })?;
        ENTERPRISES.each::<Fault>(view, Keys::all(), |_, party, row| {
            if let (Trust::Refused, Some(enterprise)) = (row.trust, row.no) {
                refused.insert(Unpaid { enterprise, party });
            }
            Ok(())
        })?;
        let list = NotPaid {
            payer: self.id(),
            number: LIST.get(view, &())?.unwrap_or(0),
            enterprises: refused.into_iter().collect(),
            at: now,
        };
        let (keys, realm) = (&self.keys, self.desk.realm_id());
        Ok(say_not_paid(&list, realm, keys.signer(), keys.certificate()))
    }
}
