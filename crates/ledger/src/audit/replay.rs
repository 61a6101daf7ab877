//! Playing the journal: the auditor's own, deliberately plain account of what the events mean.

use super::finding::{Finding, Findings};
use crate::books::{ENTRIES, HOLDS, JOURNAL, TRANSFERS};
use crate::{Account, AccountId, Entry, Event, HoldState, Limit, Posted, Record, Side, Transfer, What};
use std::collections::BTreeMap;
use store::{Fault, Range, Value, View};
use units::{Hash, Moment, Money, TransferId};

/// Journal records read at a time.
const PAGE: usize = 256;

/// An account with its figures: debits, credits, debits held, credits held.
pub(super) struct Figures {
    pub account: Account,
    pub sums: [i128; 4],
}

/// A hold the events left open.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub debit: AccountId,
    pub credit: AccountId,
    pub amount: Money,
    pub expires: Option<Moment>,
}

/// What came out of the events.
#[derive(Default)]
pub(super) struct Replay {
    pub records: u64,
    pub hash: Hash,
    pub at: Moment,
    pub currency: Option<String>,
    pub accounts: BTreeMap<AccountId, Figures>,
    pub open: BTreeMap<TransferId, Open>,
    pub transfers: u64,
    pub holds: u64,
    pub entries: u64,
}

/// One movement on both sides: minor units posted and held.
struct Move {
    debit: AccountId,
    credit: AccountId,
    posted: i128,
    held: i128,
}

impl Replay {
    pub(super) fn run(
        view: &mut dyn View,
        witness: Option<(u64, Hash)>,
        findings: &mut Findings,
    ) -> Result<Self, Fault> {
        let mut replay = Self::default();
        let mut witnessed = witness.is_none_or(|(number, hash)| number == 0 && hash == Hash::default());
        let mut range = Range::all();
        loop {
            let rows = view.scan(JOURNAL.table(), &range, false, PAGE)?;
            let Some((last, _)) = rows.last() else { break };
            range.from = last.iter().copied().chain([0]).collect();
            for (key, value) in rows {
                // A row is a version byte and the record; the hash is over the record as it stands there.
                let (version, body) = value.split_at(value.len().min(1));
                match minicbor::decode::<Record>(body) {
                    Ok(record) if key == record.number.to_be_bytes() && version == [Record::VERSION] => {
                        replay.play(view, &record, findings)?
                    }
                    _ => findings.add(Finding::ChainBroken(replay.records.saturating_add(1))),
                }
                replay.records = replay.records.saturating_add(1);
                replay.hash = seal::hash_parts(&[b"keyfare ledger journal 1", body]);
                witnessed |= witness == Some((replay.records, replay.hash));
            }
        }
        if let (false, Some((number, _))) = (witnessed, witness) {
            findings.add(Finding::WitnessDisagrees(number));
        }
        Ok(replay)
    }

    fn play(&mut self, view: &mut dyn View, record: &Record, findings: &mut Findings) -> Result<(), Fault> {
        if record.number != self.records.saturating_add(1) || record.previous != self.hash {
            findings.add(Finding::ChainBroken(record.number));
        }
        let mut no = |why| {
            findings.add(Finding::Impossible {
                number: record.number,
                why,
            })
        };
        if record.at < self.at {
            no("time went back");
        }
        self.at = self.at.max(record.at);
        match &record.event {
            Event::Begun { currency } => {
                if self.records > 0 || self.currency.is_some() {
                    no("the books were opened twice");
                }
                self.currency = Some(currency.clone());
            }
            Event::Opened { account } => {
                let figures = Figures {
                    account: account.clone(),
                    sums: [0; 4],
                };
                if self.accounts.insert(account.id, figures).is_some() {
                    no("an account was opened twice");
                }
            }
            Event::Posted { transfers } => {
                for (index, transfer) in (0_u16..).zip(transfers) {
                    self.transfer(view, record, index, transfer, findings)?;
                }
            }
            Event::Expired { holds } => {
                for (index, id) in (0_u16..).zip(holds) {
                    self.expire(view, record, index, *id, findings)?;
                }
            }
        }
        Ok(())
    }

