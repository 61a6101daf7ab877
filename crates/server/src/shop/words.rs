//! Words: terms as people read them, computed from the very offer and policy that a card checks.

use face::{Day, Key, Permille, Said, Teeth, Words};
use license::{Modes, Offer, Policy, Rights, TenderKind, WorkKind};
use party::shop::WindowOffer;
use units::{Money, Share};

/// Kinds of works, and the word for each in addresses and in the catalogue.
pub const KINDS: [(WorkKind, &str); 6] = [
    (WorkKind::Sound, "sound"),
    (WorkKind::Video, "video"),
    (WorkKind::Text, "text"),
    (WorkKind::Picture, "picture"),
    (WorkKind::Program, "program"),
    (WorkKind::Mixed, "mixed"),
];

/// A kind in an address.
pub fn kind_word(of: WorkKind) -> &'static str {
    KINDS
        .iter()
        .find(|(kind, _)| *kind == of)
        .map_or("mixed", |(_, word)| *word)
}

/// A kind by its word in an address.
pub fn kind_named(word: &str) -> Option<WorkKind> {
    KINDS.iter().find(|(_, name)| *name == word).map(|(kind, _)| *kind)
}

fn share(of: Share) -> Permille {
    Permille(u16::from(of.percent()).saturating_mul(10))
}

/// What an offer is called among others of the same work.
pub fn license(words: Words, offer: &Offer) -> Said {
    let rights = &offer.rights;
    if let Some(size) = offer.edition {
        return words.offer_numbered(size);
    }
    match (rights.plays, rights.period, rights.until, rights.share) {
        (Some(plays), ..) => words.offer_plays(plays),
        (_, Some(period), ..) => words.offer_period(period),
        (_, _, Some(until), _) => words.offer_until_day(Day(until)),
        (_, _, _, Share::Whole | Share::Nothing) => words.offer_unlimited(),
        (.., part) => words.offer_part(share(part)),
    }
}

/// What the buyer may do, line by line.
pub fn rights(words: Words, offer: &Offer) -> Vec<Said> {
    let Rights {
        plays,
        period,
        until,
        share: part,
    } = offer.rights;
    let mut lines = vec![match plays {
        None => words.offer_line_unlimited(),
        Some(n) => words.offer_line_plays(n),
    }];
    match part {
        Share::Whole => {}
        Share::Nothing => lines.push(words.offer_line_nothing()),
        part => lines.push(words.offer_line_part(share(part))),
    }
    lines.extend(period.map(|period| words.offer_line_period(period)));
    lines.extend(until.map(|until| words.offer_line_until(Day(until))));
    lines
}

/// How a work is handed on, and what a friend pays for it.
#[derive(Debug, Clone, Copy)]
pub struct Handing {
    modes: Modes,
    fare_copy: Money,
    fare_move: Money,
    generations: u8,
    unlock: Option<Money>,
}

impl From<&Policy> for Handing {
    fn from(policy: &Policy) -> Self {
        Self {
            modes: policy.modes,
            fare_copy: policy.fare_copy,
            fare_move: policy.fare_move,
            generations: policy.generations,
            unlock: policy.unlock.as_ref().map(|unlock| unlock.fee),
        }
    }
}
impl From<&WindowOffer> for Handing {
    fn from(offer: &WindowOffer) -> Self {
        Self {
            modes: offer.modes,
            fare_copy: offer.fare_copy,
            fare_move: offer.fare_move,
            generations: offer.generations,
            unlock: offer.unlock,
        }
    }
}

/// The best that a friend can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Friend {
    /// A copy against a fare, so many generations deep.
    Copy(Money, u8),
    /// A copy for nothing.
    Free(u8),
    /// A locked copy, to be unlocked.
    Locked(Money),
    /// The thing itself, against a fare.
    Move(Money),
    /// The thing itself, for nothing.
    MoveFree,
    /// Nothing.
    None,
}

