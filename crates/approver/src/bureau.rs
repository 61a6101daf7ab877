//! The bureau: answers an approver whether a person pays. A party of its own, with keys and a store of its own.
//!
//! Run by: a credit bureau. Needs: file numbers. Adds: a yes or a no. Must not see: who sells, what is bought, or the exact
//! amount.

use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, NotSigned, NotTrusted, Seed, role};
use store::{Fault, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{Again, Moment, Money, PartyId, Refusal};

use party::{
    Party, PartyKeys, Refused, Verb,
    desk::Desk,
    errand::{ErrandId, Reply, Step},
};

/// An approver's question. Signed by it (kind Inquiry), for the bureau.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Inquiry {
    /// Who asks.
    #[n(0)]
    pub by: PartyId,
    /// A number of this question alone.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// About whom: the bureau's own file number.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub file: [u8; 16],
    /// About how much, rounded up.
    #[n(3)]
    pub about: Money,
    /// The approver's certificate.
    #[n(4)]
    pub certificate: ByteVec,
}

/// The answer. Signed by the bureau (kind Standing), for who asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Standing {
    /// Which question.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub id: [u8; 16],
    /// Solvent, and pays.
    #[n(1)]
    pub good: bool,
}

/// A file: up to how much somebody is good for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct File {
    #[n(0)]
    up_to: Money,
    #[n(1)]
    since: Moment,
}
impl Value for File {}

const FILES: Map<[u8; 16], File> = Map::new(Table::new("bureau_files"));
static PART: Part = Part::new("bureau", &[Change::Create(&[FILES.table()])]);

/// What a bureau's store is opened with.
pub static PARTS: &[&Part] = &[&party::desk::PART, &party::errand::PART, &party::epoch::PART, &PART];

/// Why a question is not answered, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InquiryRefused {
    /// The bureau is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("the question was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not an approver of this realm.
    #[error("only certified approvers are answered: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// Signed under another name.
    #[error("an approver asks for itself alone")]
    OtherSender,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for InquiryRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "inquiry-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "inquiry-for-another",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::Never,
        }
    }
}
impl From<InquiryRefused> for Refused {
    fn from(no: InquiryRefused) -> Self {
        Self::by(&no)
    }
}

/// A bureau.
#[derive(Debug)]
pub struct Bureau {
    keys: PartyKeys,
    desk: Desk,
}

impl Bureau {
    /// The bureau with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk) -> Self {
        Self { keys, desk }
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }

    /// Notes up to how much somebody is good for.
    pub fn note(&self, tx: &mut dyn Tx, file: [u8; 16], up_to: Money, now: Moment) -> Result<(), Fault> {
        FILES.put(tx, &file, &File { up_to, since: now })
    }

    fn answer(&self, view: &mut dyn View, body: &[u8], now: Moment) -> Result<Vec<u8>, InquiryRefused> {
        party::epoch::require::<InquiryRefused>(view)?;
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<Inquiry>(body, Kind::Inquiry, self.desk.realm_id())?;
        let approver = known.trust.check::<role::Approver>(&parsed.claims().certificate, now)?;
        let inquiry = parsed.verify(approver.sign(), self.keys.audience())?;
        if inquiry.by.0 != approver.subject() {
            return Err(InquiryRefused::OtherSender);
        }
        let file = FILES.get(view, &inquiry.file)?;
        let said = Standing {
            id: inquiry.id,
            // Nothing known is nothing good.
            good: file.is_some_and(|file| inquiry.about <= file.up_to),
        };
        let audience = Audience::from(inquiry.by);
        Ok(seal::sign(
            self.keys.signer(),
            Kind::Standing,
            self.desk.realm_id(),
            audience,
            &said,
        ))
    }
}

impl Party for Bureau {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, _: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Inquire => Ok(Step::Answer(self.answer(tx, body, now)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(&self, _: &mut dyn Tx, _: ErrandId, _: Reply<'_>, _: Moment, _: &Seed) -> Result<Step, Refused> {
        Ok(Step::Answer(Vec::new()))
    }
    fn audit(&self, _: &mut dyn View) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }
}
