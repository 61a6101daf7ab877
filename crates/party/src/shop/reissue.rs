//! Reissue: a buyer's card lost something to a fault, and the shop says again what it once decided (SD-7).
//!
//! The letter comes through a support desk that cannot read it. Nothing new is made here: a decision said again is the
//! same bytes, sealed to the tag that paid, so it opens on that card alone and is the same license under the same name.
//! A play is given back once for a license, whatever the letters say, for nobody but the card knows what was played.

use deal::{
    support::{Finding, PlaysBack, ReissueGift, ReissueSheet, Reissued, ReissuedSheet, Trouble},
    wire::{open_sealed, seal_signed},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, Seed, cbor};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, Hash, LicenseId, Moment, Refusal, Span};

use super::{Sale, SalesFilter, Shop, present::PENDING, surrender::LICENSES, unique::DeliveryRefused};
use crate::{
    decided::{self, Decided},
    door::NotRead,
    errand::Step,
    say::NoReader,
};

/// Purchases of one work that are said again at once.
const SAID_MAX: usize = 16;
/// Plays given back for one license without a person looking at it.
const PLAYS_BACK_MAX: u32 = 1;

/// What was answered to one letter.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Said {
    /// Hash of the signed letter.
    #[n(0)]
    letter: Hash,
    /// The answer.
    #[n(1)]
    answer: ByteVec,
    /// When.
    #[n(2)]
    at: Moment,
    /// The license a play was given back for.
    #[n(3)]
    back: Option<LicenseId>,
}
impl Value for Said {}

impl Said {
    /// Is it older than this, and does no count of plays given back rest on it?
    pub(super) fn may_go(&self, before: Moment) -> bool {
        self.at < before && self.back.is_none()
    }
}

/// Answers that stand, by the request they belong to.
pub(super) const SAID: Map<[u8; 16], Said> = Map::new(Table::new("shop_reissues"));
/// Plays given back, by license.
pub(super) const BACK: Map<LicenseId, u32> = Map::new(Table::new("shop_plays_back"));

/// Why a letter was not answered, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReissueRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// The id stands for another letter.
    #[error("this request was made before with another content; make a new one")]
    OtherContent,
    /// The answer cannot be sealed.
    #[error(transparent)]
    NoReader(#[from] NoReader),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ReissueRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::OtherContent => "reissue-other-content",
            Self::NoReader(no) => no.code(),
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::OtherContent => Again::AfterYouAct,
            Self::NoReader(no) => no.again(),
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ReissueRefused);

/// What was found, before it is said.
struct Found {
    finding: Finding,
    gift: ReissueGift,
    back: Option<PlaysBack>,
}

impl Found {
    fn only(finding: Finding) -> Self {
        Self {
            finding,
            gift: ReissueGift::default(),
            back: None,
        }
    }
}

