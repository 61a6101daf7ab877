//! Epoch: a party whose database was put back knows it, and does nothing until it has asked its counterparts what it
//! forgot (docs/threats.md, rule 15).

use minicbor::{Decode, Encode};
use store::{Fault, Map, Part, Step as Change, Store, Table, Tx, Value, View};
use units::{Again, Moment, Refusal};

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Restored {
    /// As the store said it.
    #[n(0)]
    how: String,
    /// The epoch that begins when it has found out: none it may have lived through before.
    #[n(1)]
    next: u64,
}
impl Value for Restored {}

const RESTORED: Map<(), Restored> = Map::new(Table::new("epoch_restored"));
const BEGAN: Map<(), Moment> = Map::new(Table::new("epoch_began"));

/// What every party's store has for this.
pub static PART: Part = Part::new("epoch", &[Change::Create(&[RESTORED.table(), BEGAN.table()])]);

/// The party was put back to an earlier state and has not yet found out what it forgot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this party was restored from an older copy of its books ({0}) and first asks its counterparts what it forgot; nothing has changed, ask again soon"
)]
pub struct NotReconciled(String);

impl Refusal for NotReconciled {
    fn code(&self) -> &'static str {
        "restored"
    }
    fn again(&self) -> Again {
        Again::Later
    }
}

/// To be called once when a party's store was opened, before it serves: notices that it was put back. True: the party
/// must reconcile before it does anything.
pub fn wake(store: &Store) -> Result<bool, Fault> {
    let standing = store.standing()?;
    if standing.is_settled() {
        return store.read(|view| RESTORED.has(view, &()));
    }
    let how = standing.to_string();
    let next = store.next_epoch()?;
    store.write(move |tx| {
        let how = how.clone();
        RESTORED.put(tx, &(), &Restored { how, next })
    })?;
    Ok(true)
}

/// Refuses effects while the party has not reconciled. Said by every verb that writes.
pub fn require<E: From<Fault> + From<NotReconciled>>(view: &mut dyn View) -> Result<(), E> {
    match RESTORED.get(view, &())? {
        Some(restored) => Err(E::from(NotReconciled(restored.how))),
        None => Ok(()),
    }
}

/// The epoch that begins when a restored party has found out what it forgot.
pub(crate) fn next(view: &mut dyn View) -> Result<Option<u64>, Fault> {
    Ok(RESTORED.get(view, &())?.map(|restored| restored.next))
}

/// Is the party still finding out?
pub fn is_restored(view: &mut dyn View) -> Result<bool, Fault> {
    RESTORED.has(view, &())
}

/// The party has reconciled: it serves again, and remembers since when. A shop says this itself, at the end of its
/// [`crate::shop::Shop::reconcile`]. For the others people say it, once they have compared the books with those of the
/// counterparts (the issuer's with its bank's statement): a program that guesses here makes money from nothing.
pub fn accept(tx: &mut dyn Tx, now: Moment) -> Result<(), Fault> {
    RESTORED.delete(tx, &())?;
    BEGAN.put(tx, &(), &now)
}

/// When the present epoch began, if it is not the first: quotes made before are void unless a counterpart knows better.
pub fn began(view: &mut dyn View) -> Result<Option<Moment>, Fault> {
    BEGAN.get(view, &())
}

/// Tells the store that the party has reconciled. To be called after the reconciling verb has answered; doing it again
/// does no harm.
pub fn settle(store: &Store) -> Result<u64, store::EpochRefused> {
    if store.standing()?.is_settled() {
        return Ok(store.identity()?.epoch);
    }
    let next = store.next_epoch()?;
    store.acknowledge_epoch(next)?;
    Ok(next)
}
