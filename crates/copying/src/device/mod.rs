//! The user's side: the keeper (a card, or without one the player or drive), the player, the drive, and the copy itself.
//!
//! `keeper` is a machine without I/O; `copy` and `kept` are the thin parts that touch files. A device made of software can
//! be cloned by whoever owns its file; a device of hardware keeps the same bytes where nobody reads them.

mod body;
mod copy;
mod home;
mod keeper;
mod kept;
mod player;

pub use body::Body;
pub use copy::{Copier, CopyRefused, copy, copy_front};
pub use home::{Alone, Home, HomeRefused, Imported, Line, Registered};
pub use keeper::{Heard, Keeper, NotAsked, NotHeard, NotPermitted};
pub use kept::{FileRefused, Files, Kept, OnDisk, replace_file};
pub use player::{NotAdmitted, Player};
