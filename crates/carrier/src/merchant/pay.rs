//! Pay: a merchant asks, in one step or in the first of two. What it asks for is decided at once, unless a trust registry has to be
//! asked first; then the amount is kept free until it has answered. A refused request leaves nothing behind.

use deal::enterprise::TrustAsk;
use minicbor::bytes::ByteVec;
use party::{
    Reply, Step, Verb,
    errand::{self, ErrandId},
};
use seal::{Seed, cbor};
use store::{Fault, Tx};
use units::{Again, Hash, Moment, Money, OrderId, PartyId, Refusal};

use super::{
    Caller, Payment, PaymentId, Sink, State, TaxItem,
    client::CLIENTS,
    payment::{BY_CLIENT, CORRELATORS, EXPIRES, IN_VALIDATION, PAYMENTS, REFERENCES, name},
    token::{TextSays, send},
};
use crate::{
    Carrier, Contract, SubscriberId,
    carrier::Then,
    charge::Pays,
    subscriber::{CONTRACTS, whose},
};

/// One step or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steps {
    /// Charged at once.
    One,
    /// Kept free, then confirmed or cancelled.
    Two,
}

/// What a merchant asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Whom to charge, unless the token says it.
    pub number: Option<String>,
    /// The merchant's id of the request.
    pub correlator: Option<String>,
    /// The merchant's reference.
    pub reference: String,
    /// How much, with the merchant's tax; nothing: it is no amount of this currency.
    pub amount: Option<Money>,
    /// Tax is in the amount it named.
    pub tax_included: bool,
    /// Its items.
    pub items: Vec<TaxItem>,
    /// What for.
    pub what: String,
    /// Whom it names as merchant.
    pub merchant: Option<String>,
    /// The member `paymentAmount` as it came.
    pub wire: Vec<u8>,
    /// Where it wants to be told.
    pub sink: Option<Sink>,
    /// The request as it came.
    pub content: Hash,
}

/// Why there is no payment, in order of precedence. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Nobody says whom to charge.
    #[error("the phone number cannot be identified: name it, or use a token of its subscriber")]
    NoNumber,
    /// Two say it.
    #[error("the phone number is already identified by the access token; leave it out")]
    TwoNumbers,
    /// The correlator stands for another request; or for any, where clients are held to the letter.
    #[error("this correlator was used before; draw a new one, or look the payment up")]
    Known,
    /// Nobody has the number.
    #[error("no subscriber has this number")]
    NoSubscriber,
    /// The contract allows no content.
    #[error("this subscriber's contract pays for no content")]
    NotApplicable,
    /// Not one of the client's enterprises.
    #[error("this client does not charge for this merchant")]
    OtherMerchant,
    /// The subscriber has not agreed before the carrier.
    #[error(
        "the subscriber has agreed to nothing here: ask for a token of the subscriber, or pay in two steps with a code"
    )]
    NotAsked,
    /// The carrier does not pay it.
    #[error("this carrier does not pay this enterprise")]
    NotTrusted,
    /// No amount of this currency, or more than any payment may be.
    #[error("this amount cannot be charged: whole minor units, and no more than one payment may be")]
    Amount,
    /// More than the subscriber may still spend this month.
    #[error("the subscriber may not spend that much more this month")]
    Limit,
    /// He is being asked for a code already.
    #[error("this subscriber is being asked for the code of another payment; wait until it ends")]
    InValidation,
    /// The reference stands for another payment.
    #[error("this reference stands for another payment; look it up, or draw a new one")]
    ReferenceTaken,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for PaymentRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NoNumber => "payment-no-number",
            Self::TwoNumbers => "payment-two-numbers",
            Self::Known => "payment-other-content",
            Self::NoSubscriber => "subscriber-unknown",
            Self::NotApplicable => "payment-not-applicable",
            Self::OtherMerchant => "payment-other-merchant",
            Self::NotAsked => "payment-not-asked",
            Self::NotTrusted => "payment-not-trusted",
            Self::Amount => "payment-amount",
            Self::Limit => "payment-limit",
            Self::InValidation => "payment-in-validation",
            Self::ReferenceTaken => "payment-reference-taken",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::Limit | Self::InValidation => Again::Later,
            Self::Fault(fault) => fault.again(),
            _ => Again::AfterYouAct,
        }
    }
}

/// Why a contract's number may not be charged any more.
pub(super) const NOT_ANY_MORE: &str = "The subscriber cannot be charged any more";
const NOT_TRUSTED: &str = "The enterprise is not paid by this carrier";

/// Whose number a request means.
pub(super) fn meant(
    view: &mut dyn store::View,
    caller: &Caller,
    number: Option<&str>,
    now: Moment,
) -> Result<Result<SubscriberId, PaymentRefused>, Fault> {
    Ok(match (caller.subscriber, number) {
        (Some(who), None) => Ok(who),
        (Some(_), Some(_)) => Err(PaymentRefused::TwoNumbers),
        (None, None) => Err(PaymentRefused::NoNumber),
        (None, Some(number)) => whose(view, number, now)?.ok_or(PaymentRefused::NoSubscriber),
    })
}

