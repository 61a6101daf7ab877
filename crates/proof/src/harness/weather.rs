//! Weather: what a network and its machines may do to whoever relies on them, in thousandths.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// Messages that never arrive.
    pub lost: u64,
    /// Messages that arrive again, later.
    pub repeated: u64,
    /// Messages that take minutes to hours, and so are overtaken.
    pub delayed: u64,
    /// Messages that take days.
    pub weeks_late: u64,
    /// Card programs that are cut at one of their next journal writes.
    pub card_cuts: u64,
    /// Does misfortune strike parties: cuts, silence, full disks, old databases?
    pub strikes: bool,
    /// Are old card files put back?
    pub old_cards: bool,
    /// Are old shop databases put back?
    pub old_shops: bool,
    /// How many of what holders do is between them, beside twenty things that are not.
    pub friends: u64,
    /// Are cards lost for good?
    pub lost_cards: bool,
}

impl Weather {
    /// Is most of what happens between holders? Then machines look after their errands a few times a day, not every hour.
    pub const fn is_crowded(&self) -> bool {
        self.friends > 20
    }
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        lost: 0,
        repeated: 0,
        delayed: 0,
        weeks_late: 0,
        card_cuts: 0,
        strikes: false,
        old_cards: false,
        old_shops: false,
        friends: 8,
        lost_cards: false,
    };
    /// Everything goes wrong, but nobody is put back to yesterday.
    pub const STORM: Self = Self {
        lost: 60,
        repeated: 60,
        delayed: 60,
        weeks_late: 5,
        card_cuts: 60,
        strikes: true,
        old_cards: false,
        old_shops: false,
        friends: 8,
        lost_cards: false,
    };
    /// Machines are well, cards are not, and holders meet all day: what is said between them gets lost, comes twice, late,
    /// or weeks later, and the power goes at any write.
    pub const CROWD: Self = Self {
        lost: 80,
        repeated: 80,
        delayed: 80,
        weeks_late: 15,
        card_cuts: 100,
        strikes: false,
        friends: 60,
        ..Self::STORM
    };
    /// The crowd in which cards are lost for good.
    pub const LOST_CARDS: Self = Self {
        lost_cards: true,
        ..Self::CROWD
    };
    /// The crowd in which yesterday's card files come back.
    pub const CLONES: Self = Self {
        old_cards: true,
        ..Self::CROWD
    };
    /// The storm, and yesterday's shop.
    pub const OLD_SHOP: Self = Self {
        old_shops: true,
        ..Self::STORM
    };
    /// The storm, and yesterday's card files too.
    pub const OLD_CARDS: Self = Self {
        old_cards: true,
        ..Self::STORM
    };
}
