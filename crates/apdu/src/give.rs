//! The card as giver: it says what it would give, takes its holder's word for exactly that, quotes, decides, and hears that
//! a deal is closed.

use alloc::vec::Vec;

use card::{Card, Journal};
use deal::Kind;
use seal::{Seed, same};
use units::{ContentId, Hash, LicenseId, Moment, Money, Span};

use crate::{
    Agreement, Application, ApplicationRefusal, Notice, Refused, Status,
    application::pin_refused,
    notice::{kind_of, number_of},
    tlv::{self, Fields},
};

/// How long a holder's word at a terminal lets his card give.
const WORD: Span = Span::minutes(10);

/// A gift the card has told about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered {
    hash: Hash,
    kind: Kind,
    license: LicenseId,
}

impl Application {
    /// GIVE: what this card would give, under the same guards as the quote itself. The hash names kind, license and the
    /// giver's number, so that a word for it is a word for this one gift.
    pub(crate) fn give<J: Journal>(
        &mut self,
        card: &Card<J>,
        kind: u8,
        data: &[u8],
        clock: Moment,
    ) -> Result<Vec<u8>, Refused> {
        (self.session.offered, self.session.permit) = (None, None);
        let malformed = ApplicationRefusal::Malformed;
        let kind = kind_of(kind).filter(|k| matches!(k, Kind::Copy | Kind::Move | Kind::Locked));
        let kind = kind.ok_or(malformed("a card gives copies, moves and locked copies"))?;
        let about = Fields::parse(data).map_err(|_| malformed("its fields do not hold"))?;
        let named = about.exact(0x80).map(LicenseId);
        let of_work = || {
            let work = about.exact(0x81).map(ContentId)?;
            card.license_for(work, clock).map(|held| held.id)
        };
        let license = named.or_else(of_work).ok_or(card::GiveRefusal::NoLicense)?;
        card.may_offer(kind, license, clock)?;
        let state = card.state();
        let held = state.licenses.get(&license).ok_or(card::GiveRefusal::NoLicense)?;
        let (fare, generation) = match kind {
            Kind::Copy => (held.fare_copy, held.generation.saturating_add(1)),
            Kind::Move => (held.fare_move, held.generation),
            _ => (
                Money::zero(held.fare_copy.currency()),
                held.generation.saturating_add(1),
            ),
        };
        let hash = seal::hash_parts(&[
            b"keyfare/1/gift",
            &[number_of(kind)],
            &license.0,
            &state.give_no.to_be_bytes(),
        ]);
        let facts = state.facts(held.publisher);
        let offer = card.offer_of(held);
        let notice = Notice {
            hash,
            kind,
            title: offer.map(|offer| offer.title).unwrap_or_default(),
            fare,
            generation,
            with: alloc::string::String::new(),
            until: card.now(clock).plus(WORD),
            bought: facts.last.map(|last| (last, facts.price)),
            copies: Some(card.copies_made(license)),
            unlock: None,
            order: None,
            lends: None,
            agreement: Agreement::Pin,
        };
        self.session.offered = Some(Offered { hash, kind, license });
        Ok(notice.fields())
    }

    /// VERIFY for a gift. Here a copy too needs the PIN: in a stranger's reader nothing else shows that its holder is
    /// there and wishes it.
    pub(crate) fn permit<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        hash: &[u8; 32],
        pin: &str,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        self.session.permit = None;
        let offered = self.session.offered.ok_or(ApplicationRefusal::NothingShown)?;
        if !same(&offered.hash.0, hash) {
            return Err(ApplicationRefusal::NotThis.into());
        }
        let until = card.now(clock).plus(WORD);
        let permit = match offered.kind {
            Kind::Move => card.permit_move(offered.license, until, pin, seed).map(Some),
            kind => card
                .holder_is_here(pin, seed)
                .map(|()| card.permit(kind, Some(offered.license), until)),
        };
        self.session.permit = permit.map_err(pin_refused)?;
        Ok(Vec::new())
    }

    /// QUOTE: answers another card's question, with the holder's word. The word lasts for this one gift: until a payment
    /// is decided, another gift is told about, or the card is reset.
    pub(crate) fn quote<J: Journal>(
        &mut self,
        card: &Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let permit = self.session.permit.as_ref().ok_or(ApplicationRefusal::NoConsent)?;
        let quoted = card.quote(data, permit, None, clock, seed)?;
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, quoted.message.bytes());
        if let Some(locked) = &quoted.locked {
            tlv::put(&mut out, 0x81, locked.bytes());
        }
        Ok(out)
    }

    /// DECIDE: takes a payment for a quote of this card and answers with its decision, the same for ever. No word is
    /// needed here: it was given for the quote, and a payment whose number has passed is void.
    pub(crate) fn decide<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let decided = card.decide(data, clock, seed)?;
        (self.session.offered, self.session.permit) = (None, None);
        let settle = decided.settle().map(|settle| settle.bytes().to_vec());
        // Nothing to say: the number is the issuer's business by now, or this card is an old copy of itself.
        settle.ok_or_else(|| Refused::bare(Status::CONDITIONS))
    }

    /// DONE: the other card has closed.
    pub(crate) fn done<J: Journal>(&self, card: &mut Card<J>, data: &[u8], seed: &Seed) -> Result<Vec<u8>, Refused> {
        card.take_done(data, seed)?;
        Ok(Vec::new())
    }

    /// CANCEL: all quotes so far are void. Anybody may: it costs convenience and nothing else.
    pub(crate) fn cancel<J: Journal>(&mut self, card: &mut Card<J>, seed: &Seed) -> Result<Vec<u8>, Refused> {
        (self.session.offered, self.session.permit) = (None, None);
        card.cancel(seed)?;
        Ok(Vec::new())
    }
}
