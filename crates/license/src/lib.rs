//! What a publisher signs and a card holds: policies, offers, and the chain of links that is a license.
//!
//! ```text
//! publisher -- signs --> Policy   how the work may be used and handed on
//!           -- signs --> Offer    what stands on the shelf under a number: work, price, payee, policy, sellers
//! seller    -- signs --> Link 0   one grant of that offer to one card's tag      } the chain of a
//! giver     -- signs --> Link n   the next grant, by the tag link n-1 was for    } license
//! ```
//!
//! A [`Document`] carries all of it with the wrapped content key. It is untrusted bytes until [`Document::check`] has made
//! a [`License`] of it; only a `License` can be installed. Its signatures are made and checked in `seal`; what the content
//! looks like is the business of `package`, which this crate never imports: both travel on different paths.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod document;
pub mod keydata;
mod link;
mod offer;
mod policy;
mod publication;
mod quota;
mod sheet;
mod wrap;

pub use document::{Document, LINKS_MAX, License, NotALicense};
pub use link::{Bind, Link, Loan, Receiver, Shown};
pub use offer::{Delivery, Offer, RefundRule, TenderKind};
pub use policy::{Modes, Policy, Rights, Route, Unlock};
pub use publication::{
    BUNDLE_LEN_MAX, Bundle, NotPublished, OFFERS_MAX, PREVIEW_LEN_MAX, PREVIEW_TYPES, Publication, PublishedOffer,
    TRACKS_MAX, VerifiedPublication, WorkKind, seal_content_key, sign_publication, verify_publication,
};
pub use quota::Quota;
pub use sheet::{NotOnSale, OfferSheet, OnSale};
pub use wrap::{Wrap, bound_to, bound_to_unlock, unwrap_in_set, unwrap_key, wrap_in_set, wrap_key};
