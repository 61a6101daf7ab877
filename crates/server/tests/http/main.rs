//! Whole parties over real HTTP on loopback, met by real cards.

mod door;
mod holder;
mod money;
mod openapi;
mod pages;
mod publisher;
mod sale;
mod secrets;
mod world;
