//! The fare notice: what a card says it would agree to, computed from the very bytes of a quote or of its own gift.

use alloc::{string::String, vec::Vec};

use card::Checked;
use deal::Kind;
use units::{Currency, Hash, Moment, Money};

use crate::tlv;

/// How the holder may agree to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Nothing is to be agreed to: only fares go home.
    NotNeeded,
    /// By PIN, here or on his own screen.
    Pin,
    /// On his own wallet's screen only: it is more than a PIN typed at a terminal may spend.
    OwnScreen,
}

/// What a terminal must show before it asks for a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What the consent is for: the quote's hash, or the hash that names a gift.
    pub hash: Hash,
    /// What kind of deal.
    pub kind: Kind,
    /// The title of the work, as its publisher signed it.
    pub title: String,
    /// What leaves the receiver's purse.
    pub fare: Money,
    /// Generation of the license that arrives.
    pub generation: u8,
    /// The other side, as certified; empty for a card.
    pub with: String,
    /// Until when.
    pub until: Moment,
    /// Purchases of the giver from this publisher, and the last of them (SD-9).
    pub bought: (u32, Option<Moment>),
    /// How to agree.
    pub agreement: Agreement,
}

const KINDS: [Kind; 12] = [
    Kind::Load,
    Kind::Redeem,
    Kind::Sale,
    Kind::Copy,
    Kind::Move,
    Kind::Locked,
    Kind::Unlock,
    Kind::Collect,
    Kind::Clear,
    Kind::Lend,
    Kind::Surrender,
    Kind::PayOnly,
];

/// The number of a kind of deal, as in the messages.
pub fn number_of(kind: Kind) -> u8 {
    KINDS
        .iter()
        .position(|k| *k == kind)
        .and_then(|n| u8::try_from(n).ok())
        .unwrap_or(u8::MAX)
}
/// The kind of deal with this number.
pub fn kind_of(number: u8) -> Option<Kind> {
    KINDS.get(usize::from(number)).copied()
}

impl Notice {
    /// Of a quote that holds, on a card whose holder may type a PIN at a terminal for up to `pin_max`.
    pub fn of(checked: &Checked, pin_max: Money) -> Self {
        let quote = checked.quote();
        let agreement = if quote.kind == Kind::Collect {
            Agreement::NotNeeded
        } else if quote.price.currency() == pin_max.currency() && quote.price <= pin_max {
            Agreement::Pin
        } else {
            Agreement::OwnScreen
        };
        Self {
            hash: checked.hash(),
            kind: quote.kind,
            title: checked.title().into(),
            fare: quote.price,
            generation: quote.generation,
            with: checked.giver_name().into(),
            until: quote.until,
            bought: (quote.facts.count, quote.facts.last),
            agreement,
        }
    }

    /// As it leaves the card.
    pub fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, &self.hash.0);
        tlv::put(&mut out, 0x81, &[number_of(self.kind)]);
        tlv::put(&mut out, 0x82, self.title.as_bytes());
        tlv::put_number(&mut out, 0x83, self.fare.minor().unsigned_abs());
        tlv::put(&mut out, 0x84, self.fare.currency().code().as_bytes());
        tlv::put(&mut out, 0x85, &[self.generation]);
        tlv::put(&mut out, 0x86, self.with.as_bytes());
        tlv::put_number(&mut out, 0x87, self.until.0);
        tlv::put_number(&mut out, 0x88, u64::from(self.bought.0));
        if let Some(last) = self.bought.1 {
            tlv::put_number(&mut out, 0x89, last.0);
        }
        let agreement = match self.agreement {
            Agreement::NotNeeded => 0,
            Agreement::Pin => 1,
            Agreement::OwnScreen => 2,
        };
        tlv::put(&mut out, 0x8A, &[agreement]);
        out
    }

    /// As a terminal reads it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let fields = tlv::Fields::parse(bytes).ok()?;
        let currency = Currency::new(fields.text(0x84)?).ok()?;
        Some(Self {
            hash: Hash(fields.exact(0x80)?),
            kind: kind_of(u8::from_be_bytes(fields.exact(0x81)?))?,
            title: fields.text(0x82)?.into(),
            fare: Money::new(i64::try_from(fields.number(0x83)?).ok()?, currency).ok()?,
            generation: u8::from_be_bytes(fields.exact(0x85)?),
            with: fields.text(0x86)?.into(),
            until: Moment(fields.number(0x87)?),
            bought: (
                u32::try_from(fields.number(0x88)?).ok()?,
                fields.number(0x89).map(Moment),
            ),
            agreement: match fields.exact(0x8A)? {
                [0] => Agreement::NotNeeded,
                [1] => Agreement::Pin,
                [2] => Agreement::OwnScreen,
                _ => return None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_reads_as_it_was_written() {
        for (n, agreement) in [Agreement::NotNeeded, Agreement::Pin, Agreement::OwnScreen]
            .into_iter()
            .enumerate()
        {
            let notice = Notice {
                hash: Hash([7; 32]),
                kind: kind_of(n as u8 + 2).unwrap(),
                title: "Night Ferry".into(),
                fare: Money::new(100 * n as i64, Currency::JPY).unwrap(),
                generation: 3,
                with: String::new(),
                until: Moment(1_800_000_000_000),
                bought: (2, (n > 0).then_some(Moment(9))),
                agreement,
            };
            let bytes = notice.fields();
            assert_eq!(Notice::read(&bytes).as_ref(), Some(&notice));
            for cut in 0..bytes.len() {
                assert_eq!(Notice::read(&bytes[..cut]), None, "cut at {cut}");
            }
        }
        for n in 0..=u8::MAX {
            assert!(kind_of(n).is_none_or(|kind| number_of(kind) == n));
        }
    }

    #[test]
    fn kinds_have_the_numbers_of_the_messages() {
        for kind in KINDS {
            assert_eq!(seal::cbor::to_bytes(&kind), [number_of(kind)], "{kind:?}");
        }
    }
}
