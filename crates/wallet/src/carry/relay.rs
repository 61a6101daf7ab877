//! Relay: a way to parties over an address that is not the holder's. Messages are sealed to their readers, so a relay learns who
//! is spoken to and when; a seller learns the relay's address in place of the holder's. Which one it is, is the holder's choice.
//!
//! Whoever chose one never goes without it: if it does not answer, nobody is reached.

use units::{Again, Refusal};

/// The longest address of a relay.
const LONGEST: usize = 200;

/// A relay: `socks5h://host:port` (names are looked up there), or `http://host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay(String);

/// That is no relay's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a relay is written as socks5h://host:port or http://host:port, without a name or a path")]
pub struct NotARelay;

impl Refusal for NotARelay {
    fn code(&self) -> &'static str {
        "relay-form"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

impl Relay {
    /// Reads what somebody typed; nothing: no relay.
    pub fn read(text: &str) -> Result<Option<Self>, NotARelay> {
        let text = text.trim().trim_end_matches('/');
        if text.is_empty() {
            return Ok(None);
        }
        let (scheme, rest) = text.split_once("://").ok_or(NotARelay)?;
        // Where names are looked up, they are told: always at the relay.
        let scheme = match scheme {
            "socks5" | "socks5h" => "socks5h",
            "http" => "http",
            _ => return Err(NotARelay),
        };
        let (host, port) = rest.rsplit_once(':').ok_or(NotARelay)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':');
        let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or(NotARelay)?;
        if host.is_empty() || text.len() > LONGEST || !host.chars().all(plain) {
            return Err(NotARelay);
        }
        Ok(Some(Self(format!("{scheme}://{host}:{port}"))))
    }

    /// Its address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_relay_or_none_or_refused() {
        let check = |text: &str, read: Result<Option<&str>, NotARelay>| {
            let found = Relay::read(text);
            assert_eq!(
                found.as_ref().map(|r| r.as_ref().map(Relay::as_str)),
                read.as_ref().map(|r| *r),
                "{text}"
            );
        };
        check("", Ok(None));
        check("  ", Ok(None));
        check("socks5://127.0.0.1:9050", Ok(Some("socks5h://127.0.0.1:9050")));
        check(
            " socks5h://relay.example:1080/ ",
            Ok(Some("socks5h://relay.example:1080")),
        );
        check("http://[::1]:8118", Ok(Some("http://[::1]:8118")));
        for bad in [
            "127.0.0.1:9050",
            "ftp://relay:1",
            "socks5h://relay",
            "socks5h://relay:0",
            "socks5h://relay:70000",
            "socks5h://name:word@relay:1080",
            "http://relay:80/path",
            "http://re lay:80",
        ] {
            check(bad, Err(NotARelay));
        }
    }
}
