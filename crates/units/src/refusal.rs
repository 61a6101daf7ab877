//! Refusals: what every "no" of Keyfare tells its reader, whichever verb said it.

/// Would the very same request succeed later?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Again {
    /// Never: something about the request itself is wrong.
    Never,
    /// Perhaps, once whoever asks has done something (loaded money, made room).
    AfterYouAct,
    /// Yes, without changing anything: ask again in a moment.
    Later,
}

/// A "no" that helps: a code that never changes, and whether asking again makes sense. Its `Display` says in plain
/// words what happened and what to do, with the numbers that explain it, and never a secret or a person's name.
///
/// Each verb has its own error type, its variants in the order in which the rules are applied: where several rules would
/// refuse, the first one speaks.
pub trait Refusal: core::fmt::Display {
    /// Stable, lower-case, words joined by hyphens: "purse-too-small".
    fn code(&self) -> &'static str;
    /// See [`Again`].
    fn again(&self) -> Again;
    /// The code another party said, where this refusal only passes its word on. Whoever wraps such a refusal passes it on
    /// too.
    fn theirs(&self) -> Option<&str> {
        None
    }
    /// The code a reader is told at the end of the way: the other party's own where there is one, for it says more than
    /// that somebody refused.
    fn told(&self) -> &str {
        self.theirs().unwrap_or_else(|| self.code())
    }
}
