//! Approval: the card asks its holder's approver to permit a purchase, and takes the answer as a way to pay. Writes nothing:
//! until [`Card::pay`] an approval is paper, good for one quote and one tag of this card.

use alloc::vec::Vec;
use deal::{
    Tender,
    approval::{Approval, ApprovalAsk, Purchase, PurchaseSheet},
    wire,
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind as Sealed, NotSigned, NotTrusted, Seed, cbor, role};
use units::{Again, ApprovalId, Hash, Moment, Money, PartyId, Refusal, Tag};

use crate::{Card, Checked, Journal};

/// An approval with the certificate of who signed it, as it comes sealed to the card's one-time key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApprovalSheet {
    /// The signed [`Approval`].
    #[n(0)]
    pub approval: ByteVec,
    /// The approver's certificate.
    #[n(1)]
    pub certificate: ByteVec,
}

/// A question to an approver, to be kept by the wallet until the answer comes. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApprovalAsked {
    /// Whom: the holder's own choice.
    #[n(0)]
    pub approver: PartyId,
    /// The signed [`ApprovalAsk`].
    #[n(1)]
    pub ask: ByteVec,
    /// Its nonce: the answer opens with a key derived from it.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// For which quote.
    #[n(3)]
    pub quote: Hash,
    /// For how much.
    #[n(4)]
    pub amount: Money,
    /// By which tag it will be used.
    #[n(5)]
    pub tag: Tag,
}

/// An approval that holds: genuine, from the approver that was asked, for this quote, amount, seller and tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    pub(crate) id: ApprovalId,
    pub(crate) signed: ByteVec,
    pub(crate) tag: Tag,
    until: Moment,
}

impl Approved {
    /// The tender it is.
    pub const fn tender(&self) -> Tender {
        Tender::Approval(self.id)
    }
    /// Its id.
    pub const fn id(&self) -> ApprovalId {
        self.id
    }
    /// The same with another number and other papers, as a card would bring it whose owner changed it: for tests of sellers.
    #[doc(hidden)]
    pub fn replaced(self, id: ApprovalId, signed: Vec<u8>) -> Self {
        Self {
            id,
            signed: ByteVec::from(signed),
            ..self
        }
    }
    /// Last moment of use.
    pub const fn until(&self) -> Moment {
        self.until
    }
}

/// Why there is no approval to pay with. In order of precedence; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefusal {
    /// The seller does not take approvals for this.
    #[error("this seller takes no approvals for this; choose another way to pay")]
    NotOffered,
    /// What the seller would show an approver is not what it quoted.
    #[error("what the seller tells the approver differs from its quote in the {0}; nothing was asked")]
    Differs(&'static str),
    /// No certificate for a deal is left.
    #[error("this card needs new certificates: go online once")]
    NoTag,
    /// It does not open: it answers another question.
    #[error("this approval answers another question, or is for another card")]
    NotMine,
    /// Forged.
    #[error("this is no genuine approval ({0})")]
    Forged(NotSigned),
    /// Whoever signed it approves nothing in this realm.
    #[error("whoever signed this approval cannot be verified ({0})")]
    Approver(NotTrusted),
    /// Another approver than the holder's (row-65).
    #[error("this approval comes from another approver than the one that was asked; it is not used")]
    OtherApprover,
    /// For something else than was asked.
    #[error("the approval is for another {0} than was asked")]
    Another(&'static str),
    /// Its time is over.
    #[error("the approval ended at {0}; ask again")]
    Ended(Moment),
}

impl Refusal for ApprovalRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "approval-not-offered",
            Self::Differs(_) => "purchase-differs-from-quote",
            Self::NoTag => "no-certificate-left",
            Self::NotMine => "approval-for-another",
            Self::Forged(_) => "approval-forged",
            Self::Approver(no) => no.code(),
            Self::OtherApprover => "approval-other-approver",
            Self::Another(_) => "approval-differs",
            Self::Ended(_) => "approval-ended",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Approver(no) => no.again(),
            Self::Ended(_) | Self::NoTag | Self::NotOffered => Again::AfterYouAct,
            _ => Again::Never,
        }
    }
}

