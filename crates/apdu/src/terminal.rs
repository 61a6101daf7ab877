//! The terminal's side: commands to a card in a reader, in short chains or extended, and its answers put together.

use alloc::{string::String, vec::Vec};

use deal::Kind;
use license::OfferSheet;
use seal::cbor;
use units::{ContentId, DealId, Hash, LicenseId, Money, OfferNo};
use zeroize::Zeroizing;

use crate::{
    AID, Command, MORE, Notice, Refused, SHORT_MAX, Status, What, data, ins,
    notice::{amount, amount_of, kind_of, number_of},
    tlv::{self, Fields},
};

/// P2 of VERIFY: the word is for a quote.
pub(crate) const FOR_QUOTE: u8 = 0x81;

/// P2 of VERIFY: the word is for a gift.
pub(crate) const FOR_GIFT: u8 = 0x82;

/// Carries one command to a card and brings its answer. A reader, a socket, or a card in the same program.
pub trait Link {
    /// Why nothing came back: card pulled, reader gone. Whether the card did what it was told is then unknown.
    type Error: core::fmt::Display;
    /// Carries `command`.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Self::Error>;
}

/// How long data are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In short commands of up to 255 bytes, chained.
    Short,
    /// In extended commands.
    Extended,
}

/// Why a command brought nothing. In order of precedence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TerminalError<E> {
    /// The reader lost the card, or the card went silent: what it did is in its records, ask it again.
    #[error("the card does not answer ({0}); nothing is lost: put it back in and ask again")]
    Link(E),
    /// The answer is no answer of this application.
    #[error("what is in the reader does not answer like a card of this kind")]
    Strange,
    /// The card said no.
    #[error("{}", .0.text)]
    Refused(Refused),
}

impl<E> TerminalError<E> {
    /// Its refusal, if the card said no.
    pub const fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            _ => None,
        }
    }
}

/// What came of a deal, as the card says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Given; the `done` for the giver.
    Given {
        /// Which deal.
        deal: DealId,
        /// The license that arrived, if one did.
        license: Option<LicenseId>,
        /// For the giver.
        done: Vec<u8>,
    },
    /// Void: everything is back.
    Void {
        /// Which deal.
        deal: DealId,
        /// The stable code of the reason.
        reason: String,
    },
    /// It was closed before; the `done` again, if it is still kept.
    Before(Option<Vec<u8>>),
    /// The card found that it is an old copy of itself.
    Frozen,
    /// It contradicts how the deal was closed: the card keeps both words for its issuer.
    Contradicted(DealId),
}

/// An open record of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfinished {
    /// The deal.
    pub deal: DealId,
    /// For a payment: its kind, and the giver's id. Nothing for a gift.
    pub paid: Option<(Kind, [u8; 16])>,
}

/// A signed `done` and the id of the giver it is for.
pub type LastWord = ([u8; 16], Vec<u8>);

/// How much is on a card, and how much may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Licenses on it.
    pub licenses: u64,
    /// Licenses it has room for.
    pub licenses_max: u64,
    /// Open payments.
    pub paid: u64,
    /// Open gifts.
    pub given: u64,
    /// Unused transfer certificates.
    pub certificates: u64,
    /// PIN tries left.
    pub tries: u64,
    /// Restored from an old copy.
    pub frozen: bool,
}

/// A card in a reader, as a terminal sees it.
pub struct Terminal<L> {
    link: L,
    form: Form,
    commands: u64,
}

type Answer<T, L> = Result<T, TerminalError<<L as Link>::Error>>;

impl<L: Link> Terminal<L> {
    /// A terminal at this reader. Call [`Terminal::select`] first, and again after every reset.
    pub const fn new(link: L, form: Form) -> Self {
        Self {
            link,
            form,
            commands: 0,
        }
    }
    /// How many commands have crossed the contacts.
    pub const fn commands(&self) -> u64 {
        self.commands
    }
    /// The link.
    pub const fn link(&mut self) -> &mut L {
        &mut self.link
    }

    fn transmit(&mut self, command: &[u8]) -> Answer<(Vec<u8>, Status), L> {
        self.commands = self.commands.saturating_add(1);
        let mut answer = self.link.transmit(command).map_err(TerminalError::Link)?;
        let word = answer
            .split_last_chunk::<2>()
            .map(|(_, word)| u16::from_be_bytes(*word));
        let word = word.ok_or(TerminalError::Strange)?;
        answer.truncate(answer.len().saturating_sub(2));
        Ok((answer, Status(word)))
    }

