//! Source: where the program comes from, as a shop tells people who have no wallet. It stands in a line that people copy into
//! their shell, so nothing is let in that a shell could take for more than an address.

use std::str::FromStr;

/// An `https` address that git can clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(String);

impl Source {
    /// The address.
    pub fn address(&self) -> &str {
        &self.0
    }
}

/// Why an address is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no source: give an https address of at most 200 letters, digits and . _ ~ / : - alone")]
pub struct NotASource(String);

impl FromStr for Source {
    type Err = NotASource;
    fn from_str(text: &str) -> Result<Self, NotASource> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '/' | ':' | '-');
        let rest = text.strip_prefix("https://").unwrap_or_default();
        if rest.is_empty() || text.len() > 200 || rest.starts_with(['/', '-', '.']) || !rest.chars().all(plain) {
            return Err(NotASource(text.chars().take(200).collect()));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_and_nothing_that_a_shell_would_run() {
        for good in ["https://git.example/keyfare", "https://git.example:8443/a/b-c_d.git"] {
            assert_eq!(good.parse::<Source>().unwrap().address(), good);
        }
        let long = format!("https://git.example/{}", "a".repeat(200));
        for bad in [
            "",
            "https://",
            "http://git.example/keyfare",
            "git.example/keyfare",
            "https://git.example/a; rm -r b",
            "https://git.example/$(id)",
            "https://git.example/`id`",
            "https://git.example/a&&b",
            "https://git.example/a\nb",
            "https://git.example/'",
            "https://-x",
            &long,
        ] {
            assert!(bad.parse::<Source>().is_err(), "{bad:?}");
        }
    }
}
