//! Copy management, shown over the real parties in memory: what is promised, and what each attack of the catalogue gets.
#![allow(clippy::unwrap_used, missing_docs)] // all of this is tests, helpers too

mod copy;
mod crash;
mod desk;
mod gateway;
mod home;
mod iso;
mod issue;
mod press;
mod race;
mod world;
