//! Devices: a player and a drive that are attached to this machine, as far as the card is concerned: what they show to it, so
//! that a license that is bound to them plays here and nowhere else (CM-5).
//!
//! Who finds them is a driver of the program's: the wallet knows neither their files nor their keys.

use license::Shown;

/// A player and a drive that are there now.
#[derive(Debug)]
pub struct Attached {
    /// The player's number, as its label shows it.
    pub player: String,
    /// The drive's.
    pub drive: String,
    /// What both show to the card, and to nobody else.
    pub shown: Shown,
}

/// Finds what is attached.
pub trait Devices: core::fmt::Debug + Send + Sync {
    /// The player and the drive; nothing, if one of them is not there. May wait for a disk.
    fn attached(&self) -> Option<Attached>;
}
