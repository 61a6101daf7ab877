//! Bank over HTTP: accounts for people, transfers between parties by signed orders.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use minicbor::{Decode, Encode, bytes::ByteVec};
use party::bank::{
    Bank as _, DebitRefused, DepositRefused, FileRefused, ForgetRefused, Holder, HouseBank, OpenRefused,
};
use seal::{Seed, cbor};
use serde::{Deserialize, Serialize};
use store::Fault;
use units::{PartyId, TransferId, ValueId};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    frame::{Asked, Json, Message, Named, Problem, limits::PAGE_MAX, problem::Document},
    money::Amount,
    office::Office,
    once::Request,
    online::{NewPassword, Online, online},
    operator::Operators,
    verbs::{Binary, verbs},
};

/// What the bank's addresses answer from.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) office: Arc<Office<HouseBank>>,
    pub(crate) operators: Operators,
    /// In the realm for trying things out anybody may bring play money to the counter.
    pub(crate) dev: bool,
    /// Whoever loads purses on line.
    pub(crate) online: Online,
}

online!(Counter);
verbs!(Counter {
    /// Moves money as a signed order says, once for ever; answered by the signed outcome.
    transfer "/v1/transfer" Transfer
    /// Orders and statements as ISO 20022 documents inside signed messages: a customer's question, the bank's document.
    bank_file "/v1/bankfile" BankFile
    /// Takes a card's charge, sealed to this bank, and pays it from its holder's account; answered by the bank's word, paid or
    /// refused for ever, sealed to the card.
    charge "/v1/charge" Charge
});

/// Whose account to open, and with what.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// As the bank calls the account for its owner: 1 to 60 characters.
    pub name: String,
    /// What is brought in cash.
    pub opening: Amount,
    /// A party's id, if the account is a party's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
}

/// A new account, as its owner gets it: CBOR `[value, signed form]`; nothing for a party's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct AccountSheet {
    /// The account as a value for the holder's card.
    #[n(0)]
    pub value: deal::Value,
    /// The same, signed by the bank.
    #[n(1)]
    pub signed: ByteVec,
}

/// Opens an account. Cash is brought to a counter, so this is the operator's; in a dev realm it is anybody's.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = NewAccount,
    params(("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "The account as a value for a card"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn open(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<NewAccount>,
) -> Result<Message, Problem> {
    if !state.dev {
        state.operators.check(&headers)?;
    }
    let words = serde_json::to_vec(&new).unwrap_or_default();
    let request = Request::read(&headers, "accounts", b"", &words)?;
    let opening = new.opening.money(party::Party::desk(&*state.office.party).currency())?;
    let party = new
        .party
        .map(|id| id.parse::<PartyId>())
        .transpose()
        .map_err(|_| Problem::nothing_here())?;
    let name = new.name;
    let done = state
        .office
        .commit::<_, OpenRefused>(move |bank, tx, now, seed| {
            request.once(tx, |tx| match party {
                Some(party) => bank.open_party(tx, party, &name, opening, now).map(|()| Vec::new()),
                None => {
                    let opened = bank.open(tx, &name, opening, now, &fresh(seed))?;
                    Ok(cbor::to_bytes(&AccountSheet {
                        value: opened.value,
                        signed: opened.signed,
                    }))
                }
            })
        })
        .await?;
    Ok(done?.into())
}

/// Cash for a party's account.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// The party's id.
    pub party: String,
    /// What is brought in cash.
    pub amount: Amount,
}

/// Takes cash for a party's account. It is brought to a counter, so this is the operator's; in a dev realm it is anybody's.
#[utoipa::path(post, path = "/v1/deposits", tag = "accounts", request_body = Deposit,
    params(("Idempotency-Key" = String, Header, description = "16 to 64 characters; the same one on every repeat")),
    responses((status = 200, body = Binary, content_type = "application/cbor", description = "Taken; the body is empty"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn deposit(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    Json(new): Json<Deposit>,
) -> Result<Message, Problem> {
    if !state.dev {
        state.operators.check(&headers)?;
    }
    let words = serde_json::to_vec(&new).unwrap_or_default();
    let request = Request::read(&headers, "deposits", b"", &words)?;
    let amount = new.amount.money(party::Party::desk(&*state.office.party).currency())?;
    let of = Holder::Party(new.party.parse().map_err(|_| Problem::nothing_here())?);
    let done = state
        .office
        .commit::<_, DepositRefused>(move |bank, tx, now, seed| {
            let id = TransferId(seed.part("deposit").id("deposit"));
            request.once(tx, |tx| bank.deposit(tx, id, of, amount, now).map(|()| Vec::new()))
        })
        .await?;
    Ok(done?.into())
}

/// A seed is used up by one step; this step is the only one of its commit.
fn fresh(seed: &Seed) -> Seed {
    seed.part("open")
}

/// An account with its newest lines.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Statement {
    /// What it holds.
    pub balance: Amount,
    /// The newest transfers first.
    pub lines: Vec<Line>,
    /// Ask for the page before this number; absent at the end.
    pub before: Option<u64>,
}

/// One transfer.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Into the account?
    pub credit: bool,
    /// How much.
    pub amount: Amount,
    /// What for.
    pub reference: String,
    /// When.
    pub at: String,
}

