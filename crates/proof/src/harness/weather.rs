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
}

impl Weather {
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