    fn transfer(
        &mut self,
        view: &mut dyn View,
        record: &Record,
        index: u16,
        transfer: &Transfer,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        self.transfers = self.transfers.saturating_add(1);
        let no = |why| Finding::Impossible {
            number: record.number,
            why,
        };
        let (id, units) = (transfer.id, |m: Money| i128::from(m.minor()));
        let amount = match transfer.what {
            What::Now { debit, credit, amount } => {
                let movement = Move {
                    debit,
                    credit,
                    posted: units(amount),
                    held: 0,
                };
                self.act(view, record, index, id, &movement, findings)?;
                amount
            }
            What::Hold {
                debit,
                credit,
                amount,
                expires,
            } => {
                self.holds = self.holds.saturating_add(1);
                let movement = Move {
                    debit,
                    credit,
                    posted: 0,
                    held: units(amount),
                };
                self.act(view, record, index, id, &movement, findings)?;
                if self
                    .open
                    .insert(
                        id,
                        Open {
                            debit,
                            credit,
                            amount,
                            expires,
                        },
                    )
                    .is_some()
                {
                    findings.add(no("a hold was made twice"));
                }
                amount
            }
            What::Post { hold, .. } | What::Void { hold } => {
                let Some(open) = self.open.remove(&hold) else {
                    findings.add(no("a hold was ended that was not open"));
                    return Ok(());
                };
                if open.expires.is_some_and(|expires| expires <= record.at) {
                    findings.add(no("a hold was ended after its time"));
                }
                let (part, state) = match transfer.what {
                    What::Post { amount, .. } => {
                        let amount = amount.unwrap_or(open.amount);
                        (Some(amount), HoldState::Posted { by: id, amount })
                    }
                    _ => (None, HoldState::Voided { by: id }),
                };
                if part.is_some_and(|part| part > open.amount) {
                    findings.add(no("more was posted than was held"));
                }
                let posted = part.map_or(0, units);
                let movement = Move {
                    debit: open.debit,
                    credit: open.credit,
                    posted,
                    held: -units(open.amount),
                };
                self.act(view, record, index, id, &movement, findings)?;
                Self::compare_ended(view, hold, open, state, findings)?;
                part.unwrap_or(open.amount)
            }
        };
        if Some(amount.currency().code()) != self.currency.as_deref() || amount.is_zero() {
            findings.add(no("an amount of nothing or of another currency"));
        }
        let answer = Posted {
            id,
            record: record.number,
            at: record.at,
            amount,
        };
        let kept = TRANSFERS.get(view, &id)?;
        if !kept.is_some_and(|kept| kept.transfer == *transfer && kept.posted == answer) {
            findings.add(Finding::TransferDiffers(id));
        }
        Ok(())
    }

    fn expire(
        &mut self,
        view: &mut dyn View,
        record: &Record,
        index: u16,
        id: TransferId,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let Some(open) = self.open.remove(&id) else {
            findings.add(Finding::Impossible {
                number: record.number,
                why: "a hold expired that was not open",
            });
            return Ok(());
        };
        if open.expires.is_none_or(|expires| expires > record.at) {
            findings.add(Finding::Impossible {
                number: record.number,
                why: "a hold expired before its time",
            });
        }
        let movement = Move {
            debit: open.debit,
            credit: open.credit,
            posted: 0,
            held: -i128::from(open.amount.minor()),
        };
        self.act(view, record, index, id, &movement, findings)?;
        Self::compare_ended(view, id, open, HoldState::Expired { record: record.number }, findings)
    }

    /// Adds a movement to both accounts, checks their limits, and looks for the entries it must have left.
    fn act(
        &mut self,
        view: &mut dyn View,
        record: &Record,
        index: u16,
        id: TransferId,
        movement: &Move,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let sides = [
            (movement.debit, movement.credit, Side::Debit),
            (movement.credit, movement.debit, Side::Credit),
        ];
        for (account, other, side) in sides {
            let Some(figures) = self.accounts.get_mut(&account) else {
                findings.add(Finding::Impossible {
                    number: record.number,
                    why: "an account was used that was not opened",
                });
                continue;
            };
            let at = if side == Side::Debit { 0 } else { 1 };
            figures.sums[at] += movement.posted;
            figures.sums[at + 2] += movement.held;
            if breaks_its_limit(figures) {
                findings.add(Finding::Impossible {
                    number: record.number,
                    why: "an account went over its limit",
                });
            }
            self.entries = self.entries.saturating_add(1);
            let kept = ENTRIES.get(view, &(account, record.number, index))?;
            let agrees = |kept: Entry| {
                let figures = (i128::from(kept.posted), i128::from(kept.held)) == (movement.posted, movement.held);
                figures && (kept.transfer, kept.at, kept.side, kept.other) == (id, record.at, side, other)
            };
            if !kept.is_some_and(agrees) {
                findings.add(Finding::EntryDiffers { account, transfer: id });
            }
        }
        Ok(())
    }

    fn compare_ended(
        view: &mut dyn View,
        id: TransferId,
        open: Open,
        state: HoldState,
        findings: &mut Findings,
    ) -> Result<(), Fault> {
        let kept = HOLDS.get(view, &id)?;
        let agrees = kept.is_some_and(|kept| {
            (kept.debit, kept.credit, kept.amount, kept.expires, kept.state)
                == (open.debit, open.credit, open.amount, open.expires, state)
        });
        if !agrees {
            findings.add(Finding::HoldDiffers(id));
        }
        Ok(())
    }
}

fn breaks_its_limit(figures: &Figures) -> bool {
    let [debits, credits, debits_held, credits_held] = figures.sums;
    let negative = figures.sums.iter().any(|sum| *sum < 0);
    let over = match figures.account.limit {
        Limit::None => false,
        Limit::DebitsWithinCredits => debits + debits_held > credits,
        Limit::CreditsWithinDebits => credits + credits_held > debits,
    };
    negative || over
}
