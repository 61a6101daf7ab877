//! A part of the world with its fingerprint: cheap to clone, cheap to hash, changed by copying.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A shared value and its fingerprint, kept up to date by [`Kept::edit`].
#[derive(Debug)]
pub struct Kept<T> {
    value: Arc<T>,
    print: u64,
}

/// The fingerprint of a value, the same in every run.
pub fn print_of<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl<T: Hash + Clone> Kept<T> {
    /// Keeps `value`.
    pub fn new(value: T) -> Self {
        let print = print_of(&value);
        let value = Arc::new(value);
        Self { value, print }
    }
    /// Changes the value.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(Arc::make_mut(&mut self.value));
        self.print = print_of(&*self.value);
        result
    }
    /// The fingerprint.
    pub const fn print(&self) -> u64 {
        self.print
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        let value = Arc::clone(&self.value);
        Self {
            value,
            print: self.print,
        }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print && self.value == other.value
    }
}

impl<T> Hash for Kept<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.print);
    }
}
