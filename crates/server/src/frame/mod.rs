//! Frame: what all parties' surfaces have in common: the door with its limits, rates and log, problems as documents, and the
//! listener. No party's rule is here.

pub mod around;
pub mod bind;
pub mod body;
pub mod limits;
pub mod problem;
pub mod rate;
pub mod serve;
pub mod source;

use axum::{Router, middleware};
use std::sync::Arc;

pub use around::{Door, NoGuess, RequestId, Source};
pub use body::{Asked, Json, Message, Named, bearer};
pub use problem::Problem;
pub use source::{Clock, NoChance, chance, seed};

/// Puts the door around a party's routes. `timed` are answered in bounded time; `streams` take as long as their bytes.
pub fn enclose(door: Arc<Door>, timed: Router, streams: Router) -> Router {
    timed
        .layer(middleware::from_fn(around::in_time))
        .merge(streams)
        .method_not_allowed_fallback(around::other_method)
        .fallback(around::nothing_here)
        .layer(middleware::from_fn_with_state(door, around::around))
}
