//! Sessions: a browser shows a random token; its hash is what is kept. A session ends when it is idle, when it is old, when
//! its owner signs out, here or everywhere.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Key, Keys, Map, Table, Tx, Value, View};
use units::{Hash, Moment, Span};
use zeroize::Zeroizing;

use crate::{AccountId, Gate, NotLive};

/// A half session waits this long for its second step.
const HALF: Span = Span::minutes(10);
/// How often a session's last request is written down: not with every one.
const NOTED: Span = Span::minutes(1);
/// How many ended rows one sweep removes of each kind.
const SWEEP: usize = 256;

/// What a browser keeps of a session: 256 random bits as text. Wiped when dropped.
pub struct Token(Zeroizing<String>);

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Token(secret)")
    }
}

impl Token {
    pub(crate) fn draw(seed: &Seed, what: &str) -> Self {
        Self(Zeroizing::new(
            data_encoding::BASE64URL_NOPAD.encode(seed.part(what).expose()),
        ))
    }
    /// What a browser sent. Whether it is any session's is another question.
    pub fn read(text: &str) -> Self {
        Self(Zeroizing::new(text.chars().take(64).collect()))
    }
    /// The text, for the one cookie or link it goes into.
    pub fn expose(&self) -> &str {
        &self.0
    }
    pub(crate) fn id(&self) -> SessionId {
        SessionId(seal::hash(self.0.as_bytes()))
    }
}

/// The name of a session: the hash of its token. Shows nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId(pub Hash);

impl Key for SessionId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Way {
    /// With a password, and a second step if one was asked.
    #[n(0)]
    Password,
    /// With a passkey.
    #[n(1)]
    Passkey,
    /// With an invitation.
    #[n(2)]
    Invitation,
}

#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Session {
    #[n(0)]
    pub(crate) account: AccountId,
    #[n(1)]
    since: Moment,
    #[n(2)]
    seen: Moment,
    /// When a password or passkey was shown last.
    #[n(3)]
    shown: Moment,
    #[n(4)]
    half: bool,
    #[n(5)]
    way: Way,
    /// The last moment, whatever happens.
    #[n(6)]
    end: Moment,
}
impl Value for Session {}

/// Somebody is signed in. Only [`Gate::live`] says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Who.
    pub account: AccountId,
    /// In which session.
    pub session: SessionId,
    /// Since when.
    pub since: Moment,
    /// How.
    pub way: Way,
    /// Password or passkey were shown moments ago: enough for what is dear.
    pub fresh: bool,
    /// It was some time since this session was noted to be used: call [`Gate::seen`].
    pub unnoted: bool,
}

pub(crate) const SESSIONS: Map<SessionId, Session> = Map::new(Table::new("signin_sessions"));
pub(crate) const BY_ACCOUNT: Map<(AccountId, SessionId), ()> = Map::new(Table::new("signin_sessions_by_account"));
pub(crate) const BY_END: Map<(Moment, SessionId), ()> = Map::new(Table::new("signin_sessions_by_end"));

impl Gate {
    pub(crate) fn open_session(
        &self,
        tx: &mut dyn Tx,
        account: AccountId,
        way: Way,
        half: bool,
        now: Moment,
        seed: &Seed,
    ) -> Result<Token, Fault> {
        let token = Token::draw(seed, "session");
        let end = now.plus(if half { HALF } else { self.rules.whole });
        let row = Session {
            account,
            since: now,
            seen: now,
            shown: now,
            half,
            way,
            end,
        };
        self.keep(tx, token.id(), &row)?;
        Ok(token)
    }

    fn keep(&self, tx: &mut dyn Tx, id: SessionId, row: &Session) -> Result<(), Fault> {
        SESSIONS.put(tx, &id, row)?;
        BY_ACCOUNT.put(tx, &(row.account, id), &())?;
        BY_END.put(tx, &(row.end, id), &())
    }

    fn drop_row(&self, tx: &mut dyn Tx, id: SessionId) -> Result<(), Fault> {
        if let Some(row) = SESSIONS.get(tx, &id)? {
            BY_ACCOUNT.delete(tx, &(row.account, id))?;
            BY_END.delete(tx, &(row.end, id))?;
            SESSIONS.delete(tx, &id)?;
        }
        Ok(())
    }

    fn row(&self, view: &mut dyn View, id: SessionId, now: Moment) -> Result<Session, NotLive> {
        let row = SESSIONS.get(view, &id)?.ok_or(NotLive::NoSession)?;
        if now >= row.end || now >= row.seen.plus(self.rules.idle) {
            return Err(NotLive::Ended);
        }
        Ok(row)
    }

