//! The thief and the clumsy user: wrong and damaged files, foreign realms and cards, wrong PINs, full disks, certificates that
//! ended, shops that lie, strangers at the wallet's door, starts that are cut off. All over real processes: every refusal has
//! a code, and nothing is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod town;

#[path = "thief/ask.rs"]
mod ask;
#[path = "thief/clock.rs"]
mod clock;
#[path = "thief/disk.rs"]
mod disk;
#[path = "thief/door.rs"]
mod door;
#[path = "thief/files.rs"]
mod files;
#[path = "thief/full.rs"]
mod full;
#[path = "thief/liar.rs"]
mod liar;
#[path = "thief/proxy.rs"]
mod proxy;
#[path = "thief/secrets.rs"]
mod secrets;
#[path = "thief/start.rs"]
mod start;
#[path = "thief/upload.rs"]
mod upload;
