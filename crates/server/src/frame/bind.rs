//! Bind: where a party may listen, and what it needs for that. Loopback is plain; everything else is encrypted, here or in
//! front of here.

use std::{net::SocketAddr, path::PathBuf};
use units::{Again, Refusal};

/// Certificate and key for TLS, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a party does not listen there, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindRefused {
    /// Plain HTTP beyond this machine.
    #[error(
        "{0} can be reached from other machines: give a certificate (--tls-certificate and --tls-key), \
         or say --behind-proxy when a proxy in front of it speaks TLS; plain HTTP is for 127.0.0.1 and [::1]"
    )]
    Plain(SocketAddr),
    /// A place that the internet may reach, for what must not be there.
    #[error(
        "{0} may be reached from the internet, and copy management is not to be: let it listen at an address of this machine \
         or of a private network, and players at a gateway"
    )]
    Public(SocketAddr),
    /// A certificate was given, but this program was built without TLS.
    #[error("this program was built without TLS; build it with the feature \"tls\", or put a proxy in front of it")]
    NoTls,
    /// Certificate or key cannot be used.
    #[error("the TLS certificate or its key cannot be used: {0}")]
    Tls(String),
    /// The address is taken or not ours.
    #[error("cannot listen on {0}: {1}; choose another port, or stop what listens there")]
    Taken(SocketAddr, String),
    /// No second door on the local network.
    #[error(
        "no door on the local network can be opened ({0}); take `near` out of its settings, or look at this machine's network"
    )]
    Near(String),
}

impl Refusal for BindRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Plain(_) => "bind-plain",
            Self::Public(_) => "bind-public",
            Self::NoTls => "bind-no-tls",
            Self::Tls(_) => "bind-certificate",
            Self::Taken(..) => "bind-taken",
            Self::Near(_) => "bind-near",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// May a party listen on `address`?
pub fn may_listen(address: SocketAddr, behind_proxy: bool, tls: bool) -> Result<(), BindRefused> {
    if address.ip().to_canonical().is_loopback() || behind_proxy || tls {
        Ok(())
    } else {
        Err(BindRefused::Plain(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_this_machine() {
        let check = |address: &str, proxy, tls, ok: bool| {
            assert_eq!(
                may_listen(address.parse().unwrap(), proxy, tls).is_ok(),
                ok,
                "{address}"
            );
        };
        check("127.0.0.1:0", false, false, true);
        check("[::1]:0", false, false, true);
        check("127.9.9.9:0", false, false, true);
        check("[::ffff:127.0.0.1]:0", false, false, true);
        check("0.0.0.0:0", false, false, false);
        check("[::]:0", false, false, false);
        check("192.0.2.1:80", false, false, false);
        check("0.0.0.0:0", true, false, true);
        check("0.0.0.0:0", false, true, true);
    }
}
