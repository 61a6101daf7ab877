//! Grants: which role an account has, and over which party: an editor of this publisher, an operator of this shop. What a
//! role may do is for the party to say.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, View};
use units::PartyId;

use crate::{AccountId, Gate};

/// A role over a party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct Grant {
    /// Over whom.
    #[n(0)]
    pub over: PartyId,
    /// As what: a short word of the party's own, `owner`, `editor`.
    #[n(1)]
    pub role: String,
}

impl Grant {
    /// The role `role` over `over`.
    pub fn new(over: PartyId, role: &str) -> Self {
        Self {
            over,
            role: role.chars().take(32).collect(),
        }
    }
}

pub(crate) const GRANTS: Map<(AccountId, PartyId, String), ()> = Map::new(Table::new("signin_grants"));
pub(crate) const BY_PARTY: Map<(PartyId, AccountId, String), ()> = Map::new(Table::new("signin_grants_by_party"));

impl Gate {
    /// Gives a role.
    pub fn grant(&self, tx: &mut dyn Tx, id: AccountId, grant: &Grant) -> Result<(), Fault> {
        GRANTS.put(tx, &(id, grant.over, grant.role.clone()), &())?;
        BY_PARTY.put(tx, &(grant.over, id, grant.role.clone()), &())
    }

    /// Takes a role back; it counts from the next request on.
    pub fn take_back(&self, tx: &mut dyn Tx, id: AccountId, grant: &Grant) -> Result<(), Fault> {
        GRANTS.delete(tx, &(id, grant.over, grant.role.clone()))?;
        BY_PARTY.delete(tx, &(grant.over, id, grant.role.clone())).map(|_| ())
    }

    /// Has the account that role?
    pub fn has_role(&self, view: &mut dyn View, id: AccountId, over: PartyId, role: &str) -> Result<bool, Fault> {
        GRANTS.has(view, &(id, over, role.to_owned()))
    }

    /// All roles of an account.
    pub fn grants(&self, view: &mut dyn View, id: AccountId) -> Result<Vec<Grant>, Fault> {
        let rows = GRANTS.range(view, Keys::under(&id), usize::MAX)?;
        Ok(rows
            .into_iter()
            .map(|((_, over, role), ())| Grant { over, role })
            .collect())
    }

    /// Everybody who has a role over a party.
    pub fn people(&self, view: &mut dyn View, over: PartyId) -> Result<Vec<(AccountId, String)>, Fault> {
        let rows = BY_PARTY.range(view, Keys::under(&over), usize::MAX)?;
        Ok(rows.into_iter().map(|((_, id, role), ())| (id, role)).collect())
    }
}
