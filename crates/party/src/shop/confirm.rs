//! Confirm: a license that waits is made out anew, to the keys its holder has now: after a card was put back and resumed, or
//! was lost and another has taken its place.
//!
//! The seller makes the first link again: same sale, same number of the edition, other keys. From then on the license before
//! it is nobody's here: it is not handed back, not said again and not made out a second time. The seller believes its issuer
//! that the holder is the same and that nothing old can still be decided; what is left of a counted license it believes the
//! card once, and after that nothing is left. That a license which may be moved was not moved before the loss can be proven
//! by nobody: cards that meet offline tell no server. So one of an edition waits for people; of others the loss, one sale, is
//! the seller's risk, as with every card that is a program.

use deal::{
    lost::{ConfirmSheet, ConfirmedSheet, Standing, Vouched},
    wire::{OutcomeSheet, SettleSheet, open_sealed, sign_and_seal},
};
use license::{Document, Link, Policy, Receiver, Rights};
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, Kind, Seed, VerifyKey, cbor, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, DealId, LicenseId, Moment, Refusal, Tag};

use super::{
    PayRefused, Sale, Shop,
    give::license_id,
    sales::{BY_BUYER, SALES},
    surrender::LICENSES,
    unique::{Delivery, DeliveryRefused},
};
use crate::{decided, door::NotRead, errand::Step};

/// A license that was made out anew.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct MadeOut {
    /// The sale.
    #[n(0)]
    pub(super) deal: DealId,
    /// To whom now.
    #[n(1)]
    to: Receiver,
    /// Who could ask for it: the key of the tag before.
    #[n(2)]
    by: VerifyKey,
    /// The license now.
    #[n(3)]
    pub(super) license: LicenseId,
    /// Its document, to be said again.
    #[n(4)]
    document: ByteVec,
    /// When.
    #[n(5)]
    at: Moment,
}
impl Value for MadeOut {}

/// Whose a license is, and the name it had before.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(super) struct Holder {
    #[n(0)]
    to: Receiver,
    #[n(1)]
    pub(super) before: LicenseId,
}
impl Value for Holder {}

/// A license of an edition that its holder asked to have made out anew: people look at it first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct WaitingLicense {
    /// The sale.
    #[n(0)]
    pub deal: DealId,
    /// When it was asked first.
    #[n(1)]
    pub first: Moment,
    /// And last.
    #[n(2)]
    pub last: Moment,
    /// How often.
    #[n(3)]
    pub times: u32,
}
impl Value for WaitingLicense {}

/// Licenses of editions that wait for people.
pub(super) const WAITING: Map<LicenseId, WaitingLicense> = Map::new(Table::new("shop_made_out_waiting"));
/// What became of licenses that were made out anew, by the name they had.
pub(super) const MADE_OUT: Map<LicenseId, MadeOut> = Map::new(Table::new("shop_made_out"));
/// Whose a license is that was made out anew.
pub(super) const HOLDERS: Map<LicenseId, Holder> = Map::new(Table::new("shop_made_out_to"));
/// Licenses of editions that people have let go.
pub(super) const ALLOWED: Map<LicenseId, Moment> = Map::new(Table::new("shop_made_out_allowed"));