/// Which lines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    /// Only lines before this number.
    before: Option<u64>,
    /// At most so many, up to 200.
    limit: Option<u32>,
}

/// An account, for whoever has its token.
#[utoipa::path(get, path = "/v1/accounts/{token}", tag = "accounts",
    params(("token" = String, Path, description = "The account's token"), Page),
    responses((status = 200, body = Statement),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such account")))]
async fn statement(
    State(state): State<Arc<Counter>>,
    Named(token): Named<ValueId>,
    Asked(page): Asked<Page>,
) -> Result<Json<Statement>, Problem> {
    let limit = page.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX) as usize;
    let found = state
        .office
        .look::<_, Fault>(move |bank, view, _| {
            let holder = Holder::Token(token);
            let Some(balance) = bank.balance(view, holder)? else {
                return Ok(None);
            };
            Ok(Some((balance, bank.statement(view, holder, page.before, limit)?)))
        })
        .await?;
    let (balance, lines) = found.ok_or_else(Problem::nothing_here)?;
    let before = lines.last().map(|(number, _)| *number).filter(|_| lines.len() == limit);
    let lines = lines.into_iter().map(|(_, line)| Line {
        id: line.id.to_string(),
        credit: line.credit,
        amount: line.amount.into(),
        reference: line.reference,
        at: line.at.to_string(),
    });
    Ok(Json(Statement {
        balance: balance.into(),
        lines: lines.collect(),
        before,
    }))
}

/// Is a party told of what comes into its account?
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// By a message for each entry, and by a period closed each day.
    pub told: bool,
}

