//! The carrier as a party: its tables, its verbs, what it does by itself.

use deal::enterprise::TrustAsk;
use minicbor::{Decode, Encode, bytes::ByteVec};
use seal::{Seed, cbor};
use store::{Fault, Part, Step as Change, Tx, View};
use units::{Moment, OrderId, PartyId, TransferId};

use party::{
    Party, PartyKeys, Refused, Reply, Step, Verb,
    bank::Credited,
    centre::Loads as _,
    desk::Desk,
    errand::{self, ErrandId},
};

use crate::{
    CarrierConfig, ContentRef, Incoming, acts, audit, bill, books, charge, claim, content, enterprise, load,
    merchant::{self, PaymentId},
    moneyin, payout, plan, refund, run, statement, subscriber, usage,
};

/// How many purchases are ordered to be paid at once.
const PAY_MAX: usize = 50;

static PART: Part = Part::new(
    "carrier",
    &[
        Change::Create(&[
            plan::PLANS.table(),
            plan::SERVICES.table(),
            subscriber::CONTRACTS.table(),
            subscriber::NUMBERS.table(),
            subscriber::TERMS.table(),
            subscriber::BY_KEY.table(),
            usage::BATCHES.table(),
            usage::METERS.table(),
            usage::LOST.table(),
            enterprise::ENTERPRISES.table(),
            enterprise::NUMBERED.table(),
            enterprise::VERDICTS.table(),
            enterprise::LIST.table(),
            charge::CHARGES.table(),
            charge::BY_TIME.table(),
            content::BOUGHT.table(),
            content::LINES.table(),
            payout::PAYABLES.table(),
            payout::DUE.table(),
            payout::ORDERED.table(),
            run::RUNS.table(),
            bill::BILLS.table(),
            bill::BY_SUBSCRIBER.table(),
            bill::BY_MONTH.table(),
            bill::BY_NUMBER.table(),
            bill::BY_LINK.table(),
            moneyin::INCOMING.table(),
            moneyin::FATE.table(),
            moneyin::WAITING.table(),
            refund::REFUNDS.table(),
            run::FIRST.table(),
        ]),
        Change::Create(&[payout::ORDERS.table()]),
        Change::Create(&statement::TABLES),
        Change::Create(&[load::LOADS.table()]),
        Change::Create(&[
            claim::CLAIMS.table(),
            claim::SET_OFF.table(),
            payout::FIRST_OWED.table(),
        ]),
        Change::Run {
            what: "list claims of before purchase by purchase",
            run: claim::list_before,
        },
        Change::Create(&statement::NAMES),
        Change::Create(&[acts::ACTS.table(), acts::HEAD.table(), acts::PROPOSALS.table()]),
    ],
);

/// What a carrier's store is opened with.
pub static PARTS: &[&Part] = &[
    &party::desk::PART,
    &party::errand::PART,
    &party::epoch::PART,
    &ledger::PART,
    &party::books::PART,
    &PART,
    &merchant::PART,
    &party::centre::PART,
];

