//! A letter: opaque bytes, which of the stages they are, and a sum that finds damage. `docs/formats/letters.md`.

use units::{Again, Refusal};

/// The longest message there is (256 slips and 256 links), in bytes.
pub const LETTER_MAX: usize = 192 << 10;

const MAGIC: &[u8; 10] = b"KEYFARE-L1";
const HEAD: usize = 15;
const SUM: usize = 32;

/// Which letter of a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// What the giver's card offers. Anybody may read it.
    Offer,
    /// What the friend's card answers, its fare inside. Only the giver's card can read it.
    Answer,
    /// The key. Only the friend's card can read it; it may be shown for ever.
    Key,
    /// That it has arrived. May be lost.
    Done,
    /// What a friend's card says of itself to be given a locked copy. Anybody may read it.
    Wish,
    /// A locked copy with its quote. Only the card that wished can read it.
    Locked,
    /// A player shows itself to be paired. Anybody may read it.
    Pair,
    /// The wallet's half of a pair. Only that player can read it.
    Paired,
    /// A wallet names itself to a player it is paired with.
    Greet,
    /// The player names itself, and says whether it lets the wallet in.
    Greeted,
    /// The wallet lets the player in, and offers it a loan.
    Lend,
    /// The wallet lets the player in, and would have a loan back.
    Welcome,
    /// What is left of a loan is offered back.
    Return,
    /// A loan, or what is left of one, is taken. Only the other device can read it.
    Take,
    /// It is handed over: the key of a loan, or nothing but the number of plays.
    Lent,
    /// It has arrived. May be lost.
    Arrived,
}

impl Stage {
    /// All of them: a copy's or a move's in their order, then a locked copy's, a pair's, a loan's.
    pub const ALL: [Self; 16] = [
        Self::Offer,
        Self::Answer,
        Self::Key,
        Self::Done,
        Self::Wish,
        Self::Locked,
        Self::Pair,
        Self::Paired,
        Self::Greet,
        Self::Greeted,
        Self::Lend,
        Self::Welcome,
        Self::Return,
        Self::Take,
        Self::Lent,
        Self::Arrived,
    ];

    /// As it ends a file's name, and as programs call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Key => "key",
            Self::Done => "done",
            Self::Wish => "wish",
            Self::Locked => "locked",
            Self::Pair => "pair",
            Self::Paired => "paired",
            Self::Greet => "greet",
            Self::Greeted => "greeted",
            Self::Lend => "lend",
            Self::Welcome => "welcome",
            Self::Return => "return",
            Self::Take => "take",
            Self::Lent => "lent",
            Self::Arrived => "arrived",
        }
    }
    /// The stage of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Offer => 1,
            Self::Answer => 2,
            Self::Key => 3,
            Self::Done => 4,
            Self::Wish => 5,
            Self::Locked => 6,
            Self::Pair => 7,
            Self::Paired => 8,
            Self::Greet => 9,
            Self::Greeted => 10,
            Self::Lend => 11,
            Self::Welcome => 12,
            Self::Return => 13,
            Self::Take => 14,
            Self::Lent => 15,
            Self::Arrived => 16,
        }
    }
    pub(crate) fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.number() == number)
    }
    /// Does it belong to a loan between two paired devices, rather than to a hand-over to a friend?
    pub const fn is_of_a_loan(self) -> bool {
        self.number() >= Self::Greet.number()
    }
}

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which.
    pub stage: Stage,
    /// The protocol's bytes.
    pub body: Vec<u8>,
}

/// Why bytes are no letter. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterRefusal {
    /// Something else.
    #[error("this is not from a card: no offer, answer or key of Keyfare")]
    Foreign,
    /// A later version's.
    #[error("this was written by a newer Keyfare; bring this one up to date")]
    Newer,
    /// Longer than any message.
    #[error("this is longer than any message between cards ({LETTER_MAX} bytes)")]
    TooLong,
    /// Not whole, or changed.
    #[error("this is damaged or was cut short: have it written or shown once more; nothing has changed")]
    Damaged,
}

