//! Look: what operators see of a medium, a device and a user. No key is in it, and no User ID.

use store::{Fault, Keys, View};
use units::Moment;

use super::{
    CopyServer,
    rows::{ALARMS, BY_KEEPER, DEVICES, ENTRIES, Entry, GIVEN, Given, MEDIA, Made, Medium, OF_ENTRY, Use},
};
use crate::ids::{DeliveryId, DeviceId, MediumId};

/// One copy of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its delivery.
    pub delivery: DeliveryId,
    /// All that is known of it.
    pub given: Given,
}

/// A user, by devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserHistory {
    /// Devices, dates, repairs, reissues.
    pub entry: Entry,
    /// Everything the user ever had keys of, oldest first.
    pub copies: Vec<Copied>,
}

/// The most copies one page shows.
const COPIES_MAX: usize = 500;

impl CopyServer {
    /// A medium, and to whom its key went.
    pub fn medium(&self, view: &mut dyn View, id: MediumId) -> Result<Option<(Medium, Option<Copied>)>, Fault> {
        let Some(medium) = MEDIA.get(view, &id)? else {
            return Ok(None);
        };
        let copied = match medium.used {
            Use::Unused => None,
            Use::Given(delivery) | Use::Freed(_, delivery) => {
                GIVEN.get(view, &delivery)?.map(|given| Copied { delivery, given })
            }
        };
        Ok(Some((medium, copied)))
    }

    /// A device that was made.
    pub fn device(&self, view: &mut dyn View, id: DeviceId) -> Result<Option<Made>, Fault> {
        DEVICES.get(view, &id)
    }

    /// The user whose keys this card, player or drive keeps.
    pub fn user(&self, view: &mut dyn View, keeper: DeviceId) -> Result<Option<UserHistory>, Fault> {
        let Some(id) = BY_KEEPER.get(view, &keeper)? else {
            return Ok(None);
        };
        let Some(entry) = ENTRIES.get(view, &id)? else {
            return Ok(None);
        };
        let mut copies = Vec::new();
        for ((_, _, delivery), ()) in OF_ENTRY.range(view, Keys::under(&id), COPIES_MAX)? {
            copies.extend(GIVEN.get(view, &delivery)?.map(|given| Copied { delivery, given }));
        }
        Ok(Some(UserHistory { entry, copies }))
    }

    /// Who guessed too often, the newest first: a keeper, a User ID (by its tag), or whatever came over one way without its
    /// key (a gateway; zeros: straight here).
    pub fn alarms(&self, view: &mut dyn View, limit: usize) -> Result<Vec<(Moment, DeviceId)>, Fault> {
        let found = ALARMS.range(view, Keys::all().newest_first(), limit)?;
        Ok(found.into_iter().map(|((at, who), _)| (at, DeviceId(who))).collect())
    }
}
