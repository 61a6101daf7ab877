//! Staff: who is signed in, read from the cookie on every request; and what keeps other pages from posting in his name.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
    response::Response,
};
use party::shop::{Deed, StaffRole};
use signin::{Grant, Live, NotLive, Token};
use store::Fault;
use units::PartyId;

use super::{Console, frame::Whose};
use crate::{
    forms::{Fields, SameSite, cookie, not_ours, set_cookie},
    frame::Problem,
    pages::Visit,
    shop::{Stall, console::frame::on},
};

/// Whoever is signed in.
pub(crate) struct Staff {
    pub(super) visit: Visit,
    pub(super) token: Token,
    pub(super) live: Live,
    /// The name he signs in with.
    pub(super) name: String,
    pub(super) grants: Vec<Grant>,
    /// What his forms carry.
    pub(super) csrf: String,
}

impl core::fmt::Debug for Staff {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Staff")
    }
}

const SESSION: &str = "keyfare_console";
const KNOWN: &str = "keyfare_console_known";

impl Console {
    fn set(&self, response: &mut Response, name: &str, value: &str, seconds: Option<u64>) {
        set_cookie(response, self.secure, SameSite::Strict, (name, value), seconds);
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
    /// The token a browser sent.
    pub(super) fn token(headers: &HeaderMap) -> Token {
        Token::read(&cookie(headers, SESSION).unwrap_or_default())
    }
    /// What says that this browser was let in before.
    pub(super) fn device(headers: &HeaderMap) -> Option<String> {
        cookie(headers, KNOWN)
    }
}

impl FromRequestParts<Arc<Stall>> for Staff {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, shop: &Arc<Stall>) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, shop).await;
        let token = Console::token(&parts.headers);
        let (gate, again) = (shop.console.gate.clone(), Token::read(token.expose()));
        let found = shop
            .office
            .look(move |_, view, now| {
                let live = gate.live(view, &again, now)?;
                let account = gate.account(view, live.account)?;
                let account = account.filter(|it| !it.closed).ok_or(NotLive::NoSession)?;
                Ok::<_, NotLive>((live, account.name, gate.grants(view, live.account)?))
            })
            .await;
        let (live, name, grants) = found.map_err(|no| match no.code() {
            "second-step-missing" => on(&visit, "/console/second"),
            "session-ended" => on(&visit, "/console/sign-in?said=ended"),
            "not-signed-in" => on(&visit, "/console/sign-in"),
            _ => super::frame::refused(&shop.sign, &visit, None, &no),
        })?;
        if live.unnoted {
            let (gate, session) = (shop.console.gate.clone(), live.session);
            let noted = shop
                .office
                .commit::<_, Fault>(move |_, tx, now, _| gate.seen(tx, session, now));
            // Without it the session ends sooner; the page is shown all the same.
            let _ = noted.await;
        }
        let csrf = shop.console.gate.csrf(&token);
        Ok(Self {
            visit,
            token,
            live,
            name,
            grants,
            csrf,
        })
    }
}

impl Staff {
    /// His roles over a party.
    pub(super) fn roles(&self, over: PartyId) -> impl Iterator<Item = StaffRole> {
        let of = self.grants.iter().filter(move |grant| grant.over == over);
        of.filter_map(|grant| StaffRole::of(&grant.role))
    }
    /// May he do that with this party?
    pub(super) fn is_let(&self, over: PartyId, deed: Deed) -> bool {
        self.roles(over).any(|role| role.may(deed))
    }
    /// The publisher of a path, if he may do that there. What is another's is not here.
    pub(super) async fn over(&self, shop: &Stall, path: &str, deed: Deed) -> Result<Whose, Problem> {
        let id: PartyId = path.parse().map_err(|_| Problem::nothing_here())?;
        if !self.is_let(id, deed) {
            return Err(Problem::nothing_here());
        }
        whose(shop, id).await
    }
    /// Is this form of a page of his?
    pub(super) fn check(&self, shop: &Stall, fields: &Fields) -> Result<(), Problem> {
        let form = fields.get("form").map(String::as_str).unwrap_or_default();
        if shop.console.gate.csrf_fits(&self.token, form) {
            return Ok(());
        }
        Err(not_ours())
    }
    /// What is dear waits for password or passkey, shown in the last minutes: where to go for that.
    pub(super) fn fresh(&self, back: &str) -> Result<(), Box<Response>> {
        if self.live.fresh {
            return Ok(());
        }
        let back = data_encoding::BASE64URL_NOPAD.encode(back.as_bytes());
        Err(Box::new(on(&self.visit, &format!("/console/again?back={back}"))))
    }
}

/// A publisher with his name.
pub(super) async fn whose(shop: &Stall, id: PartyId) -> Result<Whose, Problem> {
    let name = shop
        .office
        .look::<_, Fault>(move |party, view, _| match party.tenant(view, id)? {
            Some(tenant) => Ok(Some(tenant.name)),
            None => party.party_name(view, id),
        })
        .await?;
    Ok(Whose {
        id,
        name: name.unwrap_or_else(|| id.short()),
    })
}