    /// One command with all its data, its parts sent and its answer's parts fetched.
    fn exchange(&mut self, cla: u8, ins: u8, p: [u8; 2], data: &[u8]) -> Answer<(Vec<u8>, Status), L> {
        let most = match self.form {
            Form::Short => SHORT_MAX,
            Form::Extended => crate::EXTENDED_MAX,
        };
        let [p1, p2] = p;
        let part = |cla, data, room| Command {
            cla,
            ins,
            p1,
            p2,
            data,
            room,
        };
        let written = |command: Command<'_>| {
            Zeroizing::new(match self.form {
                Form::Short => command.short(),
                Form::Extended => command.extended(),
            })
        };
        let mut rest = data;
        let mut parts = Vec::new();
        while let Some((now, later)) = rest.split_at_checked(most).filter(|(_, later)| !later.is_empty()) {
            parts.push(written(part(cla | MORE, now, 0)));
            rest = later;
        }
        parts.push(written(part(cla, rest, 1)));
        let mut got = (Vec::new(), Status::OK);
        for command in parts {
            got = self.transmit(&command)?;
            if got.1 != Status::OK && !got.1.has_more() {
                return Ok(got);
            }
        }
        let (mut answer, mut status) = got;
        while status.has_more() {
            let command = Command {
                cla: 0,
                ins: ins::GET_RESPONSE,
                p1: 0,
                p2: 0,
                data: &[],
                room: 1,
            };
            let bytes = match self.form {
                Form::Short => command.short(),
                Form::Extended => command.extended(),
            };
            let (more, next) = self.transmit(&bytes)?;
            if more.is_empty() || answer.len() > 4 * cbor::MESSAGE_MAX {
                return Err(TerminalError::Strange);
            }
            answer.extend(more);
            status = next;
        }
        Ok((answer, status))
    }

    /// One command; a refusal comes with its code and text, which are fetched.
    pub fn call(&mut self, cla: u8, ins: u8, p: [u8; 2], data: &[u8]) -> Answer<Vec<u8>, L> {
        let (answer, status) = self.exchange(cla, ins, p, data)?;
        if status == Status::OK {
            return Ok(answer);
        }
        let (fields, got) = self.exchange(0x00, ins::GET_DATA, data::REFUSAL.to_be_bytes(), &[])?;
        let refused = Refused::read(status, &fields).filter(|_| got == Status::OK);
        Err(TerminalError::Refused(refused.unwrap_or_else(|| Refused::bare(status))))
    }

    fn own(&mut self, ins: u8, p1: u8, data: &[u8]) -> Answer<Vec<u8>, L> {
        self.call(0x80, ins, [p1, 0], data)
    }

    fn get(&mut self, what: u16) -> Answer<Vec<u8>, L> {
        let (answer, status) = self.exchange(0x00, ins::GET_DATA, what.to_be_bytes(), &[])?;
        if status == Status::OK {
            Ok(answer)
        } else {
            Err(TerminalError::Refused(Refused::bare(status)))
        }
    }

    /// Chooses the application. Whatever the card was shown before is forgotten by it.
    pub fn select(&mut self) -> Answer<(), L> {
        let (_, status) = self.exchange(0x00, ins::SELECT, [0x04, 0x00], &AID)?;
        if status == Status::OK {
            Ok(())
        } else {
            Err(TerminalError::Refused(Refused::bare(status)))
        }
    }

    /// The realm of the card: its id and its name.
    pub fn realm(&mut self) -> Answer<([u8; 16], String), L> {
        let bytes = self.get(data::REALM)?;
        let fields = read(&bytes)?;
        let both = fields.exact(0x80).zip(fields.text(0x81).map(Into::into));
        both.ok_or(TerminalError::Strange)
    }

    /// How much room there is.
    pub fn room(&mut self) -> Answer<Room, L> {
        let bytes = self.get(data::ROOM)?;
        let fields = read(&bytes)?;
        let number = |tag| fields.number(tag).ok_or(TerminalError::Strange);
        Ok(Room {
            licenses: number(0x80)?,
            licenses_max: number(0x81)?,
            paid: number(0x82)?,
            given: number(0x84)?,
            certificates: number(0x86)?,
            tries: number(0x87)?,
            frozen: number(0x88)? != 0,
        })
    }

    /// What is unfinished on the card.
    pub fn unfinished(&mut self) -> Answer<Vec<Unfinished>, L> {
        let bytes = self.get(data::UNFINISHED)?;
        let fields = read(&bytes)?;
        let one = |bytes| {
            let fields = Fields::parse(bytes).ok()?;
            let deal = DealId(fields.exact(0x81)?);
            let paid = match fields.exact(0x80)? {
                [0] => Some((kind_of(u8::from_be_bytes(fields.exact(0x82)?))?, fields.exact(0x83)?)),
                _ => None,
            };
            Some(Unfinished { deal, paid })
        };
        fields
            .all(0xA0)
            .map(one)
            .collect::<Option<Vec<_>>>()
            .ok_or(TerminalError::Strange)
    }

    /// Signed `done`s that have not reached their givers.
    pub fn dones(&mut self) -> Answer<Vec<LastWord>, L> {
        let bytes = self.get(data::DONES)?;
        let fields = read(&bytes)?;
        let one = |bytes| {
            let fields = Fields::parse(bytes).ok()?;
            Some((fields.exact(0x80)?, fields.get(0x81)?.to_vec()))
        };
        fields
            .all(0xA0)
            .map(one)
            .collect::<Option<Vec<_>>>()
            .ok_or(TerminalError::Strange)
    }

    /// The license of a work on this card, if there is one, and whether it plays now.
    pub fn find(&mut self, content: ContentId) -> Answer<Option<(LicenseId, bool)>, L> {
        let bytes = match self.own(ins::FIND, 0, &content.0) {
            Ok(bytes) => bytes,
            Err(TerminalError::Refused(no)) if no.status == Status::NO_DATA => return Ok(None),
            Err(other) => return Err(other),
        };
        let fields = read(&bytes)?;
        let found = fields.exact(0x80).map(LicenseId).zip(fields.exact(0x81));
        let (license, [plays]) = found.ok_or(TerminalError::Strange)?;
        Ok(Some((license, plays != 0)))
    }

    /// Lets the card ask a seller for an offer.
    pub fn ask_sale(&mut self, offer: OfferNo) -> Answer<Vec<u8>, L> {
        let mut about = Vec::new();
        tlv::put_number(&mut about, 0x80, offer.0);
        self.own(ins::ASK, number_of(Kind::Sale), &about)
    }

    /// Lets the card ask its issuer for money to be loaded.
    pub fn ask_load(&mut self, sum: Money) -> Answer<Vec<u8>, L> {
        let mut about = Vec::new();
        tlv::put(&mut about, 0x81, &amount(sum));
        self.own(ins::ASK, number_of(Kind::Load), &about)
    }

    /// What is in the purse, once its holder has agreed to a load.
    pub fn purse(&mut self) -> Answer<Money, L> {
        let bytes = self.get(data::PURSE)?;
        read(&bytes)?
            .get(0x80)
            .and_then(amount_of)
            .ok_or(TerminalError::Strange)
    }

    /// Shows the card a quote, with the question it answers and the publisher's offer where there are such, and learns
    /// what its holder would agree to.
    pub fn show(&mut self, quote: &[u8], ask: Option<&[u8]>, sheet: Option<&OfferSheet>) -> Answer<Notice, L> {
        let mut parts = Vec::new();
        if let Some(ask) = ask {
            tlv::put(&mut parts, 0x80, ask);
        }
        tlv::put(&mut parts, 0x81, quote);
        if let Some(sheet) = sheet {
            tlv::put(&mut parts, 0x82, &cbor::to_bytes(sheet));
        }
        let notice = self.own(ins::SHOW, 0, &parts)?;
        Notice::read(&notice).ok_or(TerminalError::Strange)
    }

    /// Brings the holder's PIN for exactly this quote.
    pub fn verify(&mut self, quote: Hash, pin: &str) -> Answer<(), L> {
        let data = Zeroizing::new([&quote.0[..], pin.as_bytes()].concat());
        self.call(0x00, ins::VERIFY, [0, FOR_QUOTE], &data).map(|_| ())
    }

    /// Lets the card pay what its holder agreed to. Asked again, it answers the same.
    pub fn pay(&mut self, quote: Hash) -> Answer<Vec<u8>, L> {
        self.own(ins::PAY, 0, &quote.0)
    }

    /// Lets the card follow a collector's standing order.
    pub fn order(&mut self, quote: &[u8]) -> Answer<Vec<u8>, L> {
        self.own(ins::ORDER, 0, quote)
    }

    /// The message of an open record again.
    pub fn again(&mut self, deal: DealId) -> Answer<Vec<u8>, L> {
        self.own(ins::AGAIN, 0, &deal.0)
    }

    /// Brings the card its giver's decision.
    pub fn settle(&mut self, settle: &[u8]) -> Answer<Settled, L> {
        let bytes = self.own(ins::SETTLE, 0, settle)?;
        let fields = read(&bytes)?;
        let deal = || fields.exact(0x81).map(DealId).ok_or(TerminalError::Strange);
        Ok(match fields.exact(0x80) {
            Some([0]) => Settled::Given {
                deal: deal()?,
                license: fields.exact(0x82).map(LicenseId),
                done: fields.get(0x83).ok_or(TerminalError::Strange)?.to_vec(),
            },
            Some([1]) => Settled::Void {
                deal: deal()?,
                reason: fields.text(0x84).ok_or(TerminalError::Strange)?.into(),
            },
            Some([2 | 3]) => Settled::Before(fields.get(0x83).map(<[u8]>::to_vec)),
            Some([4]) => Settled::Frozen,
            Some([5]) => Settled::Contradicted(deal()?),
            _ => return Err(TerminalError::Strange),
        })
    }

    /// Brings the card a locked copy, after its holder's word.
    pub fn install(&mut self, locked: &[u8]) -> Answer<LicenseId, L> {
        let id = self.own(ins::INSTALL, 0, locked)?;
        LicenseId::from_slice(&id).ok_or(TerminalError::Strange)
    }

    /// Lets the card ask another one: for whatever that one's holder lets it give.
    pub fn ask_card(&mut self, kind: Kind) -> Answer<Vec<u8>, L> {
        self.own(ins::ASK, number_of(kind), &[])
    }

    /// Learns what the card would give, and what its holder must agree to for that.
    pub fn give(&mut self, kind: Kind, what: What) -> Answer<Notice, L> {
        let mut about = Vec::new();
        match what {
            What::License(id) => tlv::put(&mut about, 0x80, &id.0),
            What::Work(id) => tlv::put(&mut about, 0x81, &id.0),
        }
        let notice = self.own(ins::GIVE, number_of(kind), &about)?;
        Notice::read(&notice).ok_or(TerminalError::Strange)
    }

    /// Brings the giver's PIN for exactly this gift.
    pub fn verify_gift(&mut self, gift: Hash, pin: &str) -> Answer<(), L> {
        let data = Zeroizing::new([&gift.0[..], pin.as_bytes()].concat());
        self.call(0x00, ins::VERIFY, [0, FOR_GIFT], &data).map(|_| ())
    }

    /// Brings another card's question; answers the quote, and the license of a locked copy beside it.
    pub fn quote(&mut self, ask: &[u8]) -> Answer<(Vec<u8>, Option<Vec<u8>>), L> {
        let bytes = self.own(ins::QUOTE, 0, ask)?;
        let fields = read(&bytes)?;
        let quote = fields.get(0x80).ok_or(TerminalError::Strange)?;
        Ok((quote.to_vec(), fields.get(0x81).map(<[u8]>::to_vec)))
    }

    /// Brings another card's payment; answers this card's decision.
    pub fn decide(&mut self, pay: &[u8]) -> Answer<Vec<u8>, L> {
        self.own(ins::DECIDE, 0, pay)
    }

    /// Brings another card's last word.
    pub fn done(&mut self, done: &[u8]) -> Answer<(), L> {
        self.own(ins::DONE, 0, done).map(|_| ())
    }

    /// Makes void all quotes the card has given.
    pub fn cancel(&mut self) -> Answer<(), L> {
        self.own(ins::CANCEL, 0, &[]).map(|_| ())
    }

    /// Brings the card the time.
    pub fn tick(&mut self, tick: &[u8]) -> Answer<(), L> {
        self.own(ins::TICK, 0, tick).map(|_| ())
    }

    /// Lets the card report to its issuer.
    pub fn report(&mut self) -> Answer<Vec<u8>, L> {
        self.own(ins::REPORT, 0, &[])
    }

    /// Brings the card its issuer's answer.
    pub fn cleared(&mut self, answer: &[u8]) -> Answer<(), L> {
        self.own(ins::CLEARED, 0, answer).map(|_| ())
    }
}

fn read<E>(bytes: &[u8]) -> Result<Fields<'_>, TerminalError<E>> {
    Fields::parse(bytes).map_err(|_| TerminalError::Strange)
}
