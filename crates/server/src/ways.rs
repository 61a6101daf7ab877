//! Ways in: what every party whose people sign in does alike with their passwords, passkeys, codes and sessions, and the page on
//! which somebody sees to his own. Rules are in `signin`; whose people they are, and where they are led, is each party's.

use std::sync::Arc;

use askama::Template;
use face::{Day, Page, Said};
use party::Party;
use seal::Secret;
use signin::{
    AccountId, Cost, Gate, Hashed, Name, NotAPasskey, NotLive, Password, Rules, SessionId, Site, SlowDown, Source,
    Typed, Weighed,
};
use store::Fault;
use tokio::sync::Semaphore;
use units::{Hash, Moment};

use crate::{
    frame::{Problem, seed},
    office::Office,
    pages::Visit,
};

/// The script that adds passkeys to pages; each of them works without it.
pub(crate) const SCRIPT: &str = include_str!("shop/console/script.js");

/// The digest of [`SCRIPT`] that pages name it by: a browser runs no other, whatever lies at its address (row-100).
pub(crate) fn integrity() -> String {
    let digest = seal::hash(SCRIPT.as_bytes());
    format!("sha256-{}", data_encoding::BASE64.encode(&digest.0))
}

/// The address by name: a number address of this machine becomes `localhost`, for a passkey is bound to a name.
fn by_name(address: &str) -> String {
    ["127.0.0.1", "[::1]"].iter().fold(address.to_owned(), |at, number| {
        at.replacen(&format!("://{number}"), "://localhost", 1)
    })
}

fn host(origin: &str) -> String {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    host.to_owned()
}

/// The gate of the party called `name` at `address`, and where its pages are by name: passkeys do not work at a number.
/// `cheap`: passwords are hashed cheaply, for tests.
pub(crate) fn gate(secret: &Secret, (name, address): (&str, &str), cheap: bool) -> (Gate, String) {
    let address = address.trim_end_matches('/');
    let origin = by_name(address);
    let mut origins = vec![origin.clone()];
    if origin != address {
        origins.push(address.to_owned());
    }
    let rules = Rules::usual(Site {
        id: host(&origin),
        origins,
        name: name.to_owned(),
    });
    let cost = if cheap { Cost::TINY } else { rules.cost };
    (Gate::new(secret, Rules { cost, ..rules }), origin)
}

/// The way in to one party.
#[derive(Debug)]
pub(crate) struct Ways<'a, P> {
    /// Its store and its clock.
    pub(crate) office: &'a Arc<Office<P>>,
    /// Its rules.
    pub(crate) gate: &'a Arc<Gate>,
    /// How many passwords are hashed at once.
    pub(crate) hashing: &'a Semaphore,
}

/// The browser's answer in what the script sent.
pub(crate) fn answer_of(sent: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec(&sent["answer"]).unwrap_or_default()
}

/// Hashes a password beside the writer, a few at once: before any transaction.
pub(crate) async fn hash_beside(gate: &Arc<Gate>, hashing: &Semaphore, password: Password) -> Result<Hashed, Problem> {
    let _place = hashing.acquire().await; // never closed
    let (gate, drawn) = (gate.clone(), seed()?);
    let hashed = tokio::task::spawn_blocking(move || gate.hash(&password, &drawn)).await;
    hashed.map_err(|_| Problem::by(&Fault::Panicked))
}