    /// Who is signed in with this token.
    pub fn live(&self, view: &mut dyn View, token: &Token, now: Moment) -> Result<Live, NotLive> {
        let session = token.id();
        let row = self.row(view, session, now)?;
        if row.half {
            return Err(NotLive::Half);
        }
        Ok(Live {
            account: row.account,
            session,
            since: row.since,
            way: row.way,
            fresh: now < row.shown.plus(self.rules.fresh),
            unnoted: now >= row.seen.plus(NOTED),
        })
    }

    /// Whose session waits for a second step.
    pub fn half(&self, view: &mut dyn View, token: &Token, now: Moment) -> Result<(AccountId, SessionId), NotLive> {
        let row = self.row(view, token.id(), now)?;
        if row.half {
            Ok((row.account, token.id()))
        } else {
            Err(NotLive::NoSession)
        }
    }

    /// Notes that a session is used, which puts off its idle end.
    pub fn seen(&self, tx: &mut dyn Tx, session: SessionId, now: Moment) -> Result<(), Fault> {
        if let Some(mut row) = SESSIONS.get(tx, &session)? {
            row.seen = row.seen.max(now);
            SESSIONS.put(tx, &session, &row)?;
        }
        Ok(())
    }

    pub(crate) fn show_again(&self, tx: &mut dyn Tx, session: SessionId, now: Moment) -> Result<(), Fault> {
        if let Some(mut row) = SESSIONS.get(tx, &session)? {
            row.shown = now;
            row.seen = now;
            SESSIONS.put(tx, &session, &row)?;
        }
        Ok(())
    }

    /// The second step was taken: the half session goes, a whole one under another token comes.
    pub(crate) fn complete(&self, tx: &mut dyn Tx, token: &Token, now: Moment, seed: &Seed) -> Result<Token, NotLive> {
        let (account, id) = self.half(tx, token, now)?;
        self.drop_row(tx, id)?;
        Ok(self.open_session(tx, account, Way::Password, false, now, seed)?)
    }

    /// Ends a session. One that has ended already is ended.
    pub fn sign_out(&self, tx: &mut dyn Tx, token: &Token) -> Result<(), Fault> {
        self.drop_row(tx, token.id())
    }

    /// Ends every session of an account but `stay`.
    pub fn sign_out_everywhere(
        &self,
        tx: &mut dyn Tx,
        account: AccountId,
        stay: Option<SessionId>,
    ) -> Result<(), Fault> {
        for ((_, id), ()) in BY_ACCOUNT.range(tx, Keys::under(&account), usize::MAX)? {
            if Some(id) != stay {
                self.drop_row(tx, id)?;
            }
        }
        Ok(())
    }

    /// How many sessions of an account have not ended.
    pub fn sessions(&self, view: &mut dyn View, account: AccountId, now: Moment) -> Result<usize, Fault> {
        let mut count = 0_usize;
        for ((_, id), ()) in BY_ACCOUNT.range(view, Keys::under(&account), usize::MAX)? {
            match self.row(view, id, now) {
                Ok(_) => count = count.saturating_add(1),
                Err(NotLive::Fault(fault)) => return Err(fault),
                Err(_) => {}
            }
        }
        Ok(count)
    }

    /// The sessions of an account that are kept: since when, last noted, how.
    pub(crate) fn sessions_of(
        &self,
        view: &mut dyn View,
        account: AccountId,
    ) -> Result<Vec<(Moment, Moment, Way)>, Fault> {
        let mut out = Vec::new();
        for ((_, id), ()) in BY_ACCOUNT.range(view, Keys::under(&account), usize::MAX)? {
            out.extend(SESSIONS.get(view, &id)?.map(|row| (row.since, row.seen, row.way)));
        }
        Ok(out)
    }

    /// What a form of this session carries so that no other page can post it.
    pub fn csrf(&self, token: &Token) -> String {
        let mac = self.mac("form", &[&token.id().0.0]);
        data_encoding::BASE64URL_NOPAD.encode(&mac[..16])
    }

    /// Is that what [`Gate::csrf`] gave?
    pub fn csrf_fits(&self, token: &Token, form: &str) -> bool {
        seal::same(self.csrf(token).as_bytes(), form.as_bytes())
    }

    /// Removes what has ended; to be called now and then.
    pub fn tend(&self, tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
        let ended = BY_END.range(tx, Keys::all().until(&now), SWEEP)?;
        for ((_, id), ()) in ended {
            self.drop_row(tx, id)?;
        }
        self.forget_challenges(tx, now, SWEEP)?;
        self.forget_invitations(tx, now, SWEEP)
    }
}
