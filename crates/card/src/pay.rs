//! Pay: with the holder's consent, the card commits and then speaks.

use alloc::{string::ToString, vec::Vec};
use deal::{
    Consent, Entry, Kind, PayRefusal, Tender,
    wire::{self, PaySheet},
};
use license::Bind;
use minicbor::bytes::ByteVec;
use seal::{Audience, Kind as Sealed, Seed};
use units::{Again, DealId, Moment, PartyId, Refusal, Tag, ValueId};

use crate::{Approved, Card, Checked, Confirmed, Event, Fault, Journal, Line, Outgoing, image::Change};

/// How the holder wants to pay and use it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Want {
    /// Values to pay with, in this order; money pays the rest.
    pub values: Vec<(PartyId, ValueId)>,
    /// A tender other than money or values.
    pub other: Option<Tender>,
    /// An approval, if that is how it is paid.
    pub approval: Option<Approved>,
    /// Devices to bind the license to.
    pub bind: Bind,
}

/// Why nothing was paid. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayFailure {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] PayRefusal),
    /// The card could not write, or is not enrolled.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PayFailure {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(e) => e.code(),
            Self::Fault(e) => e.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Refused(e) => e.again(),
            Self::Fault(e) => e.again(),
        }
    }
}

impl<J: Journal> Card<J> {
    /// Pays: the record is durable before the message leaves. Answers the deal id and the sealed `pay`.
    pub fn pay(
        &mut self,
        checked: &Checked,
        confirmed: Confirmed,
        want: &Want,
        clock: Moment,
        seed: &Seed,
    ) -> Result<(DealId, Outgoing), PayFailure> {
        let consent = Consent {
            quote: confirmed.quote,
            fare: confirmed.fare,
            pay_no: confirmed.pay_no,
        };
        let now = self.now(clock);
        let plan = self.plan(checked, want, &consent, now);
        let mut paid = self.image.state.pay(&plan)?;
        self.unplayed(&paid)?;
        self.silence(checked.quote.kind, now)?;
        self.within_limits(&paid, now)?;
        let tag = paid.pay.receiver;
        let signer = self.tag_signer(tag);
        let proof = self.seal_slip(&mut paid, tag, seed)?;
        let certificate = self.tag_certificate(tag).ok_or(Fault::NotEnrolled)?;
        let seller = PartyId(checked.quote.giver);
        let cards = checked.quote.kind.between_cards();
        let approved = want.approval.as_ref();
        if approved.is_some_and(|a| a.tag != tag) {
            return Err(PayRefusal::OtherTag.into());
        }
        // Who pays by approval is nobody to the seller, unless the publisher's own signed terms say otherwise.
        let entitled = checked
            .on_sale
            .as_ref()
            .is_some_and(|s| s.policy.knows_buyers == Some(true));
        let known = !cards && (approved.is_none() || entitled);
        let document = match checked.quote.kind {
            Kind::Unlock => checked.quote.license.and_then(|id| self.image.state.licenses.get(&id)),
            _ => paid.license.as_ref(),
        };
        let mut pay = paid.pay.clone();
        if approved.is_some() {
            pay.pay_no = deal::approval::blind(pay.pay_no, self.number_pad(tag));
        }
        let publisher = checked.on_sale.as_ref().map(|o| (o.offer.publisher, &o.publisher_seal));
        let claim = match publisher {
            Some(to) if cards => self.claim_facts(to, tag, paid.pay.facts, checked.quote.route, now)?,
            _ => None,
        };
        let buyer = publisher
            .filter(|_| checked.quote.kind == Kind::Sale && !checked.quote.price.is_zero())
            .map(|(publisher, _)| self.buyer(publisher, tag));
        let sheet = PaySheet {
            pay,
            quote: ByteVec::from(match cards {
                true => wire::signature_of(&checked.signed).to_vec(),
                false => checked.signed.clone(),
            }),
            proof,
            consent: consent.quote,
            seller_number: known.then(|| self.seller_number(seller)),
            document: document.map(|held| held.document.clone()),
            certificate,
            giver: cards.then(|| checked.certificate.clone()),
            approval: approved.map(|a| a.signed.clone()),
            agreed: Some(confirmed.agreed),
            keeps_terms: (cards && checked.sheet.is_some()).then_some(true),
            claim,
            buyer,
            refusal: match checked.quote.kind {
                Kind::Clear | Kind::Surrender => self.refusal_of(checked.quote.license),
                _ => None,
            },
        };
        let signed = seal::sign(
            &signer,
            Sealed::Pay,
            self.realm,
            Audience::One(checked.quote.giver),
            &sheet,
        );
        let deal = wire::deal_id(&signed);
        let sealed = self.seal_pay(&checked.giver_seal, deal, &signed)?;
        let line = Line {
            at: now,
            event: Event::Paid,
            kind: Some(checked.quote.kind),
            title: checked.title.to_string(),
            amount: paid
                .money()
                .or(deal::charge_of(&paid.pay.tenders).map(|(_, amount, _)| amount))
                .or(checked.quote.credit),
            with: Some(seller),
            deal: Some(deal),
            peer: cards.then_some(Tag(checked.quote.giver)),
            generation: checked.quote.kind.brings_license().then_some(checked.quote.generation),
            copies: None,
        };
        let mut paid = paid.signed(deal, signed);
        paid.to = Some(checked.giver_seal);
        paid.kept = checked.ahead.clone();
        paid.terms = checked.sheet.clone().filter(|_| cards);
        paid.claimed = Self::claimed_by_giver(checked, deal).filter(|_| paid.pay.winner == deal::Side::Giver);
        let spent = want.values.iter().filter_map(|(maker, id)| {
            let line = self.line_of(*maker, *id, now, Event::Spent)?;
            Some(Change::Noted(Line {
                deal: Some(deal),
                ..line
            }))
        });
        let spent: Vec<Change> = spent.collect();
        let mut change = Change::Deal(Entry::Paid(paid), Some(line), None);
        if !spent.is_empty() {
            change = Change::All(core::iter::once(change).chain(spent).collect());
        }
        let durable = self.commit(&change, &seed.part("paid"))?;
        if let (Some(name), Some(terms)) = (checked.terms, &checked.on_sale) {
            self.known.keep_terms(name, terms.clone());
        }
        if let Some(card) = &checked.giver_card {
            self.known.keep_card(&checked.certificate, card.clone());
        }
        Ok((deal, Outgoing::after(durable, sealed)))
    }