impl<P: Party + 'static> Ways<'_, P> {
    /// Counts a try, then looks at its password beside the writer: one Argon2, whoever it is. A moment: hear it then.
    pub(crate) async fn weigh(
        &self,
        (name, password): (Name, &str),
        from: Source,
        device: Option<String>,
    ) -> Result<Result<Weighed, Moment>, Problem> {
        let gate = self.gate.clone();
        let begun = self
            .office
            .commit(
                move |_, tx, now, _| match gate.begin(tx, &name, &from, device.as_deref(), now) {
                    Ok(attempt) => Ok(Ok(attempt)),
                    Err(SlowDown::Wait(until)) => Ok(Err(until)),
                    Err(SlowDown::Fault(fault)) => Err(fault),
                },
            )
            .await?;
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(until) => return Ok(Err(until)),
        };
        let _place = self.hashing.acquire().await; // never closed
        let (gate, typed) = (self.gate.clone(), Typed::new(password));
        let weighed = tokio::task::spawn_blocking(move || attempt.weigh(&gate, &typed)).await;
        weighed.map(Ok).map_err(|_| Problem::by(&Fault::Panicked))
    }

    /// Two of one passkey: it lets nobody in any more. Whatever else was wrong stays as it was.
    pub(crate) async fn lock_if_copied(&self, no: &Problem, answer: Vec<u8>) -> Result<(), Problem> {
        if no.code() != "passkey-copied" {
            return Ok(());
        }
        let gate = self.gate.clone();
        self.office
            .commit(move |_, tx, _, _| gate.lock_copied(tx, &answer))
            .await
    }

    /// Somebody's own ways in.
    pub(crate) async fn own(&self, id: AccountId, name: String, csrf: String) -> Result<Own, Problem> {
        let gate = self.gate.clone();
        let (keys, second, codes, sessions) = self
            .office
            .look::<_, NotLive>(move |_, view, now| {
                let mut keys = Vec::new();
                for (name, key) in gate.passkeys(view, id)? {
                    keys.push(KeyLine {
                        id: name.to_string(),
                        label: key.label.clone(),
                        since: key.since,
                        copied: key.copied,
                        last: !gate.enters_without(view, id, name)?,
                    });
                }
                let second = gate.account(view, id)?.is_some_and(|it| it.second_step);
                Ok((keys, second, gate.codes_left(view, id)?, gate.sessions(view, id, now)?))
            })
            .await?;
        Ok(Own {
            name,
            csrf,
            keys,
            second,
            codes: codes as u64,
            sessions: sessions as u64,
        })
    }

    /// Sets a password; every session but `stay` ends. Refused with `password-…`: not good enough.
    pub(crate) async fn set_password(&self, id: AccountId, stay: SessionId, text: &str) -> Result<(), Problem> {
        let hashed = hash_beside(self.gate, self.hashing, Password::new(text)?).await?;
        let gate = self.gate.clone();
        self.office
            .commit::<_, Fault>(move |_, tx, _, _| {
                gate.set_password(tx, id, &hashed)?;
                gate.sign_out_everywhere(tx, id, Some(stay))
            })
            .await
    }

    /// Ten new recovery codes, to be shown once.
    pub(crate) async fn codes(&self, id: AccountId) -> Result<Vec<String>, Problem> {
        let gate = self.gate.clone();
        self.office
            .commit::<_, Fault>(move |_, tx, _, seed| gate.draw_codes(tx, id, seed))
            .await
    }

    /// Asks for a second step, or no longer. No: there is nothing to take it with.
    pub(crate) async fn second(&self, id: AccountId, asked: bool) -> Result<bool, Problem> {
        let gate = self.gate.clone();
        self.office
            .commit::<_, Fault>(move |_, tx, _, _| gate.ask_second_step(tx, id, asked))
            .await
    }

    /// Ends all sessions.
    pub(crate) async fn everywhere(&self, id: AccountId) -> Result<(), Problem> {
        let gate = self.gate.clone();
        self.office
            .commit::<_, Fault>(move |_, tx, _, _| gate.sign_out_everywhere(tx, id, None))
            .await
    }

    /// What the script hands to the browser for a further passkey.
    pub(crate) async fn key_options(&self, id: AccountId, name: &str) -> Result<serde_json::Value, Problem> {
        let (gate, seed) = (self.gate.clone(), Arc::new(seed()?));
        let name = Name::new(name).map_err(|_| Problem::nothing_here())?;
        self.office
            .look::<_, Fault>(move |_, view, now| gate.registration(view, id, &name, now, &seed))
            .await
    }

    /// Registers it.
    pub(crate) async fn key_add(&self, id: AccountId, sent: &serde_json::Value) -> Result<Hash, Problem> {
        let (gate, answer) = (self.gate.clone(), answer_of(sent));
        let label = sent["label"].as_str().unwrap_or_default().to_owned();
        self.office
            .commit::<_, NotAPasskey>(move |_, tx, now, _| gate.register_passkey(tx, id, &label, &answer, now))
            .await
    }

    /// Removes a passkey, unless it is the last way in: then not.
    pub(crate) async fn key_remove(&self, id: AccountId, key: Hash) -> Result<bool, Problem> {
        let gate = self.gate.clone();
        self.office
            .commit::<_, NotLive>(move |_, tx, _, _| {
                if !gate.enters_without(tx, id, key)? {
                    return Ok(false);
                }
                gate.remove_passkey(tx, id, key)?;
                Ok(true)
            })
            .await
    }
}

