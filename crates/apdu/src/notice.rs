//! The fare notice: what a card says it would agree to, computed from the very bytes of a quote or of its own gift.

use alloc::{string::String, vec::Vec};

use card::Checked;
use deal::{Kind, Number};
use license::Rights;
use units::{Currency, Hash, Moment, Money, OrderId, Span};

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
    /// The giver's last purchase from this publisher, and its price (SD-9); nothing if it never bought, or if it is a shop.
    pub bought: Option<(Moment, Option<Money>)>,
    /// How many copies the giver's license has made; the giver's card alone says it.
    pub copies: Option<u32>,
    /// For a locked copy: what unlocking it will cost, as far as known (SD-8).
    pub unlock: Option<Money>,
    /// For a load: the number of the issuer's order, under which somebody brings the money.
    pub order: Option<OrderId>,
    /// What is lent, for a loan.
    pub lends: Option<Lends>,
    /// How to agree.
    pub agreement: Agreement,
}

/// What a loan lends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lends {
    /// How many plays; none: they are not counted.
    pub plays: Option<u32>,
    /// Its period, from its first play; none: it has none.
    pub period: Option<Span>,
    /// Its last moment, if it has one.
    pub until: Option<Moment>,
}

impl Lends {
    /// Of these rights.
    pub const fn of(rights: &Rights) -> Self {
        Self {
            plays: rights.plays,
            period: rights.period,
            until: rights.until,
        }
    }

    /// Is this no more than what was shown? A moment that was counted from the clock has moved on by as long as the holder took.
    pub fn is_within(&self, shown: &Self, taken: Span) -> bool {
        let in_time = match (self.until, shown.until) {
            (Some(until), Some(shown)) => until <= shown.plus(taken),
            (until, shown) => until.is_none() && shown.is_none(),
        };
        self.plays == shown.plays && self.period == shown.period && in_time
    }

    /// As parts of the name that the holder's word is for.
    pub(crate) fn to_bytes(self) -> [u8; 23] {
        let mut out = [0; 23];
        let number = |given: Option<u64>| {
            let known = [u8::from(given.is_some())];
            known.into_iter().chain(given.unwrap_or_default().to_be_bytes())
        };
        let plays = [u8::from(self.plays.is_some())].into_iter();
        let plays = plays.chain(self.plays.unwrap_or_default().to_be_bytes());
        let all = plays
            .chain(number(self.period.map(|period| period.0)))
            .chain(number(self.until.map(|at| at.0)));
        for (to, from) in out.iter_mut().zip(all) {
            *to = from;
        }
        out
    }

