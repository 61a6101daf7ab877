//! Client: a program that charges for one enterprise or for several. Its secret is derived and shown when it is made; a repeat of
//! the making shows the same, and ending it ends its tokens.

use deal::enterprise::EnterpriseNo;
use minicbor::{Decode, Encode};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, OrderId, PartyId, Refusal};

use super::{Scopes, ids};
use crate::{Carrier, plan::is_line};

ids!(
    /// A client of the merchants' interface.
    ClientId
);

/// Whom a client may have paid.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Payee {
    /// The enterprise.
    #[n(0)]
    pub party: PartyId,
    /// Its number, by which a trust registry knows it.
    #[n(1)]
    pub no: Option<EnterpriseNo>,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct ApiClient {
    /// As subscribers read it when they are asked.
    #[n(0)]
    pub name: String,
    /// Whom it may have paid; the first one when a payment names nobody.
    #[n(1)]
    pub payees: Vec<Payee>,
    /// What it may do at most.
    #[n(2)]
    pub scopes: Scopes,
    /// A known correlator is refused, instead of answered as it was the first time.
    #[n(3)]
    pub strict: bool,
    /// Since when.
    #[n(4)]
    pub since: Moment,
    /// Until when, once ended.
    #[n(5)]
    pub ended: Option<Moment>,
    /// It charges a number in one step, and its subscriber has said nothing to the carrier: its contract says how it asks him
    /// itself. Every other client shows a token of the subscriber, or has him type a code (row-10).
    #[n(6)]
    pub unasked: bool,
}
impl Value for ApiClient {}

pub(crate) const CLIENTS: Map<ClientId, ApiClient> = Map::new(Table::new("merchant_clients"));

/// Why a client was not made, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// No such client.
    #[error("there is no such client")]
    Unknown,
    /// The name cannot be shown.
    #[error("a name has 1 to 60 characters on one line")]
    Name,
    /// Nobody to pay.
    #[error("a client charges for 1 to 100 enterprises; name them")]
    Payees,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ClientRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Unknown => "client-unknown",
            Self::Name => "client-name",
            Self::Payees => "client-payees",
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

impl ApiClient {
    /// Which enterprise a payment is for: the one it names, by its party or its number, or the first.
    pub(crate) fn payee(&self, named: Option<&str>) -> Option<&Payee> {
        let Some(named) = named else { return self.payees.first() };
        let is =
            |payee: &&Payee| payee.party.to_string() == named || payee.no.is_some_and(|no| no.0.to_string() == named);
        self.payees.iter().find(is)
    }
}

impl Carrier {
    /// Makes a client. `id` is drawn once and given again on a repeat, which changes nothing.
    pub fn add_client(&self, tx: &mut dyn Tx, id: ClientId, new: &ApiClient) -> Result<(), ClientRefused> {
        party::epoch::require::<ClientRefused>(tx)?;
        if !is_line(&new.name, 60) {
            return Err(ClientRefused::Name);
        }
        if !(1..=100).contains(&new.payees.len()) {
            return Err(ClientRefused::Payees);
        }
        if !CLIENTS.has(tx, &id)? {
            CLIENTS.put(tx, &id, new)?;
        }
        Ok(())
    }

    /// Ends a client: nothing it holds works any more. What it was paid for stays.
    pub fn end_client(&self, tx: &mut dyn Tx, id: ClientId, now: Moment) -> Result<(), ClientRefused> {
        party::epoch::require::<ClientRefused>(tx)?;
        let mut client = CLIENTS.get(tx, &id)?.ok_or(ClientRefused::Unknown)?;
        client.ended.get_or_insert(now);
        Ok(CLIENTS.put(tx, &id, &client)?)
    }

    /// The secret a client shows.
    pub fn client_secret(&self, id: ClientId) -> String {
        let secret = self.keys.derive("merchant/client", &[&id.0]);
        let (a, b) = secret.expose().split_at(16);
        let half = |bytes: &[u8]| OrderId::from_slice(bytes).map(|id| id.to_string()).unwrap_or_default();
        format!("{}{}", half(a), half(b))
    }

    /// A client that has shown its secret, and has not ended.
    pub fn client_by(&self, view: &mut dyn View, id: ClientId, secret: &str) -> Result<Option<ApiClient>, Fault> {
        let fits = seal::same(self.client_secret(id).as_bytes(), secret.as_bytes());
        Ok(CLIENTS.get(view, &id)?.filter(|client| fits && client.ended.is_none()))
    }

    /// All clients.
    pub fn clients(&self, view: &mut dyn View) -> Result<Vec<(ClientId, ApiClient)>, Fault> {
        CLIENTS.range(view, Keys::all(), 10_000)
    }
}