/// What is done with the reply to an errand.
#[derive(Debug, Encode, Decode)]
pub(crate) enum Then {
    /// A registry's word about an enterprise, and the charge that waits for it.
    #[n(0)]
    Trust(#[n(0)] TrustAsk, #[n(1)] ByteVec),
    /// A purchase was paid to its seller, or not.
    #[n(1)]
    Pays(#[cbor(n(0), with = "minicbor::bytes")] ContentRef, #[n(1)] TransferId),
    /// A registry's word about an enterprise, and the merchant's payment that waits for it.
    #[n(2)]
    Payment(#[n(0)] TrustAsk, #[cbor(n(1), with = "minicbor::bytes")] ContentRef),
    /// The issuer's word about a load of a purse.
    #[n(3)]
    Load(#[n(0)] OrderId),
}

/// A carrier.
#[derive(Debug)]
pub struct Carrier {
    pub(crate) keys: PartyKeys,
    pub(crate) desk: Desk,
    pub(crate) config: CarrierConfig,
}

impl Carrier {
    /// The carrier with these keys.
    pub const fn new(keys: PartyKeys, desk: Desk, config: CarrierConfig) -> Self {
        Self { keys, desk, config }
    }
    /// Who it is.
    pub const fn id(&self) -> PartyId {
        self.keys.id()
    }
    /// Its certificate.
    pub fn certificate(&self) -> &[u8] {
        self.keys.certificate()
    }
    /// Its settings.
    pub const fn config(&self) -> &CarrierConfig {
        &self.config
    }

    /// The books by sort, added up: for consoles. No line is about one subscriber.
    pub fn figures(&self, view: &mut dyn View) -> Result<Vec<(String, i64)>, Fault> {
        let mut out = Vec::new();
        for sort in books::ALL {
            out.push((sort.name.to_owned(), party::books::total(view, sort)?));
        }
        Ok(out)
    }

    /// Its bank says that money came in.
    fn credited(&self, tx: &mut dyn Tx, body: &[u8], now: Moment) -> Result<Step, Refused> {
        let known = self.desk.known(tx)?;
        let bank = self.config.bank.ok_or_else(Refused::other_verb)?;
        let said = Credited::read(body, self.desk.realm_id(), &known, bank, &self.keys)?;
        if statement::TOLD.by_message(tx, said.id, (said.amount, &said.reference))? {
            let entry = Incoming {
                id: said.id,
                amount: said.amount,
                reference: said.reference,
                at: said.at,
            };
            self.money_in(tx, &entry, now)?;
        }
        Ok(Step::Answer(Vec::new()))
    }
}

impl Party for Carrier {
    fn id(&self) -> PartyId {
        self.keys.id()
    }
    fn desk(&self) -> &Desk {
        &self.desk
    }
    fn parts(&self) -> &'static [&'static Part] {
        PARTS
    }
    fn serve(&self, tx: &mut dyn Tx, verb: Verb, body: &[u8], now: Moment, seed: &Seed) -> Result<Step, Refused> {
        match verb {
            Verb::Charge => Ok(self.take_charge(tx, body, now, seed)?),
            Verb::Credited => self.credited(tx, body, now),
            Verb::NotPaid => Ok(Step::Answer(self.not_paid(tx, now)?)),
            _ => Err(Refused::other_verb()),
        }
    }
    fn answered(
        &self,
        tx: &mut dyn Tx,
        id: ErrandId,
        reply: Reply<'_>,
        now: Moment,
        seed: &Seed,
    ) -> Result<Step, Refused> {
        let Some(then) = errand::purpose(tx, id)? else {
            return Ok(Step::Answer(Vec::new()));
        };
        let then: Then = cbor::from_bytes(&then).map_err(|_| Fault::Corrupt {
            table: "errands",
            why: "what was to be done next".to_owned(),
        })?;
        Ok(match then {
            Then::Trust(ask, body) => self.registry_said(tx, id, (&ask, &body), reply, now, seed)?,
            Then::Payment(ask, of) => self.registry_said_of_payment(tx, (&ask, PaymentId(of)), reply, now)?,
            Then::Pays(of, transfer) => self.bank_said(tx, (of, transfer), reply, now)?,
            Then::Load(order) => match self.centre() {
                Some(centre) => centre.heard(tx, (id, order), reply, now)?,
                // It was one when it promised: whoever made it none again is asked until it is one.
                None => Step::NotYet(errand::later(tx, id, now)?),
            },
        })
    }
    fn tend(&self, tx: &mut dyn Tx, now: Moment, _: &Seed) -> Result<(), Refused> {
        if party::epoch::is_restored(tx)? {
            return Ok(());
        }
        self.pay_due(tx, now, PAY_MAX)?;
        self.expire(tx, now, PAY_MAX)?;
        self.forget_ended(tx, now, PAY_MAX)?;
        Ok(())
    }
    fn audit(&self, view: &mut dyn View) -> Result<Vec<String>, Fault> {
        audit::audit(self, view)
    }
}
