//! Enter: signing in by name and password, for whichever of the two parties; and who is signed in, by cookie for pages and by
//! bearer token for programs.

use std::{net::IpAddr, sync::Arc};

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use party::Party;
use signin::{AccountId, Entered, Gate, Hashed, Name, NotLive, Password, SessionId, Source, Token};
use store::Fault;
use tokio::sync::Semaphore;
use units::{Again, Moment};

use super::signed::Note;
use crate::{
    forms::{Fields, SameSite, cookie, not_ours, set_cookie},
    frame::{Problem, bearer},
    office::Office,
    pages::Visit,
    ways::{Ways, hash_beside},
};

/// Passwords hashed at once: each takes 46 MiB.
const HASHING_MAX: usize = 4;

/// The way in to one party.
#[derive(Debug)]
pub(crate) struct Doorway {
    pub(crate) gate: Arc<Gate>,
    hashing: Semaphore,
    secure: bool,
    session: &'static str,
    known: &'static str,
}

/// Whoever is signed in.
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) token: Token,
    pub(crate) session: SessionId,
    /// Password or passkey were shown moments ago: enough to change a way in.
    pub(crate) fresh: bool,
    /// What this person's forms carry.
    pub(crate) csrf: String,
}

impl core::fmt::Debug for Person {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Person(private)")
    }
}

/// What came of a try.
enum Tried {
    /// In.
    In(Box<Entered>),
    /// Name and password do not fit.
    NoMatch,
    /// Too many tries; the next one is heard then.
    Slow(Moment),
}

/// A name or password that cannot be one.
pub(crate) fn unfit(code: &'static str, why: &str) -> Problem {
    Problem::door(StatusCode::UNPROCESSABLE_ENTITY, code, Again::AfterYouAct, why)
}

fn shut(code: &'static str, text: &str) -> Problem {
    Problem::door(StatusCode::UNAUTHORIZED, code, Again::AfterYouAct, text)
}

impl Doorway {
    /// The doorway behind this gate; its cookies have these names.
    pub(crate) fn new(gate: Gate, origin: &str, session: &'static str, known: &'static str) -> Self {
        Self {
            gate: Arc::new(gate),
            hashing: Semaphore::new(HASHING_MAX),
            secure: origin.starts_with("https://"),
            session,
            known,
        }
    }

