//! The card application: one command in, one answer out. It decides nothing; it hands the card what the terminal brings,
//! and the card's words back.

use alloc::vec::Vec;

use card::{Card, Checked, Confirmed, Journal, Permit, PinRefusal};
use deal::Kind;
use seal::{Seed, same};
use units::{Hash, Moment, Money};

use crate::{
    ApplicationRefusal, Command, Refused, Status,
    borrow::FOR_LOAN,
    chain::{Chain, Whole},
    give::Offered,
    ins,
    lend::Lending,
    terminal::{FOR_GIFT, FOR_QUOTE},
};

/// The application's name: a proprietary one (first half-byte F), "KEYFARE", version 1.
pub const AID: [u8; 9] = *b"\xF0KEYFARE\x01";

/// What the card answers to a reset: direct convention, T=1, and in the historical bytes that it is selected by name,
/// chains commands and takes extended lengths.
pub const ATR: [u8; 18] = *b"\x3B\x8D\x80\x01\x80\x73\x80\x01\xC0\x57KEYFARE\xAE";

/// What a holder lets happen away from his own screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most that one PIN typed at somebody else's terminal may spend. Zero: nothing that costs.
    pub pin_at_terminal_max: Money,
}

/// The application with what lasts until the next reset.
pub struct Application {
    pub(crate) limits: Limits,
    chain: Chain,
    pub(crate) session: Session,
}

/// Everything a reset forgets.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) selected: bool,
    /// The quote the card has read and told about last.
    pub(crate) shown: Option<Checked>,
    /// The holder's word for exactly one quote, good for one payment.
    pub(crate) agreed: Option<Confirmed>,
    /// A gift the card has told about, and then the holder's word for it.
    pub(crate) offered: Option<Offered>,
    pub(crate) permit: Option<Permit>,
    /// A player that was greeted, and the holder's word for one loan.
    pub(crate) lending: Lending,
    /// The last decision that was taken, and what was answered: said again if it comes again.
    pub(crate) settled: Option<(Hash, Vec<u8>)>,
    pub(crate) refused: Option<Refused>,
}

impl core::fmt::Debug for Application {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Application(selected: {})", self.session.selected)
    }
}

