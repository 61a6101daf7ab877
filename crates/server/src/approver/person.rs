//! Person: who is signed in, by the cookie of this approver alone.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use signin::{Live, NotLive, Token};
use store::Fault;

use super::Counter;
use crate::{
    forms::{Fields, SameSite, cookie, not_ours, set_cookie},
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
    /// The name this person signs in with.
    pub(super) name: String,
}

/// Where somebody stands who came with a request.
pub(super) enum Who {
    /// Signed in.
    Signed(Box<Person>),
    /// A password was right, and a second step is due.
    Half,
    /// Nobody we know, or not any more.
    Nobody,
}

impl Counter {
    fn set(&self, response: &mut Response, name: &str, value: &str, seconds: Option<u64>) {
        // Lax: somebody comes here by a link from the card's page, and is to be known on arrival.
        set_cookie(response, self.secure, SameSite::Lax, (name, value), seconds);
    }
    /// Gives a browser its session.
    pub(super) fn let_in(&self, response: &mut Response, session: &Token, device: Option<&str>) {
        self.set(response, SESSION, session.expose(), None);
        if let Some(device) = device {
            self.set(response, KNOWN, device, Some(365 * 86_400));
        }
    }
    /// Takes it away.
    pub(super) fn let_out(&self, response: &mut Response) {
        self.set(response, SESSION, "", Some(0));
    }
    /// What says that this browser was let in before.
    pub(super) fn device(headers: &HeaderMap) -> Option<String> {
        cookie(headers, KNOWN)
    }

    /// The token a browser sent.
    pub(super) fn token(headers: &HeaderMap) -> Token {
        Token::read(&cookie(headers, SESSION).unwrap_or_default())
    }

    /// Who came.
    pub(super) async fn who(&self, headers: &HeaderMap) -> Result<Who, Problem> {
        let Some(kept) = cookie(headers, SESSION) else {
            return Ok(Who::Nobody);
        };
        let (gate, again) = (self.gate.clone(), Token::read(&kept));
        let found = self
            .office
            .look::<_, Fault>(move |_, view, now| {
                let live = match gate.live(view, &again, now) {
                    Ok(live) => live,
                    Err(NotLive::Fault(fault)) => return Err(fault),
                    Err(NotLive::Half) => return Ok(Err(true)),
                    Err(_) => return Ok(Err(false)),
                };
                let account = gate.account(view, live.account)?.filter(|it| !it.closed);
                Ok(account.map(|account| (live, account.name)).ok_or(false))
            })
            .await?;
        let (live, name) = match found {
            Ok(found) => found,
            Err(true) => return Ok(Who::Half),
            Err(false) => return Ok(Who::Nobody),
        };
        if live.unnoted {
            let (gate, session) = (self.gate.clone(), live.session);
            let noted = self
                .office
                .commit::<_, Fault>(move |_, tx, now, _| gate.seen(tx, session, now));
            // Without it the session ends sooner; the page is shown all the same.
            let _ = noted.await;
        }
        let token = Token::read(&kept);
        let csrf = self.gate.csrf(&token);
        Ok(Who::Signed(Box::new(Person {
            live,
            token,
            csrf,
            name,
        })))
    }

    /// Who is signed in, if anybody is.
    pub(super) async fn person(&self, headers: &HeaderMap) -> Result<Option<Person>, Problem> {
        Ok(match self.who(headers).await? {
            Who::Signed(person) => Some(*person),
            Who::Half | Who::Nobody => None,
        })
    }

    /// Is this form of a page of that person's?
    pub(super) fn check(&self, person: &Person, fields: &Fields) -> Result<(), Problem> {
        let form = fields.get("form").map(String::as_str).unwrap_or_default();
        if self.gate.csrf_fits(&person.token, form) {
            Ok(())
        } else {
            Err(not_ours())
        }
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
