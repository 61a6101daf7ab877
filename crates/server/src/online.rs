//! Online: a deposit centre over HTTP (ST-20). Name and password are counted and weighed as everywhere; what they prove is whose
//! account or bill stands behind an order, and nothing is opened by them: no session, no cookie, no page.

use std::{net::IpAddr, sync::Arc};

use deal::cash::{CashAsked, CashOnline, CashStand, CashTray};
use party::{
    Step,
    centre::{self, CentreConfig, CentreRefused, CentreStand, Loads, Who, Wish},
};
use seal::cbor;
use serde::{Deserialize, Serialize};
use signin::{AccountId, Gate, Name, Password, Source};
use store::Fault;
use tokio::sync::Semaphore;
use units::{Currency, Money, MoneyError, OrderId, Refusal, Span};

use crate::{
    config::Depositing,
    forms::not_ours,
    frame::{Message, Problem},
    office::Office,
    running::Parts,
    ways::{self, Ways, hash_beside},
};

/// Passwords hashed at once.
const HASHING_MAX: usize = 4;
/// Most for one order, unless said otherwise: so many units of the realm's money.
const MOST: i64 = 50_000;

/// What is no message of a wallet.
#[derive(Debug, thiserror::Error)]
#[error("this is nothing a wallet says to a deposit centre: {0}")]
struct Malformed(cbor::NotCanonical);

impl Refusal for Malformed {
    fn code(&self) -> &'static str {
        "deposit-malformed"
    }
    fn again(&self) -> units::Again {
        units::Again::Never
    }
}

/// How a configuration wants to load; nothing: this party is no centre.
pub(crate) fn config(set: &Depositing, currency: Currency) -> Result<Option<CentreConfig>, MoneyError> {
    let Some(issuer) = set.issuer else { return Ok(None) };
    Ok(Some(CentreConfig {
        issuer,
        account: set.account_token.clone(),
        most: set.most.unwrap_or(Money::new(MOST, currency)?),
        patience: set.patience_seconds.map_or(Span::minutes(5), Span::seconds),
    }))
}

/// The way in of a centre.
pub(crate) struct Online {
    gate: Arc<Gate>,
    hashing: Semaphore,
}

impl core::fmt::Debug for Online {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Online")
    }
}

/// A password for somebody who loads on line.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The name it goes with; at a carrier the telephone number, and not said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// At least ten characters.
    pub password: String,
}

impl core::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NewPassword")
    }
}

impl Online {
    /// The way in of the party these parts are for.
    pub(crate) fn new(parts: &Parts) -> Self {
        let secret = parts.keys.derive("online/people", &[]);
        let cheap = parts.config.deposit.cheap_passwords;
        let (gate, _) = ways::gate(&secret, (&parts.name, &parts.address), cheap);
        Self {
            gate: Arc::new(gate),
            hashing: Semaphore::new(HASHING_MAX),
        }
    }

    /// Who keeps the names and passwords.
    pub(crate) fn gate(&self) -> Arc<Gate> {
        self.gate.clone()
    }

    /// Gives somebody a name and a password here; again, others. See [`centre::let_in`].
    pub(crate) async fn let_in<P: Loads + 'static>(
        &self,
        office: &Arc<Office<P>>,
        (who, name): (Who, &str),
        password: &str,
        moves: bool,
    ) -> Result<(), Problem> {
        let name = Name::new(name).map_err(|_| not_ours())?;
        let hashed = hash_beside(&self.gate, &self.hashing, Password::new(password)?).await?;
        let gate = self.gate.clone();
        office
            .commit(move |_, tx, now, seed| centre::let_in(tx, &gate, (who, &name), &hashed, moves, now, seed))
            .await
    }

    /// Whose name and password these are: the try is counted, then weighed once, and answered alike whoever it is.
    async fn who<P: Loads + 'static>(
        &self,
        office: &Arc<Office<P>>,
        (name, password): (&str, &str),
        from: IpAddr,
    ) -> Result<Who, Problem> {
        let name = Name::new(name)
            .or_else(|_| Name::new("nobody at all"))
            .map_err(|_| not_ours())?;
        let ways = Ways {
            office,
            gate: &self.gate,
            hashing: &self.hashing,
        };
        let weighed = match ways.weigh((name, password), Source::of(from), None).await? {
            Ok(weighed) => weighed,
            Err(until) => return Err(Problem::by(&CentreRefused::Slow(until))),
        };
        let gate = self.gate.clone();
        let who = office
            .commit::<_, Fault>(move |_, tx, now, seed| {
                let Some(entered) = gate.finish(tx, &weighed, now, seed)? else {
                    return Ok(None);
                };
                let account: AccountId = entered.account;
                // It was for this one order: nobody stays signed in.
                gate.sign_out_everywhere(tx, account, None)?;
                centre::who_signs(tx, account)
            })
            .await?;
        who.ok_or_else(|| Problem::by(&CentreRefused::NoMatch))
    }
}

fn not_here() -> Problem {
    Problem::by(&CentreRefused::NotHere)
}