impl Shop {
    /// Answers a letter sealed to this shop. The same letter gets the same answer for ever, once there is one.
    pub fn reissue(&self, tx: &mut dyn Tx, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Step, ReissueRefused> {
        crate::epoch::require::<ReissueRefused>(tx)?;
        let signed = open_sealed(self.keys.opener(), Kind::Reissue, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed =
            seal::parse::<ReissueSheet>(&signed, Kind::Reissue, self.desk.realm_id()).map_err(NotRead::from)?;
        let key = parsed.claims().sign;
        let letter = parsed.verify(&key, self.keys.audience()).map_err(NotRead::from)?;
        if let Some(said) = SAID.get(tx, &letter.id)? {
            return if said.letter == seal::hash(&signed) {
                Ok(Step::Answer(said.answer.into()))
            } else {
                Err(ReissueRefused::OtherContent)
            };
        }
        let found = self.find(tx, &letter)?;
        if found.finding == Finding::NotYet {
            return Ok(Step::NotYet(Span::seconds(5)));
        }
        if let Some(back) = found.back {
            BACK.put(tx, &back.license, &back.number)?;
        }
        let answer = self.say_again(&letter, &found, seed)?;
        let said = Said {
            letter: seal::hash(&signed),
            answer: ByteVec::from(answer.clone()),
            at: now,
            back: found.back.map(|b| b.license),
        };
        SAID.put(tx, &letter.id, &said)?;
        Ok(Step::Answer(answer))
    }

    fn say_again(&self, letter: &ReissueSheet, found: &Found, seed: &Seed) -> Result<Vec<u8>, NoReader> {
        let gift = if found.gift.settles.is_empty() {
            Vec::new()
        } else {
            let plain = cbor::to_bytes(&found.gift);
            seal_signed(&letter.seal, Kind::Reissued, &plain, &seed.part("reissued")).map_err(|_| NoReader)?
        };
        let word = Reissued {
            id: letter.id,
            finding: found.finding,
            gift: seal::hash(&gift),
            back: found.back,
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Kind::Reissued, realm, Audience::Anyone, &word);
        Ok(cbor::to_bytes(&ReissuedSheet {
            signed: ByteVec::from(signed),
            gift: ByteVec::from(gift),
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        }))
    }

    fn find(&self, tx: &mut dyn Tx, letter: &ReissueSheet) -> Result<Found, ReissueRefused> {
        match letter.trouble {
            Trouble::Other => Ok(Found::only(Finding::NotSold)),
            Trouble::NoAnswer => self.find_deal(tx, letter),
            Trouble::Lost => self.find_bought(tx, letter),
            Trouble::Key | Trouble::Package | Trouble::Counted => {
                let deal = match letter.license {
                    Some(license) => LICENSES.get(tx, &license)?,
                    None => None,
                };
                match deal {
                    Some(deal) => self.find_license(tx, letter, deal),
                    None => Ok(Found::only(Finding::NotSold)),
                }
            }
        }
    }

    /// An open payment: whatever was decided, a void too, for that brings the money back.
    fn find_deal(&self, tx: &mut dyn Tx, letter: &ReissueSheet) -> Result<Found, ReissueRefused> {
        let Some(deal) = letter.deal else {
            return Ok(Found::only(Finding::NotSold));
        };
        if PENDING.has(tx, &deal)? {
            return Ok(Found::only(Finding::NotYet));
        }
        match decided::of(tx, deal)?.filter(|d| d.sign == letter.sign) {
            Some(decided) => self.decision(deal, &decided),
            None => Ok(Found::only(Finding::NotSold)),
        }
    }

    /// A license that is still on the card.
    fn find_license(&self, tx: &mut dyn Tx, letter: &ReissueSheet, deal: DealId) -> Result<Found, ReissueRefused> {
        let decided = decided::of(tx, deal)?.filter(|d| d.given() && d.sign == letter.sign);
        let (Some(decided), Some(sale)) = (decided, self.sale(tx, deal)?) else {
            return Ok(Found::only(Finding::NotSold));
        };
        if sale.refunded.is_some() {
            return Ok(Found::only(Finding::Refunded));
        }
        if self.is_unpaid(tx, &sale)? {
            return Ok(Found::only(Finding::NotSold));
        }
        match letter.trouble {
            Trouble::Package => Ok(self.find_package(tx, &sale)?),
            Trouble::Counted => Ok(self.find_play(tx, letter, &sale)?),
            _ => self.decision(deal, &decided),
        }
    }

    /// A decision, in the very words in which it was said first.
    fn decision(&self, deal: DealId, decided: &Decided) -> Result<Found, ReissueRefused> {
        let settle = self.voice().settle(deal, decided)?;
        Ok(Found {
            finding: Finding::SaidAgain,
            gift: ReissueGift {
                settles: vec![(decided.receiver, ByteVec::from(settle))],
            },
            back: None,
        })
    }

    fn find_package(&self, tx: &mut dyn Tx, sale: &Sale) -> Result<Found, Fault> {
        match self.delivery(tx, sale.order) {
            Ok(_) => Ok(Found::only(Finding::Delivers)),
            Err(DeliveryRefused::Fault(fault)) => Err(fault),
            Err(DeliveryRefused::NotSold) => Ok(Found::only(Finding::NotSold)),
            Err(DeliveryRefused::HandedBack) => Ok(Found::only(Finding::Refunded)),
            Err(DeliveryRefused::Dropped) => Ok(Found::only(Finding::Dropped)),
        }
    }

    /// A play back: once for a license. A card that has taken more repairs than were made here is told nothing.
    fn find_play(&self, tx: &mut dyn Tx, letter: &ReissueSheet, sale: &Sale) -> Result<Found, Fault> {
        let counted = self.listed(tx, sale.offer)?.is_some_and(|s| s.offer.rights.counted());
        let (true, Some(license)) = (counted, sale.license) else {
            return Ok(Found::only(Finding::NotCounted));
        };
        let made = BACK.get(tx, &license)?.unwrap_or(0);
        if made >= PLAYS_BACK_MAX || letter.taken != made {
            return Ok(Found::only(Finding::GivenBefore));
        }
        Ok(Found {
            finding: Finding::PlayBack,
            gift: ReissueGift::default(),
            back: Some(PlaysBack {
                license,
                number: made.saturating_add(1),
                plays: 1,
            }),
        })
    }

    /// Everything this buyer bought of one work, and did not hand back.
    fn find_bought(&self, tx: &mut dyn Tx, letter: &ReissueSheet) -> Result<Found, ReissueRefused> {
        let Some(buyer) = letter.buyer else {
            return Ok(Found::only(Finding::NotSold));
        };
        let filter = SalesFilter {
            buyer: Some(buyer),
            content: Some(letter.content),
            ..SalesFilter::default()
        };
        let (mut settles, mut back) = (Vec::new(), false);
        for (deal, sale) in self.sales(tx, filter, None, SAID_MAX)? {
            back |= sale.refunded.is_some();
            // What is still owing lives on the card that owes it, and nowhere else.
            if sale.license.is_none() || sale.refunded.is_some() || self.is_unpaid(tx, &sale)? {
                continue;
            }
            if let Some(decided) = decided::of(tx, deal)?.filter(|d| d.given()) {
                let settle = self.voice().settle(deal, &decided)?;
                settles.push((decided.receiver, ByteVec::from(settle)));
            }
        }
        let finding = match (settles.is_empty(), back) {
            (false, _) => Finding::SaidAgain,
            (true, true) => Finding::Refunded,
            (true, false) => Finding::NotSold,
        };
        Ok(Found {
            finding,
            gift: ReissueGift { settles },
            back: None,
        })
    }
}

/// Plays given back against the answers that gave them.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    let mut given = std::collections::BTreeMap::<LicenseId, u32>::new();
    SAID.each::<Fault>(view, Keys::all(), |_, _, said| {
        if let Some(license) = said.back {
            let count = given.entry(license).or_default();
            *count = count.saturating_add(1);
        }
        Ok(())
    })?;
    BACK.each::<Fault>(view, Keys::all(), |_, license, count| {
        if given.remove(&license).unwrap_or(0) != count || count > PLAYS_BACK_MAX {
            found.push(format!(
                "license {license} got {count} plays back, its answers say otherwise"
            ));
        }
        Ok(())
    })?;
    for (license, _) in given {
        found.push(format!("a play was given back for license {license} and not counted"));
    }
    Ok(())
}
