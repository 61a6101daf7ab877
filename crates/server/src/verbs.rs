//! Verbs: messages of the protocol over HTTP. One address per verb, `POST /v1/{word}`, CBOR in and out.

use std::sync::Arc;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use party::{
    Party,
    errand::{Step, Verb},
};
use units::{Again, Span};

use crate::{
    frame::{Message, Problem},
    office::Office,
};

/// CBOR bytes, for the description of the interface.
#[derive(Debug, utoipa::ToSchema)]
#[schema(value_type = String, format = Binary, description = "Canonical CBOR; the messages are described in docs/formats")]
pub struct Binary(#[allow(dead_code)] String);

/// Serves one message of a verb.
pub async fn serve<P>(office: &Arc<Office<P>>, verb: Verb, message: Message) -> Result<Response, Problem>
where
    P: Party + Send + Sync + 'static,
{
    Ok(say(office.serve(verb, message.0).await?))
}

/// A step as an answer.
pub fn say(step: Step) -> Response {
    match step {
        Step::Answer(bytes) if bytes.is_empty() => StatusCode::NO_CONTENT.into_response(),
        Step::Answer(bytes) => Message::from(bytes).into_response(),
        Step::NotYet(after) => not_yet(after).into_response(),
        // The office carries errands out itself; one that is left says: ask again.
        Step::Errand(_) => not_yet(Span::seconds(1)).into_response(),
    }
}

fn not_yet(after: Span) -> Problem {
    let text = "it is written down and not decided yet; send the same message again as Retry-After says";
    Problem::door(StatusCode::ACCEPTED, "not-yet", Again::Later, text).retry_after(after.0.div_ceil(1000).max(1))
}

/// Declares the addresses of verbs for a state that has an `office`.
macro_rules! verbs {
    ($state:ty { $($(#[doc = $doc:literal])+ $name:ident $path:literal $verb:ident)+ }) => { $(
        $(#[doc = $doc])+
        #[utoipa::path(
            post,
            path = $path,
            tag = "messages",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses(
                (status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "The answer"),
                (status = 202, body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Written down, not decided yet: the same message again"),
                (status = 204, description = "Taken; there is nothing to answer"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Refused; nothing has changed"),
                (status = "5XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Ask again with the same message"),
            )
        )]
        pub(crate) async fn $name(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            message: $crate::frame::Message,
        ) -> Result<axum::response::Response, $crate::frame::Problem> {
            $crate::verbs::serve(&state.office, party::Verb::$verb, message).await
        }
    )+ };
}
pub(crate) use verbs;

/// Declares the addresses of quotes and payments for a state that has an `office`.
macro_rules! pays {
    ($state:ty) => {
        /// Asks what a deal would be; answered by a quote sealed to the asker. Writes nothing.
        #[utoipa::path(
            post,
            path = "/v1/ask",
            tag = "messages",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses(
                (status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "The quote"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "There is no quote"),
                (status = "5XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Ask again"),
            )
        )]
        pub(crate) async fn ask(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            message: $crate::frame::Message,
        ) -> Result<axum::response::Response, $crate::frame::Problem> {
            $crate::verbs::serve(&state.office, party::Verb::Ask, message).await
        }

        /// Commits to a quote; answered by the decision, the same bytes however often it is asked.
        #[utoipa::path(
            post,
            path = "/v1/pay",
            tag = "messages",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses(
                (status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "The decision"),
                (status = 202, body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Written down, not decided yet: the same message again"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Not read; nothing has changed"),
                (status = "5XX", body = $crate::frame::problem::Document, content_type = "application/problem+json",
                    description = "Ask again with the same message"),
            )
        )]
        pub(crate) async fn pay(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            message: $crate::frame::Message,
        ) -> Result<axum::response::Response, $crate::frame::Problem> {
            $crate::verbs::serve(&state.office, party::Verb::Pay, message).await
        }
    };
}
pub(crate) use pays;
