//! Store: the handle every party holds. Below it stands an [`Engine`]; above it nothing knows which.

use crate::answer::{Promise, promise};
use crate::{Answer, Fault, Tx, View};
use core::cell::RefCell;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// What an engine runs: one closure with the place its result goes.
pub trait Job: Send {
    /// Runs against `tx`; true means "keep my writes". May be called again after a conflict, on a clean transaction.
    fn run(&mut self, tx: &mut dyn Tx) -> bool;
    /// Delivers the result: after the commit, or with the fault that prevented it.
    fn answer(self: Box<Self>, end: Result<(), Fault>);
}

/// A storage engine. Its contract is the `conformance` module; a job dropped unanswered reports
/// [`Fault::Stopped`] by itself.
pub trait Engine: Send + Sync + 'static {
    /// Takes a job. Its answer comes after everything it read and wrote is durable. Never blocks on the disk of others.
    fn submit(&self, job: Box<dyn Job>);
    /// Runs `look` on a consistent, committed picture, on this thread.
    fn read(&self, look: &mut dyn FnMut(&mut dyn View)) -> Result<(), Fault>;
}

/// One party's store. Cheap to clone; the engine closes with the last clone.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    number: u64,
}

/// Tells stores of one process apart, only to notice a transaction that calls its own store.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The stores in whose transactions this thread is.
    static INSIDE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// This thread is in a transaction of one store, until dropped.
struct Inside;

impl Inside {
    fn enter(number: u64) -> Self {
        INSIDE.with_borrow_mut(|inside| inside.push(number));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.truncate(inside.len().saturating_sub(1)))
    }
}

impl Store {
    /// A store on `engine`.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Runs `f` in a transaction and waits for the disk. `Ok`: its writes are durable. `Err`: nothing of it remains.
    ///
    /// `f` may run more than once (an engine retries conflicts), so it takes everything from the transaction and moves
    /// nothing out of its captures. Refuses with a [`Fault`] turned into `E` when the engine could not do it.
    pub fn write<T, E>(&self, f: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        self.submit(f).wait()
    }

    /// The same without waiting: thousands of handlers can await theirs while one commit serves them all. The work is
    /// done whether or not somebody waits for it.
    pub fn submit<T, E>(&self, f: impl FnMut(&mut dyn Tx) -> Result<T, E> + Send + 'static) -> Answer<Result<T, E>>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (promise, answer) = promise();
        if self.is_inside() {
            promise.keep(Err(E::from(Fault::Nested)));
        } else {
            self.engine.submit(Box::new(Typed {
                f,
                result: None,
                promise: Some(promise),
                store: self.number,
            }));
        }
        answer
    }

    /// Runs `f` on what is committed, on this thread. It sees every write that was answered before.
    pub fn read<T, E: From<Fault>>(&self, mut f: impl FnMut(&mut dyn View) -> Result<T, E>) -> Result<T, E> {
        if self.is_inside() {
            return Err(E::from(Fault::Nested));
        }
        let mut result = None;
        self.engine.read(&mut |view| {
            let _inside = Inside::enter(self.number);
            result = Some(f(view));
        })?;
        result.unwrap_or_else(|| Err(E::from(Fault::Stopped)))
    }

    fn is_inside(&self) -> bool {
        INSIDE.with_borrow(|inside| inside.contains(&self.number))
    }
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Store({})", self.number)
    }
}

/// A closure with types, as engines see it: without.
struct Typed<F, T, E: From<Fault>> {
    f: F,
    result: Option<Result<T, E>>,
    promise: Option<Promise<Result<T, E>>>,
    store: u64,
}

impl<F, T, E> Job for Typed<F, T, E>
where
    F: FnMut(&mut dyn Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, tx: &mut dyn Tx) -> bool {
        let _inside = Inside::enter(self.store);
        self.result = None;
        let result = (self.f)(tx);
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(mut self: Box<Self>, end: Result<(), Fault>) {
        let result = match end {
            Ok(()) => self.result.take().unwrap_or_else(|| Err(E::from(Fault::Stopped))),
            Err(fault) => Err(E::from(fault)),
        };
        if let Some(promise) = self.promise.take() {
            promise.keep(result)
        }
    }
}

impl<F, T, E: From<Fault>> Drop for Typed<F, T, E> {
    fn drop(&mut self) {
        if let Some(promise) = self.promise.take() {
            promise.keep(Err(E::from(Fault::Stopped)))
        }
    }
}
