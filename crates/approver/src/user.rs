//! Users: what an approver keeps of somebody besides the way to sign in.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Moment, Money};

use crate::Approver;

/// Somebody, to this approver alone: the account of `signin`.
pub use signin::AccountId as UserId;

/// The approver's own record of somebody (PA-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Conduct {
    /// Pays.
    #[n(0)]
    Good,
    /// A bill is overdue.
    #[n(1)]
    Overdue,
    /// Stopped, by the user or by the approver.
    #[n(2)]
    Stopped,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct User {
    /// The number under which a bureau knows this person, and nobody else.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub file: [u8; 16],
    /// How this person pays bills.
    #[n(1)]
    pub conduct: Conduct,
    /// How much may be owed.
    #[n(2)]
    pub limit: Money,
    /// How much one purchase may cost, if that is limited too.
    #[n(3)]
    pub single: Option<Money>,
    /// Since when.
    #[n(4)]
    pub since: Moment,
    /// Approved without the bureau since it last said something good about this person.
    #[n(5)]
    pub unasked: Money,
    /// When the present minute of questions began.
    #[n(6)]
    pub minute: Moment,
    /// Questions in it.
    #[n(7)]
    pub prompts: u32,
}
impl Value for User {}

pub(crate) const USERS: Map<UserId, User> = Map::new(Table::new("approver_users"));

impl Approver {
    /// Takes somebody on. What may be owed is nothing until a limit is set.
    pub fn enrol(&self, tx: &mut dyn Tx, id: UserId, file: [u8; 16], now: Moment) -> Result<(), Fault> {
        if USERS.has(tx, &id)? {
            return Ok(());
        }
        let zero = Money::zero(self.desk.currency());
        let user = User {
            file,
            conduct: Conduct::Good,
            limit: zero,
            single: None,
            since: now,
            unasked: zero,
            minute: now,
            prompts: 0,
        };
        USERS.put(tx, &id, &user)
    }

    /// A user.
    pub fn user(&self, view: &mut dyn View, id: UserId) -> Result<Option<User>, Fault> {
        USERS.get(view, &id)
    }

    /// All users, at most `limit`, after the one given.
    pub fn users(
        &self,
        view: &mut dyn View,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, User)>, Fault> {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        USERS.range(view, keys, limit)
    }

    /// Notes how somebody pays, or stops somebody.
    pub fn set_conduct(&self, tx: &mut dyn Tx, id: UserId, conduct: Conduct) -> Result<bool, Fault> {
        let Some(mut user) = USERS.get(tx, &id)? else {
            return Ok(false);
        };
        user.conduct = conduct;
        USERS.put(tx, &id, &user)?;
        Ok(true)
    }

    /// Limits what one purchase may cost; the user's own choice.
    pub fn set_single(&self, tx: &mut dyn Tx, id: UserId, single: Option<Money>) -> Result<bool, Fault> {
        let Some(mut user) = USERS.get(tx, &id)? else {
            return Ok(false);
        };
        user.single = single;
        USERS.put(tx, &id, &user)?;
        Ok(true)
    }
}
