//! The courier: carries letters from one holder's wallet to another's, and understands none of them.
//!
//! A hand-over between two cards is at most four letters: *offer*, *answer*, *key*, and *done*, which may be lost without
//! harm; a locked copy is two, *wish* and *locked*. Their bytes are the protocol's own and the same on every way:
//!
//! ```text
//!   stick       a file per letter: Night Ferry.offer, Night Ferry.answer, Night Ferry.key
//!   parts       a letter as short texts, each of which fits into one code
//!   code        a text as a picture of squares, and back from a camera's frame
//!   near        wallets that find one another on a local network, while their holders want to be found
//!   sellers     shops that are found by wallets on their own network
//!   passing     what a wallet and a shop near by may ask of each other
//! ```
//!
//! What it is not: trusted. It can lose, repeat, delay and damage, and every letter is judged by the card that it is for.
//! It knows nothing of deals, money or licenses, so a mistake here cannot move any.

pub mod code;
mod fine;
mod letter;
mod near;
mod parts;
mod passing;
mod sellers;
mod stick;
mod words;

pub use letter::{LETTER_MAX, Letter, LetterRefusal, Stage};
pub use near::{Beacon, FOUND_AT, Near, Peer, is_local};
pub use parts::{Collecting, PART_MAX, PartRefusal, Progress, split};
pub use passing::{Asked, passes_near};
pub use sellers::{Beckoning, Lookout, SellerBeacon, SellerNear};
pub use stick::{StickRefusal, file_name, read, read_at, write};
pub use words::two_words;
