//! CAMARA: the carrier's merchant side, Carrier Billing 0.5.0 and Carrier Billing Refund 0.3.0 as `vendor/camara` has them, to the
//! letter. Rules are in `carrier::merchant`; here are its words: bodies, errors, headers, tokens, notices.

pub(super) mod account;
mod consent;
mod notify;
mod payments;
mod refunds;
mod say;
mod sink;
mod token;
mod wire;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use carrier::{Caller, Carrier, Scope};
use store::{Fault, View};
use units::{Again, Moment, Refusal};

use super::Counter;
use crate::frame::Problem;

pub(super) use consent::{answer as consent_answer, page as consent_page};
pub(super) use notify::run as notify;
pub(crate) use say::speak;
pub(super) use sink::Sinks;
pub(super) use token::routes as token_routes;

/// Where payments are.
const BILLING: &str = "/carrier-billing/v0.5";
/// Where refunds are.
const REFUND: &str = "/carrier-billing-refund/v0.3";
/// The field that names a request in everybody's logs.
const CORRELATOR: &str = "x-correlator";

/// The addresses of both interfaces.
pub(super) fn site() -> Router<Arc<Counter>> {
    let billing = Router::new()
        .route("/payments", post(payments::create).get(payments::list))
        .route("/payments/prepare", post(payments::prepare))
        .route("/payments/{payment}", get(payments::one))
        .route("/payments/{payment}/validate", post(payments::validate))
        .route("/payments/{payment}/confirm", post(payments::confirm))
        .route("/payments/{payment}/cancel", post(payments::cancel));
    let refund = Router::new()
        .route("/payments/{payment}/refunds", post(refunds::create).get(refunds::list))
        .route("/payments/{payment}/refunds/remaining-amount", get(refunds::remaining))
        .route("/payments/{payment}/refunds/{refund}", get(refunds::one));
    Router::new()
        .nest(BILLING, billing)
        .nest(REFUND, refund)
        .layer(middleware::from_fn(correlated))
}

/// Refuses a correlator that is none.
async fn correlated(request: Request, next: Next) -> Response {
    let field = request.headers().get(CORRELATOR);
    if field.is_some_and(|field| !say::is_correlator(field)) {
        return wire::invalid().into_response();
    }
    next.run(request).await
}

/// Why a request was not served: its token, or what the rules say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refuse<E> {
    /// No token, or one that does not work.
    #[error("show a token of this carrier that still works")]
    Token,
    /// It is not good for this.
    #[error("this token is not good for that")]
    Scope,
    /// The rules say so.
    #[error(transparent)]
    By(#[from] E),
}

impl<E: Refusal> Refusal for Refuse<E> {
    fn code(&self) -> &'static str {
        match self {
            Self::Token => "merchant-token",
            Self::Scope => "merchant-scope",
            Self::By(no) => no.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Token | Self::Scope => Again::AfterYouAct,
            Self::By(no) => no.again(),
        }
    }
}

/// A refusal of the store alone, or none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
struct OnlyFault(#[from] Fault);
impl Refusal for OnlyFault {
    fn code(&self) -> &'static str {
        self.0.code()
    }
    fn again(&self) -> Again {
        self.0.again()
    }
}
impl From<Fault> for Refuse<OnlyFault> {
    fn from(no: Fault) -> Self {
        Self::By(OnlyFault(no))
    }
}
macro_rules! from_fault {
    ($($name:ty),+) => { $(impl From<Fault> for Refuse<$name> {
        fn from(no: Fault) -> Self {
            Self::By(no.into())
        }
    })+ };
}
from_fault!(
    carrier::PaymentRefused,
    carrier::ValidateRefused,
    carrier::ConfirmRefused,
    carrier::MerchantRefundRefused
);

/// The token a request shows.
fn token(headers: &HeaderMap) -> String {
    let field = headers.get(header::AUTHORIZATION).and_then(|field| field.to_str().ok());
    let (scheme, token) = field.and_then(|field| field.split_once(' ')).unwrap_or_default();
    let bearer = scheme.eq_ignore_ascii_case("bearer");
    if bearer { token.trim().to_owned() } else { String::new() }
}

/// Who asks, if he may.
fn caller<E>(
    carrier: &Carrier,
    view: &mut dyn View,
    (token, scope): (&str, Scope),
    now: Moment,
) -> Result<Caller, Refuse<E>>
where
    Refuse<E>: From<Fault>,
{
    let caller = carrier.caller(view, token, now)?.ok_or(Refuse::Token)?;
    if caller.scopes.has(scope) {
        Ok(caller)
    } else {
        Err(Refuse::Scope)
    }
}

impl Counter {
    /// Refuses whoever may not ask at all, before anything he sent is looked at.
    async fn let_in(&self, headers: &HeaderMap, scope: Scope) -> Result<Caller, Problem> {
        let token = token(headers);
        self.office
            .look::<_, Refuse<OnlyFault>>(move |carrier, view, now| caller(carrier, view, (&token, scope), now))
            .await
    }
}

/// A JSON answer.
fn json(body: String) -> Response {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body,
    )
        .into_response()
}
