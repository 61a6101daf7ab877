//! The card as receiver: it asks, says what a quote would cost, pays what was agreed to, and takes the decision. And its
//! contact with its issuer, which is carried in the same way.

use alloc::vec::Vec;

use card::{Card, Checked, Journal, Settled, Want};
use deal::{
    Kind, Number, Tender,
    wire::{Ask, quote_hash},
};
use license::OfferSheet;
use seal::{Class, Seed, cbor};
use units::{DealId, Hash, Moment, OfferNo, PartyId};

use crate::{
    Application, ApplicationRefusal, Notice, Refused,
    notice::{amount_of, kind_of},
    tlv::{self, Fields},
};

const fn malformed(why: &'static str) -> ApplicationRefusal {
    ApplicationRefusal::Malformed(why)
}

fn fields(data: &[u8]) -> Result<Fields<'_>, ApplicationRefusal> {
    Fields::parse(data).map_err(|_| malformed("its fields do not hold"))
}

/// With what a card pays in a reader: its purse; a load by the order itself, under which the machine has brought the money.
fn wanted(checked: &Checked) -> Want {
    let quote = checked.quote();
    let other = match (quote.kind, quote.number, quote.credit) {
        (Kind::Load, Number::Order(order), Some(amount)) => Some(Tender::Order(order, amount)),
        _ => None,
    };
    Want {
        other,
        ..Want::default()
    }
}

impl Application {
    /// ASK: P1 says what kind of deal; the fields what about.
    pub(crate) fn ask<J: Journal>(
        &mut self,
        card: &Card<J>,
        kind: u8,
        data: &[u8],
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        use deal::Kind::{Collect, Copy, Load, Locked, Move, PayOnly, Redeem, Sale};
        let about = fields(data)?;
        let offer = || {
            about
                .number(0x80)
                .map(OfferNo)
                .ok_or(malformed("an offer number is needed"))
        };
        let amount = || {
            about
                .get(0x81)
                .and_then(amount_of)
                .ok_or(malformed("an amount is needed"))
        };
        let payee = || about.exact(0x83).map(PartyId).ok_or(malformed("a payee is needed"));
        let asked = match kind_of(kind) {
            Some(Sale) => card.ask_sale(offer()?, seed)?,
            Some(PayOnly) => card.ask_pay_only(offer()?, seed)?,
            Some(Load) => card.ask_load(amount()?, seed)?,
            Some(Redeem) => card.ask_redeem(amount()?, seed)?,
            Some(Collect) => card.ask_collect(payee()?, seed)?,
            // Whatever the giver's card is let to give, or an offer by its hash.
            Some(Copy) => card.ask_copy(about.exact(0x84).map(Hash), seed)?,
            Some(Move) => card.ask_move(about.exact(0x84).map(Hash), seed)?,
            Some(Locked) => card.ask_locked(about.exact(0x84).map(Hash), seed)?,
            _ => return Err(malformed("a card does not ask for such a deal here").into()),
        };
        Ok(asked.bytes())
    }

    /// SHOW: reads a quote, keeps it for the holder's word, and says what it would cost. A quote that was shown before is
    /// forgotten, and the word for it.
    pub(crate) fn show<J: Journal>(&mut self, card: &Card<J>, data: &[u8], clock: Moment) -> Result<Vec<u8>, Refused> {
        self.session.shown = None;
        self.session.agreed = None;
        let parts = fields(data)?;
        let quote = parts.get(0x81).ok_or(malformed("a quote is needed"))?;
        let asked = match parts.get(0x80) {
            Some(ask) => {
                let ask: Ask = cbor::from_bytes(ask).map_err(|_| malformed("the question cannot be read"))?;
                Some(card::Asked { ask })
            }
            None => None,
        };
        let sheet = match parts.get(0x82) {
            Some(sheet) => Some(OfferSheet::parse(sheet)?),
            None => None,
        };
        let checked = card.read_quote(quote, asked.as_ref(), sheet.as_ref(), clock)?;
        let notice = Notice::of(&checked, self.limits.pin_at_terminal_max);
        self.session.shown = Some(checked);
        Ok(notice.fields())
    }

