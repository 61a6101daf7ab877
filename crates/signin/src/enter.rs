//! Enter: the way in by password. The try is counted first, then its password is weighed, then the answer is written.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Map, Table, Tx, Value};
use units::Moment;

use crate::{
    AccountId, Gate, Name, NotLive, SlowDown, Token, Typed,
    account::{ACCOUNTS, NAMES},
    password::{Hashed, PASSWORDS},
    session::Way,
    tries::{Counted, Source, slot_of},
};

/// Tries that failed since the last time somebody came in, as its owner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failed {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last: Moment,
}

#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(array)]
pub(crate) struct FailedRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    of: [u8; 16],
    #[n(1)]
    count: u32,
    #[n(2)]
    last: Moment,
}
impl Value for FailedRow {}

/// By name, known or not: a keyed digest, in bounded places.
pub(crate) const FAILED: Map<u32, FailedRow> = Map::new(Table::new("signin_failed"));

/// A counted try, before anybody looked at its password. Not `Clone`: one count, one look.
#[derive(Debug)]
pub struct Attempt {
    account: Option<AccountId>,
    kept: Hashed,
    name: Name,
    counted: Counted,
}

/// A try whose password was looked at.
#[derive(Debug)]
pub struct Weighed {
    account: Option<AccountId>,
    name: Name,
    counted: Counted,
}

/// Somebody was let in.
#[derive(Debug)]
pub struct Entered {
    /// Who.
    pub account: AccountId,
    /// The session: what the browser keeps, in a cookie that no script reads.
    pub session: Token,
    /// What the browser keeps for years, so that strangers' tries do not slow its owner. Not a secret that lets in.
    pub device: String,
    /// What failed since last time.
    pub failed: Failed,
    /// The session is half: [`Gate::live`] knows it only after a passkey or a recovery code.
    pub second_step: bool,
}

impl Attempt {
    /// Looks at the password: one Argon2, whether the name is known or not. Takes its time; beside the writer.
    pub fn weigh(self, gate: &Gate, typed: &Typed) -> Weighed {
        let fits = gate.fits(&self.kept, typed);
        Weighed {
            account: self.account.filter(|_| fits),
            name: self.name,
            counted: self.counted,
        }
    }
}

impl Gate {
    /// Counts a try with a password, before it is looked at. `device` is what [`Entered::device`] gave this browser.
    pub fn begin(
        &self,
        tx: &mut dyn Tx,
        name: &Name,
        source: &Source,
        device: Option<&str>,
        now: Moment,
    ) -> Result<Attempt, SlowDown> {
        let counted = self.count_try(tx, name, source, device, now)?;
        let id = NAMES.get(tx, &name.folded().to_owned())?;
        // Three reads for everybody: an unknown name looks for the account of nobody.
        let looked = id.unwrap_or(AccountId([0; 16]));
        let open = ACCOUNTS.get(tx, &looked)?.is_some_and(|account| !account.closed);
        let kept = PASSWORDS.get(tx, &looked)?.filter(|_| open && id.is_some());
        Ok(Attempt {
            account: id.filter(|_| kept.is_some()),
            kept: kept.unwrap_or_else(|| self.nobody(name.folded())),
            name: name.clone(),
            counted,
        })
    }

    /// Lets in, or not: nothing, the same for an unknown name and a wrong password. A no is written too (its owner is told
    /// of it), so the caller commits either way.
    pub fn finish(
        &self,
        tx: &mut dyn Tx,
        weighed: &Weighed,
        now: Moment,
        seed: &Seed,
    ) -> Result<Option<Entered>, Fault> {
        let Some((account, second_step)) = self.right(tx, weighed, now)? else {
            self.note_failed(tx, &weighed.name, now)?;
            return Ok(None);
        };
        Ok(Some(Entered {
            account,
            session: self.open_session(tx, account, Way::Password, second_step, now, seed)?,
            device: self.device(&weighed.name, seed.id("browser")),
            failed: self.failed(tx, &weighed.name, now)?,
            second_step,
        }))
    }

    /// The password again, for what is dear: true, and the session counts as shown just now. A no is written too.
    pub fn finish_again(
        &self,
        tx: &mut dyn Tx,
        weighed: &Weighed,
        session: &Token,
        now: Moment,
    ) -> Result<bool, NotLive> {
        let live = self.live(tx, session, now)?;
        match self.right(tx, weighed, now)? {
            Some((account, _)) if account == live.account => {
                self.show_again(tx, live.session, now)?;
                Ok(true)
            }
            _ => {
                self.note_failed(tx, &weighed.name, now)?;
                Ok(false)
            }
        }
    }

    /// Whose password it was, and whether a second step is due.
    fn right(&self, tx: &mut dyn Tx, weighed: &Weighed, now: Moment) -> Result<Option<(AccountId, bool)>, Fault> {
        let Some(id) = weighed.account else { return Ok(None) };
        // It may have been closed since the try began.
        let Some(account) = ACCOUNTS.get(tx, &id)?.filter(|account| !account.closed) else {
            return Ok(None);
        };
        self.uncount(tx, weighed.counted, now)?;
        Ok(Some((id, account.second_step)))
    }

    /// One write, the same for every name.
    fn note_failed(&self, tx: &mut dyn Tx, name: &Name, now: Moment) -> Result<(), Fault> {
        let (at, of) = self.failed_slot(name);
        let before = FAILED
            .get(tx, &at)?
            .filter(|row| row.of == of)
            .map_or(0, |row| row.count);
        let row = FailedRow {
            of,
            count: before.saturating_add(1),
            last: now,
        };
        FAILED.put(tx, &at, &row)
    }

    fn failed_slot(&self, name: &Name) -> (u32, [u8; 16]) {
        slot_of(self.mac("failed", &[name.folded().as_bytes()]))
    }

    /// What failed since last time, and the count begins anew.
    pub(crate) fn failed(&self, tx: &mut dyn Tx, name: &Name, now: Moment) -> Result<Failed, Fault> {
        let (at, of) = self.failed_slot(name);
        let row = FAILED.get(tx, &at)?.filter(|row| row.of == of);
        let fresh = FailedRow {
            of,
            count: 0,
            last: now,
        };
        FAILED.put(tx, &at, &fresh)?;
        Ok(row.filter(|row| row.count > 0).map_or(Failed::default(), |row| Failed {
            count: row.count,
            last: row.last,
        }))
    }
}
