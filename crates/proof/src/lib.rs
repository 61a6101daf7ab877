//! What shows that the rest holds.
//!
//! [`model`] walks through every order of events of a small world of cards, servers and an issuer, over the very step
//! functions of `deal`. Its figures and its limits stand in `docs/model.md`.
//!
//! [`harness`] runs the real parties and cards through seeded storms, and audits them with arithmetic of its own.

pub mod harness;
pub mod model;