impl Refusal for LetterRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Foreign => "letter-foreign",
            Self::Newer => "letter-newer",
            Self::TooLong => "letter-too-long",
            Self::Damaged => "letter-damaged",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Foreign | Self::TooLong => Again::Never,
            Self::Newer | Self::Damaged => Again::AfterYouAct,
        }
    }
}

impl Letter {
    /// A letter of this stage.
    pub fn new(stage: Stage, body: Vec<u8>) -> Self {
        Self { stage, body }
    }

    /// As it lies in a file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, LetterRefusal> {
        let len = u32::try_from(self.body.len()).map_err(|_| LetterRefusal::TooLong)?;
        if self.body.len() > LETTER_MAX {
            return Err(LetterRefusal::TooLong);
        }
        let mut out = Vec::with_capacity(HEAD.saturating_add(self.body.len()).saturating_add(SUM));
        out.extend_from_slice(MAGIC);
        out.push(self.stage.number());
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(&self.body);
        let sum = seal::hash(&out);
        out.extend_from_slice(&sum.0);
        Ok(out)
    }

    /// Does this begin as a letter does?
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"KEYFARE-L")
    }

    /// Reads one. Exactly what [`Self::to_bytes`] writes is read, nothing else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LetterRefusal> {
        if !Self::is_one(bytes) {
            return Err(LetterRefusal::Foreign);
        }
        if bytes.len() >= MAGIC.len() && !bytes.starts_with(MAGIC) {
            return Err(LetterRefusal::Newer);
        }
        if bytes.len() > HEAD + LETTER_MAX + SUM {
            return Err(LetterRefusal::TooLong);
        }
        let whole = bytes.len().checked_sub(SUM).ok_or(LetterRefusal::Damaged)?;
        let (text, sum) = bytes.split_at_checked(whole).ok_or(LetterRefusal::Damaged)?;
        let (head, body) = text.split_at_checked(HEAD).ok_or(LetterRefusal::Damaged)?;
        let (stage, len) = match head.get(10..) {
            Some([stage, a, b, c, d]) => (*stage, u32::from_be_bytes([*a, *b, *c, *d])),
            _ => return Err(LetterRefusal::Damaged),
        };
        let stage = Stage::numbered(stage).ok_or(LetterRefusal::Damaged)?;
        if usize::try_from(len) != Ok(body.len()) || seal::hash(text).0 != sum {
            return Err(LetterRefusal::Damaged);
        }
        Ok(Self::new(stage, body.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_back_and_no_changed_or_shortened_one_is() {
        for stage in Stage::ALL {
            let letter = Letter::new(stage, vec![7; 300]);
            let bytes = letter.to_bytes().unwrap();
            assert_eq!(Letter::from_bytes(&bytes), Ok(letter));
            assert_eq!(Stage::named(stage.name()), Some(stage));
            for at in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[at] ^= 1;
                assert!(Letter::from_bytes(&changed).is_err(), "byte {at}");
                assert!(Letter::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
            }
        }
        let mut longer = Letter::new(Stage::Key, vec![1]).to_bytes().unwrap();
        longer.push(0);
        assert_eq!(Letter::from_bytes(&longer), Err(LetterRefusal::Damaged));
    }

    #[test]
    fn what_is_no_letter_is_told_from_a_damaged_one() {
        assert_eq!(Letter::from_bytes(b"ID3 a song"), Err(LetterRefusal::Foreign));
        assert_eq!(Letter::from_bytes(b""), Err(LetterRefusal::Foreign));
        assert_eq!(Letter::from_bytes(b"KEYFARE-L2 and more"), Err(LetterRefusal::Newer));
        assert_eq!(Letter::from_bytes(b"KEYFARE-L1"), Err(LetterRefusal::Damaged));
        let endless = Letter::new(Stage::Offer, vec![0; LETTER_MAX + 1]);
        assert_eq!(endless.to_bytes(), Err(LetterRefusal::TooLong));
        let mut long = MAGIC.to_vec();
        long.resize(LETTER_MAX * 2, 0);
        assert_eq!(Letter::from_bytes(&long), Err(LetterRefusal::TooLong));
    }
}
