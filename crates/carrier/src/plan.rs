//! Plans: what the telephone costs in a month. A plan never changes: another price is another plan, and a contract moves to
//! it with a month.

use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Money, Refusal};

use crate::{Carrier, Meter};

/// A plan's name in the books: letters, digits and hyphens.
pub type PlanId = String;
/// A service's name in the books.
pub type ServiceId = String;

/// A price per started unit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rate {
    /// How many seconds or packets make a unit; at least one.
    #[n(0)]
    pub unit: u64,
    /// What a started unit costs.
    #[n(1)]
    pub price: Money,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Plan {
    /// As bills call it.
    #[n(0)]
    pub name: String,
    /// Each month, used or not.
    #[n(1)]
    pub basic: Money,
    /// Calls: every call is rounded up to started units of seconds.
    #[n(2)]
    pub calls: Rate,
    /// Packets: the month's sum is rounded up to started units.
    #[n(3)]
    pub packets: Rate,
}
impl Value for Plan {}

/// An extra service.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Service {
    /// As bills call it.
    #[n(0)]
    pub name: String,
    /// Each month.
    #[n(1)]
    pub monthly: Money,
}
impl Value for Service {}

pub(crate) const PLANS: Map<PlanId, Plan> = Map::new(Table::new("carrier_plans"));
pub(crate) const SERVICES: Map<ServiceId, Service> = Map::new(Table::new("carrier_services"));

/// Why a plan or service was not taken in, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefused {
    /// The id is no id.
    #[error("an id is 1 to 40 small letters, digits and hyphens")]
    Id,
    /// The name is none.
    #[error("a name has 1 to 60 characters on one line")]
    Name,
    /// A unit of nothing, or another currency.
    #[error("a unit has at least one second or packet, and prices are in this carrier's currency")]
    Rate,
    /// It exists with another content.
    #[error("{0} exists already and differs; a plan never changes, another price needs another id")]
    ExistsDifferently(String),
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PlanRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Id => "plan-id",
            Self::Name => "plan-name",
            Self::Rate => "plan-rate",
            Self::ExistsDifferently(_) => "plan-exists-differently",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

pub(crate) fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

/// Text that people read on one line.
pub(crate) fn is_line(text: &str, most: usize) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (1..=most).contains(&text.chars().count()) && !text.chars().any(odd)
}

impl Rate {
    /// What `units` started units cost; the most money there is when it is more.
    pub(crate) fn cost(&self, units: u64) -> Money {
        let most = || Money::new(units::AMOUNT_MAX, self.price.currency()).unwrap_or(self.price);
        self.price.times(units).unwrap_or_else(|_| most())
    }
    /// Started units of a quantity.
    pub(crate) fn started(&self, quantity: u64) -> u64 {
        quantity.div_ceil(self.unit.max(1))
    }
}

impl Plan {
    /// What a month's calls cost.
    pub(crate) fn calls_of(&self, meter: &Meter) -> Money {
        self.calls.cost(meter.call_units)
    }
    /// What a month's packets cost.
    pub(crate) fn packets_of(&self, meter: &Meter) -> Money {
        self.packets.cost(self.packets.started(meter.packets))
    }
}

impl Carrier {
    /// Takes in a plan. The same again changes nothing.
    pub fn add_plan(&self, tx: &mut dyn Tx, id: &str, plan: &Plan) -> Result<(), PlanRefused> {
        let currency = self.desk.currency();
        if !is_id(id) {
            return Err(PlanRefused::Id);
        }
        if !is_line(&plan.name, 60) {
            return Err(PlanRefused::Name);
        }
        let rates = [&plan.calls, &plan.packets];
        if rates
            .iter()
            .any(|rate| rate.unit == 0 || rate.price.currency() != currency)
            || plan.basic.currency() != currency
        {
            return Err(PlanRefused::Rate);
        }
        match PLANS.get(tx, &id.to_owned())? {
            Some(there) if there == *plan => Ok(()),
            Some(_) => Err(PlanRefused::ExistsDifferently(id.to_owned())),
            None => Ok(PLANS.put(tx, &id.to_owned(), plan)?),
        }
    }

    /// Takes in a service. The same again changes nothing.
    pub fn add_service(&self, tx: &mut dyn Tx, id: &str, service: &Service) -> Result<(), PlanRefused> {
        if !is_id(id) {
            return Err(PlanRefused::Id);
        }
        if !is_line(&service.name, 60) {
            return Err(PlanRefused::Name);
        }
        if service.monthly.currency() != self.desk.currency() {
            return Err(PlanRefused::Rate);
        }
        match SERVICES.get(tx, &id.to_owned())? {
            Some(there) if there == *service => Ok(()),
            Some(_) => Err(PlanRefused::ExistsDifferently(id.to_owned())),
            None => Ok(SERVICES.put(tx, &id.to_owned(), service)?),
        }
    }

    /// All plans.
    pub fn plans(&self, view: &mut dyn View) -> Result<Vec<(PlanId, Plan)>, Fault> {
        PLANS.range(view, Keys::all(), 1000)
    }
    /// All services.
    pub fn services(&self, view: &mut dyn View) -> Result<Vec<(ServiceId, Service)>, Fault> {
        SERVICES.range(view, Keys::all(), 1000)
    }
}
