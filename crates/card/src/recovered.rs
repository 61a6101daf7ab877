//! Recovered: what a lost card had comes to the card that takes its place.
//!
//! Each license is checked as on the day it came, and taken once under its name: what has left this card since never comes
//! back by a repeat (S8). What may have left the lost card, or is counted, is here and opens nothing until its seller has
//! made it out anew.

use alloc::vec::Vec;
use deal::{
    Entry, Held, Status, Value,
    lost::{ConfirmSheet, ConfirmedSheet, Elder, Loss, RecoveryCopy, Standing, Vouched},
    support::{ReissueGift, ReissueSheet, Reissued, ReissuedSheet, Trouble},
    wire::{Inherited, OutcomeSheet, SettleSheet, open_sealed, open_signed, sign_and_seal},
};
use license::{Document, License};
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Secret, Seed, cbor, role};
use units::{CardNo, ContentId, LicenseId, Moment, PartyId, Tag};

use crate::{
    Card, ClaimRefusal, Event, Fault, Journal, RecoveryCode,
    card::{seller_number_of, tag_opener_of},
    image::Change,
    lost::confirm_id,
    settle::held,
};

/// What came of a recovery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Licenses that are here and play.
    pub play: usize,
    /// Licenses that are here and wait for their sellers' word.
    pub wait: usize,
    /// Licenses for which the card has no room.
    pub no_room: usize,
    /// Who sold the lost card what: asked for what its copy does not have.
    pub sold: Vec<(PartyId, ContentId)>,
}

/// A letter that asks, after the id under which its answer is taken.
type Letter = ([u8; 16], Vec<u8>);

/// What came of one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// A license is here that was not.
    License(LicenseId),
    /// Known, or no license.
    Nothing,
}