    pub(crate) fn ways<'a, P: Party + 'static>(&'a self, office: &'a Arc<Office<P>>) -> Ways<'a, P> {
        Ways {
            office,
            gate: &self.gate,
            hashing: &self.hashing,
        }
    }

    /// Tries a name and a password: the try is counted, then weighed once, and answered alike whoever it is.
    async fn try_in<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        (name, password): (&str, &str),
        address: IpAddr,
        device: Option<String>,
    ) -> Result<Tried, Problem> {
        // What is no name is nobody's; it is looked at like one all the same.
        let name = Name::new(name)
            .or_else(|_| Name::new("nobody at all"))
            .map_err(|_| not_ours())?;
        let ways = self.ways(office);
        let weighed = match ways.weigh((name, password), Source::of(address), device).await? {
            Ok(weighed) => weighed,
            Err(until) => return Ok(Tried::Slow(until)),
        };
        let gate = self.gate.clone();
        let entered = office
            .commit::<_, Fault>(move |_, tx, now, seed| gate.finish(tx, &weighed, now, seed))
            .await?;
        Ok(entered.map_or(Tried::NoMatch, |entered| Tried::In(Box::new(entered))))
    }

    /// What comes of the form for signing in: the way in with its cookies, or what the same page says then.
    pub(crate) async fn by_form<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        visit: &Visit,
        (headers, address): (&HeaderMap, IpAddr),
        fields: &Fields,
    ) -> Result<Result<Response, (Note, StatusCode)>, Problem> {
        from_here(headers)?;
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let (typed, device) = ((field("name"), field("password")), self.device(headers));
        Ok(match self.try_in(office, typed, address, device).await? {
            Tried::In(entered) => {
                let to = match entered.failed.count {
                    _ if entered.second_step => "/second".to_owned(),
                    0 => "/".to_owned(),
                    n => format!("/?failed={n}"),
                };
                let mut response = Redirect::to(&visit.to(&to)).into_response();
                self.let_in(&mut response, &entered);
                Ok(response)
            }
            Tried::NoMatch => Err((Note::NoMatch, StatusCode::FORBIDDEN)),
            Tried::Slow(until) => Err((Note::Slow(until), StatusCode::TOO_MANY_REQUESTS)),
        })
    }

    /// Ends the session of a page's form, if there is one, and leads to the page for signing in.
    pub(crate) async fn leave<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        visit: &Visit,
        headers: &HeaderMap,
        fields: &Fields,
    ) -> Result<Response, Problem> {
        if let Some(person) = self.person(office, headers).await? {
            self.check(&person, fields)?;
            self.sign_out(office, person).await?;
        }
        let mut response = Redirect::to(&visit.to("/sign-in")).into_response();
        self.let_out(&mut response);
        Ok(response)
    }

    /// The same for a program: a session's token, or a refusal.
    pub(crate) async fn token<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        typed: (&str, &str),
        address: IpAddr,
    ) -> Result<String, Problem> {
        match self.try_in(office, typed, address, None).await? {
            Tried::In(entered) if entered.second_step => {
                let text = "this account asks for a second step, which programs cannot take; sign in on the page";
                Err(shut("second-step-missing", text))
            }
            Tried::In(entered) => Ok(entered.session.expose().to_owned()),
            Tried::NoMatch => Err(shut("sign-in-wrong", "name and password do not fit")),
            Tried::Slow(until) => {
                let text = format!("too many tries from here; the next one is heard at {until}");
                let no = Problem::door(StatusCode::TOO_MANY_REQUESTS, "sign-in-slow", Again::Later, &text);
                Err(no.retry_after(60))
            }
        }
    }

    /// Reads the name and hashes the password of a new account, before any transaction.
    pub(crate) async fn prepare(&self, name: &str, password: &str) -> Result<(Name, Hashed), Problem> {
        let name = Name::new(name).map_err(|no| unfit("name", &no.to_string()))?;
        let password = Password::new(password).map_err(|no| unfit("password-weak", &no.to_string()))?;
        Ok((name, hash_beside(&self.gate, &self.hashing, password).await?))
    }

    async fn live<P: Party + 'static>(&self, office: &Arc<Office<P>>, token: Token) -> Result<Option<Person>, Problem> {
        let (gate, again) = (self.gate.clone(), Token::read(token.expose()));
        let found = office
            .look::<_, Fault>(move |_, view, now| {
                let live = match gate.live(view, &again, now) {
                    Ok(live) => live,
                    Err(NotLive::Fault(fault)) => return Err(fault),
                    Err(_) => return Ok(None),
                };
                let account = gate.account(view, live.account)?.filter(|account| !account.closed);
                Ok(account.map(|account| (live, account.name)))
            })
            .await?;
        let Some((live, name)) = found else { return Ok(None) };
        if live.unnoted {
            let gate = self.gate.clone();
            let noted = office.commit::<_, Fault>(move |_, tx, now, _| gate.seen(tx, live.session, now));
            // Without it the session ends sooner; what was asked is answered all the same.
            let _ = noted.await;
        }
        Ok(Some(Person {
            account: live.account,
            session: live.session,
            fresh: live.fresh,
            name,
            csrf: self.gate.csrf(&token),
            token,
        }))
    }

    /// Who is signed in at a page, by the cookie of this party alone.
    pub(crate) async fn person<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        headers: &HeaderMap,
    ) -> Result<Option<Person>, Problem> {
        match cookie(headers, self.session) {
            Some(kept) => self.live(office, Token::read(&kept)).await,
            None => Ok(None),
        }
    }

    /// Whose session waits for a second step, by the cookie of this party.
    pub(crate) async fn half<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        headers: &HeaderMap,
    ) -> Result<(Token, SessionId), Problem> {
        let token = Token::read(&cookie(headers, self.session).unwrap_or_default());
        let (gate, again) = (self.gate.clone(), Token::read(token.expose()));
        let (_, session) = office.look(move |_, view, now| gate.half(view, &again, now)).await?;
        Ok((token, session))
    }

    /// Whose program this is, by its bearer token alone: a browser sends none along by itself.
    pub(crate) async fn bearer<P: Party + 'static>(
        &self,
        office: &Arc<Office<P>>,
        headers: &HeaderMap,
    ) -> Result<Person, Problem> {
        let token = bearer(headers);
        let found = self.live(office, Token::read(token)).await?;
        found.ok_or_else(|| {
            let text = "sign in at /v1/sessions and send the token along as a bearer token";
            shut("not-signed-in", text)
        })
    }

    /// Gives a browser its session.
    pub(crate) fn let_in(&self, response: &mut Response, entered: &Entered) {
        let set = |response: &mut Response, name, value, seconds| {
            set_cookie(response, self.secure, SameSite::Strict, (name, value), seconds);
        };
        set(response, self.session, entered.session.expose(), None);
        set(response, self.known, &entered.device, Some(365 * 86_400));
    }
    /// Gives a browser the whole session for its half.
    pub(crate) fn let_on(&self, response: &mut Response, session: &Token) {
        set_cookie(
            response,
            self.secure,
            SameSite::Strict,
            (self.session, session.expose()),
            None,
        );
    }
    /// Takes it away.
    pub(crate) fn let_out(&self, response: &mut Response) {
        set_cookie(response, self.secure, SameSite::Strict, (self.session, ""), Some(0));
    }
    /// What says that this browser was let in before.
    fn device(&self, headers: &HeaderMap) -> Option<String> {
        cookie(headers, self.known)
    }

    /// Is this form of a page of this person's?
    pub(crate) fn check(&self, person: &Person, fields: &Fields) -> Result<(), Problem> {
        let form = fields.get("form").map(String::as_str).unwrap_or_default();
        if self.gate.csrf_fits(&person.token, form) {
            Ok(())
        } else {
            Err(not_ours())
        }
    }

    /// Ends a session.
    async fn sign_out<P: Party + 'static>(&self, office: &Arc<Office<P>>, person: Person) -> Result<(), Problem> {
        let gate = self.gate.clone();
        office
            .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out(tx, &person.token))
            .await
    }
}

/// A form of a page that had no session carries no token; its origin must be ours.
pub(crate) fn from_here(headers: &HeaderMap) -> Result<(), Problem> {
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
