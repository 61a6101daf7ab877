//! Rules of signing in: who people are to one party, how they show it, and for how long it is believed.
//!
//! What it is not: pages, cookies, HTTP, a mailer, a clock or a source of randomness. It keeps its rows in the store of
//! the party that uses it; no two parties share accounts. Names and passwords are in no error, no `Debug` and no log.
//!
//! ```text
//!   password   begin ──► Attempt ──(one Argon2, beside the writer)──► Weighed ──► finish ──┐
//!              counts the try first                                   same writes          ├─► Entered: a session
//!   passkey    challenge ──► the browser's assertion ──────────────────────► enter_by_key ─┘   (half, if a second step is due)
//!   session    Token (the browser's) ── hash ──► row: idle end, last end, when shown anew
//! ```
//!
//! A driver goes three ways: `begin` in a transaction, [`Attempt::weigh`] on a thread of its own, `finish` in a transaction.
//!
//! ```
//! use signin::{Cost, Gate, Grant, Name, Password, Rules, Site, Source, Token, Typed};
//! use store::memory::Memory;
//! use units::{Moment, PartyId};
//!
//! let site = Site { id: "localhost".into(), origins: vec!["http://localhost:8080".into()], name: "A shop".into() };
//! let rules = Rules { cost: Cost::TINY, ..Rules::usual(site) };
//! let gate: &'static Gate = Box::leak(Box::new(Gate::new(&seal::Secret::new([7; 32]), rules))); // a driver has an `Arc`
//! let store = Memory::open(&[&signin::PART]).unwrap().store();
//! let (now, shop) = (Moment(1_000_000), PartyId([1; 16]));
//! let seed = |n: u8| seal::Seed::new([n; 32]); // a driver draws these
//!
//! // An account with a role; the password is hashed before the transaction.
//! let name = Name::new("aiko@example.jp").unwrap();
//! let hashed = gate.hash(&Password::new("a ferry at nine o'clock").unwrap(), &seed(1));
//! let aiko = name.clone();
//! store.write(move |tx| -> Result<(), signin::NameTaken> {
//!     let aiko = gate.open_account(tx, &aiko, now, &seed(2))?;
//!     gate.set_password(tx, aiko, &hashed)?;
//!     gate.grant(tx, aiko, &Grant::new(shop, "editor"))?;
//!     Ok(())
//! }).unwrap();
//!
//! // Signing in: counted, weighed, finished.
//! let from = Source::of("192.0.2.7".parse().unwrap());
//! let attempt = store.write(move |tx| gate.begin(tx, &name, &from, None, now)).unwrap();
//! let weighed = attempt.weigh(&gate, &Typed::new("a ferry at nine o'clock"));
//! let entered = store.write(move |tx| gate.finish(tx, &weighed, now, &seed(3))).unwrap().expect("the right password");
//! assert_eq!(entered.failed.count, 0);
//!
//! // Every request after that.
//! let cookie = entered.session.expose().to_owned();
//! let live = store.read(move |view| gate.live(view, &Token::read(&cookie), now)).unwrap();
//! assert!(store.read(move |view| gate.has_role(view, live.account, shop, "editor")).unwrap());
//! let form = gate.csrf(&entered.session);
//! assert!(gate.csrf_fits(&entered.session, &form) && !gate.csrf_fits(&entered.session, "other"));
//! ```
//!
//! Promises, each a test:
//!
//! - A known and an unknown name get the same answer, the same number of writes and one Argon2 of the same cost.
//! - A try is counted, durably, before its password is looked at; a thousand at once are a thousand counted tries.
//! - Whoever does not know the password cannot keep out the one who does: waits are by name *and* place, a browser that was
//!   let in before has a count of its own, the first try from a place is heard always, and a passkey never waits.
//! - Of sessions, invitations and recovery codes only hashes are kept; a challenge is good once, for one purpose, for
//!   minutes.
//! - Rows that strangers can make are bounded in number.
//!
//! Algorithms: passwords are Argon2id with a secret of the party mixed in; passkeys are WebAuthn Level 3 with ES256 or EdDSA,
//! whose mathematics is the one that `aws-lc-rs` brings for TLS. Attestation is not asked for and not believed: whose make a
//! key is, is nobody's business here.
//!
//! Read next: `enter.rs` (the way in by password), `passkey.rs`, `session.rs`, `tries.rs` (who has to wait).

mod account;
mod challenge;
mod code;
mod enter;
mod grant;
mod invite;
mod passkey;
mod password;
mod refused;
mod session;
mod tries;

pub use account::{About, Account, AccountId, Name, NotAName};
pub use challenge::Purpose;
pub use code::CODES;
pub use enter::{Attempt, Entered, Failed, Weighed};
pub use grant::Grant;
pub use invite::Invitation;
pub use passkey::{KEYS_MAX, Passkey};
pub use password::{Cost, Hashed, Password, Typed, WeakPassword};
pub use refused::{NameTaken, NotAPasskey, NotInvited, NotLive, SlowDown};
pub use session::{Live, SessionId, Token, Way};
pub use tries::Source;

use seal::Secret;
use store::{Part, Step};
use units::Span;

/// The tables of this crate, for the store of the party that uses it.
pub static PART: Part = Part::new(
    "signin",
    &[Step::Create(&[
        account::ACCOUNTS.table(),
        account::NAMES.table(),
        password::PASSWORDS.table(),
        passkey::KEYS.table(),
        passkey::BY_ACCOUNT.table(),
        challenge::USED.table(),
        code::CODE_ROWS.table(),
        session::SESSIONS.table(),
        session::BY_ACCOUNT.table(),
        session::BY_END.table(),
        grant::GRANTS.table(),
        grant::BY_PARTY.table(),
        invite::INVITES.table(),
        tries::TRIES.table(),
        enter::FAILED.table(),
    ])],
);

/// What passkeys are bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The domain, without scheme and port: `localhost`, `shop.example`. A number address cannot have passkeys.
    pub id: String,
    /// The origins whose pages may ask: `https://shop.example`.
    pub origins: Vec<String>,
    /// What the browser shows people.
    pub name: String,
}

/// What may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// What passkeys are bound to.
    pub site: Site,
    /// What hashing a password costs.
    pub cost: Cost,
    /// A session ends after this long without a request.
    pub idle: Span,
    /// A session ends after this long in any case.
    pub whole: Span,
    /// For how long after showing it somebody's password or passkey counts as shown just now, for what is dear.
    pub fresh: Span,
}

impl Rules {
    /// For people who run something: half an hour idle, twelve hours in all, five minutes fresh.
    pub fn usual(site: Site) -> Self {
        Self {
            site,
            cost: Cost::USUAL,
            idle: Span::minutes(30),
            whole: Span::minutes(12 * 60),
            fresh: Span::minutes(5),
        }
    }
}

/// The way in to one party.
#[derive(Debug)]
pub struct Gate {
    secret: Secret,
    pub(crate) rules: Rules,
}

impl Gate {
    /// The gate of the party whose secret this is. Another secret knows no password of it.
    pub fn new(party: &Secret, rules: Rules) -> Self {
        Self {
            secret: party.derive("signin", &[]),
            rules,
        }
    }

    /// What is set.
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A keyed digest of `parts`, for one purpose: what outsiders can neither foresee nor forge.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        *self.secret.derive(purpose, parts).expose()
    }
}