impl Carrier {
    /// Takes what a merchant asks for. The same request under the same correlator is answered by the same payment; true: it
    /// was known.
    pub fn take_payment(
        &self,
        tx: &mut dyn Tx,
        caller: &Caller,
        (asked, steps): (&Asked, Steps),
        now: Moment,
        seed: &Seed,
    ) -> Result<(PaymentId, Payment, bool), PaymentRefused> {
        party::epoch::require::<PaymentRefused>(tx)?;
        let who = meant(tx, caller, asked.number.as_deref(), now)?;
        if let Err(no @ (PaymentRefused::NoNumber | PaymentRefused::TwoNumbers)) = who {
            return Err(no);
        }
        let client = CLIENTS.get(tx, &caller.client)?.ok_or(PaymentRefused::OtherMerchant)?;
        let correlator = asked
            .correlator
            .as_ref()
            .map(|text| name(caller.client, "correlator", text));
        if let Some(id) = correlator
            .as_ref()
            .map(|of| CORRELATORS.get(tx, of))
            .transpose()?
            .flatten()
        {
            // Where the token names the subscriber the request does not: another one's is another request.
            let same = |known: &Payment| {
                let person = who.as_ref().map_or(true, |who| known.who == *who);
                person && known.two == (steps == Steps::Two) && known.content == asked.content
            };
            let known = PAYMENTS.get(tx, &id)?.filter(|known| same(known) && !client.strict);
            return known.map(|known| (id, known, true)).ok_or(PaymentRefused::Known);
        }
        let who = who?;
        let contract = CONTRACTS.get(tx, &who)?.filter(|contract| contract.ended.is_none());
        let contract = contract.ok_or(PaymentRefused::NoSubscriber)?;
        if contract.content_limit.is_zero() {
            return Err(PaymentRefused::NotApplicable);
        }
        let payee = client
            .payee(asked.merchant.as_deref())
            .ok_or(PaymentRefused::OtherMerchant)?;
        let said_nothing = caller.subscriber.is_none() && !client.unasked;
        if said_nothing && steps == Steps::One {
            return Err(PaymentRefused::NotAsked);
        }
        let amount = asked
            .amount
            .filter(|amount| !amount.is_zero())
            .ok_or(PaymentRefused::Amount)?;
        let pays = self.pays(tx, (payee.no, payee.party, amount), now, seed)?;
        if matches!(pays, Pays::No) {
            return Err(PaymentRefused::NotTrusted);
        }
        let most = self.config.merchants.payment_max;
        if most.is_some_and(|most| amount.minor() > most.minor()) || amount.minor() > contract.content_limit.minor() {
            return Err(PaymentRefused::Amount);
        }
        if !self.has_room(tx, who, &contract, amount, now)? {
            return Err(PaymentRefused::Limit);
        }
        let coded = steps == Steps::Two && (said_nothing || self.wants_code(amount));
        if coded && self.is_in_validation(tx, who)? {
            return Err(PaymentRefused::InValidation);
        }
        let reference = name(caller.client, "reference", &asked.reference);
        if REFERENCES.has(tx, &reference)? {
            return Err(PaymentRefused::ReferenceTaken);
        }
        // Nothing below refuses.
        let id = PaymentId(seed.id("payment"));
        REFERENCES.put(tx, &reference, &id)?;
        if let Some(of) = correlator {
            CORRELATORS.put(tx, &of, &id)?;
        }
        let mut payment = begun(caller, asked, (steps, who, payee.party, amount), &contract, now);
        payment.coded = coded;
        BY_CLIENT.put(tx, &(caller.client, now, id), &())?;
        self.keep_free(tx, &mut payment, now)?;
        match pays {
            Pays::Ask(ask, registry) => {
                // Its merchant does not wait for ever for a registry that is silent.
                self.ends_at(tx, id, &mut payment, now)?;
                self.ask_for_payment(tx, id, ask, registry, now)?;
            }
            _ => self.go_on(tx, id, &mut payment, now)?,
        }
        payment.first = payment.state;
        PAYMENTS.put(tx, &id, &payment)?;
        Ok((id, payment, false))
    }

    fn wants_code(&self, amount: Money) -> bool {
        self.config
            .merchants
            .code_from
            .is_some_and(|from| amount.minor() >= from.minor())
    }

    fn is_in_validation(&self, tx: &mut dyn Tx, who: SubscriberId) -> Result<bool, Fault> {
        let Some(other) = IN_VALIDATION.get(tx, &who)? else {
            return Ok(false);
        };
        Ok(PAYMENTS
            .get(tx, &other)?
            .is_some_and(|other| other.state == State::PendingValidation))
    }

