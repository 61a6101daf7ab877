//! Home: the ways by which a card's fares reach their publisher.

use card::{Checked, Settled, Want};
use minicbor::bytes::ByteVec;
use party::{
    collector::Path,
    machine::{Hand, Order},
};
use seal::cbor;
use units::{DealId, PartyId};

use crate::{Answer, Counterpart, Holder, Parties, Stuck};

/// What a way has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Deals made.
    pub deals: usize,
    /// Deals that are closed on the card.
    pub closed: usize,
    /// Values that came back: rebates.
    pub rebates: usize,
}

/// Whom a way leads through.
pub const fn machine_of(path: Path) -> Option<Counterpart> {
    match path {
        Path::Online => None,
        Path::AtmBefore | Path::AtmAfter => Some(Counterpart::Atm),
        Path::Shop | Path::Application => Some(Counterpart::Counter),
        Path::Kiosk => Some(Counterpart::Kiosk),
    }
}

impl Holder {
    /// The publishers whose fares this card carries.
    pub fn payees(&self) -> Vec<PartyId> {
        self.card.state().summary().escrow.into_keys().collect()
    }

    /// Sends everything home that this card carries, by one way, as many deals as it takes. The holder is not asked: it is
    /// not his money, and costs him nothing.
    pub fn send_home(&mut self, parties: &mut dyn Parties, path: Path) -> Result<Sent, Stuck> {
        let mut sent = Sent::default();
        for payee in self.payees() {
            while self.card.state().escrow.iter().any(|slip| slip.payee == payee) {
                let checked = self.collect_quote(parties, path, payee)?;
                let (deal, pay) = self.commit(&*parties, &checked, &Want::default())?;
                sent.deals += 1;
                let Some(settle) = self.bring(parties, path, payee, pay)? else {
                    continue;
                };
                let before = self.card.state().values.len();
                self.close_home(parties, deal, &settle)?;
                sent.closed += 1;
                sent.rebates += self.card.state().values.len().saturating_sub(before);
            }
        }
        Ok(sent)
    }

    /// Closes collections that are still open on the card: the card says the same payment again, to the collector itself.
    pub fn finish_home(&mut self, parties: &mut dyn Parties) -> Result<usize, Stuck> {
        let open: Vec<DealId> = self
            .card
            .state()
            .paid
            .iter()
            .filter(|paid| paid.pay.quote.kind == deal::Kind::Collect)
            .map(|paid| paid.deal)
            .collect();
        for deal in &open {
            let Some(pay) = self.card.pay_again(*deal) else {
                continue;
            };
            let settle = self.send(parties, Counterpart::Collector, "pay", pay.bytes())?;
            self.close_home(parties, *deal, &settle)?;
        }
        Ok(open.len())
    }

    /// Asks the collector; or takes the standing order that the machine holds.
    fn collect_quote(&mut self, parties: &mut dyn Parties, path: Path, payee: PartyId) -> Result<Checked, Stuck> {
        let Some(machine) = machine_of(path) else {
            let seed = self.draw();
            let asked = self.card.ask_collect(payee, &seed).map_err(|e| Stuck::of(&e))?;
            return self.quote(parties, Counterpart::Collector, &asked, None);
        };
        for _ in 0..64 {
            let held = self.send(parties, machine, "standing", &[])?;
            let orders: Vec<Order> = cbor::from_bytes_within(&held, 1 << 20).map_err(|e| Stuck {
                code: "orders".into(),
                text: e.to_string(),
            })?;
            if let Some(order) = orders.iter().find(|order| order.payee == payee) {
                return self
                    .card
                    .read_quote(&order.quote, None, None, parties.now())
                    .map_err(|e| Stuck::of(&e));
            }
            parties.settle_down();
        }
        Err(Stuck {
            code: "no-standing-order".into(),
            text: "this machine takes no fares for this publisher yet".into(),
        })
    }

    /// Hands the payment over. What comes back, if the card still waits for it.
    fn bring(
        &mut self,
        parties: &mut dyn Parties,
        path: Path,
        payee: PartyId,
        pay: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, Stuck> {
        let Some(machine) = machine_of(path) else {
            return self.send(parties, Counterpart::Collector, "pay", &pay).map(Some);
        };
        let hand = Hand {
            payee,
            path,
            to_account: path == Path::Application,
            pay: ByteVec::from(pay),
        };
        // The machine has it written down as soon as it answers anything; it delivers later what it cannot deliver now.
        match parties.send(machine, "hand", &cbor::to_bytes(&hand)) {
            Answer::Bytes(bytes) if bytes.is_empty() => Ok(None),
            Answer::Bytes(bytes) => Ok(Some(bytes)),
            Answer::NotYet => Ok(None),
            Answer::Refused(code, text) => Err(Stuck { code, text }),
            Answer::Silent => Err(Stuck {
                code: "no-answer".into(),
                text: "the machine is out of order; the card sends its fares another way".into(),
            }),
        }
    }

    fn close_home(&mut self, parties: &mut dyn Parties, deal: DealId, settle: &[u8]) -> Result<(), Stuck> {
        let seed = self.draw();
        let settled = self
            .card
            .settle(settle, parties.now(), &seed)
            .map_err(|e| Stuck::of(&e))?;
        match settled {
            Settled::Given { done, .. } | Settled::Again(done) => {
                // Losing it harms nothing.
                let _ = parties.send(Counterpart::Collector, "done", done.bytes());
                Ok(())
            }
            Settled::Void { reason, .. } => Err(Stuck {
                code: reason.code().into(),
                text: reason.text().into(),
            }),
            other => Err(Stuck {
                code: "not-collected".into(),
                text: format!("the answer about {deal} did not close it: {other:?}"),
            }),
        }
    }
}