impl<J: Journal> Card<J> {
    /// Takes the place of a lost card: its secret, its licenses and what its issuer says of its loss, in one write. `copy`
    /// is the sealed recovery copy; without one only the money comes. May be repeated.
    pub fn recover(
        &mut self,
        code: &RecoveryCode,
        copy: Option<&[u8]>,
        proof: &[u8],
        loss: &Loss,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Recovered, ClaimRefusal> {
        let copy = match copy {
            Some(sealed) => open_copy(code, sealed)?,
            None => RecoveryCopy {
                cards: Vec::new(),
                made: Moment(0),
                licenses: Vec::new(),
                sold: Vec::new(),
            },
        };
        if copy.cards.first().is_some_and(|lost| lost.card != loss.card) {
            return Err(ClaimRefusal::DoesNotHold("the copy is another card's"));
        }
        let now = self.now(clock);
        let (mut changes, _) = self.loss_changes(loss, now)?;
        let mut elders = copy.cards.clone();
        if elders.is_empty() {
            elders.push(Elder {
                card: loss.card,
                secret: [0; 32],
                tags: Vec::new(),
                proof: ByteVec::from(Vec::new()),
                open: Vec::new(),
                loss: None,
                terms: None,
            });
        }
        for (n, elder) in elders.iter_mut().enumerate() {
            if n == 0 {
                elder.proof = ByteVec::from(proof.to_vec());
                elder.loss = Some(kept(loss));
            }
            self.merge(elder);
        }
        let before = self.image.elders.clone();
        elders.iter().for_each(|e| self.image.apply(&Change::Elder(e.clone())));
        let mut recovered = Recovered {
            sold: copy.sold.iter().chain(&loss.sold).copied().collect(),
            ..Recovered::default()
        };
        recovered.sold.sort_unstable();
        recovered.sold.dedup();
        let mut room = self.image.state.room_for_licenses();
        for lost in &copy.licenses {
            let Some(here) = self.again(lost) else { continue };
            if room == 0 {
                recovered.no_room = recovered.no_room.saturating_add(1);
                continue;
            }
            room = room.saturating_sub(1);
            let counter = if here.status == Status::OnHold {
                &mut recovered.wait
            } else {
                &mut recovered.play
            };
            *counter = counter.saturating_add(1);
            changes.push(Change::Deal(Entry::Homed(None, here), None, None));
        }
        changes.extend(elders.into_iter().map(Change::Elder));
        let line = crate::contact::own_line(now, Event::Recovered);
        if let Some(Change::Deal(_, first @ None, _)) = changes.first_mut() {
            *first = Some(line);
        }
        let written = self.commit(&Change::All(changes), &seed.part("recovered"));
        if written.is_err() {
            self.image.elders = before;
        }
        written?;
        Ok(recovered)
    }

    /// What is known of a lost card beside its copy stays known.
    fn merge(&self, elder: &mut Elder) {
        let Some(known) = self.image.elders.iter().flatten().find(|e| e.card == elder.card) else {
            return;
        };
        elder.tags.extend(known.tags.iter().copied());
        elder.tags.sort_unstable();
        elder.tags.dedup();
        if elder.secret == [0; 32] {
            elder.secret = known.secret;
        }
        if elder.open.is_empty() {
            elder.open = known.open.clone();
        }
        if elder.terms.is_none() {
            elder.terms = known.terms.clone();
        }
    }

    /// Takes news of a loss whose card this one has taken the place of: what its money has become.
    pub fn take_loss(&mut self, loss: &Loss, clock: Moment, seed: &Seed) -> Result<usize, ClaimRefusal> {
        let Some(mut elder) = self
            .image
            .elders
            .iter()
            .flatten()
            .find(|e| e.card == loss.card)
            .cloned()
        else {
            return Ok(0);
        };
        let (mut changes, orders) = self.loss_changes(loss, self.now(clock))?;
        elder.loss = Some(kept(loss));
        changes.push(Change::Elder(elder));
        self.commit(&Change::All(changes), &seed.part("loss"))?;
        for (n, ruling) in loss.rulings.iter().enumerate() {
            self.take_ruling(loss.card, ruling, clock, &seed.part(&alloc::format!("ruling-{n}")))?;
        }
        Ok(orders)
    }

    /// The money in the issuer's word, as refund orders on this card: each once.
    fn loss_changes(&self, loss: &Loss, _: Moment) -> Result<(Vec<Change>, usize), ClaimRefusal> {
        let issuer = self
            .trust
            .check_ever::<role::Issuer>(&self.image.issuer)
            .map_err(ClaimRefusal::NotTrusted)?;
        let elder = self.image.elders.iter().flatten().find(|e| e.card == loss.card);
        let taken = |order: &ByteVec| {
            elder
                .and_then(|e| e.loss.as_ref())
                .is_some_and(|l| l.orders.contains(order))
        };
        let mut changes = Vec::new();
        for order in loss.orders.iter().filter(|order| !taken(order)) {
            let value: Value = open_signed(order, Sealed::Value, self.realm, issuer.sign(), Audience::Anyone)
                .map_err(ClaimRefusal::Forged)?;
            if value.maker.0 != issuer.subject() || value.kind != deal::ValueKind::Refund {
                return Err(ClaimRefusal::DoesNotHold("the money is not its issuer's"));
            }
            changes.push(Change::Deal(Entry::Value(value, order.clone()), None, None));
        }
        let orders = changes.len();
        Ok((changes, orders))
    }

    /// A license of a recovery copy, checked as any license; nothing if it is here, was here, or does not hold.
    fn again(&self, lost: &Held) -> Option<Held> {
        if self.is_known(lost.id) || !self.is_of_an_elder(lost.tag) {
            return None;
        }
        let license = Document::parse(&lost.document)
            .ok()?
            .check(&self.trust, lost.tag)
            .ok()?;
        let mut here = self.as_recovered(&license, &lost.document)?;
        // What the copy says is left, and never more than the license grants.
        if lost.rights.within(&license.link.rights) {
            here.rights = lost.rights;
        }
        here.first_play = lost.first_play;
        here.paid = lost.paid;
        here.copies_left = match (lost.copies_left, here.copies_left) {
            (Some(left), Some(most)) => Some(left.min(most)),
            (_, most) => most,
        };
        Some(here)
    }

    /// A license that was made out to a card that is gone: on hold if that card may have given it away or used it up.
    fn as_recovered(&self, license: &License, document: &[u8]) -> Option<Held> {
        let mut here = held(license, document, license.offer.price, self.opened(license)?);
        here.since = license.link.at;
        if here.may_leave() || here.copies_left.is_some() || here.rights.period.is_some() {
            here.status = Status::OnHold;
        }
        Some(here)
    }

    fn is_known(&self, license: LicenseId) -> bool {
        let state = &self.image.state;
        state.licenses.contains_key(&license) || state.was_homed(license)
    }

    /// A decision on a payment of a lost card: what was given is here, what was void is in the money that follows.
    pub fn take_ruling(&mut self, of: CardNo, sealed: &[u8], clock: Moment, seed: &Seed) -> Result<Took, ClaimRefusal> {
        let Some(elder) = self.image.elders.iter().flatten().find(|e| e.card == of) else {
            return Ok(Took::Nothing);
        };
        let secret = Secret::new(elder.secret);
        let opened = elder.tags.iter().find_map(|tag| {
            let signed = open_sealed(&tag_opener_of(&secret, *tag), Sealed::Settle, sealed).ok()?;
            Some((*tag, signed))
        });
        match opened {
            Some((tag, signed)) => self.take_settled(of, tag, &signed, false, clock, seed),
            None => Ok(Took::Nothing),
        }
    }

    /// A gift to a card whose place this one has taken, with the tag it was for.
    pub(crate) fn take_inherited(
        &mut self,
        gift: &Inherited,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Took, ClaimRefusal> {
        let elder = self.image.elders.iter().flatten().find(|e| e.card == gift.card);
        let Some(secret) = elder.filter(|e| e.secret != [0; 32]).map(|e| Secret::new(e.secret)) else {
            return Ok(Took::Nothing);
        };
        match open_sealed(&tag_opener_of(&secret, gift.tag), Sealed::Settle, &gift.settle) {
            Ok(signed) => self.take_settled(gift.card, gift.tag, &signed, gift.never_had, clock, seed),
            Err(_) => Ok(Took::Nothing),
        }
    }

    /// The license in a decision that was sealed to `tag` of the lost card. `never_had`: that card had closed the payment
    /// without it, so nothing of it can have been handed on or used up.
    fn take_settled(
        &mut self,
        of: CardNo,
        tag: Tag,
        signed: &[u8],
        never_had: bool,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Took, ClaimRefusal> {
        let Some(mut elder) = self.image.elders.iter().flatten().find(|e| e.card == of).cloned() else {
            return Ok(Took::Nothing);
        };
        let Some((license, document)) = self.license_in(tag, signed, elder.terms.iter().flatten()) else {
            return Ok(Took::Nothing);
        };
        if self.is_known(license.id) || self.image.state.room_for_licenses() == 0 {
            return Ok(Took::Nothing);
        }
        let before = self.image.elders.clone();
        if !elder.tags.contains(&tag) {
            elder.tags.push(tag);
        }
        self.image.apply(&Change::Elder(elder.clone()));
        let Some(mut here) = self.as_recovered(&license, &document) else {
            self.image.elders = before;
            return Err(ClaimRefusal::DoesNotHold("the key in it does not open"));
        };
        if never_had && here.status == Status::OnHold {
            here.status = held(&license, &document, license.offer.price, here.opened.clone()).status;
        }
        let line = crate::contact::own_line(self.now(clock), Event::Recovered);
        let line = crate::Line {
            title: license.offer.title.clone(),
            with: Some(license.seller),
            ..line
        };
        let changes = alloc::vec![
            Change::Elder(elder),
            Change::Deal(Entry::Homed(None, here), Some(line), None),
        ];
        let written = self.commit(&Change::All(changes), seed);
        if written.is_err() {
            self.image.elders = before;
        }
        written?;
        Ok(Took::License(license.id))
    }

    /// The license in a signed decision, which proves itself by its own chain, and its whole document; `kept`: terms that
    /// were kept for it.
    fn license_in<'a>(
        &self,
        tag: Tag,
        signed: &[u8],
        kept: impl IntoIterator<Item = &'a ByteVec>,
    ) -> Option<(License, Vec<u8>)> {
        let parsed = seal::parse::<SettleSheet>(signed, Sealed::Settle, self.realm).ok()?;
        let OutcomeSheet::Given(gift) = &parsed.claims().outcome else {
            return None;
        };
        let whole = self.whole_document(gift.document.as_ref()?, kept).ok()?;
        let document = cbor::to_bytes(&whole);
        let license = whole.check(&self.trust, tag).ok()?;
        (license.link.deal == parsed.claims().deal).then_some((license, document))
    }

    /// A gift that came to light after its payment was ruled void: the money is back, and the license is here too. Taken
    /// once; whoever gave it bears the cost. False: nothing new.
    pub(crate) fn take_late(&mut self, sealed: &[u8], now: Moment, seed: &Seed) -> Result<bool, Fault> {
        let Some((tag, signed)) = self.open_by_tag(Sealed::Settle, sealed) else {
            return Ok(false);
        };
        let kept = self.image.state.terms.iter().flatten();
        let Some((license, document)) = self.license_in(tag, &signed, kept) else {
            return Ok(false);
        };
        let open = self.image.state.open(license.link.deal).is_some();
        if open || self.is_known(license.id) || self.image.state.room_for_licenses() == 0 {
            return Ok(false);
        }
        let Some(opened) = self.opened(&license) else {
            return Ok(false);
        };
        let mut here = held(&license, &document, license.offer.price, opened);
        here.since = now;
        let line = crate::Line {
            title: license.offer.title.clone(),
            deal: Some(license.link.deal),
            ..crate::contact::own_line(now, Event::Recovered)
        };
        let entry = Entry::Homed(None, here);
        self.commit(&Change::Deal(entry, Some(line), None), &seed.part("late"))?;
        Ok(true)
    }

    /// Asks a seller what a lost card bought of one work: the number that only this seller and that card knew tells. Answers
    /// with the letter's id.
    pub fn ask_sold(
        &self,
        of: CardNo,
        seller: &[u8],
        content: ContentId,
        seed: &Seed,
    ) -> Result<Option<Letter>, ClaimRefusal> {
        let elder = self.image.elders.iter().flatten().find(|e| e.card == of);
        let Some(elder) = elder.filter(|e| e.secret != [0; 32]) else {
            return Ok(None);
        };
        let seller = self
            .trust
            .check_ever::<role::Seller>(seller)
            .map_err(ClaimRefusal::NotTrusted)?;
        let id = sold_id(of, PartyId(seller.subject()), content);
        let (signer, opener) = self.support_keys(&id);
        let sheet = ReissueSheet {
            id,
            sign: signer.verify_key(),
            seal: opener.seal_to(),
            trouble: Trouble::Lost,
            content,
            deal: None,
            license: None,
            buyer: Some(seller_number_of(&Secret::new(elder.secret), PartyId(seller.subject()))),
            taken: 0,
        };
        let audience = Audience::One(seller.subject());
        let sealed = sign_and_seal(
            &signer,
            Sealed::Reissue,
            self.realm,
            audience,
            seller.seal(),
            &sheet,
            seed,
        )
        .map_err(|_| Fault::Seal)?;
        Ok(Some((id, sealed)))
    }

    /// Takes what that seller said again.
    pub fn take_sold(
        &mut self,
        of: CardNo,
        id: &[u8; 16],
        answer: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<usize, ClaimRefusal> {
        let sheet: ReissuedSheet = cbor::from_bytes(answer).map_err(|_| ClaimRefusal::NotMine)?;
        let by = self
            .trust
            .check_ever::<role::Seller>(&sheet.certificate)
            .map_err(ClaimRefusal::NotTrusted)?;
        let word: Reissued = open_signed(&sheet.signed, Sealed::Reissued, self.realm, by.sign(), Audience::Anyone)
            .map_err(ClaimRefusal::Forged)?;
        if word.id != *id || word.gift != seal::hash(&sheet.gift) {
            return Err(ClaimRefusal::NotMine);
        }
        let Some(secret) = self
            .image
            .elders
            .iter()
            .flatten()
            .find(|e| e.card == of)
            .map(|e| Secret::new(e.secret))
        else {
            return Ok(0);
        };
        if sheet.gift.is_empty() {
            return Ok(0);
        }
        let (_, opener) = self.support_keys(id);
        let bytes = open_sealed(&opener, Sealed::Reissued, &sheet.gift).map_err(|_| ClaimRefusal::NotMine)?;
        let gift: ReissueGift = cbor::from_bytes(&bytes).map_err(|_| ClaimRefusal::NotMine)?;
        let mut came = 0_usize;
        for (n, (tag, settle)) in gift.settles.iter().enumerate() {
            let Ok(signed) = open_sealed(&tag_opener_of(&secret, *tag), Sealed::Settle, settle) else {
                continue;
            };
            let part = seed.part(&alloc::format!("sold-{n}"));
            if let Took::License(_) = self.take_settled(of, *tag, &signed, false, clock, &part)? {
                came = came.saturating_add(1);
            }
        }
        Ok(came)
    }

    /// Asks the seller of a license that waits to make it out to this card, on the issuer's word. Nothing if no license here
    /// fits the word.
    pub fn ask_confirm(
        &self,
        vouched: &[u8],
        seller: impl Fn(PartyId) -> Option<Vec<u8>>,
        seed: &Seed,
    ) -> Result<Option<(LicenseId, PartyId, Vec<u8>)>, ClaimRefusal> {
        let parsed = seal::parse::<Vouched>(vouched, Sealed::Vouched, self.realm).map_err(ClaimRefusal::Forged)?;
        let word = *parsed.claims();
        let mut waiting = self.unconfirmed();
        let Some(held) = waiting.find(|h| h.tag == word.of && self.home_of(h) == word.to) else {
            return Ok(None);
        };
        let Some(certificate) = seller(held.seller) else {
            return Ok(None);
        };
        let by = self
            .trust
            .check_ever::<role::Seller>(&certificate)
            .map_err(ClaimRefusal::NotTrusted)?;
        let signer = self.tag_signer(held.tag);
        let (_, opener) = self.support_keys(&confirm_id(word.to.tag));
        let sheet = ConfirmSheet {
            license: held.id,
            sign: signer.verify_key(),
            seal: opener.seal_to(),
            left: held.rights_left(),
            buyer: self.seller_number(held.seller),
            vouched: ByteVec::from(vouched.to_vec()),
        };
        let audience = Audience::from(held.seller);
        let sealed = sign_and_seal(&signer, Sealed::Confirm, self.realm, audience, by.seal(), &sheet, seed)
            .map_err(|_| Fault::Seal)?;
        Ok(Some((held.id, held.seller, sealed)))
    }

    /// Takes the seller's answer: the license, made out to this card, in place of the one that waited.
    pub fn take_confirmed(
        &mut self,
        license: LicenseId,
        answer: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Standing, ClaimRefusal> {
        let Some(waits) = self.image.state.licenses.get(&license).cloned() else {
            return Err(ClaimRefusal::NotMine);
        };
        let home = self.home_of(&waits);
        let (_, opener) = self.support_keys(&confirm_id(home.tag));
        let signed = open_sealed(&opener, Sealed::Confirmed, answer).map_err(|_| ClaimRefusal::NotMine)?;
        let parsed =
            seal::parse::<ConfirmedSheet>(&signed, Sealed::Confirmed, self.realm).map_err(ClaimRefusal::Forged)?;
        let by = self
            .trust
            .check_ever::<role::Seller>(&parsed.claims().certificate)
            .map_err(ClaimRefusal::NotTrusted)?;
        let sheet = parsed
            .verify(by.sign(), Audience::from(home.tag))
            .map_err(ClaimRefusal::Forged)?;
        if by.subject() != waits.seller.0 || sheet.license != license {
            return Err(ClaimRefusal::NotMine);
        }
        let line = |title| crate::Line {
            title,
            with: Some(waits.seller),
            ..crate::contact::own_line(self.now(clock), Event::Recovered)
        };
        let change = match (sheet.standing, &sheet.document) {
            (Standing::MadeOut, Some(document)) => {
                let again = Document::parse(document)
                    .and_then(|d| d.check(&self.trust, home.tag))
                    .map_err(|_| ClaimRefusal::DoesNotHold("its license"))?;
                if again.offer_hash != waits.offer {
                    return Err(ClaimRefusal::DoesNotHold("its license is of another offer"));
                }
                let opened = self
                    .opened(&again)
                    .ok_or(ClaimRefusal::DoesNotHold("the key in it does not open"))?;
                let mut here = held(&again, document, waits.paid, opened);
                here.since = waits.since;
                here.copies_left = waits.copies_left;
                Change::Deal(
                    Entry::Homed(Some(license), here),
                    Some(line(again.offer.title.clone())),
                    None,
                )
            }
            (Standing::Refunded, _) => Change::Deal(Entry::Deleted(license), None, None),
            (standing, _) => return Ok(standing),
        };
        self.commit(&change, &seed.part("confirmed"))?;
        Ok(sheet.standing)
    }
}

fn open_copy(code: &RecoveryCode, sealed: &[u8]) -> Result<RecoveryCopy, ClaimRefusal> {
    let plain = open_sealed(&code.opener(), Sealed::Recovery, sealed).map_err(|_| ClaimRefusal::OtherCode)?;
    cbor::from_bytes_within(&plain, 64 << 20).map_err(|_| ClaimRefusal::OtherCode)
}

/// What a card remembers of a loss: neither the copy nor decisions it has taken.
fn kept(loss: &Loss) -> Loss {
    Loss {
        copy: None,
        rulings: Vec::new(),
        ..loss.clone()
    }
}

fn sold_id(of: CardNo, seller: PartyId, content: ContentId) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&seal::hash_parts(&[b"sold", &of.0, &seller.0, &content.0]).0[..16]);
    id
}
