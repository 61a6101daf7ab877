//! Answer: the promise of a result. Await it in a handler, or wait for it on a thread; no runtime is involved, so one
//! store serves asynchronous servers, plain threads and a single-threaded simulation alike.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

struct Slot<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

struct State<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result that will come, exactly once. Dropping it does not stop the work.
#[must_use = "the result is not known before this was awaited"]
pub struct Answer<T>(Arc<Slot<T>>);

/// The other end: whoever holds it owes the result.
pub(crate) struct Promise<T>(Arc<Slot<T>>);

/// A promise and its answer.
pub(crate) fn promise<T>() -> (Promise<T>, Answer<T>) {
    let slot = Arc::new(Slot {
        state: Mutex::new(State {
            value: None,
            waker: None,
        }),
        filled: Condvar::new(),
    });
    (Promise(slot.clone()), Answer(slot))
}

impl<T> Promise<T> {
    /// Delivers the result.
    pub(crate) fn keep(self, value: T) {
        let waker = {
            let mut state = self.0.lock();
            state.value = Some(value);
            state.waker.take()
        };
        self.0.filled.notify_one();
        if let Some(waker) = waker {
            waker.wake()
        }
    }
}

impl<T> Answer<T> {
    /// Blocks this thread until the result is there.
    pub fn wait(self) -> T {
        let mut state = self.0.lock();
        loop {
            if let Some(value) = state.value.take() {
                return value;
            }
            state = self.0.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The result if it is there already; the answer back otherwise.
    pub fn now(self) -> Result<T, Self> {
        let value = self.0.lock().value.take();
        value.ok_or(self)
    }
}

impl<T> Future for Answer<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.0.lock();
        if let Some(value) = state.value.take() {
            return Poll::Ready(value);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Wake;

    struct Bell(Mutex<bool>);
    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() = true
        }
    }

    #[test]
    fn an_answer_wakes_its_task_and_its_thread() {
        let bell = Arc::new(Bell(Mutex::new(false)));
        let waker = Waker::from(bell.clone());
        let mut context = Context::from_waker(&waker);

        let (promise, mut answer) = super::promise();
        assert!(Pin::new(&mut answer).poll(&mut context).is_pending());
        promise.keep(7);
        assert!(*bell.0.lock().unwrap());
        assert_eq!(Pin::new(&mut answer).poll(&mut context), Poll::Ready(7));

        let (promise, answer) = super::promise();
        let waiting = std::thread::spawn(move || answer.wait());
        promise.keep(8);
        assert_eq!(waiting.join().unwrap(), 8);
    }
}