    /// The enterprise is one that is paid: the payment goes on to where its steps and its amount lead.
    fn go_on(&self, tx: &mut dyn Tx, id: PaymentId, payment: &mut Payment, now: Moment) -> Result<(), Fault> {
        if !payment.two {
            self.let_go(tx, payment)?;
            return self.succeed(tx, id, payment, now);
        }
        let ends = self.ends_at(tx, id, payment, now)?;
        if !payment.coded {
            return self.come_to(tx, id, payment, (State::Reserved, None), now);
        }
        IN_VALIDATION.put(tx, &payment.who, &id)?;
        let says = TextSays::Code(self.code_of(id), payment.what.clone(), payment.amount);
        send(tx, &payment.number, says, ends, id.0)?;
        self.come_to(tx, id, payment, (State::PendingValidation, None), now)
    }

    /// Whatever has not come of it by then will not.
    fn ends_at(&self, tx: &mut dyn Tx, id: PaymentId, payment: &mut Payment, now: Moment) -> Result<Moment, Fault> {
        if let Some(before) = payment.expires {
            EXPIRES.delete(tx, &(before, id))?;
        }
        let ends = now.plus(self.config.merchants.reserve_for);
        payment.expires = Some(ends);
        EXPIRES.put(tx, &(ends, id), &())?;
        Ok(ends)
    }

    /// The month may have turned while the registry thought: is there room in this one, too?
    fn keeps_room(&self, tx: &mut dyn Tx, payment: &mut Payment, now: Moment) -> Result<bool, Fault> {
        let contract = CONTRACTS.get(tx, &payment.who)?.filter(|it| it.ended.is_none());
        let Some(contract) = contract else { return Ok(false) };
        self.let_go(tx, payment)?;
        let room = self.has_room(tx, payment.who, &contract, payment.amount, now)?;
        self.keep_free(tx, payment, now)?;
        Ok(room)
    }

    /// The code that validates a payment: follows from the carrier's secret and the payment.
    pub(super) fn code_of(&self, id: PaymentId) -> String {
        let secret = self.keys.derive("merchant/code", &[&id.0]);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&secret.expose()[..8]);
        format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000)
    }

    /// What names the question for that code.
    pub fn authorization_of(&self, id: PaymentId) -> String {
        let secret = self.keys.derive("merchant/authorization", &[&id.0]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&secret.expose()[..16]);
        OrderId(bytes).to_string()
    }

    fn ask_for_payment(
        &self,
        tx: &mut dyn Tx,
        id: PaymentId,
        ask: TrustAsk,
        registry: PartyId,
        now: Moment,
    ) -> Result<(), Fault> {
        let then = cbor::to_bytes(&Then::Payment(ask.clone(), id.0));
        let errand = ErrandId::of("trust for payment", &id.0);
        errand::post(tx, errand, registry, Verb::Trust, cbor::to_bytes(&ask), then, now)?;
        errand::soon(tx, errand, now)
    }

    /// The registry has answered about the enterprise of a payment, or not yet.
    pub(crate) fn registry_said_of_payment(
        &self,
        tx: &mut dyn Tx,
        (ask, id): (&TrustAsk, PaymentId),
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Step, Fault> {
        let errand = ErrandId::of("trust for payment", &id.0);
        let Some(trusted) = self.verdict(tx, ask, reply, now)? else {
            return Ok(Step::NotYet(errand::later(tx, errand, now)?));
        };
        errand::finish(tx, errand)?;
        let Some(mut payment) = PAYMENTS
            .get(tx, &id)?
            .filter(|payment| payment.state == State::Processing)
        else {
            return Ok(Step::Answer(Vec::new()));
        };
        let room = self.keeps_room(tx, &mut payment, now)?;
        // Another payment's code may have been asked for meanwhile: one at a time.
        let busy = payment.coded && self.is_in_validation(tx, payment.who)?;
        match (trusted, room && !busy) {
            (true, true) => self.go_on(tx, id, &mut payment, now)?,
            (yes, _) => {
                self.let_go(tx, &mut payment)?;
                let why = if yes { NOT_ANY_MORE } else { NOT_TRUSTED };
                self.come_to(tx, id, &mut payment, (State::Denied, Some(why)), now)?;
            }
        }
        Ok(Step::Answer(Vec::new()))
    }
}

fn begun(
    caller: &Caller,
    asked: &Asked,
    (steps, who, enterprise, amount): (Steps, SubscriberId, PartyId, Money),
    contract: &Contract,
    now: Moment,
) -> Payment {
    Payment {
        client: caller.client,
        who,
        number: asked.number.clone().unwrap_or_else(|| contract.number.clone()),
        enterprise,
        amount,
        tax_included: asked.tax_included,
        items: asked.items.clone(),
        what: line(&asked.what),
        wire: ByteVec::from(asked.wire.clone()),
        merchant: asked.merchant.clone(),
        reference: asked.reference.clone(),
        correlator: asked.correlator.clone(),
        two: steps == Steps::Two,
        state: State::Processing,
        first: State::Processing,
        created: now,
        paid: None,
        expires: None,
        kept_in: None,
        tries: 0,
        coded: false,
        sink: asked.sink.clone(),
        why: None,
        refunding: Money::zero(amount.currency()),
        told: 0,
        content: asked.content,
    }
}

/// A text as one line of a bill: what would break or fake one is left out, and the end of a long one.
fn line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(60).collect::<String>().trim().to_owned()
}