impl Handing {
    /// What a friend can get.
    pub fn friend(&self) -> Friend {
        let Modes { copy, move_, locked } = self.modes;
        match (copy && self.generations > 0, self.unlock.filter(|_| locked), move_) {
            (true, ..) if self.fare_copy.is_zero() => Friend::Free(self.generations),
            (true, ..) => Friend::Copy(self.fare_copy, self.generations),
            (false, Some(fee), _) => Friend::Locked(fee),
            (false, None, true) if self.fare_move.is_zero() => Friend::MoveFree,
            (false, None, true) => Friend::Move(self.fare_move),
            (false, None, false) => Friend::None,
        }
    }
}

impl Friend {
    /// What the friend pays, if anything.
    pub const fn fare(self) -> Option<Money> {
        match self {
            Self::Copy(fare, _) | Self::Locked(fare) | Self::Move(fare) => Some(fare),
            _ => None,
        }
    }
    /// The key that is drawn for it.
    pub fn key(self, words: Words) -> Option<Key> {
        let key = |fare, teeth| Key::new(words.lang(), fare, Teeth::Upto(teeth));
        match self {
            Self::Copy(fare, generations) => Some(key(fare, generations)),
            Self::Locked(fee) => Some(key(fee, 2).due()),
            // What is never copied is no key: a fare without a shaft.
            _ => None,
        }
    }
    /// A sentence with the key in it.
    pub fn said(self, words: Words) -> Said {
        let drawn = match self {
            Self::Move(fare) => Some(words.show(face::Fare(fare))),
            _ => self.key(words).map(Key::silent).map(|key| words.show(key)),
        };
        self.sentence(words, drawn.unwrap_or_default())
    }
    /// The same with the amount alone.
    pub fn told(self, words: Words) -> Said {
        let fare = self.fare().map(|fare| words.show(fare));
        self.sentence(words, fare.unwrap_or_default())
    }
    fn sentence(self, words: Words, fare: Said) -> Said {
        match self {
            Self::Copy(_, n) => words.friend_copy(fare, n),
            Self::Free(n) => words.friend_copy_free(n),
            Self::Locked(_) => words.friend_locked(fare),
            Self::Move(_) => words.friend_move(fare),
            Self::MoveFree => words.friend_move_free(),
            Self::None => words.friend_none(),
        }
    }
    /// On a tile: the key, or a few words.
    pub fn short(self, words: Words) -> Said {
        match self {
            Self::Copy(..) | Self::Locked(_) => self.key(words).map(|key| words.show(key)).unwrap_or_default(),
            Self::Free(_) => words.tile_copies_free(),
            Self::Move(_) | Self::MoveFree => words.tile_moves(),
            Self::None => words.tile_stays(),
        }
    }
}

/// When it may be handed back, before anything is paid.
pub fn refund(words: Words, offer: &Offer) -> Said {
    let rule = offer.refund;
    let part = Permille(rule.permille);
    match (rule.days, rule.permille, rule.unplayed) {
        (0, ..) | (_, 0, _) => words.offer_refund_none(),
        (days, _, true) => words.offer_refund_unplayed(days, part),
        (days, _, false) => words.offer_refund_any(days, part),
    }
}

/// Ways to pay.
pub fn tenders(words: Words, offer: &Offer) -> Vec<Said> {
    let word = |tender: &TenderKind| match tender {
        TenderKind::Slip => words.tender_slip(),
        TenderKind::Value => words.tender_value(),
        TenderKind::Charge => words.tender_charge(),
        TenderKind::Approval => words.tender_approval(),
        TenderKind::Receipt => words.tender_receipt(),
        TenderKind::Medium => words.tender_medium(),
        TenderKind::Order => words.tender_order(),
    };
    offer.tenders.iter().map(word).collect()
}

/// A price: an amount, or that it costs nothing.
pub fn price(words: Words, of: Money) -> Said {
    if of.is_zero() {
        words.tile_free()
    } else {
        words.show(face::Sum(of))
    }
}