impl Application {
    /// A card application as it is after power-on.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            chain: Chain::default(),
            session: Session::default(),
        }
    }

    /// Power on, power off or reset: whatever was not written is gone, agreements first of all.
    pub fn reset(&mut self) {
        self.chain = Chain::default();
        self.session = Session::default();
    }

    /// The quote that waits for its holder, for his own screen.
    pub fn shown(&self) -> Option<&Checked> {
        self.session.shown.as_ref()
    }

    /// The holder has agreed on his own screen, and the card made `confirmed` of it. Good until the card is shown another
    /// quote, is reset, or has paid.
    pub fn agreed(&mut self, confirmed: Confirmed) {
        self.session.agreed = Some(confirmed);
    }

    /// Has he agreed to what was shown, and has the terminal not gone on with it yet?
    pub const fn has_agreed(&self) -> bool {
        self.session.agreed.is_some()
    }

    /// The holder does not want the quote that was shown: it is forgotten, and his word for it if he gave one. `false`: it
    /// is not the one that was shown.
    pub fn decline(&mut self, quote: Hash) -> bool {
        let is_this = self.session.shown.as_ref().is_some_and(|shown| shown.hash() == quote);
        if is_this {
            (self.session.shown, self.session.agreed) = (None, None);
        }
        is_this
    }

    /// Answers one command. `clock` and `seed` are this command's own.
    pub fn answer<J: Journal>(&mut self, card: &mut Card<J>, bytes: &[u8], clock: Moment, seed: &Seed) -> Vec<u8> {
        let Ok(command) = Command::parse(bytes) else {
            return Status::LENGTH.0.to_be_bytes().to_vec();
        };
        if command.ins == ins::GET_RESPONSE && command.cla == 0 {
            return self.chain.more(command.room);
        }
        let whole = match self.chain.take(&command) {
            Ok(whole) => whole,
            Err(status) => return status.0.to_be_bytes().to_vec(),
        };
        let about_refusal = whole.ins == ins::GET_DATA;
        match self.dispatch(card, &whole, clock, seed) {
            Ok(answer) => {
                if !about_refusal {
                    self.session.refused = None;
                }
                self.chain.give(answer, whole.room)
            }
            Err(refused) => {
                let status = refused.status;
                if !about_refusal && self.session.selected {
                    self.session.refused = Some(refused);
                }
                status.0.to_be_bytes().to_vec()
            }
        }
    }

    fn dispatch<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        command: &Whole,
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        let data: &[u8] = &command.data;
        match (command.cla, command.ins, command.p) {
            (0x00, ins::SELECT, [0x04, 0x00 | 0x0C]) => return self.select(data),
            (0x00, ins::SELECT, _) => return Err(Refused::bare(Status::PARAMETERS)),
            (0x00 | 0x80, ..) => {}
            _ => return Err(Refused::bare(Status::CLASS)),
        }
        if !self.session.selected {
            return Err(ApplicationRefusal::NotSelected.into());
        }
        match (command.cla, command.ins, command.p) {
            (_, ins::GET_DATA, p) => self.get_data(card, u16::from_be_bytes(p), clock),
            (0x00, ins::VERIFY, [0, which]) => self.verify(card, which, data, clock, seed),
            (0x80, ins::ASK, [kind, 0]) => self.ask(card, kind, data, seed),
            (0x80, ins::SHOW, [0, 0]) => self.show(card, data, clock),
            (0x80, ins::PAY, [0, 0]) => self.pay(card, data, clock, seed),
            (0x80, ins::SETTLE, [0, 0]) => self.settle(card, data, clock, seed),
            (0x80, ins::ORDER, [0, 0]) => self.order(card, data, clock, seed),
            (0x80, ins::AGAIN, [0, 0]) => self.again(card, data),
            (0x80, ins::INSTALL, [0, 0]) => self.install(card, data, clock, seed),
            (0x80, ins::GIVE, [kind, 0]) => self.give(card, kind, data, clock),
            (0x80, ins::QUOTE, [0, 0]) => self.quote(card, data, clock, seed),
            (0x80, ins::DECIDE, [0, 0]) => self.decide(card, data, clock, seed),
            (0x80, ins::DONE, [0, 0]) => self.done(card, data, seed),
            (0x80, ins::CANCEL, [0, 0]) => self.cancel(card, seed),
            (0x80, ins::GREET, [step @ 0..=1, 0]) => self.greet(card, step, data, seed),
            (0x80, ins::WISH, [0, 0]) => self.wish(card, data, clock),
            (0x80, ins::LEND, [0, 0]) => self.lend(card, clock, seed),
            (0x80, ins::BACK, [0, 0]) => self.have_back(card, data, clock, seed),
            (0x80, ins::THERE, [0, 0]) => self.there(card, data, clock),
            (0x80, ins::FIND, [0, 0]) => self.find(card, data, clock),
            (0x80, ins::TICK, [0, 0]) => Ok(card.take_tick(data, seed).map(|()| Vec::new())?),
            (0x80, ins::REPORT, [0, 0]) => self.report(card, clock, seed),
            (0x80, ins::CLEARED, [0, 0]) => self.cleared(card, data, clock, seed),
            (0x80, known, _) if ins::ALL.contains(&known) => Err(Refused::bare(Status::PARAMETERS)),
            (0x00, ins::VERIFY, _) => Err(Refused::bare(Status::PARAMETERS)),
            _ => Err(Refused::bare(Status::INSTRUCTION)),
        }
    }

    /// VERIFY: asks for the tries left, or makes the holder's word for exactly what was shown. The word for another quote,
    /// or for more than may be spent so, uses up no try: a terminal cannot block a card by mistake.
    fn verify<J: Journal>(
        &mut self,
        card: &mut Card<J>,
        which: u8,
        data: &[u8],
        clock: Moment,
        seed: &Seed,
    ) -> Result<Vec<u8>, Refused> {
        if !matches!(which, FOR_QUOTE | FOR_GIFT | FOR_LOAN) {
            return Err(Refused::bare(Status::PARAMETERS));
        }
        if data.is_empty() {
            let tries = match card.pin_tries() {
                0 => Status::BLOCKED,
                left => Status::tries(left),
            };
            return Err(Refused::bare(tries));
        }
        let (hash, pin) = data
            .split_first_chunk::<32>()
            .ok_or(ApplicationRefusal::Malformed("a hash and a PIN are needed"))?;
        let pin = core::str::from_utf8(pin).map_err(|_| ApplicationRefusal::Malformed("the PIN is no text"))?;
        match which {
            FOR_GIFT => return self.permit(card, hash, pin, clock, seed),
            FOR_LOAN => return self.agree_to_lend(card, hash, pin, seed),
            _ => {}
        }
        self.session.agreed = None;
        let checked = self.session.shown.as_ref().ok_or(ApplicationRefusal::NothingShown)?;
        if !same(&checked.hash().0, hash) {
            return Err(ApplicationRefusal::NotThis.into());
        }
        let (price, max) = (checked.quote().price, self.limits.pin_at_terminal_max);
        if price.currency() != max.currency() || price > max {
            return Err(ApplicationRefusal::OwnScreen(price, max).into());
        }
        let confirmed = card.confirm_at_terminal(checked, pin, seed).map_err(pin_refused)?;
        self.session.agreed = Some(confirmed);
        Ok(Vec::new())
    }

    /// The holder's word for this quote, used up; or none needed.
    pub(crate) fn consent<J: Journal>(&mut self, card: &Card<J>, checked: &Checked) -> Result<Confirmed, Refused> {
        if checked.quote().kind == Kind::Collect
            && let Some(free) = card.confirm_free(checked)
        {
            return Ok(free);
        }
        Ok(self.session.agreed.take().ok_or(ApplicationRefusal::NoConsent)?)
    }
}

/// A PIN that was wrong has a word of its own, with the tries left in it.
pub(crate) fn pin_refused(no: PinRefusal) -> Refused {
    let status = match no {
        PinRefusal::Wrong(left) => Status::tries(left),
        PinRefusal::NotAPin => Status::DATA,
        _ => Status::of(&no),
    };
    Refused::of(&no).with(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_reset_ends_in_its_check_byte() {
        assert_eq!(ATR[1..].iter().fold(0, |sum, byte| sum ^ byte), 0);
        assert_eq!(
            usize::from(ATR[1] & 0x0F),
            ATR.len() - 5,
            "as many historical bytes as it says"
        );
    }
}
