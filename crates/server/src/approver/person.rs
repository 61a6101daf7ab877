//! Person: who is signed in, by the cookie of this approver alone.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use signin::{Live, NotLive, Token};

use super::Counter;
use crate::{
    forms::{SameSite, cookie, not_ours, set_cookie},
    frame::Problem,
};

const SESSION: &str = "keyfare_approver";
const KNOWN: &str = "keyfare_approver_known";

/// Whoever is signed in.
pub(super) struct Person {
    pub(super) live: Live,
    pub(super) token: Token,
    /// What this person's forms carry.
    pub(super) csrf: String,
}

impl Counter {
    fn set(&self, response: &mut Response, name: &str, value: &str, seconds: Option<u64>) {
        // Lax: somebody comes here by a link from the card's page, and is to be known on arrival.
        set_cookie(response, self.secure, SameSite::Lax, (name, value), seconds);
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
