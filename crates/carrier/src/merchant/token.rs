//! Token: what a client shows with every request. One for itself; or one for one subscriber, who was asked over his own telephone
//! and said yes (OpenID's client-initiated backchannel authentication: the merchant never sees how he was asked). Tokens are
//! random, kept as their hashes, and end by themselves.

use minicbor::{Decode, Encode};
use seal::Seed;
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, OrderId, Refusal, Span};

use super::{ApiClient, ClientId, client::CLIENTS, ids};
use crate::{Carrier, SubscriberId, subscriber::CONTRACTS, subscriber::whose};

/// How long a token works.
pub(crate) const LIFE: Span = Span::minutes(60);
/// How long a subscriber has to answer.
pub(crate) const ANSWER_IN: Span = Span::minutes(5);
/// Least time between two questions whether he has.
const PAUSE: Span = Span::seconds(2);
/// How many questions of one client may be open at one subscriber's: his telephone is no place to advertise.
const OPEN_MAX: usize = 3;

ids!(
    /// A question to a subscriber, as its client knows it.
    ConsentId
);

/// What a token is good for, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Scopes(#[n(0)] pub u8);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Create and prepare payments.
    Create = 1,
    /// Look at payments.
    Read = 2,
    /// Validate, confirm and cancel.
    Write = 4,
    /// Refund.
    RefundCreate = 8,
    /// Look at refunds.
    RefundRead = 16,
}

impl Scope {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Create, "carrier-billing:payments:create"),
        (Self::Read, "carrier-billing:payments:read"),
        (Self::Write, "carrier-billing:payments:write"),
        (Self::RefundCreate, "carrier-billing-refund:refunds:create"),
        (Self::RefundRead, "carrier-billing-refund:refunds:read"),
    ];
}

impl Scopes {
    /// All there are.
    pub const ALL: Self = Self(31);
    /// Is it among them?
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (scope as u8) != 0
    }
    /// Those named in a text, separated by spaces; `openid` says nothing here. `None`: one of them is unknown.
    pub fn read(text: &str) -> Option<Self> {
        let mut out = 0;
        for word in text.split(' ').filter(|word| !word.is_empty() && *word != "openid") {
            out |= Scope::ALL.iter().find(|(_, name)| *name == word)?.0 as u8;
        }
        Some(Self(out))
    }
    /// Their names.
    pub fn names(self) -> String {
        let names: Vec<_> = Scope::ALL
            .iter()
            .filter(|(one, _)| self.has(*one))
            .map(|(_, name)| *name)
            .collect();
        names.join(" ")
    }
}

/// Who asks, by his token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The client.
    pub client: ClientId,
    /// For which subscriber, if for one.
    pub subscriber: Option<SubscriberId>,
    /// What for.
    pub scopes: Scopes,
}

#[derive(Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct TokenRow {
    #[n(0)]
    client: ClientId,
    #[n(1)]
    subscriber: Option<SubscriberId>,
    #[n(2)]
    scopes: Scopes,
    #[n(3)]
    ends: Moment,
}
impl Value for TokenRow {}

/// A question to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Consent {
    /// Who wants to charge him.
    #[n(0)]
    pub client: ClientId,
    /// Whom it asks.
    #[n(1)]
    pub subscriber: SubscriberId,
    /// What for.
    #[n(2)]
    pub scopes: Scopes,
    /// Until when he may answer.
    #[n(3)]
    pub ends: Moment,
    /// What he answered.
    #[n(4)]
    pub answer: Option<bool>,
    /// What the merchant wants him to compare with what it shows.
    #[n(5)]
    pub binding: Option<String>,
    /// When the client asked last whether he had.
    #[n(6)]
    polled: Option<Moment>,
    /// Its token was fetched.
    #[n(7)]
    used: bool,
}
impl Value for Consent {}

