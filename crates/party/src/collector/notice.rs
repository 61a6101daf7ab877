//! Notice: the issuer tells what is on its way to a publisher, as far as it knows (SD-23).

use seal::{Kind, role};
use store::{Fault, Map, Table, Tx, Value, View};
use units::PartyId;

use super::{CollectRefused, Collector};
use crate::{door::NotRead, issuer::Outstanding};

impl Value for Outstanding {}

/// The latest notice about each payee.
pub(super) const NOTICES: Map<PartyId, Outstanding> = Map::new(Table::new("collector_notices"));

impl Collector {
    /// Takes a signed notice of the issuer. One that is older than what is known changes nothing.
    pub(super) fn told(&self, tx: &mut dyn Tx, message: &[u8]) -> Result<(), CollectRefused> {
        crate::epoch::require::<CollectRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let issuer = known
            .ever_certified::<role::Issuer>(self.config.issuer)
            .ok_or(CollectRefused::NoIssuer)?;
        let notice: Outstanding = seal::parse(message, Kind::Notice, self.desk.realm_id())
            .and_then(|s| s.verify(issuer.sign(), self.keys.audience()))
            .map_err(NotRead::from)?;
        if !self.config.payees.contains(&notice.payee) {
            return Err(CollectRefused::NotOurs);
        }
        if NOTICES
            .get(tx, &notice.payee)?
            .is_none_or(|last| last.number < notice.number)
        {
            NOTICES.put(tx, &notice.payee, &notice)?;
        }
        Ok(())
    }

    /// What is still on its way to a payee, as the issuer told it last; nothing: it has told nothing yet.
    pub fn outstanding(&self, view: &mut dyn View, payee: PartyId) -> Result<Option<Outstanding>, Fault> {
        NOTICES.get(view, &payee)
    }
}