/// A passkey, as it is listed.
#[derive(Debug)]
pub(crate) struct KeyLine {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) since: Moment,
    pub(crate) copied: bool,
    pub(crate) last: bool,
}

/// Somebody's own ways in.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) name: String,
    pub(crate) csrf: String,
    pub(crate) keys: Vec<KeyLine>,
    pub(crate) second: bool,
    pub(crate) codes: u64,
    pub(crate) sessions: u64,
}

/// Where the page's forms go.
pub(crate) struct Whither<'a> {
    /// What its own addresses begin with.
    pub(crate) base: &'a str,
    pub(crate) sign_out: &'a str,
    pub(crate) script: &'a str,
    /// Can a second step be asked for here? Without, neither it nor its recovery codes are offered.
    pub(crate) steps: bool,
}

struct Shown {
    id: String,
    label: Said,
    since: Said,
    copied: bool,
    last: bool,
    remove: Said,
}

#[derive(Template)]
#[template(path = "console/settings.html")]
struct SettingsPage<'a> {
    page: &'a Page,
    heading: Said,
    note: Option<Said>,
    keys: Vec<Shown>,
    codes: &'a [String],
    codes_left: Said,
    second: bool,
    steps: bool,
    sessions: Said,
    csrf: &'a str,
    base: String,
    sign_out: String,
    script: String,
}

/// The page of somebody's own ways in; `codes`: those that were just drawn.
pub(crate) fn draw(
    page: &Page,
    visit: &Visit,
    to: &Whither<'_>,
    own: &Own,
    codes: &[String],
    note: Option<Said>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |key: &KeyLine| {
        let label = if key.label.is_empty() {
            words.console_set_key_unnamed()
        } else {
            Said::of(&key.label)
        };
        Shown {
            id: key.id.clone(),
            remove: words.console_set_key_remove_of(label.plain().as_str()),
            label,
            since: words.console_set_key_since(Day(key.since)),
            copied: key.copied,
            last: key.last,
        }
    };
    SettingsPage {
        page,
        heading: words.console_set_you(own.name.as_str()),
        note,
        keys: own.keys.iter().map(line).collect(),
        codes,
        codes_left: words.console_set_codes_left(own.codes),
        second: own.second,
        steps: to.steps,
        sessions: words.console_set_everywhere_text(own.sessions),
        csrf: &own.csrf,
        base: visit.to(to.base),
        sign_out: visit.to(to.sign_out),
        script: visit.to(to.script),
    }
    .render()
}

/// What the page says above everything, after something was done.
pub(crate) fn note_of(words: face::Words, said: Option<&str>) -> Option<Said> {
    match said {
        Some("password") => Some(words.console_set_password_set()),
        Some("saved") => Some(words.console_saved()),
        Some("second-no") => Some(words.console_set_second_no()),
        Some("last") => Some(words.console_set_key_last()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_bound_to_a_name_also_on_this_machine() {
        assert_eq!(by_name("http://127.0.0.1:7404"), "http://localhost:7404");
        assert_eq!(by_name("https://shop.example"), "https://shop.example");
        assert_eq!(host("https://shop.example:444/x"), "shop.example");
        assert_eq!(host(&by_name("http://127.0.0.1:7404")), "localhost");
    }
}