    /// The sealed `pay` of an open deal again, the same bytes, as often as anybody likes.
    pub fn pay_again(&self, deal: DealId) -> Option<Outgoing> {
        let paid = self.image.state.open(deal)?;
        let sealed = match &paid.to {
            Some(to) => self.seal_pay(to, deal, &paid.message).ok()?,
            // A record of an older card keeps what was said as it was said.
            None => paid.message.to_vec(),
        };
        Some(Outgoing::after(crate::Durable::nothing_to_write(), sealed))
    }

    /// Seals a signed `pay`. The randomness comes from the card's secret and the deal, so that every repeat is the same
    /// bytes, and the record needs to keep the signed form alone, which the issuer may see.
    fn seal_pay(&self, to: &seal::SealTo, deal: DealId, signed: &[u8]) -> Result<Vec<u8>, Fault> {
        wire::seal_signed(to, Sealed::Pay, signed, &self.pay_seed(deal)).map_err(|_| Fault::Seal)
    }

    /// Some works can be handed back only while they were never played. Nobody but the card knows, so the card says it.
    pub(crate) fn unplayed(&self, paid: &deal::Paid) -> Result<(), PayRefusal> {
        let Some(held) = &paid.license else { return Ok(()) };
        let must = self.offer_of(held).is_some_and(|offer| offer.refund.unplayed);
        if must && held.first_play.is_some() {
            return Err(PayRefusal::LicenseStays(
                "it has been played, and its publisher takes it back only unplayed",
            ));
        }
        Ok(())
    }

    /// Too long away from the issuer: what a clone could do meanwhile is bounded. Money and fares on their way home are
    /// no risk, so they are let through.
    pub(crate) fn silence(&self, kind: Kind, now: Moment) -> Result<(), PayRefusal> {
        if self.silent(now) && !matches!(kind, Kind::Collect | Kind::Redeem) {
            Err(PayRefusal::SilentTooLong)
        } else {
            Ok(())
        }
    }

    pub(crate) fn tag_certificate(&self, tag: Tag) -> Option<ByteVec> {
        self.image
            .state
            .tags
            .iter()
            .find(|(t, ..)| *t == tag)
            .map(|(.., bytes)| bytes.clone())
    }

    fn seal_slip(&self, paid: &mut deal::Paid, tag: Tag, seed: &Seed) -> Result<Option<wire::SlipProof>, Fault> {
        let Some(slip) = paid.slip().cloned() else {
            return Ok(None);
        };
        let issuer = self.known.issuer.as_ref().ok_or(Fault::NotEnrolled)?;
        let pay_no = paid.pay.pay_no;
        let (sealed, proof) = wire::seal_slip(
            &slip,
            self.realm,
            tag,
            pay_no,
            &self.tag_signer(tag),
            issuer.seal(),
            &seed.part("slip"),
        )
        .map_err(|_| Fault::Seal)?;
        paid.seal_slip(|_| sealed);
        Ok(Some(proof))
    }

    /// Open deals: id, kind, giver, title, money named in it, since when.
    pub fn open_deals(&self) -> impl Iterator<Item = (&deal::Paid, &str)> {
        self.image
            .state
            .paid
            .iter()
            .map(|p| (p, self.title_of(p.deal).unwrap_or("")))
    }
}

/// Kinds whose open deals an issuer answers.
impl<J: Journal> Card<J> {
    /// To whom the `pay` of an open deal goes: its giver.
    pub fn giver_of(&self, deal: DealId) -> Option<([u8; 16], Kind)> {
        self.image
            .state
            .open(deal)
            .map(|p| (p.pay.quote.giver, p.pay.quote.kind))
    }
}