/// Why a license is not confirmed, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmRefused {
    /// The shop is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] crate::epoch::NotReconciled),
    /// It was not read.
    #[error(transparent)]
    NotRead(#[from] NotRead),
    /// The issuer's word does not hold, or is about another license.
    #[error("the issuer's word about this license does not hold; ask the issuer again")]
    NotVouched,
    /// It could not be made.
    #[error(transparent)]
    Pay(#[from] PayRefused),
    /// The package of this buyer's own is no longer kept.
    #[error(transparent)]
    Delivery(#[from] DeliveryRefused),
    /// The answer cannot be sealed.
    #[error("the answer cannot be sealed to this card")]
    NoReader,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ConfirmRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::NotVouched => "license-not-vouched",
            Self::Pay(no) => no.code(),
            Self::Delivery(no) => no.code(),
            Self::NoReader => "answer-not-sealable",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::NotVouched => Again::AfterYouAct,
            Self::Pay(no) => no.again(),
            Self::Delivery(no) => no.again(),
            Self::NoReader => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
crate::refused::refusals!(ConfirmRefused);

impl Shop {
    /// Answers a letter sealed to this shop. The same license to the same keys is the same license for ever.
    pub fn confirm(&self, tx: &mut dyn Tx, sealed: &[u8], now: Moment, seed: &Seed) -> Result<Step, ConfirmRefused> {
        crate::epoch::require::<ConfirmRefused>(tx)?;
        let signed = open_sealed(self.keys.opener(), Kind::Confirm, sealed).map_err(|_| NotRead::NotOpened)?;
        let parsed =
            seal::parse::<ConfirmSheet>(&signed, Kind::Confirm, self.desk.realm_id()).map_err(NotRead::from)?;
        let key = parsed.claims().sign;
        let letter = parsed.verify(&key, self.keys.audience()).map_err(NotRead::from)?;
        let word = self.vouched(tx, &letter)?;
        let (standing, document) = match MADE_OUT.get(tx, &letter.license)? {
            Some(made) if made.to == word.to && made.by == letter.sign => (Standing::MadeOut, Some(made.document)),
            Some(_) => (Standing::NotSold, None),
            None => self.make_out(tx, &letter, &word, now, seed)?,
        };
        let sheet = ConfirmedSheet {
            license: letter.license,
            standing,
            document,
            certificate: ByteVec::from(self.keys.certificate().to_vec()),
        };
        let answer = sign_and_seal(
            self.keys.signer(),
            Kind::Confirmed,
            self.desk.realm_id(),
            Audience::from(word.to.tag),
            &letter.seal,
            &sheet,
            &seed.part("confirmed"),
        );
        Ok(Step::Answer(answer.map_err(|_| ConfirmRefused::NoReader)?))
    }

    /// The issuer's word in a letter. Only the issuer that this shop brings its slips to can say whose a tag is.
    fn vouched(&self, view: &mut dyn View, letter: &ConfirmSheet) -> Result<Vouched, ConfirmRefused> {
        let known = self.desk.known(view)?;
        let issuer = known
            .ever_certified::<role::Issuer>(self.config.issuer)
            .ok_or(ConfirmRefused::NotVouched)?;
        seal::parse::<Vouched>(&letter.vouched, Kind::Vouched, self.desk.realm_id())
            .and_then(|word| word.verify(issuer.sign(), Audience::Anyone))
            .map_err(|_| ConfirmRefused::NotVouched)
    }

    fn make_out(
        &self,
        tx: &mut dyn Tx,
        letter: &ConfirmSheet,
        word: &Vouched,
        now: Moment,
        seed: &Seed,
    ) -> Result<(Standing, Option<ByteVec>), ConfirmRefused> {
        let not_sold = Ok((Standing::NotSold, None));
        let Some(deal) = LICENSES.get(tx, &letter.license)? else {
            return not_sold;
        };
        let (Some(mut sale), Some((tag, key))) = (SALES.get(tx, &deal)?, self.holder_of(tx, letter.license, deal)?)
        else {
            return not_sold;
        };
        if sale.license != Some(letter.license) || key != letter.sign {
            return not_sold;
        }
        if word.of != tag {
            return Err(ConfirmRefused::NotVouched);
        }
        // What is still owing is confirmed to nobody: it lives on the card that owes it.
        if self.is_unpaid(tx, &sale)? {
            return not_sold;
        }
        if sale.refunded.is_some() {
            return Ok((Standing::Refunded, None));
        }
        let Some(sold) = self.sold_document(tx, letter.license, deal)? else {
            return not_sold;
        };
        if sale.serial.is_some() && self.may_move(&sold) && !ALLOWED.has(tx, &letter.license)? {
            note_waiting(tx, letter.license, deal, now)?;
            return Ok((Standing::OfAnEdition, None));
        }
        let first = !HOLDERS.has(tx, &letter.license)?;
        let (id, document) = self.made_out(tx, &sale, sold, (word.to, letter.left, first), seed)?;
        let made = MadeOut {
            deal,
            to: word.to,
            by: letter.sign,
            license: id,
            document: ByteVec::from(document),
            at: now,
        };
        LICENSES.delete(tx, &letter.license)?;
        LICENSES.put(tx, &id, &deal)?;
        MADE_OUT.put(tx, &letter.license, &made)?;
        let holder = Holder {
            to: word.to,
            before: letter.license,
        };
        HOLDERS.put(tx, &id, &holder)?;
        sale.license = Some(id);
        // A purchase by approval named no buyer, and names none now.
        if let Some(before) = sale.buyer {
            BY_BUYER.delete(tx, &(before, sale.at, deal))?;
            BY_BUYER.put(tx, &(letter.buyer, sale.at, deal), &())?;
            sale.buyer = Some(letter.buyer);
        }
        SALES.put(tx, &deal, &sale)?;
        Ok((Standing::MadeOut, Some(made.document)))
    }

    /// The tag a license is made out to, and its key.
    fn holder_of(
        &self,
        view: &mut dyn View,
        license: LicenseId,
        deal: DealId,
    ) -> Result<Option<(Tag, VerifyKey)>, Fault> {
        if let Some(Holder { to, .. }) = HOLDERS.get(view, &license)? {
            return Ok(Some((to.tag, to.sign)));
        }
        Ok(decided::of(view, deal)?
            .filter(|d| d.given())
            .map(|d| (d.receiver, d.sign)))
    }

    /// The license as it was said last.
    fn sold_document(&self, view: &mut dyn View, license: LicenseId, deal: DealId) -> Result<Option<Document>, Fault> {
        if let Some(holder) = HOLDERS.get(view, &license)? {
            let made = MADE_OUT.get(view, &holder.before)?;
            return Ok(made.and_then(|made| Document::parse(&made.document).ok()));
        }
        let Some(decided) = decided::of(view, deal)? else {
            return Ok(None);
        };
        let sheet: Option<SettleSheet> = cbor::from_bytes_within(&decided.sheet, 1 << 20).ok();
        let document = match sheet.map(|s| s.outcome) {
            Some(OutcomeSheet::Given(gift)) => gift.document,
            _ => None,
        };
        Ok(document.and_then(|d| Document::parse(&d).ok()))
    }

    fn may_move(&self, sold: &Document) -> bool {
        let policy = seal::parse::<Policy>(&sold.policy, Kind::Policy, self.desk.realm_id());
        policy.map_or(true, |policy| policy.claims().modes.move_)
    }

    /// The same license for other keys, with what is left of it.
    fn made_out(
        &self,
        view: &mut dyn View,
        sale: &Sale,
        sold: Document,
        (to, left, first): (Receiver, Rights, bool),
        seed: &Seed,
    ) -> Result<(LicenseId, Vec<u8>), ConfirmRefused> {
        let lost = || Fault::Corrupt {
            table: "decided",
            why: "a license that was sold cannot be read".to_owned(),
        };
        let before: Link = sold.last_link(self.desk.realm_id()).ok_or_else(lost)?;
        let shelf = self.listed(view, sale.offer)?.ok_or_else(lost)?;
        let (key, header) = match self.delivery(view, sale.order)? {
            Delivery::Shared { package } => (
                self.content_key(&shelf.work, package)?,
                self.header(&shelf.work)?.ok_or_else(lost)?,
            ),
            Delivery::Unique { header, key, .. } => (key, *header),
        };
        let mut rights = if left.within(&before.rights) {
            left
        } else {
            before.rights
        };
        // What was played nobody but the card knows: it is believed once.
        if !first {
            rights.plays = rights.plays.map(|_| 0);
        }
        rights.share = before.rights.share;
        let link = Link {
            rights,
            receiver: to,
            ..before
        };
        let realm = self.desk.realm_id();
        let signed = seal::sign(self.keys.signer(), Kind::Link, realm, Audience::Anyone, &link);
        let wraps = self.wrap(&key, &header, shelf.hash, &link, seed)?;
        let document = Document {
            links: vec![ByteVec::from(signed.clone())],
            wraps,
            seller: ByteVec::from(self.keys.certificate().to_vec()),
            ..sold
        };
        Ok((license_id(&signed), cbor::to_bytes(&document)))
    }

    /// People have looked at a license of an edition: it may be made out anew once. False: nothing was sold under this name.
    pub fn allow_made_out(&self, tx: &mut dyn Tx, license: LicenseId, now: Moment) -> Result<bool, Fault> {
        if !LICENSES.has(tx, &license)? {
            return Ok(false);
        }
        WAITING.delete(tx, &license)?;
        ALLOWED.put(tx, &license, &now)?;
        Ok(true)
    }

    /// At most `limit` licenses that wait for people, with their sales.
    pub fn made_out_waiting(
        &self,
        view: &mut dyn View,
        limit: usize,
    ) -> Result<Vec<(LicenseId, WaitingLicense, Sale)>, Fault> {
        let mut out = Vec::new();
        for (license, waiting) in WAITING.range(view, Keys::all(), limit)? {
            out.extend(SALES.get(view, &waiting.deal)?.map(|sale| (license, waiting, sale)));
        }
        Ok(out)
    }

    /// People have looked at it and leave it as it is: it waits no longer, and is listed again when its holder asks again.
    pub fn leave_waiting(&self, tx: &mut dyn Tx, license: LicenseId) -> Result<bool, Fault> {
        WAITING.delete(tx, &license)
    }
}

fn note_waiting(tx: &mut dyn Tx, license: LicenseId, deal: DealId, now: Moment) -> Result<(), Fault> {
    let mut waiting = WAITING.get(tx, &license)?.unwrap_or(WaitingLicense {
        deal,
        first: now,
        last: now,
        times: 0,
    });
    waiting.last = now;
    waiting.times = waiting.times.saturating_add(1);
    WAITING.put(tx, &license, &waiting)
}

/// Every license that was made out anew belongs to its sale, and the one before it to nothing.
pub(super) fn audit(view: &mut dyn View, found: &mut Vec<String>) -> Result<(), Fault> {
    MADE_OUT.each::<Fault>(view, Keys::all(), |view, before, made| {
        if LICENSES.has(view, &before)? {
            found.push(format!(
                "license {before} was made out anew and is still good under its old name"
            ));
        }
        let now = SALES.get(view, &made.deal)?.and_then(|sale| sale.license);
        let on = MADE_OUT.has(view, &made.license)?;
        if now != Some(made.license) && !on {
            found.push(format!("license {before} was made out anew for no sale"));
        }
        Ok(())
    })
}
