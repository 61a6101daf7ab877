//! Notice: the issuer tells what is on its way to a publisher, as far as it knows (SD-23).

use seal::{Kind, role};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::PartyId;

use super::{CollectRefused, Collector, figures::week_of};
use crate::{door::NotRead, issuer::Outstanding};

impl Value for Outstanding {}

/// The latest notice about each payee.
pub(super) const NOTICES: Map<PartyId, Outstanding> = Map::new(Table::new("collector_notices"));

/// The last notice of each week, so that people see how much was on its way then.
pub(super) const BY_WEEK: Map<(PartyId, u64), Outstanding> = Map::new(Table::new("collector_notices_by_week"));

/// How many weeks are read at once, at most.
const WEEKS_MAX: usize = 520;

/// What was on its way to a payee at the end of each week of which the issuer told, the earliest first; from `first` on, and
/// the last one before it.
pub(super) fn weeks(view: &mut dyn View, payee: PartyId, first: u64) -> Result<Vec<(u64, Outstanding)>, Fault> {
    let mut told = Vec::new();
    for ((_, week), notice) in BY_WEEK.range(view, Keys::under(&payee).newest_first(), WEEKS_MAX)? {
        told.push((week, notice));
        if week < first {
            break;
        }
    }
    told.reverse();
    Ok(told)
}

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
            BY_WEEK.put(tx, &(notice.payee, week_of(notice.at)), &notice)?;
        }
        Ok(())
    }

    /// What is still on its way to a payee, as the issuer told it last; nothing: it has told nothing yet.
    pub fn outstanding(&self, view: &mut dyn View, payee: PartyId) -> Result<Option<Outstanding>, Fault> {
        NOTICES.get(view, &payee)
    }
}
