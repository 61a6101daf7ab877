//! What the card tells anybody: which application, which realm, how much room, what is unfinished, why it refused. Nothing
//! here says what its holder owns; how much money he has, only a machine learns that he has just let load his card.

use alloc::vec::Vec;

use card::{Card, Journal};
use deal::Kind;
use units::{ContentId, Moment};

use crate::{
    AID, Application, ApplicationRefusal, Refused, Status,
    application::Session,
    data,
    notice::{amount, number_of},
    tlv,
};

/// Version of this interface.
const VERSION: u64 = 1;

impl Application {
    pub(crate) fn select(&mut self, name: &[u8]) -> Result<Vec<u8>, Refused> {
        // A selection begins anew, also one that fails.
        self.session = Session::default();
        // A name may be given in part, as long as it is not a part of everybody's.
        if name.len() < 5 || !AID.starts_with(name) {
            return Err(Refused::bare(Status::APPLICATION));
        }
        self.session.selected = true;
        let mut proprietary = Vec::new();
        tlv::put_number(&mut proprietary, 0x80, VERSION);
        let mut inner = Vec::new();
        tlv::put(&mut inner, 0x84, &AID);
        tlv::put(&mut inner, 0xA5, &proprietary);
        let mut out = Vec::new();
        tlv::put(&mut out, 0x6F, &inner);
        Ok(out)
    }

    pub(crate) fn get_data<J: Journal>(&mut self, card: &Card<J>, tag: u16, clock: Moment) -> Result<Vec<u8>, Refused> {
        match tag {
            data::APPLICATION => Ok(application()),
            data::REALM => Ok(realm(card)),
            data::ROOM => Ok(room(card, clock)),
            data::UNFINISHED => Ok(unfinished(card)),
            data::DONES => Ok(dones(card)),
            // The holder has just said with his PIN that this machine may load his card, and it shows him what is on it.
            data::PURSE => match (&self.session.shown, &self.session.agreed) {
                (Some(shown), Some(_)) if shown.quote().kind == Kind::Load => {
                    let mut out = Vec::new();
                    tlv::put(&mut out, 0x80, &amount(card.state().purse));
                    Ok(out)
                }
                _ => Err(ApplicationRefusal::NoConsent.into()),
            },
            data::REFUSAL => {
                let last = self.session.refused.as_ref().map(Refused::fields);
                last.ok_or_else(|| Refused::bare(Status::NO_DATA))
            }
            _ => Err(Refused::bare(Status::NO_DATA)),
        }
    }

    /// Is there a license for this work, and does it play now? For a player that looks through its readers (SD-6); asked
    /// for one work at a time, so that nobody reads a library off a card.
    pub(crate) fn find<J: Journal>(&self, card: &Card<J>, data: &[u8], clock: Moment) -> Result<Vec<u8>, Refused> {
        let content = ContentId::from_slice(data).ok_or(ApplicationRefusal::Malformed("a content id is needed"))?;
        let held = card
            .license_for(content, clock)
            .ok_or_else(|| Refused::bare(Status::NO_DATA))?;
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, &held.id.0);
        let plays = card.state().play(held.id, card.now(clock)).is_ok();
        tlv::put(&mut out, 0x81, &[u8::from(plays)]);
        tlv::put(&mut out, 0x82, &[held.generation]);
        Ok(out)
    }
}

fn application() -> Vec<u8> {
    let mut out = Vec::new();
    tlv::put_number(&mut out, 0x80, VERSION);
    tlv::put_number(&mut out, 0x81, seal::cbor::MESSAGE_MAX as u64);
    // The one role there is: a card of a user. Sellers' cards and players' elements will have numbers of their own.
    tlv::put_number(&mut out, 0x82, 0);
    out
}

fn realm<J: Journal>(card: &Card<J>) -> Vec<u8> {
    let mut out = Vec::new();
    tlv::put(&mut out, 0x80, &card.realm().0);
    tlv::put(&mut out, 0x81, card.image().realm.name.as_bytes());
    tlv::put(&mut out, 0x82, card.image().realm.currency.as_bytes());
    out
}

fn room<J: Journal>(card: &Card<J>, clock: Moment) -> Vec<u8> {
    let (state, now) = (card.state(), card.now(clock));
    let tags = state.tags.iter().filter(|(_, until, _)| *until > now).count();
    let mut out = Vec::new();
    for (tag, n) in [
        (0x80, state.licenses.len() as u64),
        (0x81, u64::from(state.profile.licenses_max)),
        (0x82, state.paid.len() as u64),
        (0x83, u64::from(state.profile.paid_max)),
        (0x84, state.given.len() as u64),
        (0x85, u64::from(state.profile.given_max)),
        (0x86, tags as u64),
        (0x87, u64::from(card.pin_tries())),
        (0x88, u64::from(state.frozen)),
    ] {
        tlv::put_number(&mut out, tag, n);
    }
    out
}

/// Each open record: side (0 receiver, 1 giver), deal, and for the receiver's the kind and the giver, who is named so that
/// a terminal can bring the message to a server.
fn unfinished<J: Journal>(card: &Card<J>) -> Vec<u8> {
    let mut out = Vec::new();
    for paid in &card.state().paid {
        let mut one = Vec::new();
        tlv::put(&mut one, 0x80, &[0]);
        tlv::put(&mut one, 0x81, &paid.deal.0);
        tlv::put(&mut one, 0x82, &[number_of(paid.pay.quote.kind)]);
        tlv::put(&mut one, 0x83, &paid.pay.quote.giver);
        tlv::put(&mut out, 0xA0, &one);
    }
    for given in &card.state().given {
        let mut one = Vec::new();
        tlv::put(&mut one, 0x80, &[1]);
        tlv::put(&mut one, 0x81, &given.deal.0);
        tlv::put(&mut out, 0xA0, &one);
    }
    out
}

fn dones<J: Journal>(card: &Card<J>) -> Vec<u8> {
    let mut out = Vec::new();
    for (giver, done) in card.dones() {
        let mut one = Vec::new();
        tlv::put(&mut one, 0x80, &giver);
        tlv::put(&mut one, 0x81, &done);
        tlv::put(&mut out, 0xA0, &one);
    }
    out
}
