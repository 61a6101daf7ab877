//! Charge: what a subscriber's card asks this carrier to pay (ST-4, ST-13). Decided once, in the write that also bills it; the
//! signed answer is the same for ever, over whatever way the question comes again.

use deal::{
    charge::{
        Charge, ChargeId, ChargeKnown, ChargeNotRead, ChargeStep, Charged, OpenCharge, WhyRefused, decide_charge,
        open_charge, say_charged,
    },
    enterprise::{EnterpriseNo, TrustAsk, read_trust},
};
use minicbor::{Decode, Encode};
use party::{
    Reply, Step, Verb,
    errand::{self, ErrandId},
};
use seal::{Seed, cbor};
use store::{Fault, Keys, Map, Table, Tx, Value, View};
use units::{Again, Moment, Money, PartyId, Refusal};

use crate::{
    Bought, Carrier, Contract, Origin, SubscriberId, Trust,
    carrier::Then,
    enterprise::{ENTERPRISES, NUMBERED, VERDICTS, Verdict, list_changed},
    month::Month,
    subscriber::{BY_KEY, CONTRACTS},
};

/// A charge that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Decided {
    /// What was asked.
    #[n(0)]
    pub charge: Charge,
    /// Whose it is, if anybody's.
    #[n(1)]
    pub who: Option<SubscriberId>,
    /// What was said.
    #[n(2)]
    pub known: ChargeKnown,
}
impl Value for Decided {}

pub(crate) const CHARGES: Map<ChargeId, Decided> = Map::new(Table::new("carrier_charges"));
/// By the moment they were decided, for people who look for one.
pub(crate) const BY_TIME: Map<(Moment, ChargeId), ()> = Map::new(Table::new("carrier_charges_by_time"));

/// Why a charge was not taken at all, in order of precedence. Nothing is remembered of it, and nothing signed is said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeRefused {
    /// The carrier is finding out what it forgot.
    #[error(transparent)]
    Restored(#[from] party::epoch::NotReconciled),
    /// Not a genuine charge for this carrier.
    #[error(transparent)]
    NotRead(#[from] ChargeNotRead),
    /// The id stands for another charge.
    #[error("this charge was decided before with another content; nothing has changed")]
    OtherContent,
    /// The answer cannot be sealed to the tag.
    #[error("the tag of this charge has no key that an answer could be sealed to")]
    NoKey,
    /// The store failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Refusal for ChargeRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Restored(no) => no.code(),
            Self::NotRead(no) => no.code(),
            Self::OtherContent => "charge-other-content",
            Self::NoKey => "charge-no-key",
            Self::Fault(fault) => fault.code(),
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Restored(no) => no.again(),
            Self::NotRead(no) => no.again(),
            Self::OtherContent | Self::NoKey => Again::Never,
            Self::Fault(fault) => fault.again(),
        }
    }
}
impl From<ChargeRefused> for party::Refused {
    fn from(no: ChargeRefused) -> Self {
        Self::by(&no)
    }
}

/// Whether this carrier pays an enterprise.
pub(crate) enum Pays {
    Yes,
    No,
    /// The registry knows.
    Ask(TrustAsk, PartyId),
}

