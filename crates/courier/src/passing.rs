//! Passing: what may cross the local network between a wallet and a shop near by. Both sides hold to this one list: the shop's
//! door lets nothing else in, and the wallet sends nothing else there, whoever says that he is the shop.
//!
//! Messages of cards are sealed to their reader, and what a shop shows and signs lies in the open anyway. Whatever is neither,
//! such as a password or a number that opens something, goes to the party's usual address and no other.

/// What cards send.
const MESSAGES: [&str; 6] = ["ask", "pay", "done", "reissue", "confirm", "reached"];
/// What lies in the open at a shop: its shelf, and what is signed.
const OPEN: [&str; 5] = ["works", "offers", "packages", "deliveries", "titles"];

/// How something is asked of a shop near by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A message is handed in.
    Post,
    /// Something is read.
    Get,
}

/// May this be asked over the local network? `path`: with or without a question behind it.
pub fn passes_near(asked: Asked, path: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let Some(rest) = path.strip_prefix("/v1/") else {
        return false;
    };
    match asked {
        Asked::Post => MESSAGES.contains(&rest),
        Asked::Get => OPEN.contains(&rest.split_once('/').map_or(rest, |(first, _)| first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// proves: PA-12
    #[test]
    fn only_sealed_messages_and_what_lies_in_the_open_pass() {
        for path in [
            "/v1/ask",
            "/v1/pay",
            "/v1/done",
            "/v1/reissue",
            "/v1/confirm",
            "/v1/reached",
        ] {
            assert!(
                passes_near(Asked::Post, path) && !passes_near(Asked::Get, path),
                "{path}"
            );
        }
        for path in [
            "/v1/works?q=a",
            "/v1/offers/102",
            "/v1/packages/ab/versions",
            "/v1/deliveries/ab",
        ] {
            assert!(
                passes_near(Asked::Get, path) && !passes_near(Asked::Post, path),
                "{path}"
            );
        }
        for path in [
            "/v1/cash/online",
            "/v1/pay/x",
            "/v1/accounts/ab/orders",
            "/pay",
            "/v1",
            "/v1/",
            "",
            "/x?/v1/ask",
        ] {
            assert!(
                !passes_near(Asked::Post, path) && !passes_near(Asked::Get, path),
                "{path}"
            );
        }
    }
}
