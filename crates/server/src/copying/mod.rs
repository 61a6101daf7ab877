//! Copy management over HTTP: a server that gateways reach on a private link alone, with a console for its people; and the
//! gateway, where players and customers come. Rules are in `copying` (keys, flags, holds, charges) and in `signin`.
//!
//! ```text
//!   player ──account──► gateway ──mutual TLS──► server ◄── console (its people, on the operator's own network)
//!                       reads nothing             └──► bank (a gateway's cheque)
//! ```
//!
//! The server listens at two places, neither of which may be a public address: its console, and the link, where whoever does
//! not show a certificate of a listed gateway is not even heard. Each side of the link accepts certificates of the link's
//! own authority, and no others that a system happens to trust.

pub mod authority;
pub mod console;
mod enter;
pub mod gateway;
mod link;
mod no;
mod signed;

pub use link::{LinkClient, LinkFiles};

use std::net::{IpAddr, SocketAddr};

use crate::frame::bind::BindRefused;

/// The longest form, in bytes.
const FORM_MAX: usize = 64 << 10;

/// Who signs the pages.
#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

/// May copy management listen there? Not where the internet reaches: an address of this machine or of a private network,
/// and none that stands for all of them (CM-9).
pub fn may_listen_privately(address: SocketAddr) -> Result<(), BindRefused> {
    let private = match address.ip().to_canonical() {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if private {
        Ok(())
    } else {
        Err(BindRefused::Public(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: CM-9
    #[test]
    fn copy_management_listens_where_the_internet_does_not_reach() {
        let check = |address: &str, ok: bool| {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(may_listen_privately(address).is_ok(), ok, "{address}");
        };
        check("127.0.0.1:1", true);
        check("[::1]:1", true);
        check("10.1.2.3:1", true);
        check("192.168.0.4:1", true);
        check("[fd00::7]:1", true);
        check("[::ffff:10.0.0.1]:1", true);
        check("0.0.0.0:1", false);
        check("[::]:1", false);
        check("8.8.8.8:1", false);
        check("[::ffff:8.8.8.8]:1", false);
        check("[2001:4860::1]:1", false);
    }
}