impl Carrier {
    /// Takes a charge as it travels. May be repeated for ever, with the same answer.
    pub(crate) fn take_charge(
        &self,
        tx: &mut dyn Tx,
        body: &[u8],
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, ChargeRefused> {
        party::epoch::require::<ChargeRefused>(tx)?;
        let known = self.desk.known(tx)?;
        let open = open_charge(body, self.id(), self.keys.opener(), &known.trust)?;
        if let Some(decided) = CHARGES.get(tx, &open.charge.charge)? {
            return self.repeat(&decided, &open);
        }
        let who = BY_KEY.get(tx, &open.subscriber.0)?;
        let will = match self.will_pay(tx, who, &open.charge, now, seed)? {
            Ok(Pays::Ask(ask, registry)) => return Ok(Step::Errand(self.ask_registry(tx, ask, registry, body, now)?)),
            Ok(Pays::Yes) => Ok(()),
            Ok(Pays::No) => Err(WhyRefused::NotTrusted),
            Err(why) => Err(why),
        };
        let said = self.decide(tx, &open, who, will, now)?;
        self.answer(&said, &open)
    }

    fn repeat(&self, decided: &Decided, open: &OpenCharge) -> Result<Step, ChargeRefused> {
        let step = decide_charge((&open.charge, open.content), Some(&decided.known), Ok(()), Moment(0));
        match step {
            ChargeStep::Repeat(said) => self.answer(&said, open),
            ChargeStep::OtherContent | ChargeStep::Decide(_) => Err(ChargeRefused::OtherContent),
        }
    }

    fn answer(&self, said: &Charged, open: &OpenCharge) -> Result<Step, ChargeRefused> {
        let secret = self.keys.derive("charged/seal", &[&said.charge]);
        let seed = Seed::new(*secret.expose());
        let (realm, keys) = (self.desk.realm_id(), &self.keys);
        let bytes = say_charged(said, realm, keys.signer(), keys.certificate(), &open.to, &seed);
        bytes.map(Step::Answer).map_err(|_| ChargeRefused::NoKey)
    }

    /// Writes the decision, and with it the purchase.
    fn decide(
        &self,
        tx: &mut dyn Tx,
        open: &OpenCharge,
        who: Option<SubscriberId>,
        will: Result<(), WhyRefused>,
        now: Moment,
    ) -> Result<Charged, ChargeRefused> {
        let charge = &open.charge;
        let ChargeStep::Decide(known) = decide_charge((charge, open.content), None, will, now) else {
            return Err(ChargeRefused::OtherContent);
        };
        if let (Ok(()), Some(who)) = (will, who) {
            let bought = Bought {
                origin: Origin::Charge,
                who,
                enterprise: charge.seller,
                what: charge.offer.to_string(),
                amount: charge.amount,
                // A card's clock may be wrong by years; its purchases are never billed ahead.
                at: charge.at.min(now),
                month: Month::of(now, self.config.zone_minutes),
                refunded: Money::zero(charge.amount.currency()),
            };
            self.buy(tx, charge.charge, bought, now)?;
        }
        let said = known.said.clone();
        let decided = Decided {
            charge: charge.clone(),
            who,
            known,
        };
        CHARGES.put(tx, &charge.charge, &decided)?;
        BY_TIME.put(tx, &(now, charge.charge), &())?;
        Ok(said)
    }

    /// Whether it pays, by its own rules, in the order of [`WhyRefused`].
    fn will_pay(
        &self,
        tx: &mut dyn Tx,
        who: Option<SubscriberId>,
        charge: &Charge,
        now: Moment,
        seed: &Seed,
    ) -> Result<Result<Pays, WhyRefused>, Fault> {
        let contract = match who {
            Some(who) => CONTRACTS.get(tx, &who)?.filter(|c| c.ended.is_none()).map(|c| (who, c)),
            None => None,
        };
        let Some((who, contract)) = contract else {
            return Ok(Err(WhyRefused::NoSubscriber));
        };
        let pays = self.pays(tx, (charge.enterprise(), charge.seller, charge.amount), now, seed)?;
        if matches!(pays, Pays::No) {
            return Ok(Err(WhyRefused::NotTrusted));
        }
        if charge.amount.is_zero() || charge.amount.currency() != self.desk.currency() {
            return Ok(Err(WhyRefused::Amount));
        }
        Ok(match self.has_room(tx, who, &contract, charge.amount, now)? {
            true => Ok(pays),
            false => Err(WhyRefused::Limit),
        })
    }

    pub(crate) fn has_room(
        &self,
        view: &mut dyn View,
        who: SubscriberId,
        contract: &Contract,
        amount: Money,
        now: Moment,
    ) -> Result<bool, Fault> {
        let room = self.room(view, who, contract.content_limit, now)?;
        Ok(amount.minor() <= room.minor())
    }

    /// Whether it pays a seller that says it has this number.
    pub(crate) fn pays(
        &self,
        view: &mut dyn View,
        (no, seller, amount): (Option<EnterpriseNo>, PartyId, Money),
        now: Moment,
        seed: &Seed,
    ) -> Result<Pays, Fault> {
        // A number that is somebody else's is a lie about who is paid.
        if let Some(no) = no
            && NUMBERED.get(view, &no.0)?.is_some_and(|whose| whose != seller)
        {
            return Ok(Pays::No);
        }
        if let Some(row) = ENTERPRISES.get(view, &seller)? {
            let same = no.is_none() || row.no.is_none() || row.no == no;
            let pays = row.trust == Trust::Trusted && same;
            return Ok(if pays { Pays::Yes } else { Pays::No });
        }
        if let (Some(registry), Some(no)) = (self.config.registry, no) {
            let verdict = VERDICTS.get(view, &(no.0, seller))?;
            if let Some(verdict) = verdict.filter(|verdict| verdict.holds(now)) {
                return Ok(if verdict.trusted { Pays::Yes } else { Pays::No });
            }
            let ask = TrustAsk {
                enterprise: no,
                party: seller,
                nonce: seed.id("trust"),
            };
            return Ok(Pays::Ask(ask, registry));
        }
        let small = |most: Money| most.currency() == amount.currency() && amount.minor() <= most.minor();
        Ok(if self.config.unlisted_up_to.is_some_and(small) {
            Pays::Yes
        } else {
            Pays::No
        })
    }

    fn ask_registry(
        &self,
        tx: &mut dyn Tx,
        ask: TrustAsk,
        registry: PartyId,
        body: &[u8],
        now: Moment,
    ) -> Result<errand::Errand, Fault> {
        let then = cbor::to_bytes(&Then::Trust(ask.clone(), body.to_vec().into()));
        let id = ErrandId::of("trust", &seal::hash(body).0);
        errand::post(tx, id, registry, Verb::Trust, cbor::to_bytes(&ask), then, now)
    }

    /// The registry has answered, or not: the charge that waits for it is decided, or waits on.
    pub(crate) fn registry_said(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        (ask, body): (&TrustAsk, &[u8]),
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, ChargeRefused> {
        if self.verdict(tx, ask, reply, now)?.is_none() {
            return Ok(Step::NotYet(errand::later(tx, id, now)?));
        }
        errand::finish(tx, id)?;
        self.take_charge(tx, body, now, seed)
    }

    /// What the registry has said about an enterprise, kept for a while; nothing: it has not answered.
    pub(crate) fn verdict(
        &self,
        tx: &mut dyn Tx,
        ask: &TrustAsk,
        reply: Reply<'_>,
        now: Moment,
    ) -> Result<Option<bool>, Fault> {
        let known = self.desk.known(tx)?;
        let word = match (reply, self.config.registry) {
            (Reply::Answer(bytes), Some(registry)) => read_trust(bytes, ask, registry, &known.trust, now).ok(),
            _ => None,
        };
        let Some(trusted) = word else { return Ok(None) };
        let key = (ask.enterprise.0, ask.party);
        let before = VERDICTS.get(tx, &key)?.map(|v| v.trusted);
        VERDICTS.put(tx, &key, &Verdict { trusted, at: now })?;
        if before != Some(trusted) {
            list_changed(tx)?;
        }
        Ok(Some(trusted))
    }

    /// A charge that was decided.
    pub fn charge(&self, view: &mut dyn View, id: ChargeId) -> Result<Option<Decided>, Fault> {
        CHARGES.get(view, &id)
    }

    /// The latest charges, newest first, before the one given.
    pub fn charges(
        &self,
        view: &mut dyn View,
        before: Option<(Moment, ChargeId)>,
        limit: usize,
    ) -> Result<Vec<Decided>, Fault> {
        let mut keys = Keys::all().newest_first();
        if let Some(before) = before {
            keys = keys.after(&before);
        }
        let mut out = Vec::new();
        for ((_, id), ()) in BY_TIME.range(view, keys, limit)? {
            out.extend(CHARGES.get(view, &id)?);
        }
        Ok(out)
    }
}
