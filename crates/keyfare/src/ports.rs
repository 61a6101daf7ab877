//! Ports: where an installation that lives for one story or one test listens, so that many can run side by side.

use std::{io, net::TcpListener};

/// The last port above its base that an installation takes; the base itself is nobody's.
pub const LAST_PORT: u16 = 23;
/// Ports that are drawn together: room for a few parties more.
const BLOCK: u16 = 32;
/// Below the ports that systems hand out by themselves, which begin at 32 768 or higher.
const FIRST: u16 = 20_000;
const PLACES: u16 = (32_768 - FIRST) / BLOCK;
const _: () = assert!(LAST_PORT < BLOCK, "an installation needs a larger block");

/// A block of ports that nobody else draws while this is held. Who draws a block listens at its base, which excludes
/// everybody who draws, from the first look until the installation is gone; and the system forgets it with the process.
#[derive(Debug)]
pub struct Ports {
    base: u16,
    _held: TcpListener,
}

impl Ports {
    /// Draws a block of which no port is in use. Processes that start together begin to look at different places.
    ///
    /// # Errors
    /// No block is free.
    pub fn draw() -> io::Result<Self> {
        let first = std::process::id() % u32::from(PLACES);
        for n in 0..PLACES {
            let place = (first + u32::from(n)) % u32::from(PLACES);
            let base = FIRST + u16::try_from(place).map_err(io::Error::other)? * BLOCK;
            let Ok(held) = TcpListener::bind(("127.0.0.1", base)) else {
                continue;
            };
            if (1..=LAST_PORT).all(|n| TcpListener::bind(("127.0.0.1", base + n)).is_ok()) {
                return Ok(Self { base, _held: held });
            }
        }
        Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            "no ports are free on this machine",
        ))
    }

    /// An installation's parties listen at the ports above this one.
    #[must_use]
    pub fn base(&self) -> u16 {
        self.base
    }
}
