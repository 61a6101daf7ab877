//! Subscribers: contracts, the numbers that belong to them and since when, and the key by which a wallet shows whose it is.
//!
//! A number is recycled, a SIM is swapped: what was used belongs to whoever had the number then, and a charge is signed with
//! a key of the contract, never recognised by a number (row-61).

use core::{fmt, str::FromStr};

use minicbor::{Decode, Encode};
use seal::VerifyKey;
use store::{Fault, Key, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, OrderId, Refusal};

use crate::{
    Carrier, Month, PlanId, ServiceId,
    plan::{PLANS, SERVICES, is_line},
    run,
};

/// A subscriber, to this carrier alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct SubscriberId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

impl fmt::Display for SubscriberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OrderId(self.0).fmt(f)
    }
}
impl FromStr for SubscriberId {
    type Err = units::NotAnId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<OrderId>().map(|id| Self(id.0))
    }
}
impl Key for SubscriberId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Key::read(bytes).map(Self)
    }
}
impl Value for SubscriberId {}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Contract {
    /// For bills.
    #[n(0)]
    pub name: String,
    /// Lines of the address, for bills.
    #[n(1)]
    pub address: Vec<String>,
    /// The telephone number: "+" and 5 to 15 digits.
    #[n(2)]
    pub number: String,
    /// Signs what its wallet asks the carrier to pay.
    #[n(3)]
    pub key: Option<VerifyKey>,
    /// Most for content in one month.
    #[n(4)]
    pub content_limit: Money,
    /// Content stands on a bill of its own.
    #[n(5)]
    pub apart: bool,
    /// Since when.
    #[n(6)]
    pub since: Moment,
    /// Until when, once it was ended.
    #[n(7)]
    pub ended: Option<Moment>,
}
impl Value for Contract {}

/// What somebody signs up for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContract {
    /// For bills.
    pub name: String,
    /// Lines of the address, for bills.
    pub address: Vec<String>,
    /// The telephone number.
    pub number: String,
    /// The wallet's key.
    pub key: Option<VerifyKey>,
    /// Most for content in one month, if not as usual.
    pub content_limit: Option<Money>,
    /// Content stands on a bill of its own.
    pub apart: bool,
    /// Plan and services.
    pub terms: Terms,
}

/// What is paid for each month, from one month on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Terms {
    /// The plan.
    #[n(0)]
    pub plan: PlanId,
    /// Extra services.
    #[n(1)]
    pub services: Vec<ServiceId>,
}
impl Value for Terms {}

pub(crate) const CONTRACTS: Map<SubscriberId, Contract> = Map::new(Table::new("carrier_contracts"));
/// Whose a number is from a moment on; nobody's once a contract has ended.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Held(#[n(0)] pub(crate) Option<SubscriberId>);
impl Value for Held {}

pub(crate) const NUMBERS: Map<(String, Moment), Held> = Map::new(Table::new("carrier_numbers"));
pub(crate) const TERMS: Map<(SubscriberId, Month), Terms> = Map::new(Table::new("carrier_terms"));
pub(crate) const BY_KEY: Map<[u8; 32], SubscriberId> = Map::new(Table::new("carrier_wallet_keys"));

/// Why a contract was not made or changed, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContractRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// There is no such contract, or it has ended.
    #[error("there is no such contract here, or it has ended")]
    NoContract,
    /// Name or address cannot stand on a bill.
    #[error("name and address are up to 6 lines of 1 to 60 characters")]
    Name,
    /// Not a telephone number.
    #[error("a number is \"+\" and 5 to 15 digits, the first not 0 (E.164)")]
    Number,
    /// Somebody has it.
    #[error("this number belongs to another contract; end that one first")]
    Taken,
    /// Another contract's key.
    #[error("this wallet's key belongs to another contract")]
    KeyTaken,
    /// Plan or service is none.
    #[error("there is no plan or service {0}; add it first")]
    NoTerms(String),
    /// Terms of a month that has begun do not change.
    #[error("terms change with a month that has not begun: the first is {0}")]
    Begun(Month),
    /// Another currency.
    #[error("a limit is in this carrier's currency")]
    Limit,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ContractRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoContract => "contract-unknown",
            Self::Name => "contract-name",
            Self::Number => "contract-number",
            Self::Taken => "contract-number-taken",
            Self::KeyTaken => "contract-key-taken",
            Self::NoTerms(_) => "contract-terms",
            Self::Begun(_) => "contract-month-begun",
            Self::Limit => "contract-limit",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// "+" and 5 to 15 digits, the first not 0.