    /// PAY: pays what the card has shown and its holder agreed to. If that is paid already, the same bytes again.
    pub(crate) fn pay<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let hash = Hash::from_slice(data).ok_or(malformed("the quote's hash is needed"))?;
        if let Some(message) = paid_already(card, hash) {
            return Ok(message);
        }
        let checked = self.session.shown.clone().ok_or(ApplicationRefusal::NothingShown)?;
        if checked.hash() != hash {
            return Err(ApplicationRefusal::NotThis.into());
        }
        let confirmed = self.consent(card, &checked)?;
        let (_, message) = card.pay(&checked, confirmed, &wanted(&checked), clock, seed)?;
        self.session.shown = None;
        Ok(message.into_bytes())
    }

    /// ORDER: an open quote of a collector, carried in advance. Fares go home without anybody's word (SD-18); anything
    /// else is refused here, whatever it costs.
    pub(crate) fn order<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let checked = card.read_quote(data, None, None, clock)?;
        if let Some(message) = paid_already(card, checked.hash()) {
            return Ok(message);
        }
        if checked.quote().kind != deal::Kind::Collect {
            return Err(ApplicationRefusal::NoConsent.into());
        }
        let confirmed = card.confirm_free(&checked).ok_or(ApplicationRefusal::NoConsent)?;
        let (_, message) = card.pay(&checked, confirmed, &Want::default(), clock, seed)?;
        Ok(message.into_bytes())
    }

    /// SETTLE: takes the giver's decision. Answers what came of it and the `done` for the giver, and the same once more if
    /// the decision comes once more.
    pub(crate) fn settle<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let hash = seal::hash(data);
        if let Some((_, answer)) = self.session.settled.as_ref().filter(|(known, _)| *known == hash) {
            return Ok(answer.clone());
        }
        let settled = card.settle(data, clock, seed)?;
        let mut out = Vec::new();
        match settled {
            Settled::Given {
                deal, license, done, ..
            } => {
                tlv::put(&mut out, 0x80, &[0]);
                tlv::put(&mut out, 0x81, &deal.0);
                if let Some(license) = license {
                    tlv::put(&mut out, 0x82, &license.0);
                }
                tlv::put(&mut out, 0x83, done.bytes());
            }
            Settled::Void { deal, reason } => {
                tlv::put(&mut out, 0x80, &[1]);
                tlv::put(&mut out, 0x81, &deal.0);
                let reason = reason.code();
                tlv::put(&mut out, 0x84, reason.as_bytes());
            }
            Settled::Again(done) => {
                tlv::put(&mut out, 0x80, &[2]);
                tlv::put(&mut out, 0x83, done.bytes());
            }
            Settled::Nothing => tlv::put(&mut out, 0x80, &[3]),
            Settled::Frozen => tlv::put(&mut out, 0x80, &[4]),
            Settled::Contradicted { deal } => {
                tlv::put(&mut out, 0x80, &[5]);
                tlv::put(&mut out, 0x81, &deal.0);
            }
        }
        self.session.settled = Some((hash, out.clone()));
        Ok(out)
    }

    /// INSTALL: the license of a locked copy, once its holder has agreed to what the card has shown of it. Nothing is paid
    /// and nothing is recorded; brought again, it is installed again.
    pub(crate) fn install<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let checked = self.session.shown.clone().ok_or(ApplicationRefusal::NothingShown)?;
        let confirmed = self.consent(card, &checked)?;
        let license = card.install_locked(&checked, confirmed, data, clock, seed)?;
        self.session.shown = None;
        Ok(license.0.to_vec())
    }

    /// AGAIN: the message of an open record: a `pay` or a `settle`, byte for byte.
    pub(crate) fn again<J: Journal>(&self, card: &Card<J>, data: &[u8]) -> Result<Vec<u8>, Refused> {
        let deal = DealId::from_slice(data).ok_or(malformed("a deal id is needed"))?;
        if let Some(pay) = card.pay_again(deal) {
            return Ok(pay.into_bytes());
        }
        let settle = card.settle_again(deal).ok_or(ApplicationRefusal::NoRecord)?;
        Ok(settle.into_bytes())
    }

    /// REPORT: what the issuer is told. Closes all quotes the card has made.
    pub(crate) fn report<J: Journal>(
        &self,
        card: &mut Card<J>,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        Ok(card.report(Class::Software, clock, seed)?.into_bytes())
    }

    /// CLEARED: what the issuer answered.
    pub(crate) fn cleared<J: Journal>(
        &self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let contact = card.cleared(data, clock, seed)?;
        let mut out = Vec::new();
        tlv::put_number(&mut out, 0x80, contact.settled as u64);
        tlv::put_number(&mut out, 0x81, contact.tags as u64);
        tlv::put_number(&mut out, 0x82, u64::from(contact.frozen));
        Ok(out)
    }
}

/// The `pay` of an open record for this very quote.
fn paid_already<J: Journal>(card: &Card<J>, quote: Hash) -> Option<Vec<u8>> {
    let mut paid = card.state().paid.iter();
    let open = paid.find(|paid| quote_hash(&paid.pay.quote) == quote)?;
    card.pay_again(open.deal).map(card::Outgoing::into_bytes)
}