impl<J: Journal> Card<J> {
    /// What the seller lets an approver know of this quote, if it takes approvals: signed by the seller and equal to the
    /// quote, or nothing is asked.
    pub fn purchase(&self, checked: &Checked) -> Result<Purchase, ApprovalRefusal> {
        let signed = checked.purchase.as_ref().ok_or(ApprovalRefusal::NotOffered)?;
        let said: Purchase = wire::open_signed(
            signed,
            Sealed::Purchase,
            self.realm,
            &checked.giver_sign,
            Audience::Anyone,
        )
        .map_err(ApprovalRefusal::Forged)?;
        let quote = &checked.quote;
        let knows = checked
            .on_sale
            .as_ref()
            .is_some_and(|s| s.policy.knows_buyers == Some(true));
        let rules = [
            (said.quote == checked.quote_hash, "quote"),
            (said.price == quote.price, "price"),
            (said.seller.0 == quote.giver, "seller"),
            (said.until == quote.until, "date"),
            (said.knows_again == knows, "publisher's setting"),
            (said.quantity == 1, "quantity"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, what)) => Err(ApprovalRefusal::Differs(what)),
            None => Ok(said),
        }
    }

    /// Asks `approver` to permit paying `amount` of this quote. Signed by the tag the next payment will be made under.
    pub fn ask_approval(
        &self,
        checked: &Checked,
        approver: PartyId,
        amount: Money,
        seed: &Seed,
    ) -> Result<ApprovalAsked, ApprovalRefusal> {
        self.purchase(checked)?;
        let (tag, ..) = self.image.state.next_tag().ok_or(ApprovalRefusal::NoTag)?;
        let signer = self.tag_signer(*tag);
        let nonce = seed.id("approval");
        let ask = ApprovalAsk {
            approver,
            sheet: PurchaseSheet {
                purchase: checked.purchase.clone().unwrap_or_else(|| ByteVec::from(Vec::new())),
                certificate: checked.certificate.clone(),
            },
            amount,
            tag: *tag,
            key: signer.verify_key(),
            answer: self.ask_opener(&nonce).seal_to(),
            nonce,
        };
        let to = Audience::from(approver);
        Ok(ApprovalAsked {
            approver,
            ask: ByteVec::from(seal::sign(&signer, Sealed::ApprovalAsk, self.realm, to, &ask)),
            nonce,
            quote: checked.quote_hash,
            amount,
            tag: *tag,
        })
    }

    /// Takes the sealed answer to a question of this card. What comes back pays for `checked` and for nothing else.
    pub fn approved(
        &self,
        checked: &Checked,
        asked: &ApprovalAsked,
        sealed: &[u8],
        clock: Moment,
    ) -> Result<Approved, ApprovalRefusal> {
        let now = self.now(clock);
        let plain = wire::open_sealed(&self.ask_opener(&asked.nonce), Sealed::Approval, sealed)
            .map_err(|_| ApprovalRefusal::NotMine)?;
        let malformed = |e| ApprovalRefusal::Forged(NotSigned::Malformed(e));
        let sheet: ApprovalSheet = cbor::from_bytes(&plain).map_err(malformed)?;
        let approver = self
            .trust
            .check::<role::Approver>(&sheet.certificate, now)
            .map_err(ApprovalRefusal::Approver)?;
        if approver.subject() != asked.approver.0 {
            return Err(ApprovalRefusal::OtherApprover);
        }
        let settles = self.purchase(checked)?.settles;
        let approval: Approval = wire::open_signed(
            &sheet.approval,
            Sealed::Approval,
            self.realm,
            approver.sign(),
            Audience::from(settles),
        )
        .map_err(ApprovalRefusal::Forged)?;
        let rules = [
            (approval.approver == asked.approver, "approver"),
            (
                approval.quote == checked.quote_hash && asked.quote == checked.quote_hash,
                "quote",
            ),
            (approval.amount == asked.amount, "amount"),
            (approval.seller.0 == checked.quote.giver, "seller"),
            (approval.settles == settles, "settlement server"),
            (approval.tag == asked.tag, "card"),
        ];
        if let Some((_, what)) = rules.iter().find(|(holds, _)| !holds) {
            return Err(ApprovalRefusal::Another(what));
        }
        if now > approval.until {
            return Err(ApprovalRefusal::Ended(approval.until));
        }
        Ok(Approved {
            id: approval.id,
            signed: sheet.approval,
            tag: approval.tag,
            until: approval.until,
        })
    }
}