/// A text to a telephone, for whoever runs the network's message centre to send.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Text {
    /// To which number.
    #[n(0)]
    pub number: String,
    /// What it says.
    #[n(1)]
    pub says: TextSays,
    /// Worth nothing after that.
    #[n(2)]
    pub ends: Moment,
}
impl Value for Text {}

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum TextSays {
    /// The code that validates a payment, and to whom how much is paid.
    #[n(0)]
    Code(#[n(0)] String, #[n(1)] String, #[n(2)] units::Money),
    /// Where a merchant's question is answered: the secret part of the page's address, and who asks.
    #[n(1)]
    Consent(#[n(0)] String, #[n(1)] String),
}

pub(crate) const TOKENS: Map<[u8; 32], TokenRow> = Map::new(Table::new("merchant_tokens"));
pub(crate) const ENDS: Map<(Moment, [u8; 32]), ()> = Map::new(Table::new("merchant_token_ends"));
pub(crate) const CONSENTS: Map<ConsentId, Consent> = Map::new(Table::new("merchant_consents"));
/// By the secret part of the page's address.
pub(crate) const BY_LINK: Map<[u8; 16], ConsentId> = Map::new(Table::new("merchant_consent_links"));
/// When questions end.
pub(crate) const CONSENT_ENDS: Map<(Moment, [u8; 16]), ()> = Map::new(Table::new("merchant_consent_ends"));
pub(crate) const TEXTS: Map<(Moment, [u8; 16]), Text> = Map::new(Table::new("merchant_texts"));

/// Why no token was given, in order of precedence; the codes are those of OAuth and OpenID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// A scope is unknown, or more than the client has.
    #[error("a scope is unknown or not this client's")]
    Scope,
    /// Nobody has the number.
    #[error("no subscriber has this number")]
    User,
    /// Too many questions are open at this subscriber's.
    #[error("this subscriber has questions to answer already; wait for their end")]
    Busy,
    /// No such question, or its token was fetched.
    #[error("there is no such question, or its token was fetched already")]
    Grant,
    /// He has not answered.
    #[error("the subscriber has not answered yet; ask again after the interval")]
    Pending,
    /// The same, and asked too soon.
    #[error("asked again too soon; wait for the interval")]
    SlowDown,
    /// He did not in time.
    #[error("the subscriber did not answer in time; ask anew")]
    Expired,
    /// He said no.
    #[error("the subscriber said no")]
    Denied,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for TokenRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::Scope => "invalid_scope",
            Self::User => "unknown_user_id",
            Self::Busy => "access_denied",
            Self::Grant => "invalid_grant",
            Self::Pending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::Expired => "expired_token",
            Self::Denied => "access_denied",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Pending | Self::SlowDown | Self::Busy => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// A token that was just made: its text and how long it works.
type Fresh = (String, Span);

impl Carrier {
    /// A token for a client itself.
    pub fn give_token(
        &self,
        tx: &mut dyn Tx,
        id: ClientId,
        client: &ApiClient,
        asked: &str,
        now: Moment,
        seed: &Seed,
    ) -> Result<(Fresh, Scopes), TokenRefused> {
        party::epoch::require::<TokenRefused>(tx)?;
        let scopes = allowed(client, asked)?;
        Ok((give(tx, id, None, scopes, now, seed)?, scopes))
    }

    /// Asks the subscriber of a number whether this client may charge him. Returns the question and the secret of its page.
    pub fn ask_consent(
        &self,
        tx: &mut dyn Tx,
        id: ClientId,
        client: &ApiClient,
        (number, asked, binding): (&str, &str, Option<String>),
        now: Moment,
        seed: &Seed,
    ) -> Result<(ConsentId, Span), TokenRefused> {
        party::epoch::require::<TokenRefused>(tx)?;
        let scopes = allowed(client, asked)?;
        let subscriber = whose(tx, number, now)?.ok_or(TokenRefused::User)?;
        let mut open = 0;
        CONSENTS.each::<Fault>(tx, Keys::all(), |_, _, one| {
            open +=
                usize::from(one.subscriber == subscriber && one.client == id && one.answer.is_none() && now < one.ends);
            Ok(())
        })?;
        if open >= OPEN_MAX {
            return Err(TokenRefused::Busy);
        }
        let (consent, link) = (ConsentId(seed.id("consent")), seed.id("consent link"));
        let ends = now.plus(ANSWER_IN);
        let row = Consent {
            client: id,
            subscriber,
            scopes,
            ends,
            answer: None,
            binding,
            polled: None,
            used: false,
        };
        CONSENTS.put(tx, &consent, &row)?;
        BY_LINK.put(tx, &link, &consent)?;
        CONSENT_ENDS.put(tx, &(ends, link), &())?;
        let says = TextSays::Consent(OrderId(link).to_string(), client.name.clone());
        send(tx, number, says, ends, link)?;
        Ok((consent, ANSWER_IN))
    }

    /// The question behind a page's address, with who asks.
    pub fn consent(
        &self,
        view: &mut dyn View,
        link: OrderId,
        now: Moment,
    ) -> Result<Option<(ApiClient, Consent)>, Fault> {
        let Some(id) = BY_LINK.get(view, &link.0)? else {
            return Ok(None);
        };
        let consent = CONSENTS.get(view, &id)?.filter(|one| now < one.ends);
        let Some(consent) = consent else { return Ok(None) };
        Ok(CLIENTS.get(view, &consent.client)?.map(|client| (client, consent)))
    }

    /// What the subscriber may still spend on content this month.
    pub fn may_spend(&self, view: &mut dyn View, who: SubscriberId, now: Moment) -> Result<Money, Fault> {
        match CONTRACTS.get(view, &who)?.filter(|contract| contract.ended.is_none()) {
            Some(contract) => self.room(view, who, contract.content_limit, now),
            None => Ok(Money::zero(self.desk.currency())),
        }
    }

    /// The subscriber answers. The first answer stands.
    pub fn answer_consent(&self, tx: &mut dyn Tx, link: OrderId, yes: bool, now: Moment) -> Result<(), TokenRefused> {
        party::epoch::require::<TokenRefused>(tx)?;
        let id = BY_LINK.get(tx, &link.0)?.ok_or(TokenRefused::Grant)?;
        let mut consent = CONSENTS.get(tx, &id)?.ok_or(TokenRefused::Grant)?;
        if consent.ends <= now {
            return Err(TokenRefused::Expired);
        }
        consent.answer.get_or_insert(yes);
        Ok(CONSENTS.put(tx, &id, &consent)?)
    }

    /// The token of a question, once it was answered; or what the client is told instead.
    pub fn fetch_token(
        &self,
        tx: &mut dyn Tx,
        client: ClientId,
        id: ConsentId,
        now: Moment,
        seed: &Seed,
    ) -> Result<Result<(Fresh, Scopes), TokenRefused>, TokenRefused> {
        party::epoch::require::<TokenRefused>(tx)?;
        let row = CONSENTS.get(tx, &id)?;
        let mut row = row
            .filter(|row| row.client == client && !row.used)
            .ok_or(TokenRefused::Grant)?;
        let too_soon = row.polled.is_some_and(|last| now < last.plus(PAUSE));
        row.polled = Some(now);
        let answer = match row.answer {
            _ if row.ends <= now => Err(TokenRefused::Expired),
            Some(true) => {
                row.used = true;
                Ok((
                    give(tx, client, Some(row.subscriber), row.scopes, now, seed)?,
                    row.scopes,
                ))
            }
            Some(false) => Err(TokenRefused::Denied),
            None if too_soon => Err(TokenRefused::SlowDown),
            None => Err(TokenRefused::Pending),
        };
        CONSENTS.put(tx, &id, &row)?;
        Ok(answer)
    }

    /// Who shows this token, if it still works: its client has not ended, nor its subscriber's contract.
    pub fn caller(&self, view: &mut dyn View, token: &str, now: Moment) -> Result<Option<Caller>, Fault> {
        let Some(row) = TOKENS
            .get(view, &seal::hash(token.as_bytes()).0)?
            .filter(|row| now < row.ends)
        else {
            return Ok(None);
        };
        let lives = CLIENTS
            .get(view, &row.client)?
            .is_some_and(|client| client.ended.is_none());
        let has = match row.subscriber {
            Some(who) => CONTRACTS
                .get(view, &who)?
                .is_some_and(|contract| contract.ended.is_none()),
            None => true,
        };
        Ok((lives && has).then_some(Caller {
            client: row.client,
            subscriber: row.subscriber,
            scopes: row.scopes,
        }))
    }

    /// Texts that wait to be sent, the first to end first.
    pub fn texts(&self, view: &mut dyn View, limit: usize) -> Result<Vec<([u8; 16], Text)>, Fault> {
        let rows = TEXTS.range(view, Keys::all(), limit)?;
        Ok(rows.into_iter().map(|((_, id), text)| (id, text)).collect())
    }

    /// A text was sent. Again changes nothing.
    pub fn text_sent(&self, tx: &mut dyn Tx, ends: Moment, id: [u8; 16]) -> Result<(), Fault> {
        TEXTS.delete(tx, &(ends, id)).map(drop)
    }

    /// Forgets tokens, questions and texts that are worth nothing any more, at most so many.
    pub(crate) fn forget_ended(&self, tx: &mut dyn Tx, now: Moment, limit: usize) -> Result<(), Fault> {
        let end = Moment(now.0.saturating_add(1));
        for ((at, hash), ()) in ENDS.range(tx, Keys::all().until(&end), limit)? {
            TOKENS.delete(tx, &hash)?;
            ENDS.delete(tx, &(at, hash))?;
        }
        for ((at, id), _) in TEXTS.range(tx, Keys::all().until(&end), limit)? {
            TEXTS.delete(tx, &(at, id))?;
        }
        for ((at, link), ()) in CONSENT_ENDS.range(tx, Keys::all().until(&end), limit)? {
            CONSENT_ENDS.delete(tx, &(at, link))?;
            forget_consent(tx, link)?;
        }
        Ok(())
    }
}

fn forget_consent(tx: &mut dyn Tx, link: [u8; 16]) -> Result<(), Fault> {
    if let Some(id) = BY_LINK.get(tx, &link)? {
        CONSENTS.delete(tx, &id)?;
        BY_LINK.delete(tx, &link)?;
    }
    Ok(())
}

fn allowed(client: &ApiClient, asked: &str) -> Result<Scopes, TokenRefused> {
    let read = Scopes::read(asked).ok_or(TokenRefused::Scope)?;
    let scopes = if read.0 == 0 { client.scopes } else { read };
    if scopes.0 & !client.scopes.0 != 0 {
        return Err(TokenRefused::Scope);
    }
    Ok(scopes)
}

fn give(
    tx: &mut dyn Tx,
    client: ClientId,
    subscriber: Option<SubscriberId>,
    scopes: Scopes,
    now: Moment,
    seed: &Seed,
) -> Result<Fresh, Fault> {
    let text = format!("{}{}", OrderId(seed.id("token a")), OrderId(seed.id("token b")));
    let hash = seal::hash(text.as_bytes()).0;
    let ends = now.plus(LIFE);
    let row = TokenRow {
        client,
        subscriber,
        scopes,
        ends,
    };
    TOKENS.put(tx, &hash, &row)?;
    ENDS.put(tx, &(ends, hash), &())?;
    Ok((text, LIFE))
}

/// Writes down a text.
pub(crate) fn send(tx: &mut dyn Tx, number: &str, says: TextSays, ends: Moment, id: [u8; 16]) -> Result<(), Fault> {
    let text = Text {
        number: number.to_owned(),
        says,
        ends,
    };
    TEXTS.put(tx, &(ends, id), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        for bits in 0..32 {
            assert_eq!(Scopes::read(&Scopes(bits).names()), Some(Scopes(bits)));
        }
        assert_eq!(Scopes::read("openid carrier-billing:payments:read"), Some(Scopes(2)));
        assert_eq!(Scopes::read("carrier-billing:payments"), None);
    }
}
