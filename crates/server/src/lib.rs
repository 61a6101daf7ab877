//! The parties behind HTTP.
pub mod content;
pub mod frame;