    fn put(self, out: &mut Vec<u8>) {
        let mut inner = Vec::new();
        if let Some(plays) = self.plays {
            tlv::put_number(&mut inner, 0x80, plays.into());
        }
        if let Some(period) = self.period {
            tlv::put_number(&mut inner, 0x81, period.0);
        }
        if let Some(until) = self.until {
            tlv::put_number(&mut inner, 0x82, until.0);
        }
        tlv::put(out, 0xA0, &inner);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let fields = tlv::Fields::parse(bytes).ok()?;
        Some(Self {
            plays: match fields.number(0x80) {
                Some(plays) => Some(u32::try_from(plays).ok()?),
                None => None,
            },
            period: fields.number(0x81).map(Span),
            until: fields.number(0x82).map(Moment),
        })
    }
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

/// An amount as it crosses the contacts: its currency, then minor units in eight bytes.
pub fn amount(money: Money) -> [u8; 11] {
    let mut out = [0; 11];
    let (currency, minor) = out.split_at_mut(3);
    for (to, from) in currency.iter_mut().zip(money.currency().code().bytes()) {
        *to = from;
    }
    minor.copy_from_slice(&money.minor().to_be_bytes());
    out
}
/// An amount that came over the contacts.
pub fn amount_of(bytes: &[u8]) -> Option<Money> {
    let (currency, minor) = bytes.split_first_chunk::<3>()?;
    let currency = Currency::new(core::str::from_utf8(currency).ok()?).ok()?;
    Money::new(i64::from_be_bytes(minor.try_into().ok()?), currency).ok()
}
#[expect(clippy::option_option, reason = "absent is well, unreadable is not")]
fn maybe_amount(fields: &tlv::Fields<'_>, tag: u8) -> Option<Option<Money>> {
    match fields.get(tag) {
        Some(bytes) => amount_of(bytes).map(Some),
        None => Some(None),
    }
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
            bought: checked.giver_bought(),
            copies: None,
            unlock: (quote.kind == Kind::Locked)
                .then(|| checked.unlock().map(|unlock| unlock.fee))
                .flatten(),
            order: match quote.number {
                Number::Order(order) if quote.kind == Kind::Load => Some(order),
                _ => None,
            },
            lends: None,
            agreement,
        }
    }

    /// As it leaves the card.
    pub fn fields(&self) -> Vec<u8> {
        let mut out = Vec::new();
        tlv::put(&mut out, 0x80, &self.hash.0);
        tlv::put(&mut out, 0x81, &[number_of(self.kind)]);
        tlv::put(&mut out, 0x82, self.title.as_bytes());
        tlv::put(&mut out, 0x83, &amount(self.fare));
        tlv::put(&mut out, 0x85, &[self.generation]);
        tlv::put(&mut out, 0x86, self.with.as_bytes());
        tlv::put_number(&mut out, 0x87, self.until.0);
        if let Some((last, price)) = self.bought {
            tlv::put_number(&mut out, 0x88, last.0);
            if let Some(price) = price {
                tlv::put(&mut out, 0x89, &amount(price));
            }
        }
        let agreement = match self.agreement {
            Agreement::NotNeeded => 0,
            Agreement::Pin => 1,
            Agreement::OwnScreen => 2,
        };
        tlv::put(&mut out, 0x8A, &[agreement]);
        if let Some(copies) = self.copies {
            tlv::put_number(&mut out, 0x8B, copies.into());
        }
        if let Some(fee) = self.unlock {
            tlv::put(&mut out, 0x8C, &amount(fee));
        }
        if let Some(order) = self.order {
            tlv::put(&mut out, 0x8D, &order.0);
        }
        if let Some(lends) = self.lends {
            lends.put(&mut out);
        }
        out
    }

    /// As a terminal reads it.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let fields = tlv::Fields::parse(bytes).ok()?;
        Some(Self {
            hash: Hash(fields.exact(0x80)?),
            kind: kind_of(u8::from_be_bytes(fields.exact(0x81)?))?,
            title: fields.text(0x82)?.into(),
            fare: amount_of(fields.get(0x83)?)?,
            generation: u8::from_be_bytes(fields.exact(0x85)?),
            with: fields.text(0x86)?.into(),
            until: Moment(fields.number(0x87)?),
            bought: match fields.number(0x88) {
                Some(last) => Some((Moment(last), maybe_amount(&fields, 0x89)?)),
                None => None,
            },
            copies: match fields.number(0x8B) {
                Some(copies) => Some(u32::try_from(copies).ok()?),
                None => None,
            },
            unlock: maybe_amount(&fields, 0x8C)?,
            order: match fields.get(0x8D) {
                Some(_) => Some(OrderId(fields.exact(0x8D)?)),
                None => None,
            },
            lends: match fields.get(0xA0) {
                Some(lends) => Some(Lends::read(lends)?),
                None => None,
            },
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
                bought: (n > 0).then_some((Moment(9), Money::new(300, Currency::JPY).ok())),
                copies: (n > 1).then_some(7),
                unlock: (n > 1).then_some(Money::new(250, Currency::JPY).unwrap()),
                order: (n > 1).then_some(OrderId([5; 16])),
                lends: (n > 0).then_some(Lends {
                    plays: Some(n as u32),
                    period: (n > 1).then_some(Span::days(2)),
                    until: (n == 1).then_some(Moment(1_800_000_000_000)),
                }),
                agreement,
            };
            let bytes = notice.fields();
            assert_eq!(Notice::read(&bytes).as_ref(), Some(&notice));
            for cut in 0..bytes.len() {
                assert_ne!(Notice::read(&bytes[..cut]).as_ref(), Some(&notice), "cut at {cut}");
            }
        }
        for n in 0..=u8::MAX {
            assert!(kind_of(n).is_none_or(|kind| number_of(kind) == n));
        }
    }

    #[test]
    fn what_is_lent_is_no_more_than_what_was_shown() {
        let shown = Lends {
            plays: Some(2),
            period: Some(Span(9)),
            until: Some(Moment(100)),
        };
        let later = |until: Option<u64>| Lends {
            until: until.map(Moment),
            ..shown
        };
        assert!(shown.is_within(&shown, Span(0)) && later(Some(110)).is_within(&shown, Span(10)));
        for more in [
            later(Some(111)),
            later(None),
            Lends {
                plays: Some(3),
                ..shown
            },
            Lends { plays: None, ..shown },
            Lends {
                period: Some(Span(10)),
                ..shown
            },
            Lends { period: None, ..shown },
        ] {
            assert!(!more.is_within(&shown, Span(10)), "{more:?}");
            assert_ne!(more.to_bytes(), shown.to_bytes());
        }
    }

    #[test]
    fn kinds_have_the_numbers_of_the_messages() {
        for kind in KINDS {
            assert_eq!(seal::cbor::to_bytes(&kind), [number_of(kind)], "{kind:?}");
        }
    }
}
