//! A holder: a person with a real card, and the walk of each of his deals.

use card::{Asked, Card, Checked, Keeping, Lock, Memory, PinCost, Settled, Want};
use deal::Profile;
use license::OfferSheet;
use seal::{Class, Secret, Seed};
use units::{Currency, DealId, LicenseId, Money, OfferNo, Refusal};

use crate::{Answer, CardBooks, Counterpart, Parties};

/// Where a deal got stuck: a stable code and what to do. Whether anything was committed is in the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Stable code.
    pub code: String,
    /// For people.
    pub text: String,
}

impl Stuck {
    /// From any refusal.
    pub fn of(no: &impl Refusal) -> Self {
        Self {
            code: no.code().into(),
            text: no.to_string(),
        }
    }
    pub(crate) fn other(code: &str, text: &str) -> Self {
        Self::new(code, text)
    }
    fn new(code: &str, text: &str) -> Self {
        Self {
            code: code.into(),
            text: text.into(),
        }
    }
}

/// A person with a card.
#[derive(Debug)]
pub struct Holder {
    /// The name the books use.
    pub name: String,
    /// The card.
    pub card: Card<Memory>,
    /// The code on his paper.
    pub code: card::RecoveryCode,
    master: Secret,
    seed: Secret,
    drawn: u64,
}

/// The PIN of every holder in the stories.
pub const PIN: &str = "2468";

