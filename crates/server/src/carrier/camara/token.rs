//! Token: where clients get their tokens, as OpenID has it: a token for the client itself, or one for a subscriber who is asked over
//! his own telephone (client-initiated backchannel authentication, poll mode).

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use carrier::{ApiClient, ClientId, ConsentId, Scope, TokenRefused};
use data_encoding::BASE64;
use reqwest::Url;
use serde::Serialize;
use serde_json::json;
use units::{Refusal as _, Span};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::OnlyFault;
use crate::{carrier::Counter, frame::Problem};

/// The grant by which a subscriber's answer is fetched.
const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// The longest form.
const FORM_MAX: usize = 8 << 10;

/// A token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenGiven {
    /// To be shown with every request.
    pub access_token: String,
    /// Always "Bearer".
    pub token_type: String,
    /// Seconds.
    pub expires_in: u64,
    /// What it is good for.
    pub scope: String,
}

/// A question that is on its way to a subscriber.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct QuestionAsked {
    /// Fetch the token with it.
    pub auth_req_id: String,
    /// Seconds.
    pub expires_in: u64,
    /// Least seconds between two requests for the token.
    pub interval: u64,
}

/// Why there is no token, as OAuth writes it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OauthError {
    /// Its code.
    pub error: String,
    /// In words.
    pub error_description: String,
}

fn refused(status: u16, code: &str, text: &str) -> Response {
    let body = json!({ "error": code, "error_description": text }).to_string();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, super::json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"merchants\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn by(no: &TokenRefused) -> Response {
    match no {
        TokenRefused::Restored(_) | TokenRefused::Fault(_) => Problem::by(no).into_response(),
        no => refused(400, no.code(), &no.to_string()),
    }
}

/// A form: each member once.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let form = kind
            .split(';')
            .next()?
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let text = std::str::from_utf8(body)
            .ok()
            .filter(|_| form && body.len() <= FORM_MAX)?;
        let url = Url::parse(&format!("http://q/?{}", text.replace('#', "%23"))).ok()?;
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        (names.len() == pairs.len()).then_some(Self(pairs))
    }
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(one, _)| one == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The client that asks: by its secret in the header, or in the form.
async fn client(counter: &Counter, headers: &HeaderMap, form: &Form) -> Result<Option<(ClientId, ApiClient)>, Problem> {
    let field = headers.get(header::AUTHORIZATION).and_then(|field| field.to_str().ok());
    let pair = match field {
        Some(field) => {
            let (scheme, told) = field.split_once(' ').unwrap_or_default();
            let basic = scheme
                .eq_ignore_ascii_case("basic")
                .then(|| BASE64.decode(told.trim().as_bytes()).ok());
            let text = basic.flatten().and_then(|bytes| String::from_utf8(bytes).ok());
            text.and_then(|text| text.split_once(':').map(|(a, b)| (a.to_owned(), b.to_owned())))
        }
        None => form
            .get("client_id")
            .zip(form.get("client_secret"))
            .map(|(a, b)| (a.to_owned(), b.to_owned())),
    };
    let Some((id, secret)) = pair else { return Ok(None) };
    let Ok(id) = id.parse::<ClientId>() else {
        return Ok(None);
    };
    let found = counter
        .office
        .look::<_, OnlyFault>(move |carrier, view, _| Ok(carrier.client_by(view, id, &secret)?))
        .await?;
    Ok(found.map(|client| (id, client)))
}

fn unknown() -> Response {
    refused(
        401,
        "invalid_client",
        "show the id and the secret of a client of this carrier",
    )
}

fn given(((text, life), scopes): ((String, Span), carrier::Scopes)) -> Response {
    let body = TokenGiven {
        access_token: text,
        token_type: "Bearer".to_owned(),
        expires_in: life.0 / 1000,
        scope: scopes.names(),
    };
    super::json(serde_json::to_string(&body).unwrap_or_default())
}

/// A token, for a client itself (`client_credentials`) or for a subscriber who has agreed
/// (`urn:openid:params:grant-type:ciba`). The client shows its secret by HTTP Basic or in the form.
#[utoipa::path(post, path = "/oauth2/token", tag = "merchants",
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "grant_type; scope or auth_req_id"),
    responses((status = 200, body = TokenGiven), (status = 400, body = OauthError), (status = 401, body = OauthError)))]
