//! Content: sealed packages at rest and on their way, in ranges; and previews, which are the only content that travels in the
//! open.

pub mod preview;
pub mod range;
pub mod send;
pub mod shelf;
pub mod unique;
