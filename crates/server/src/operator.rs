//! Operator: the one who runs a party, known by a token whose hash stands in the configuration. Without a hash there no
//! operator's address answers at all.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use units::{Again, Hash};

use crate::frame::{Problem, bearer};

/// What a browser asks its user for.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"operator\", charset=\"UTF-8\"");

/// The name of whoever has the party's own token.
const OWN: &str = "operator";

/// An operator of this party is asking. Only [`Operators::check`] says so.
#[derive(Debug)]
pub struct Operator {
    name: String,
}

impl Operator {
    /// By which token he came: "operator", or the name that stands beside another token.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A page's door stays shut: what the browser is told.
#[derive(Debug)]
pub struct Shut {
    no: Problem,
    /// Ask the user for the token.
    asks: bool,
}

impl IntoResponse for Shut {
    fn into_response(self) -> Response {
        let mut response = self.no.into_response();
        if self.asks {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
        }
        response
    }
}

impl From<Shut> for Response {
    fn from(shut: Shut) -> Self {
        shut.into_response()
    }
}

/// Who is let in: names, and the hashes of their tokens.
#[derive(Debug, Clone)]
pub struct Operators(Vec<(String, Hash)>);

impl Operators {
    /// Those with the token of this hash.
    pub fn new(token_sha256: Option<Hash>) -> Self {
        Self(token_sha256.into_iter().map(|hash| (OWN.to_owned(), hash)).collect())
    }

    /// And others with tokens of their own, each by his name.
    pub(crate) fn and(mut self, others: impl IntoIterator<Item = (String, Hash)>) -> Self {
        self.0.extend(others);
        self
    }

    /// Looks at the `Authorization` field.
    pub fn check(&self, headers: &HeaderMap) -> Result<Operator, Problem> {
        let token = bearer(headers);
        if let Some(operator) = self.fits(token.as_bytes()) {
            return Ok(operator);
        }
        let text = "this address is for the operator of this party; send the operator's token as a bearer token";
        Err(Problem::door(
            StatusCode::UNAUTHORIZED,
            "operator-only",
            Again::Never,
            text,
        ))
    }

    fn fits(&self, token: &[u8]) -> Option<Operator> {
        let told = seal::hash(token);
        let mut all = self.0.iter().filter(|_| !token.is_empty());
        let (name, _) = all.find(|(_, hash)| seal::same(&told.0, &hash.0))?;
        Some(Operator { name: name.clone() })
    }

    /// The same for a page: a browser asks its user for the token, as the password of whatever name.
    pub fn check_page(&self, headers: &HeaderMap) -> Result<Operator, Shut> {
        let told = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let pair = told.and_then(|v| v.strip_prefix("Basic "));
        let pair = pair
            .and_then(|p| BASE64.decode(p.trim().as_bytes()).ok())
            .unwrap_or_default();
        let token = pair.split(|b| *b == b':').skip(1).collect::<Vec<_>>().join(&b':');
        if let Some(operator) = self.fits(&token) {
            return Ok(operator);
        }
        self.check(headers).map_err(|no| Shut { no, asks: true })
    }

    /// The same for what a page of this party posts: a browser sends the token along wherever its user is led, so the
    /// form must come from this very origin.
    pub fn check_form(&self, headers: &HeaderMap) -> Result<Operator, Shut> {
        let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        let host = text(header::HOST).unwrap_or_default();
        let origin = text(header::ORIGIN)
            .and_then(|o| o.split_once("://"))
            .map(|(_, host)| host);
        if host.is_empty() || origin != Some(host) {
            let text = "this form is not of this page; open the page again";
            let no = Problem::door(StatusCode::FORBIDDEN, "other-origin", Again::AfterYouAct, text);
            return Err(Shut { no, asks: false });
        }
        self.check_page(headers)
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

    /// proves: row-97
    #[test]
    fn each_token_is_a_name_of_its_own_and_one_token_is_never_two() {
        let hash = |token: &str| seal::hash(token.as_bytes());
        let others = [("nao", "n"), ("rin", "r"), ("copy", "t")].map(|(name, token)| (name.to_owned(), hash(token)));
        let operators = Operators::new(Some(hash("t"))).and(others);
        for (token, name) in [
            ("t", Some("operator")),
            ("n", Some("nao")),
            ("r", Some("rin")),
            ("x", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
            let known = operators.check(&headers).ok();
            assert_eq!(known.as_ref().map(Operator::name), name);
        }
    }

    // proves: row-76
    #[test]
    fn a_page_takes_the_token_as_a_password_and_a_form_only_from_its_own_origin() {
        let operators = Operators::new(Some(seal::hash(b"t:1")));
        let headers = |fields: &[(header::HeaderName, &str)]| {
            let all = fields
                .iter()
                .map(|(name, value)| (name.clone(), value.parse().unwrap()));
            all.collect::<HeaderMap>()
        };
        let basic = |pair: &str| format!("Basic {}", BASE64.encode(pair.as_bytes()));
        let told = (header::AUTHORIZATION, basic("anybody:t:1"));
        let told = (told.0, told.1.as_str());
        assert!(operators.check_page(&headers(std::slice::from_ref(&told))).is_ok());
        for no in ["anybody:t", "t:1", "", ":"] {
            let pair = basic(no);
            let no = operators
                .check_page(&headers(&[(header::AUTHORIZATION, &pair)]))
                .unwrap_err()
                .into_response();
            assert_eq!(no.status(), StatusCode::UNAUTHORIZED);
            assert!(no.headers().contains_key(header::WWW_AUTHENTICATE));
        }
        let host = (header::HOST, "desk.example");
        let own = (header::ORIGIN, "https://desk.example");
        assert!(
            operators
                .check_form(&headers(&[told.clone(), host.clone(), own.clone()]))
                .is_ok()
        );
        let other = (header::ORIGIN, "https://evil.example");
        for bad in [
            vec![told.clone(), host.clone(), other],
            vec![told.clone(), host.clone()],
            vec![told, own.clone()],
        ] {
            assert_eq!(
                operators
                    .check_form(&headers(&bad))
                    .unwrap_err()
                    .into_response()
                    .status(),
                StatusCode::FORBIDDEN
            );
        }
        let unknown = headers(&[host, own]);
        assert_eq!(
            operators.check_form(&unknown).unwrap_err().into_response().status(),
            StatusCode::UNAUTHORIZED
        );
    }
}