async fn token(State(counter): State<Arc<Counter>>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    let form = Form::read(&headers, &body).ok_or_else(|| refused(400, "invalid_request", "send a form"))?;
    let client = client(&counter, &headers, &form)
        .await
        .map_err(IntoResponse::into_response)?;
    let (id, client) = client.ok_or_else(unknown)?;
    match form.get("grant_type") {
        Some("client_credentials") => {
            let scope = form.get("scope").unwrap_or_default().to_owned();
            let done = counter
                .office
                .commit::<_, Kept>(move |carrier, tx, now, seed| {
                    carrier
                        .give_token(tx, id, &client, &scope, now, &seed.part("token"))
                        .map_err(Kept)
                })
                .await;
            done.map(given).map_err(|no| oauth(&no))
        }
        Some(CIBA) => {
            let asked = form.get("auth_req_id").and_then(|text| text.parse::<ConsentId>().ok());
            let asked = asked.ok_or_else(|| by(&TokenRefused::Grant))?;
            let done = counter
                .office
                .commit::<_, Kept>(move |carrier, tx, now, seed| {
                    carrier
                        .fetch_token(tx, id, asked, now, &seed.part("token"))
                        .map_err(Kept)
                })
                .await;
            match done {
                Ok(Ok(fresh)) => Ok(given(fresh)),
                Ok(Err(no)) => Err(by(&no)),
                Err(no) => Err(oauth(&no)),
            }
        }
        _ => Err(refused(
            400,
            "unsupported_grant_type",
            "client_credentials and CIBA are supported",
        )),
    }
}

/// A refusal on its way through the office, which speaks problems.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
struct Kept(TokenRefused);
impl units::Refusal for Kept {
    fn code(&self) -> &'static str {
        self.0.code()
    }
    fn again(&self) -> units::Again {
        self.0.again()
    }
}
impl From<store::Fault> for Kept {
    fn from(no: store::Fault) -> Self {
        Self(no.into())
    }
}

/// A problem in OAuth's words, if it is one of its own.
fn oauth(no: &Problem) -> Response {
    let own = no.code().contains('_');
    match own {
        true => refused(400, no.code(), no.detail()),
        false => no.clone().into_response(),
    }
}

/// Asks the subscriber of `login_hint` ("tel:+81...") whether this client may charge him. He answers over his own telephone; the token
/// is fetched afterwards.
#[utoipa::path(post, path = "/oauth2/bc-authorize", tag = "merchants",
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "login_hint, scope, binding_message"),
    responses((status = 200, body = QuestionAsked), (status = 400, body = OauthError), (status = 401, body = OauthError)))]
async fn ask(State(counter): State<Arc<Counter>>, headers: HeaderMap, body: Bytes) -> Result<Response, Response> {
    let form = Form::read(&headers, &body).ok_or_else(|| refused(400, "invalid_request", "send a form"))?;
    let client = client(&counter, &headers, &form)
        .await
        .map_err(IntoResponse::into_response)?;
    let (id, client) = client.ok_or_else(unknown)?;
    let hint = form.get("login_hint").unwrap_or_default();
    let number = hint.strip_prefix("tel:").unwrap_or(hint).to_owned();
    let scope = form.get("scope").unwrap_or_default().to_owned();
    let binding = form.get("binding_message").map(str::to_owned);
    let plain = |text: &str| text.chars().count() <= 60 && !text.chars().any(char::is_control);
    if binding.as_deref().is_some_and(|text| !plain(text)) {
        return Err(refused(
            400,
            "invalid_binding_message",
            "at most 60 characters on one line",
        ));
    }
    let done = counter
        .office
        .commit::<_, Kept>(move |carrier, tx, now, seed| {
            let asked = (number.as_str(), scope.as_str(), binding.clone());
            carrier
                .ask_consent(tx, id, &client, asked, now, &seed.part("consent"))
                .map_err(Kept)
        })
        .await;
    let (consent, life) = done.map_err(|no| oauth(&no))?;
    let body = QuestionAsked {
        auth_req_id: consent.to_string(),
        expires_in: life.0 / 1000,
        interval: 2,
    };
    Ok(super::json(serde_json::to_string(&body).unwrap_or_default()))
}

/// Where tokens come from, for clients that look it up (OpenID Discovery).
#[utoipa::path(get, path = "/.well-known/openid-configuration", tag = "merchants",
    responses((status = 200, description = "The document", content_type = "application/json")))]
async fn discovery(State(counter): State<Arc<Counter>>) -> Response {
    let at = &counter.address;
    let scopes: Vec<_> = Scope::ALL.iter().map(|(_, name)| *name).collect();
    super::json(
        json!({
            "issuer": at,
            "token_endpoint": format!("{at}/oauth2/token"),
            "backchannel_authentication_endpoint": format!("{at}/oauth2/bc-authorize"),
            "backchannel_token_delivery_modes_supported": ["poll"],
            "backchannel_user_code_parameter_supported": false,
            "grant_types_supported": ["client_credentials", CIBA],
            "response_types_supported": [],
            "subject_types_supported": ["pairwise"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": scopes,
        })
        .to_string(),
    )
}

/// Their addresses.
pub(in crate::carrier) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(token))
        .routes(routes!(ask))
        .routes(routes!(discovery))
}
