//! Operator: the one who runs a party, known by a token whose hash stands in the configuration. Without a hash there no
//! operator's address answers at all.

use axum::http::{HeaderMap, StatusCode, header};
use units::{Again, Hash};

use crate::frame::Problem;

/// The operator of this party is asking. Only [`Operators::check`] says so.
#[derive(Debug)]
pub struct Operator(());

/// Who is let in.
#[derive(Debug, Clone, Copy)]
pub struct Operators(Option<Hash>);

impl Operators {
    /// Those with the token of this hash.
    pub const fn new(token_sha256: Option<Hash>) -> Self {
        Self(token_sha256)
    }

    /// Looks at the `Authorization` field.
    pub fn check(&self, headers: &HeaderMap) -> Result<Operator, Problem> {
        let told = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let token = told.and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
        let fits = self
            .0
            .is_some_and(|hash| seal::same(&seal::hash(token.as_bytes()).0, &hash.0));
        if fits && !token.is_empty() {
            return Ok(Operator(()));
        }
        let text = "this address is for the operator of this party; send the operator's token as a bearer token";
        Err(Problem::door(
            StatusCode::UNAUTHORIZED,
            "operator-only",
            Again::Never,
            text,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_hash_lets_nobody_in_and_a_hash_only_its_token() {
        let check = |hash: Option<&str>, field: Option<&str>, ok: bool| {
            let mut headers = HeaderMap::new();
            if let Some(field) = field {
                headers.insert(header::AUTHORIZATION, field.parse().unwrap());
            }
            let operators = Operators::new(hash.map(|token| seal::hash(token.as_bytes())));
            assert_eq!(operators.check(&headers).is_ok(), ok, "{hash:?} {field:?}");
        };
        check(None, None, false);
        check(None, Some("Bearer "), false);
        check(Some(""), Some("Bearer "), false);
        check(Some("t"), None, false);
        check(Some("t"), Some("Bearer x"), false);
        check(Some("t"), Some("Basic t"), false);
        check(Some("t"), Some("Bearer t"), true);
    }
}
