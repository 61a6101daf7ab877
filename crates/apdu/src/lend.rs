//! The card as lender: in a player's reader it greets that player, takes its holder's word for exactly this loan, hands plays over,
//! and has them back. The messages are those of every carrier; the player is the terminal.

use alloc::vec::Vec;

use card::{Card, Greeted, Greeting, Journal};
use deal::{
    Kind,
    lend::{LendRefusal, LendWish},
};
use seal::{Seed, same};
use units::{Hash, LicenseId, Moment, Money, Span, Tag};

use crate::{
    Agreement, Application, ApplicationRefusal, Lends, Notice, Refused, application::pin_refused, tlv, tlv::Fields,
};

/// How long the holder may take to agree.
pub(crate) const WORD: Span = Span::minutes(10);

/// A loan the card has told about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wished {
    hash: Hash,
    license: LicenseId,
    wish: LendWish,
    lends: Lends,
    agreed: bool,
}

/// What a reset forgets of loans.
#[derive(Default)]
pub(crate) struct Lending {
    greeting: Option<Greeting>,
    greeted: Option<Greeted>,
    wished: Option<Wished>,
}

impl Application {
    /// GREET: the card names itself in a pair, for its player; or hears that player and says whether it lets it in.
    pub(crate) fn greet<J: Journal>(
        &mut self,
        card: &Card<J>,
        step: u8,
        data: &[u8],
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let lending = &mut self.session.lending;
        if step == 0 {
            *lending = Lending::default();
            let pair = <[u8; 16]>::try_from(data).map_err(|_| ApplicationRefusal::Malformed("a pair has 16 bytes"))?;
            let (greeting, hello) = card.greet(Tag(pair), seed)?;
            lending.greeting = Some(greeting);
            return Ok(hello.into_bytes());
        }
        let greeting = lending.greeting.take().ok_or(ApplicationRefusal::NothingShown)?;
        let welcomed = card.greeting_answered(greeting, data)?;
        lending.greeted = welcomed.greeted;
        // Whoever refuses says so: the word is signed, welcome or not.
        Ok(welcomed.say.into_bytes())
    }

    /// WISH: which license, how many plays of it and for how long: what the card would lend, under the guards of the loan itself.
    /// The notice shows it and the hash names all of it, so that a word for it is a word for this one loan.
    pub(crate) fn wish<J: Journal>(&mut self, card: &Card<J>, data: &[u8], clock: Moment) -> Result<Vec<u8>, Refused> {
        let lending = &mut self.session.lending;
        lending.wished = None;
        let greeted = lending.greeted.as_ref().ok_or(ApplicationRefusal::NothingShown)?;
        let malformed = ApplicationRefusal::Malformed;
        let about = Fields::parse(data).map_err(|_| malformed("its fields do not hold"))?;
        let license = LicenseId(about.exact(0x80).ok_or(malformed("a license is named by 16 bytes"))?);
        let plays = about.number(0x81).map(u32::try_from).transpose();
        let wish = LendWish {
            plays: plays.map_err(|_| malformed("so many plays there are not"))?,
            period: about.number(0x82).map(Span),
        };
        let rights = card.would_lend(greeted, license, wish, clock)?;
        let lends = Lends::of(&rights);
        let state = card.state();
        let held = state.licenses.get(&license).ok_or(LendRefusal::NoLicense)?;
        let parts: [&[u8]; 5] = [
            b"keyfare/1/loan",
            &greeted.pair().0,
            &license.0,
            &lends.to_bytes(),
            &state.give_no.to_be_bytes(),
        ];
        let hash = seal::hash_parts(&parts);
        let notice = Notice {
            hash,
            kind: Kind::Lend,
            title: card.offer_of(held).map(|offer| offer.title).unwrap_or_default(),
            fare: Money::zero(held.fare_copy.currency()),
            generation: held.generation,
            with: state
                .pair(greeted.pair())
                .map(|pair| pair.name.clone())
                .unwrap_or_default(),
            until: card.now(clock).plus(WORD),
            bought: None,
            copies: None,
            unlock: None,
            order: None,
            lends: Some(lends),
            agreement: Agreement::Pin,
        };
        lending.wished = Some(Wished {
            hash,
            license,
            wish,
            lends,
            agreed: false,
        });
        Ok(notice.fields())
    }

    /// VERIFY for a loan: in a reader nothing else shows that the holder is there and wishes it.
    pub(crate) fn agree_to_lend<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        hash: &[u8; 32],
        pin: &str,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let wished = self.session.lending.wished.as_mut();
        let wished = wished.ok_or(ApplicationRefusal::NothingShown)?;
        wished.agreed = false;
        if !same(&wished.hash.0, hash) {
            return Err(ApplicationRefusal::NotThis.into());
        }
        card.holder_is_here(pin, seed).map_err(pin_refused)?;
        wished.agreed = true;
        Ok(Vec::new())
    }

    /// LEND: the offer of the loan, sealed to the player that was greeted. The word for it is used up.
    pub(crate) fn lend<J: Journal>(&mut self, card: &Card<J>, clock: Moment, seed: &Seed) -> Result<Vec<u8>, Refused> {
        let lending = &mut self.session.lending;
        let greeted = lending.greeted.as_ref().ok_or(ApplicationRefusal::NothingShown)?;
        let wished = lending.wished.take().filter(|wished| wished.agreed);
        let wished = wished.ok_or(ApplicationRefusal::NoConsent)?;
        let now = Lends::of(&card.would_lend(greeted, wished.license, wished.wish, clock)?);
        if !now.is_within(&wished.lends, WORD) {
            // Played, lent or returned since: that is another loan than the one that was shown.
            return Err(ApplicationRefusal::NotThis.into());
        }
        let quote = card.lend(greeted, wished.license, wished.wish, clock, seed)?;
        Ok(quote.into_bytes())
    }

    /// BACK: takes what the player offers back. No word is needed: only what was lent from here can come.
    pub(crate) fn have_back<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let greeted = self.session.lending.greeted.as_ref();
        let offer = card.read_loan(greeted.ok_or(ApplicationRefusal::NothingShown)?, data)?;
        let (deal, pay) = card.borrow(&offer, clock, seed)?;
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, &deal.0);
        tlv::put(&mut out, 0x81, pay.bytes());
        Ok(out)
    }

    /// THERE: the wallet's card is here, for a loan of its own that must be answered for (ST-23).
    pub(crate) fn there<J: Journal>(&self, card: &Card<J>, data: &[u8], clock: Moment) -> Result<Vec<u8>, Refused> {
        Ok(card.say_there(data, clock)?.into_bytes())
    }
}
