//! Word: what the payer of a charge has said, shown to the seller by whoever owes it (ST-15).
//!
//! The money of a charge comes days later, and a seller's books wait for it (`unsettled.rs`). A machine cannot let its buyer
//! wait so long: it gives its goods on the payer's signed word, which the buyer's wallet has within seconds. The word moves
//! no money and no record; it says only whether the piece that is kept for the sale falls.

use deal::charge::{ChargeWord, Charged, ChargedSheet, NotCharged, read_charged};
use seal::{Kind, NotSigned, cbor};
use store::{Fault, Tx, View};
use units::{Again, Moment, Refusal};

use super::{
    Shop,
    unsettled::{SETTLED, UNSETTLED, Unsettled},
};

/// Why a payer's word does not count here, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// Not a word, forged, or by somebody else than who was asked to pay.
    #[error(transparent)]
    NotCharged(#[from] NotCharged),
    /// About nothing that was sold here.
    #[error("this word is about nothing that was sold here")]
    NoCharge,
    /// About another deal or amount than the one that was sold.
    #[error("this word is about another sale than the one that its charge is for")]
    OtherSale,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for WordRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotCharged(no) => no.code(),
            Self::NoCharge => "charged-not-sold",
            Self::OtherSale => "charged-other-sale",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotCharged(no) => no.again(),
            Self::NoCharge | Self::OtherSale => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(WordRefused);

impl Shop {
    /// Hears a payer's signed word about a charge: paid, and the piece it is for is owed from now on; refused, and it is for
    /// sale again. Heard twice, it changes nothing.
    pub fn hear_word(&self, tx: &mut dyn Tx, sheet: &[u8], now: Moment) -> Result<(), WordRefused> {
        crate::epoch::require::<WordRefused>(tx)?;
        let said = self.named_in(sheet)?;
        let Some((was, is_settled)) = charged_for(tx, &said)? else {
            return Err(WordRefused::NoCharge);
        };
        let known = self.desk.known(tx)?;
        let said = read_charged(sheet, was.payer, &known.trust)?;
        if said.deal != was.deal || said.amount != was.amount {
            return Err(WordRefused::OtherSale);
        }
        match said.word {
            _ if is_settled => {}
            ChargeWord::Paid => self.owe_kept_piece(tx, was.deal, now)?,
            ChargeWord::Refused => self.let_piece_go(tx, was.deal)?,
        }
        Ok(())
    }

    /// What the word says it is about, unproven: by it the record is found that says who may have signed it.
    fn named_in(&self, sheet: &[u8]) -> Result<Charged, NotCharged> {
        let sheet: ChargedSheet = cbor::from_bytes(sheet).map_err(NotSigned::Malformed)?;
        let parsed = seal::parse::<Charged>(&sheet.charged, Kind::Charged, self.desk.realm_id())?;
        Ok(parsed.claims().clone())
    }
}

fn charged_for(view: &mut dyn View, said: &Charged) -> Result<Option<(Unsettled, bool)>, Fault> {
    if let Some(was) = UNSETTLED.get(view, &said.charge)? {
        return Ok(Some((was, false)));
    }
    Ok(SETTLED.get(view, &said.charge)?.map(|settled| (settled.was, true)))
}