impl Holder {
    /// A person gets a card and enrols it.
    pub fn born(name: &str, parties: &mut dyn Parties, currency: Currency, seed: &[u8; 32]) -> Result<Self, Stuck> {
        let own = Secret::new(*seed).derive("holder", &[name.as_bytes()]);
        let master = own.derive("km", &[]);
        let draw = |n: u64| Seed::new(*own.derive("draw", &[&n.to_be_bytes()]).expose());
        let (lock, code) = Lock::new(PIN, PinCost::TOY, &draw(0)).map_err(|e| Stuck::of(&e))?;
        let most = Money::new(1_000_000, currency)
            .map_err(|_| Stuck::new("amount", "the currency does not hold that much"))?;
        let profile = Profile::software(most, most);
        let card = Card::born(
            &master,
            parties.realm(),
            lock,
            profile,
            Keeping::Opened,
            Memory::default(),
            &draw(1),
        )
        .map_err(|e| Stuck::of(&e))?;
        let mut holder = Self {
            name: name.into(),
            card,
            code,
            master,
            seed: own,
            drawn: 2,
        };
        let seed = holder.draw();
        let request = holder.card.enrol(Class::Software, &seed).map_err(|e| Stuck::of(&e))?;
        let answer = holder.send(parties, Counterpart::Issuer, "enrol", request.bytes())?;
        let seed = holder.draw();
        holder
            .card
            .enrolled(&answer, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        Ok(holder)
    }

    /// Fresh randomness for one step.
    pub fn draw(&mut self) -> Seed {
        self.drawn += 1;
        Seed::new(*self.seed.derive("draw", &[&self.drawn.to_be_bytes()]).expose())
    }

    /// Says one thing to a party, again while it asks for patience; what came back is for whoever said it.
    pub fn send(&self, parties: &mut dyn Parties, to: Counterpart, verb: &str, body: &[u8]) -> Result<Vec<u8>, Stuck> {
        for _ in 0..64 {
            match parties.send(to, verb, body) {
                Answer::Bytes(bytes) => return Ok(bytes),
                Answer::Refused(code, text) => return Err(Stuck { code, text }),
                Answer::NotYet => parties.settle_down(),
                Answer::Silent => {
                    return Err(Stuck::new(
                        "no-answer",
                        "nobody answered; the same again later finishes it",
                    ));
                }
            }
        }
        Err(Stuck::new(
            "not-yet",
            "it takes longer than usual; the same again later finishes it",
        ))
    }

    /// Asks, and checks the quote.
    pub fn quote(
        &mut self,
        parties: &mut dyn Parties,
        to: Counterpart,
        asked: &Asked,
        sheet: Option<&OfferSheet>,
    ) -> Result<Checked, Stuck> {
        let quote = self.send(parties, to, "ask", &asked.bytes())?;
        self.card
            .read_quote(&quote, Some(asked), sheet, parties.now())
            .map_err(|e| Stuck::of(&e))
    }

    /// Agrees and pays: the record is on the card, the message is with the caller.
    pub fn commit(
        &mut self,
        parties: &dyn Parties,
        checked: &Checked,
        want: &Want,
    ) -> Result<(DealId, Vec<u8>), Stuck> {
        let seed = self.draw();
        let ok = match self.card.confirm_free(checked) {
            Some(ok) => ok,
            None => self.card.confirm(checked, PIN, &seed).map_err(|e| Stuck::of(&e))?,
        };
        let seed = self.draw();
        let (deal, pay) = self
            .card
            .pay(checked, ok, want, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        Ok((deal, pay.into_bytes()))
    }

    /// Brings an open payment to its giver and takes the answer. May be repeated for ever.
    pub fn finish(&mut self, parties: &mut dyn Parties, to: Counterpart, pay: &[u8]) -> Result<Settled, Stuck> {
        let settle = self.send(parties, to, "pay", pay)?;
        let seed = self.draw();
        let settled = self
            .card
            .settle(&settle, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        if let Settled::Given { done, .. } | Settled::Again(done) = &settled {
            // Losing it harms nothing: the next report says the same.
            let _ = parties.send(to, "done", done.bytes());
        }
        Ok(settled)
    }

    /// An account at the bank, its token on the card, and `amount` loaded from it.
    pub fn first_money(&mut self, parties: &mut dyn Parties, amount: Money) -> Result<(), Stuck> {
        let opening = amount.minor().max(1);
        let account = parties
            .open_account(&self.name.clone(), opening)
            .map_err(|text| Stuck {
                code: "bank".into(),
                text,
            })?;
        let seed = self.draw();
        self.card
            .take_value(&account.signed, &account.certificate, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        if amount.is_zero() {
            return Ok(());
        }
        self.load(
            parties,
            amount,
            &Want {
                values: vec![(account.bank, account.token)],
                ..Want::default()
            },
        )
    }

    /// Money from the bank account onto the card.
    pub fn load(&mut self, parties: &mut dyn Parties, amount: Money, want: &Want) -> Result<(), Stuck> {
        let seed = self.draw();
        let asked = self.card.ask_load(amount, &seed).map_err(|e| Stuck::of(&e))?;
        let checked = self.quote(parties, Counterpart::Issuer, &asked, None)?;
        let (_, pay) = self.commit(parties, &checked, want)?;
        given(self.finish(parties, Counterpart::Issuer, &pay)?).map(|_| ())
    }

    /// Refund orders on the card become money in the purse.
    pub fn take_orders(&mut self, parties: &mut dyn Parties) -> Result<(), Stuck> {
        let values = self.card.state().values.clone();
        for (value, _) in values.iter().filter(|(v, _)| v.kind == deal::ValueKind::Refund) {
            let want = Want {
                values: vec![(value.maker, value.id)],
                ..Want::default()
            };
            self.load(parties, value.worth, &want)?;
        }
        Ok(())
    }

    /// Money from the card back onto the bank account.
    pub fn redeem(&mut self, parties: &mut dyn Parties, amount: Money) -> Result<(), Stuck> {
        let seed = self.draw();
        let asked = self.card.ask_redeem(amount, &seed).map_err(|e| Stuck::of(&e))?;
        let checked = self.quote(parties, Counterpart::Issuer, &asked, None)?;
        let (_, pay) = self.commit(parties, &checked, &Want::default())?;
        given(self.finish(parties, Counterpart::Issuer, &pay)?).map(|_| ())
    }

    /// Asks the shop for an offer and checks what it says.
    pub fn ask(&mut self, parties: &mut dyn Parties, number: OfferNo, sheet: &OfferSheet) -> Result<Checked, Stuck> {
        let seed = self.draw();
        let asked = self.card.ask_sale(number, &seed).map_err(|e| Stuck::of(&e))?;
        self.quote(parties, Counterpart::Shop, &asked, Some(sheet))
    }

    /// A license of an offer: ask, agree, pay, close.
    pub fn buy(
        &mut self,
        parties: &mut dyn Parties,
        number: OfferNo,
        sheet: &OfferSheet,
        want: &Want,
    ) -> Result<(DealId, LicenseId), Stuck> {
        let checked = self.ask(parties, number, sheet)?;
        let (deal, pay) = self.commit(parties, &checked, want)?;
        let license = given(self.finish(parties, Counterpart::Shop, &pay)?)?;
        license
            .map(|id| (deal, id))
            .ok_or(Stuck::new("no-license", "the shop gave no license"))
    }

    /// Hands a license back for its refund order.
    pub fn hand_back(&mut self, parties: &mut dyn Parties, license: LicenseId, number: OfferNo) -> Result<(), Stuck> {
        let seed = self.draw();
        let asked = self
            .card
            .ask_surrender(license, number, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let checked = self.quote(parties, Counterpart::Shop, &asked, None)?;
        let (_, pay) = self.commit(parties, &checked, &Want::default())?;
        given(self.finish(parties, Counterpart::Shop, &pay)?).map(|_| ())
    }

    /// Meets the issuer.
    pub fn report(&mut self, parties: &mut dyn Parties) -> Result<card::Contact, Stuck> {
        let seed = self.draw();
        let report = self
            .card
            .report(Class::Software, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        let answer = self.send(parties, Counterpart::Issuer, "report", report.bytes())?;
        let seed = self.draw();
        self.card
            .cleared(&answer, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))
    }

    /// The card's file as it is now.
    pub fn file(&self) -> Memory {
        self.card.journal().clone()
    }

    /// A file of this card is put back, today's or yesterday's: the card goes on from it.
    pub fn put_back(&mut self, file: Memory) -> Result<(), Stuck> {
        self.card =
            Card::wake(&self.master, &file.snapshot.clone(), &file.records.clone(), file).map_err(|e| Stuck::of(&e))?;
        Ok(())
    }

    /// The power goes: what was not in the journal is gone, and the card wakes from it.
    pub fn power_cut(&mut self) -> Result<(), Stuck> {
        self.put_back(self.file())
    }

    /// This card's books.
    pub fn books(&self) -> CardBooks {
        let summary = self.card.state().summary();
        CardBooks {
            purse: summary.spendable.minor(),
            reserved: summary.reserved.minor(),
            escrow: summary.escrow.values().map(|m| m.minor()).sum(),
            fares: summary.escrow.iter().map(|(p, m)| (p.short(), m.minor())).collect(),
            licenses: self.card.state().licenses.len(),
            values: self.card.state().values.len(),
        }
    }
}

fn given(settled: Settled) -> Result<Option<LicenseId>, Stuck> {
    match settled {
        Settled::Given { license, .. } => Ok(license),
        Settled::Void { reason, .. } => Err(Stuck::new(reason.code(), reason.text())),
        Settled::Again(_) => Ok(None),
        Settled::Nothing => Err(Stuck::new("nothing", "the answer changed nothing")),
        Settled::Contradicted { .. } => Err(Stuck::new(
            "contradicted",
            "the giver said before that it was otherwise",
        )),
        Settled::Frozen => Err(Stuck::new(
            "card-frozen",
            "the card found that it is an old copy of itself",
        )),
    }
}