/// Says whether a party is told of what comes into its account. The operator's; in a dev realm anybody's.
#[utoipa::path(post, path = "/v1/parties/{party}/told", tag = "accounts", request_body = Telling,
    params(("party" = String, Path, description = "The party's id")),
    responses((status = 200, body = Telling),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn told(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(party): Named<PartyId>,
    Json(asked): Json<Telling>,
) -> Result<Json<Telling>, Problem> {
    if !state.dev {
        state.operators.check(&headers)?;
    }
    let told = asked.told;
    state
        .office
        .commit::<_, Fault>(move |bank, tx, _, _| bank.tell(tx, party, told))
        .await?;
    Ok(Json(asked))
}

/// A closed period of a party's account, as a file (camt.053.001.08). The operator's, who hands it to that party.
#[utoipa::path(get, path = "/v1/parties/{party}/periods/{number}", tag = "accounts",
    params(("party" = String, Path, description = "The party's id"), ("number" = u64, Path, description = "Counted from 1")),
    responses((status = 200, body = String, content_type = "application/xml"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn period(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    axum::extract::Path((party, number)): axum::extract::Path<(String, String)>,
) -> Result<Response, Problem> {
    state.operators.check(&headers)?;
    let party: PartyId = party.parse().map_err(|_| Problem::nothing_here())?;
    let number: u64 = number.parse().map_err(|_| Problem::nothing_here())?;
    let document = state
        .office
        .look::<_, FileRefused>(move |bank, view, _| bank.period(view, Holder::Party(party), number))
        .await?;
    Ok(xml(document))
}

fn xml(document: String) -> Response {
    ([(header::CONTENT_TYPE, "application/xml")], document).into_response()
}

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Since {
    /// Only those after this one, by its reference on the account; nothing: from the first on.
    after: Option<u64>,
}

/// Entries of a party's account after one of them, at most 2000, as a file (camt.054.001.08). The operator's, who hands it to
/// that party.
#[utoipa::path(get, path = "/v1/parties/{party}/entries", tag = "accounts",
    params(("party" = String, Path, description = "The party's id"), Since),
    responses((status = 200, body = String, content_type = "application/xml"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused")))]
async fn entries(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(party): Named<PartyId>,
    Asked(since): Asked<Since>,
) -> Result<Response, Problem> {
    state.operators.check(&headers)?;
    let after = since.after.unwrap_or(0);
    let document = state
        .office
        .look::<_, FileRefused>(move |bank, view, now| bank.since(view, Holder::Party(party), after, now))
        .await?;
    Ok(xml(document))
}

/// Carries out orders that a party gave as a file (pain.001.001.09), out of its own account alone; answered by their status
/// (pain.002.001.12). The same file again moves nothing. The operator's, who knows whose file it is.
#[utoipa::path(post, path = "/v1/parties/{party}/orders", tag = "accounts",
    params(("party" = String, Path, description = "The party's id")),
    request_body(content = String, content_type = "application/xml"),
    responses((status = 200, body = String, content_type = "application/xml"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn orders(
    State(state): State<Arc<Counter>>,
    headers: HeaderMap,
    Named(party): Named<PartyId>,
    body: bytes::Bytes,
) -> Result<Response, Problem> {
    state.operators.check(&headers)?;
    let status = state
        .office
        .commit::<_, FileRefused>(move |bank, tx, now, _| bank.take_orders(tx, party, &body, now))
        .await?;
    Ok(xml(status))
}

/// Everything the bank stores about an account, besides its lines.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AboutAccount {
    /// As the bank calls the account for its owner; empty once it was forgotten.
    pub name: String,
    /// Since when.
    pub since: String,
    /// What it holds.
    pub balance: Amount,
    /// Every line of it: page by page at this address.
    pub lines: String,
}

/// Everything the bank stores about an account, for whoever has its token.
#[utoipa::path(get, path = "/v1/accounts/{token}/data", tag = "accounts",
    params(("token" = String, Path, description = "The account's token")),
    responses((status = 200, body = AboutAccount),
        (status = 404, body = Document, content_type = "application/problem+json", description = "No such account")))]
async fn about(State(state): State<Arc<Counter>>, Named(token): Named<ValueId>) -> Result<Json<AboutAccount>, Problem> {
    let found = state
        .office
        .look::<_, Fault>(move |bank, view, _| {
            let (named, held) = (bank.named(view, token)?, bank.balance(view, Holder::Token(token))?);
            Ok(named.zip(held))
        })
        .await?;
    let ((name, since), balance) = found.ok_or_else(Problem::nothing_here)?;
    Ok(Json(AboutAccount {
        name,
        since: since.to_string(),
        balance: balance.into(),
        lines: format!("/v1/accounts/{token}"),
    }))
}

/// Forgets the name of an empty account, for whoever has its token. Its lines stay: they are the other side's too.
#[utoipa::path(delete, path = "/v1/accounts/{token}/data", tag = "accounts",
    params(("token" = String, Path, description = "The account's token")),
    responses((status = 204, description = "The name is forgotten"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn forget(State(state): State<Arc<Counter>>, Named(token): Named<ValueId>) -> Result<StatusCode, Problem> {
    state
        .office
        .commit::<_, ForgetRefused>(move |bank, tx, _, _| bank.forget_name(tx, token))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A wallet that may debit an account.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Debiting {
    /// The key of the wallet that charges: 64 hexadecimal digits.
    pub wallet_key: String,
    /// At most so much at once; nothing: the wallet debits the account no more.
    pub most: Amount,
    /// At most so much in thirty days; not said: ten times as much as at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_in_month: Option<Amount>,
}

fn wallet_key(text: &str) -> Result<seal::VerifyKey, Problem> {
    let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
    let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let text = "a wallet's key is 64 hexadecimal digits";
    let no = || {
        Problem::door(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wallet-key",
            units::Again::AfterYouAct,
            text,
        )
    };
    key.map(seal::VerifyKey).ok_or_else(no)
}

/// Lets a wallet debit an account by its charges, for whoever has the account's token; the same again changes the limits.
#[utoipa::path(post, path = "/v1/accounts/{token}/debit", tag = "accounts", request_body = Debiting,
    params(("token" = String, Path, description = "The account's token")),
    responses((status = 200, body = Debiting),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn debit(
    State(state): State<Arc<Counter>>,
    Named(token): Named<ValueId>,
    Json(asked): Json<Debiting>,
) -> Result<Json<Debiting>, Problem> {
    let key = wallet_key(&asked.wallet_key)?;
    let currency = party::Party::desk(&*state.office.party).currency();
    let most = asked.most.money(currency)?;
    let in_month = asked
        .most_in_month
        .as_ref()
        .map(|most| most.money(currency))
        .transpose()?;
    state
        .office
        .commit::<_, DebitRefused>(move |bank, tx, _, _| bank.bind_debit(tx, token, key, (most, in_month)))
        .await?;
    Ok(Json(asked))
}

/// Gives the owner of an account a name and a password for loading purses on line, for whoever has the account's token; again,
/// others.
#[utoipa::path(put, path = "/v1/accounts/{token}/password", tag = "accounts", request_body = NewPassword,
    params(("token" = String, Path, description = "The account's token")),
    responses((status = 204, description = "So it is"),
        (status = "4XX", body = Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
async fn password(
    State(state): State<Arc<Counter>>,
    Named(token): Named<ValueId>,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    let known = state
        .office
        .look::<_, Fault>(move |bank, view, _| bank.is_account(view, token));
    if !known.await? {
        return Err(Problem::nothing_here());
    }
    let name = new.name.unwrap_or_else(|| token.to_string());
    let who = (token.0, name.as_str());
    state.online.let_in(&state.office, who, &new.password, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The bank's addresses.
pub(crate) fn routes() -> OpenApiRouter<Arc<Counter>> {
    OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(deposit))
        .routes(routes!(statement))
        .routes(routes!(about))
        .routes(routes!(forget))
        .routes(routes!(transfer))
        .routes(routes!(bank_file))
        .routes(routes!(charge))
        .routes(routes!(debit))
        .routes(routes!(password))
        .routes(routes!(load_online))
        .routes(routes!(look_online))
        .routes(routes!(back_online))
        .routes(routes!(told))
        .routes(routes!(period))
        .routes(routes!(entries))
        .routes(routes!(orders))
}