async fn tray<P: Loads + 'static>(office: &Arc<Office<P>>, order: OrderId) -> Result<Message, Problem> {
    let row = office
        .look::<_, Fault>(move |_, view, _| centre::order_of(view, order))
        .await?;
    let row = row.ok_or_else(|| Problem::by(&CentreRefused::NoOrder))?;
    let stand = match row.stand {
        CentreStand::Promised => CashStand::Open,
        CentreStand::Held => CashStand::Promised,
        CentreStand::Loaded => CashStand::Kept,
        CentreStand::Back => CashStand::Returned,
    };
    let tray = CashTray {
        order,
        amount: row.amount,
        counted: row.amount,
        stand,
    };
    Ok(cbor::to_bytes(&tray).into())
}

/// A load is asked for, by name and password.
pub(crate) async fn begin<P: Loads + 'static>(
    online: &Online,
    office: &Arc<Office<P>>,
    from: IpAddr,
    message: Message,
) -> Result<Message, Problem> {
    let asked: CashOnline = cbor::from_bytes(&message.0).map_err(|no| Problem::by(&Malformed(no)))?;
    office.party.centre().ok_or_else(not_here)?;
    let who = online.who(office, (&asked.name, &asked.password), from).await?;
    let (order, amount, until) = (asked.order, asked.amount, asked.until);
    let wish = Wish { order, amount, until };
    let step = office
        .commit(move |party, tx, now, _| match party.centre() {
            Some(centre) => centre.begin(tx, who, wish, now),
            None => Err(CentreRefused::NotHere),
        })
        .await?;
    // Whatever comes of it is written; what has no answer yet is asked again by itself.
    let _ = office.follow(step).await?;
    tray(office, order).await
}

fn asked(message: &Message) -> Result<OrderId, Problem> {
    let asked: CashAsked = cbor::from_bytes(&message.0).map_err(|no| Problem::by(&Malformed(no)))?;
    Ok(asked.order)
}

/// How an order stands. Its number is the card's, the issuer's and this centre's alone.
pub(crate) async fn look<P: Loads + 'static>(office: &Arc<Office<P>>, message: Message) -> Result<Message, Problem> {
    let order = asked(&message)?;
    let errand = office
        .look::<_, Fault>(move |party, view, _| match party.centre() {
            Some(centre) => centre.ask_again(view, order),
            None => Ok(None),
        })
        .await?;
    if let Some(errand) = errand {
        let _ = office.follow(Step::Errand(errand)).await?; // the row says how it stands
    }
    tray(office, order).await
}

/// Back, please.
pub(crate) async fn back<P: Loads + 'static>(office: &Arc<Office<P>>, message: Message) -> Result<Message, Problem> {
    let order = asked(&message)?;
    let step = office
        .commit(move |party, tx, now, _| match party.centre() {
            Some(centre) => centre.take_back(tx, order, now),
            None => Err(CentreRefused::NotHere),
        })
        .await?;
    let _ = office.follow(step).await?; // the row says how it stands
    tray(office, order).await
}

/// Declares a deposit centre's addresses for a state that has an `office` and an `online`.
macro_rules! online {
    ($state:ty) => {
        /// A load of a card's purse is asked for, against the account or the bill of whoever has this name and password. The
        /// number is that of the card's quote at its issuer; the same again changes nothing.
        #[utoipa::path(post, path = "/v1/deposit/online", tag = "deposit",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses((status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "How it stands"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json", description = "Refused; nothing has changed")))]
        pub(crate) async fn load_online(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            axum::Extension($crate::frame::Source(from)): axum::Extension<$crate::frame::Source>,
            message: $crate::frame::Message,
        ) -> Result<$crate::frame::Message, $crate::frame::Problem> {
            $crate::online::begin(&state.online, &state.office, from, message).await
        }

        /// How such an order stands.
        #[utoipa::path(post, path = "/v1/deposit/look", tag = "deposit",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses((status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "How it stands"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json", description = "No such order here")))]
        pub(crate) async fn look_online(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            message: $crate::frame::Message,
        ) -> Result<$crate::frame::Message, $crate::frame::Problem> {
            $crate::online::look(&state.office, message).await
        }

        /// Nothing is to be loaded after all, unless the issuer has decided otherwise.
        #[utoipa::path(post, path = "/v1/deposit/back", tag = "deposit",
            request_body(content = $crate::verbs::Binary, content_type = "application/cbor"),
            responses((status = 200, body = $crate::verbs::Binary, content_type = "application/cbor", description = "How it stands"),
                (status = "4XX", body = $crate::frame::problem::Document, content_type = "application/problem+json", description = "No such order here")))]
        pub(crate) async fn back_online(
            axum::extract::State(state): axum::extract::State<std::sync::Arc<$state>>,
            message: $crate::frame::Message,
        ) -> Result<$crate::frame::Message, $crate::frame::Problem> {
            $crate::online::back(&state.office, message).await
        }
    };
}
pub(crate) use online;
