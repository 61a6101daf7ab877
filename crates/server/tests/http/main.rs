//! Whole parties over real HTTP on loopback, met by real cards.
#![allow(clippy::unwrap_used)] // what cannot be unwrapped here is a failed test

mod approval;
mod approving;
mod care;
mod carrier;
mod cash;
mod console;
mod copying;
mod door;
mod fares;
mod holder;
mod kept;
mod money;
mod openapi;
mod pages;
mod publisher;
mod sale;
mod secrets;
mod world;
