//! Whole parties over real HTTP on loopback, met by real cards.
#![allow(clippy::unwrap_used)] // what cannot be unwrapped here is a failed test

mod api_keys;
mod approval;
mod approving;
mod camara;
mod care;
mod carrier;
mod cash;
mod console;
mod content;
mod copying;
mod door;
mod fares;
mod files;
mod generated;
mod holder;
mod hooks;
mod kept;
mod machines;
mod money;
mod online;
mod openapi;
mod pages;
mod publisher;
mod records;
mod sale;
mod secrets;
mod taken_in;
mod vouchers;
mod world;
