//! Person: who is signed in, by the cookie of this approver alone.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use signin::{Live, NotLive, Token};
use units::Again;

use super::Counter;
use crate::frame::Problem;

const SESSION: &str = "keyfare_approver";
const KNOWN: &str = "keyfare_approver_known";

/// Whoever is signed in.
pub(super) struct Person {
    pub(super) live: Live,
    pub(super) token: Token,
    /// What this person's forms carry.
    pub(super) csrf: String,
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let pairs = all
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(key, _)| key.trim_start_matches("__Host-") == name)
        .map(|(_, value)| value.to_owned())
        .next()
}

/// This form was not of a page of ours.
pub(super) fn not_ours() -> Problem {
    let text = "this form was not of this page; open the page again";
    Problem::door(StatusCode::FORBIDDEN, "form-foreign", Again::AfterYouAct, text)
}

impl Counter {
    fn set(&self, response: &mut Response, name: &str, value: &str, seconds: Option<u64>) {
        let (prefix, secure) = if self.secure { ("__Host-", "; Secure") } else { ("", "") };
        let age = seconds.map(|s| format!("; Max-Age={s}")).unwrap_or_default();
        // Lax: somebody comes here by a link from the card's page, and is to be known on arrival.
        let text = format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    /// Gives a browser its session.
    pub(super) fn let_in(&self, response: &mut Response, session: &Token, device: &str) {
        self.set(response, SESSION, session.expose(), None);
        self.set(response, KNOWN, device, Some(365 * 86_400));
    }
    /// Takes it away.
    pub(super) fn let_out(&self, response: &mut Response) {
        self.set(response, SESSION, "", Some(0));
    }
    /// What says that this browser was let in before.
    pub(super) fn device(headers: &HeaderMap) -> Option<String> {
        cookie(headers, KNOWN)
    }

    /// Who is signed in, if anybody is.
    pub(super) async fn person(&self, headers: &HeaderMap) -> Result<Option<Person>, Problem> {
        let Some(kept) = cookie(headers, SESSION) else {
            return Ok(None);
        };
        let (gate, token) = (self.gate.clone(), Token::read(&kept));
        let again = Token::read(&kept);
        let live = self
            .office
            .look::<_, store::Fault>(move |_, view, now| match gate.live(view, &again, now) {
                Ok(live) => Ok(Some(live)),
                Err(NotLive::Fault(fault)) => Err(fault),
                Err(_) => Ok(None),
            })
            .await?;
        let csrf = self.gate.csrf(&token);
        Ok(live.map(|live| Person { live, token, csrf }))
    }

    /// A form of a page that had no session carries no token; its origin must be ours.
    pub(super) fn from_here(headers: &HeaderMap) -> Result<(), Problem> {
        let text = |name| headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
        let host = text(header::HOST).unwrap_or_default();
        let origin = text(header::ORIGIN)
            .and_then(|o| o.split_once("://"))
            .map(|(_, host)| host);
        if !host.is_empty() && origin == Some(host) {
            Ok(())
        } else {
            Err(not_ours())
        }
    }
}
