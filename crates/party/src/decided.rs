//! Decided: a server's decisions, one for each deal for ever, and the one deal each order was given to.

use deal::VoidReason;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Audience, SealTo, VerifyKey};
use store::{Fault, Keys, Map, Part, Step as Change, Table, Tx, Value, View};
use units::{DealId, Moment, OrderId, Tag};

use crate::door::{NotRead, OpenDone};

/// A decision, as it was written before it was said.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decided {
    /// Why not; `None`: it was given.
    #[n(0)]
    pub void: Option<VoidReason>,
    /// The order.
    #[n(1)]
    pub order: OrderId,
    /// When.
    #[n(2)]
    pub at: Moment,
    /// What is said: the whole [`deal::wire::SettleSheet`]. Signed and sealed from these bytes and the party's secret
    /// alone, so that the `settle` is the same however often it is asked for.
    #[n(3)]
    pub sheet: ByteVec,
    /// When the receiver said that it has closed.
    #[n(4)]
    pub done: Option<Moment>,
    /// The receiver's tag.
    #[n(5)]
    pub receiver: Tag,
    /// The tag's key: its `done` is signed with it.
    #[n(6)]
    pub sign: VerifyKey,
    /// The tag's key to seal to.
    #[n(7)]
    pub seal: SealTo,
}
impl Value for Decided {}

impl Decided {
    /// Was it given?
    pub const fn given(&self) -> bool {
        self.void.is_none()
    }
    /// Is it open, and the very tag that paid it that says it has closed?
    fn is_closed_by(&self, done: &OpenDone) -> bool {
        self.done.is_none() && self.receiver == done.claims().receiver
    }
}

const DECIDED: Map<DealId, Decided> = Map::new(Table::new("decided"));
const ORDERS: Map<OrderId, DealId> = Map::new(Table::new("decided_orders"));

/// What every deciding party's store has for this.
pub static PART: Part = Part::new("decided", &[Change::Create(&[DECIDED.table(), ORDERS.table()])]);

/// The decision on this deal, if it was made.
pub fn of(view: &mut dyn View, deal: DealId) -> Result<Option<Decided>, Fault> {
    DECIDED.get(view, &deal)
}

/// The deal that holds this order: given, or under way.
pub fn holder_of(view: &mut dyn View, order: OrderId) -> Result<Option<DealId>, Fault> {
    ORDERS.get(view, &order)
}

/// The order belongs to this deal from now on.
pub(crate) fn hold(tx: &mut dyn Tx, order: OrderId, deal: DealId) -> Result<(), Fault> {
    ORDERS.put(tx, &order, &deal)
}

/// Nothing came of it: another deal may have the order.
pub(crate) fn free(tx: &mut dyn Tx, order: OrderId, deal: DealId) -> Result<(), Fault> {
    if ORDERS.get(tx, &order)? == Some(deal) {
        ORDERS.delete(tx, &order)?;
    }
    Ok(())
}

/// Writes a decision. A second one for the same deal is a bug above and refused as damage, never overwritten.
pub(crate) fn write(tx: &mut dyn Tx, deal: DealId, decided: &Decided) -> Result<(), Fault> {
    if DECIDED.insert(tx, &deal, decided)? {
        Ok(())
    } else {
        Err(Fault::Corrupt {
            table: DECIDED.table().name(),
            why: "a second decision on one deal".to_owned(),
        })
    }
}

/// Checks the signature of a `done` beside the writer, with the key in the record of the first deal it closes.
pub(crate) fn look_into(view: &mut dyn View, done: &mut OpenDone, me: Audience) -> Result<(), Fault> {
    for deal in done.claims().deals.clone() {
        if let Some(decided) = DECIDED.get(view, &deal)?.filter(|d| d.is_closed_by(done)) {
            done.check(&decided.sign, me);
            break;
        }
    }
    Ok(())
}

/// The receivers' word that they have closed: noted for every deal in it that is known here and that this very tag paid.
/// Anything else in it changes nothing. Answers with what is closed now and was not before.
pub(crate) fn close<E: From<Fault> + From<NotRead>>(
    tx: &mut dyn Tx,
    done: &OpenDone,
    me: Audience,
    now: Moment,
) -> Result<Vec<DealId>, E> {
    let mut closed = Vec::new();
    for deal in &done.claims().deals {
        let Some(mut decided) = DECIDED.get(tx, deal)?.filter(|d| d.is_closed_by(done)) else {
            continue;
        };
        if closed.is_empty() {
            done.signed_by(&decided.sign, me).map_err(NotRead::from)?;
        }
        decided.done = Some(now);
        DECIDED.put(tx, deal, &decided)?;
        closed.push(*deal);
    }
    Ok(closed)
}

/// Every decision.
pub fn each<E: From<Fault>>(
    view: &mut dyn View,
    visit: impl FnMut(&mut dyn View, DealId, Decided) -> Result<(), E>,
) -> Result<(), E> {
    DECIDED.each(view, Keys::all(), visit)
}