pub(crate) fn is_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else {
        return false;
    };
    (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// Whose a number was at a moment.
pub(crate) fn whose(view: &mut dyn View, number: &str, at: Moment) -> Result<Option<SubscriberId>, Fault> {
    let number = number.to_owned();
    let end = (number.clone(), Moment(at.0.saturating_add(1)));
    let keys = Keys::under(&number).until(&end).newest_first();
    Ok(NUMBERS
        .range(view, keys, 1)?
        .into_iter()
        .next()
        .and_then(|(_, held)| held.0))
}

impl Carrier {
    fn check_terms(&self, view: &mut dyn View, terms: &Terms) -> Result<(), ContractRefused> {
        if !PLANS.has(view, &terms.plan)? {
            return Err(ContractRefused::NoTerms(terms.plan.clone()));
        }
        for service in &terms.services {
            if !SERVICES.has(view, service)? {
                return Err(ContractRefused::NoTerms(service.clone()));
            }
        }
        Ok(())
    }

    /// Makes a contract. `id` is drawn once and given again on a repeat, which changes nothing.
    pub fn sign_up(
        &self,
        tx: &mut dyn Tx,
        id: SubscriberId,
        new: &NewContract,
        now: Moment,
    ) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        if CONTRACTS.has(tx, &id)? {
            return Ok(());
        }
        if !is_line(&new.name, 60) || new.address.len() > 6 || new.address.iter().any(|line| !is_line(line, 60)) {
            return Err(ContractRefused::Name);
        }
        if !is_number(&new.number) {
            return Err(ContractRefused::Number);
        }
        if whose(tx, &new.number, now)?.is_some() {
            return Err(ContractRefused::Taken);
        }
        if let Some(key) = new.key
            && BY_KEY.has(tx, &key.0)?
        {
            return Err(ContractRefused::KeyTaken);
        }
        self.check_terms(tx, &new.terms)?;
        let limit = new.content_limit.unwrap_or(self.config.content_limit);
        if limit.currency() != self.desk.currency() {
            return Err(ContractRefused::Limit);
        }
        let contract = Contract {
            name: new.name.clone(),
            address: new.address.clone(),
            number: new.number.clone(),
            key: new.key,
            content_limit: limit,
            apart: new.apart,
            since: now,
            ended: None,
        };
        CONTRACTS.put(tx, &id, &contract)?;
        NUMBERS.put(tx, &(new.number.clone(), now), &Held(Some(id)))?;
        if let Some(key) = new.key {
            BY_KEY.put(tx, &key.0, &id)?;
        }
        let month = run::open_month(tx, Month::of(now, self.config.zone_minutes))?;
        TERMS.put(tx, &(id, month), &new.terms)?;
        run::FIRST.insert(tx, &(), &month)?;
        Ok(())
    }

    /// Changes plan and services from a month on that has not begun.
    pub fn change_terms(
        &self,
        tx: &mut dyn Tx,
        id: SubscriberId,
        from: Month,
        terms: &Terms,
        now: Moment,
    ) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        self.live(tx, id)?;
        self.check_terms(tx, terms)?;
        let first = Month::of(now, self.config.zone_minutes).next();
        if from < first {
            return Err(ContractRefused::Begun(first));
        }
        Ok(TERMS.put(tx, &(id, from), terms)?)
    }

    /// Sets the most that is paid for content in one month, from now on.
    pub fn change_limit(&self, tx: &mut dyn Tx, id: SubscriberId, limit: Money) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        let mut contract = self.live(tx, id)?;
        if limit.currency() != self.desk.currency() {
            return Err(ContractRefused::Limit);
        }
        contract.content_limit = limit;
        Ok(CONTRACTS.put(tx, &id, &contract)?)
    }

    /// Says whether content has a bill of its own: of every month that is not billed yet.
    pub fn set_apart(&self, tx: &mut dyn Tx, id: SubscriberId, apart: bool) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        let mut contract = self.live(tx, id)?;
        contract.apart = apart;
        Ok(CONTRACTS.put(tx, &id, &contract)?)
    }

    /// Binds another wallet to a contract, or none: in the same write the old key signs nothing any more. What it signed and the
    /// carrier decided stays decided.
    pub fn bind_wallet(
        &self,
        tx: &mut dyn Tx,
        id: SubscriberId,
        key: Option<VerifyKey>,
    ) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        let mut contract = self.live(tx, id)?;
        if let Some(key) = key
            && BY_KEY.get(tx, &key.0)?.is_some_and(|whose| whose != id)
        {
            return Err(ContractRefused::KeyTaken);
        }
        if let Some(old) = contract.key {
            BY_KEY.delete(tx, &old.0)?;
        }
        if let Some(key) = key {
            BY_KEY.put(tx, &key.0, &id)?;
        }
        contract.key = key;
        Ok(CONTRACTS.put(tx, &id, &contract)?)
    }

    /// Ends a contract: its number is free, its key signs nothing any more, and its last bills still come.
    pub fn end_contract(&self, tx: &mut dyn Tx, id: SubscriberId, now: Moment) -> Result<(), ContractRefused> {
        party::epoch::require::<ContractRefused>(tx)?;
        let mut contract = CONTRACTS.get(tx, &id)?.ok_or(ContractRefused::NoContract)?;
        if contract.ended.is_some() {
            return Ok(());
        }
        contract.ended = Some(now);
        NUMBERS.put(tx, &(contract.number.clone(), now), &Held(None))?;
        if let Some(key) = contract.key {
            BY_KEY.delete(tx, &key.0)?;
        }
        Ok(CONTRACTS.put(tx, &id, &contract)?)
    }

    fn live(&self, view: &mut dyn View, id: SubscriberId) -> Result<Contract, ContractRefused> {
        let contract = CONTRACTS.get(view, &id)?;
        contract
            .filter(|c| c.ended.is_none())
            .ok_or(ContractRefused::NoContract)
    }

    /// A contract.
    pub fn contract(&self, view: &mut dyn View, id: SubscriberId) -> Result<Option<Contract>, Fault> {
        CONTRACTS.get(view, &id)
    }
    /// All contracts, at most `limit`, after the one given.
    pub fn contracts(
        &self,
        view: &mut dyn View,
        after: Option<SubscriberId>,
        limit: usize,
    ) -> Result<Vec<(SubscriberId, Contract)>, Fault> {
        let mut keys = Keys::all();
        if let Some(after) = after {
            keys = keys.after(&after);
        }
        CONTRACTS.range(view, keys, limit)
    }
    /// Whose a number is now.
    pub fn subscriber_of(&self, view: &mut dyn View, number: &str, now: Moment) -> Result<Option<SubscriberId>, Fault> {
        whose(view, number, now)
    }
    /// The terms of a month.
    pub fn terms(&self, view: &mut dyn View, id: SubscriberId, month: Month) -> Result<Option<Terms>, Fault> {
        let keys = Keys::under(&id).until(&(id, month.next())).newest_first();
        Ok(TERMS.range(view, keys, 1)?.into_iter().next().map(|(_, terms)| terms))
    }
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_are_international() {
        for good in ["+12345", "+819012345678", "+123456789012345"] {
            assert!(is_number(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "09012345678",
            "+0123456",
            "+1234",
            "+1234567890123456",
            "+81 90",
            "+8190\n",
        ] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
