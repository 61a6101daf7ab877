//! Notice: what a bank tells a party by itself when money came into its account, so that a seller can close a record the
//! moment it is paid (ST-5, ST-6). An errand like any other: written with the booking, repeated until it was heard, and
//! harmless when it comes twice. Whoever lives by statements needs none.

use minicbor::{Decode, Encode};
use seal::{Kind, NotSigned, NotTrusted, role};
use store::{Fault, Map, Table, Tx, View};
use units::{Again, Moment, Money, PartyId, RealmId, Refusal, TransferId};

use super::HouseBank;
use crate::{
    desk::Known,
    errand::{self, ErrandId, Reply, Step, Verb},
    keys::PartyKeys,
};

/// Parties that want to be told.
pub(super) const TOLD: Map<PartyId, ()> = Map::new(Table::new("bank_told"));

/// What came into an account. Signed by the bank (kind notice), for the party whose account it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Credited {
    /// Who says it.
    #[n(0)]
    pub bank: PartyId,
    /// The transfer. The same one may be told twice.
    #[n(1)]
    pub id: TransferId,
    /// From which party's account. Nothing: a person's, whose token is told to nobody, since who has it has the account.
    #[n(2)]
    pub from: Option<PartyId>,
    /// Into whose.
    #[n(3)]
    pub to: PartyId,
    /// How much.
    #[n(4)]
    pub amount: Money,
    /// What the order said it is for.
    #[n(5)]
    pub reference: String,
    /// When it was booked.
    #[n(6)]
    pub at: Moment,
}

/// Why a notice was not believed, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefused {
    /// Not signed by whom it names.
    #[error("this was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not a bank, or not the one this party has its account at.
    #[error("only the bank that keeps this party's account tells it what came in")]
    NotItsBank,
    /// Whoever signed it is not certified.
    #[error("whoever says so is not certified here: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// About another party's account.
    #[error("this is about somebody else's account")]
    NotMine,
}

impl Refusal for NoticeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSigned(_) => "notice-not-signed",
            Self::NotItsBank => "notice-other-bank",
            Self::NotTrusted(no) => no.code(),
            Self::NotMine => "notice-not-mine",
        }
    }
    fn again(&self) -> Again {
        Again::Never
    }
}
crate::refused::refusals!(NoticeRefused);

impl Credited {
    /// Reads what `bank` told the party with these keys.
    pub fn read(
        bytes: &[u8],
        realm: RealmId,
        known: &Known,
        bank: PartyId,
        keys: &PartyKeys,
    ) -> Result<Self, NoticeRefused> {
        let parsed = seal::parse::<Self>(bytes, Kind::Notice, realm)?;
        if parsed.claims().bank != bank {
            return Err(NoticeRefused::NotItsBank);
        }
        let certified = known.ever_certified::<role::Bank>(bank);
        let certified = certified.ok_or(NoticeRefused::NotTrusted(NotTrusted::OtherRole))?;
        let said = parsed.verify(certified.sign(), keys.audience())?;
        if said.to != keys.id() {
            return Err(NoticeRefused::NotMine);
        }
        Ok(said)
    }
}

impl HouseBank {
    /// Whether a party is told of what comes into its account.
    pub fn tell(&self, tx: &mut dyn Tx, party: PartyId, told: bool) -> Result<(), Fault> {
        if told {
            TOLD.put(tx, &party, &())
        } else {
            TOLD.delete(tx, &party).map(drop)
        }
    }

    /// Is it?
    pub fn is_told(&self, view: &mut dyn View, party: PartyId) -> Result<bool, Fault> {
        TOLD.has(view, &party)
    }

    /// Writes down what is to be told about a booking; in the same transaction.
    pub(super) fn announce(&self, tx: &mut dyn Tx, said: Credited, now: Moment) -> Result<(), Fault> {
        if !TOLD.has(tx, &said.to)? {
            return Ok(());
        }
        let (to, id) = (said.to, ErrandId::of("credited", &said.id.0));
        let body = seal::sign(
            self.keys.signer(),
            Kind::Notice,
            self.desk.realm_id(),
            seal::Audience::from(to),
            &said,
        );
        errand::post(tx, id, to, Verb::Credited, body, Vec::new(), now).map(drop)
    }

    /// It was heard, or not yet.
    pub(super) fn heard(&self, tx: &mut dyn Tx, id: ErrandId, reply: Reply<'_>, now: Moment) -> Result<Step, Fault> {
        if matches!(reply, Reply::Answer(_)) {
            errand::finish(tx, id)?;
            return Ok(Step::Answer(Vec::new()));
        }
        Ok(Step::NotYet(errand::later(tx, id, now)?))
    }
}
