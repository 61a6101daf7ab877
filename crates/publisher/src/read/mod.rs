//! Read: works that take more than a browser to be shown (books, papers) are read in a process of their own, fenced in before
//! it sees a byte. It asks for stretches of the content as it needs them and has no file, no network and no key (rows 87 and
//! 88); whoever holds the content answers, so nothing is unpacked to a disk and memory does not grow with the work.
//!
//! ```text
//!   holder of the content                     fenced process
//!   Readers::ask ── what is wanted ─────────► serve_fenced
//!                ◄─ which bytes ─────────────
//!                ── those bytes ────────────►
//!                ◄─ the chapter, the page ───
//! ```
//!
//! The holder's side is here for every player; the other side comes with the feature `make`.

mod apart;
mod ask;
#[cfg(feature = "make")]
mod inside;

pub use apart::Readers;
pub use ask::{Answer, Ask, Chapter, Contents, File, Leaf, NotRead, Page};
#[cfg(feature = "make")]
pub use inside::serve_fenced;
