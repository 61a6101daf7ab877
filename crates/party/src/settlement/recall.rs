//! Recall: an approver that was put back asks whoever settles what became of its approvals. Each charge comes with the
//! approval itself and the permission for that sale, both under the approver's own signature: nobody has to be believed.

use deal::approval::RedeemWord;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Kind, NotSigned, NotTrusted, role};
use store::{Fault, Keys, View};
use units::{Again, ApprovalId, DealId, PartyId, Refusal};

use super::{SETTLEMENTS, Settlements, Stage};

/// Rows of a page.
const PAGE: usize = 40;

/// An approver asks what was settled and abandoned with its approvals (kind record, signed by it, for whoever settles).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecallAsk {
    /// Who asks, about its own approvals.
    #[n(0)]
    pub by: PartyId,
    /// Only what comes after this sale; nothing: from the beginning.
    #[n(1)]
    pub after: Option<DealId>,
    /// Its certificate.
    #[n(2)]
    pub certificate: ByteVec,
}

/// What became of one approval.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecallRow {
    /// The sale it was used for.
    #[n(0)]
    pub deal: DealId,
    /// Which approval.
    #[n(1)]
    pub approval: ApprovalId,
    /// Settled, or abandoned.
    #[n(2)]
    pub word: RedeemWord,
    /// The approval as its approver signed it. Settlements of older programs have kept none.
    #[n(3)]
    pub signed: Option<ByteVec>,
    /// The approver's own permission for this sale. Nothing is charged that an approver does not find it permitted.
    #[n(4)]
    pub permit: Option<ByteVec>,
}

/// A page of them (kind record, signed by whoever settles, for the approver), in the order of the sales' numbers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct RecallPage {
    /// The rows.
    #[n(0)]
    pub rows: Vec<RecallRow>,
    /// The last sale that was looked at, if there may be more.
    #[n(1)]
    pub after: Option<DealId>,
}

/// Why nothing is told, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecallRefused {
    /// It is finding out what it forgot itself.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not signed by whom it names.
    #[error("the question was not signed by whom it names: {0}")]
    NotSigned(#[from] NotSigned),
    /// Not an approver of this realm.
    #[error("only certified approvers are told: {0}")]
    NotTrusted(#[from] NotTrusted),
    /// Signed under another name.
    #[error("an approver asks about its own approvals alone")]
    OtherSender,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for RecallRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotSigned(_) => "recall-not-signed",
            Self::NotTrusted(no) => no.code(),
            Self::OtherSender => "recall-for-another",
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
crate::refused::refusals!(RecallRefused);

impl Settlements<'_> {
    /// Tells an approver what became of its approvals, page by page.
    pub(crate) fn recall(&self, view: &mut dyn View, body: &[u8]) -> Result<Vec<u8>, RecallRefused> {
        crate::epoch::require::<RecallRefused>(view)?;
        let known = self.desk.known(view)?;
        let parsed = seal::parse::<RecallAsk>(body, Kind::Record, self.desk.realm_id())?;
        let approver = known.trust.check_ever::<role::Approver>(&parsed.claims().certificate)?;
        let asked = parsed.verify(approver.sign(), self.keys.audience())?;
        if asked.by.0 != approver.subject() {
            return Err(RecallRefused::OtherSender);
        }
        let mut keys = Keys::all();
        if let Some(after) = &asked.after {
            keys = keys.after(after);
        }
        let found = SETTLEMENTS.range(view, keys, PAGE)?;
        let after = found.last().filter(|_| found.len() == PAGE).map(|(deal, _)| *deal);
        let rows = found.into_iter().filter(|(_, row)| row.approver == asked.by);
        let rows = rows.filter_map(|(deal, row)| {
            let word = match row.stage {
                Stage::Asking => return None,
                Stage::Settling | Stage::Charged(_) => RedeemWord::Settled,
                Stage::Abandoned(_) => RedeemWord::Abandon,
            };
            Some(RecallRow {
                deal,
                approval: row.approval,
                word,
                signed: row.signed,
                permit: row.permit,
            })
        });
        let page = RecallPage {
            rows: rows.collect(),
            after,
        };
        Ok(self.voice().letter(Kind::Record, asked.by, &page))
    }
}
