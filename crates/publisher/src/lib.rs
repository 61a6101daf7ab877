//! The publisher's own machine: what it does with a file to put a work out, and what anybody can read from a package found
//! anywhere.
//!
//! What it is not: a party. It speaks to nobody; what it writes is sent by others. It takes no clock and no randomness of
//! its own.
//!
//! ```text
//!   file ── kind ── preview ──┐
//!   terms ── policy ──────────┤
//!                             ├── header, signed ── package.keyfare        for everybody
//!                             ├── offers, signed ── bundle per seller      for the shops
//!                             └── content key ───── key.sealed             for the publisher himself
//! ```
//!
//! Invariants: the content key is on the disk, sealed under the publisher's secret, before the first piece is sealed with
//! it; a bundle is written last, so that where there is one, everything is there; the same call goes on after a cut and
//! ends with the same bytes. Untrusted bytes (files to publish, packages found) are read within limits that are checked
//! before anything is allocated or decoded.
//!
//! ```
//! use publisher::{Format, recognise};
//! let playlist = b"#EXTM3U\nfile:///etc/passwd\n"; // whatever its name says
//! assert_eq!(recognise(playlist), Format::Text);
//! # #[cfg(feature = "make")] {
//! let shown = publisher::preview::accept(b"An excerpt, supplied by the provider.".to_vec()).unwrap();
//! assert_eq!(shown.media_type, "text/plain");
//! assert!(publisher::preview::accept(b"<svg onload='x()'/>".to_vec()).is_err());
//! # }
//! ```
//!
//! Where to read next: `publish` for the whole way, `preview` for what strangers' bytes meet, `read` for
//! players of books and papers, `found` for readers of packages.

pub mod album;
mod found;
mod inspect;
pub mod kind;
mod mpeg;
pub mod piped;
pub mod pixels;
pub mod read;

#[cfg(feature = "make")]
mod book;
#[cfg(feature = "make")]
pub mod demo;
#[cfg(feature = "make")]
mod draft;
#[cfg(feature = "make")]
mod maker;
#[cfg(feature = "make")]
mod offer;
#[cfg(feature = "make")]
mod paper;
#[cfg(feature = "make")]
pub mod preview;
#[cfg(feature = "make")]
mod publish;
#[cfg(feature = "make")]
mod refused;
#[cfg(feature = "make")]
mod sets;
#[cfg(feature = "make")]
mod small;
#[cfg(feature = "make")]
mod source;
#[cfg(feature = "make")]
mod terms;

pub use found::{
    Found, FrontRefused, Misfit, Price, SignedFront, Standing, find, fits, kind_in_header, kind_on_shelf, verify_front,
};
pub use inspect::{Summary, inspect};
pub use kind::{Format, recognise};

#[cfg(feature = "make")]
pub use offer::{OnSale, offer};
#[cfg(feature = "make")]
pub use publish::{Progress, Publication, Publisher, Seller, Step, Work, kept_key, publish, publish_version};
#[cfg(feature = "make")]
pub use refused::NotMade;
#[cfg(feature = "make")]
pub use terms::{CHOSEN, OfferTerms, Terms};
