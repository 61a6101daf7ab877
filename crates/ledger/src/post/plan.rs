//! The plan: what a list of transfers would do, worked out on copies. Made by reading only; written in one go.

use super::PostRefused;
use crate::account::{Account, AccountId, Limit, TOTAL_MAX, Totals};
use crate::books::{ACCOUNTS, DUE, ENTRIES, HOLDS, TOTALS, TRANSFERS};
use crate::hold::{Hold, HoldState};
use crate::journal::{self, Head};
use crate::look::{Entry, Side};
use crate::transfer::{Known, Posted, Transfer, What};
use std::collections::{BTreeMap, btree_map};
use store::{Fault, Tx, View};
use units::{Moment, Money, TransferId};

pub(super) struct Plan {
    currency: String,
    at: Moment,
    record: u64,
    accounts: BTreeMap<AccountId, (Account, Totals)>,
    /// Holds made or ended by this list.
    holds: BTreeMap<TransferId, Hold>,
    entries: Vec<(AccountId, u16, Entry)>,
    posted: Vec<Posted>,
}

/// What a transfer does to both of its accounts alike.
struct Effect {
    debit: AccountId,
    credit: AccountId,
    posted: u64,
    held: i64,
}

impl Plan {
    pub(super) fn new(head: &Head, now: Moment) -> Self {
        Self {
            currency: head.currency.clone(),
            at: journal::time(head, now),
            record: head.number.saturating_add(1),
            accounts: BTreeMap::new(),
            holds: BTreeMap::new(),
            entries: Vec::new(),
            posted: Vec::new(),
        }
    }

    /// Checks one more transfer against everything planned so far, and plans it.
    pub(super) fn add(&mut self, view: &mut dyn View, transfer: &Transfer) -> Result<(), PostRefused> {
        let id = transfer.id;
        let amount = match &transfer.what {
            What::Now { debit, credit, amount } => {
                let effect = Effect {
                    debit: *debit,
                    credit: *credit,
                    posted: self.units(id, *amount)?,
                    held: 0,
                };
                self.check_accounts(view, id, &effect)?;
                self.check_limits(id, &effect, *amount)?;
                self.apply(id, &effect)?;
                *amount
            }
            What::Hold {
                debit,
                credit,
                amount,
                expires,
            } => {
                let held = i64::try_from(self.units(id, *amount)?).unwrap_or(i64::MAX);
                let effect = Effect {
                    debit: *debit,
                    credit: *credit,
                    posted: 0,
                    held,
                };
                self.check_accounts(view, id, &effect)?;
                if let Some(expires) = expires.filter(|e| *e <= self.at) {
                    return Err(PostRefused::OverBeforeBegun {
                        id,
                        expires,
                        now: self.at,
                    });
                }
                self.check_limits(id, &effect, *amount)?;
                self.apply(id, &effect)?;
                let state = HoldState::Open;
                let hold = Hold {
                    debit: *debit,
                    credit: *credit,
                    amount: *amount,
                    expires: *expires,
                    state,
                };
                self.holds.insert(id, hold);
                *amount
            }
            What::Post { hold, amount } => {
                if let Some(amount) = amount {
                    self.units(id, *amount)?;
                }
                self.end(view, id, *hold, |held| {
                    let amount = amount.unwrap_or(held);
                    if amount > held {
                        Err(PostRefused::MoreThanHeld {
                            id,
                            asked: amount,
                            held,
                        })
                    } else {
                        Ok(Some(amount))
                    }
                })?
            }
            What::Void { hold } => self.end(view, id, *hold, |_| Ok(None))?,
        };
        self.posted.push(Posted {
            id,
            record: self.record,
            at: self.at,
            amount,
        });
        Ok(())
    }

    /// Ends a hold. `part` says how much of it moves (none for a void). Answers what moved, or what was released.
    fn end(
        &mut self,
        view: &mut dyn View,
        id: TransferId,
        name: TransferId,
        part: impl FnOnce(Money) -> Result<Option<Money>, PostRefused>,
    ) -> Result<Money, PostRefused> {
        let hold = match self.holds.get(&name) {
            Some(hold) => hold.clone(),
            None => HOLDS.get(view, &name)?.ok_or(PostRefused::NoHold { id, hold: name })?,
        };
        if let (HoldState::Open, Some(expires)) = (hold.state, hold.expires)
            && expires <= self.at
        {
            return Err(PostRefused::HoldOver {
                id,
                hold: name,
                expires,
            });
        }
        if hold.state != HoldState::Open {
            return Err(PostRefused::HoldEnded {
                id,
                hold: name,
                state: hold.state,
            });
        }
        let (held, part) = (hold.amount, part(hold.amount)?);
        let state = part.map_or(HoldState::Voided { by: id }, |amount| HoldState::Posted {
            by: id,
            amount,
        });
        let effect = Effect {
            debit: hold.debit,
            credit: hold.credit,
            posted: part.map_or(0, |p| p.minor().unsigned_abs()),
            held: held.minor().saturating_neg(),
        };
        let ended = hold
            .end(state)
            .map_err(|state| PostRefused::HoldEnded { id, hold: name, state })?;
        self.check_accounts(view, id, &effect)?;
        self.apply(id, &effect)?;
        self.holds.insert(name, ended);
        Ok(part.unwrap_or(held))
    }

    /// The minor units of an amount that may be moved at all.
    fn units(&self, id: TransferId, amount: Money) -> Result<u64, PostRefused> {
        if amount.currency().code() != self.currency {
            let asked = amount.currency().code().to_owned();
            return Err(PostRefused::OtherCurrency {
                id,
                asked,
                kept: self.currency.clone(),
            });
        }
        if amount.is_zero() {
            return Err(PostRefused::ZeroAmount(id));
        }
        Ok(amount.minor().unsigned_abs())
    }

    /// Both accounts exist and differ; loads them.
    fn check_accounts(&mut self, view: &mut dyn View, id: TransferId, effect: &Effect) -> Result<(), PostRefused> {
        if effect.debit == effect.credit {
            return Err(PostRefused::SameAccount(id));
        }
        for account in [effect.debit, effect.credit] {
            if let btree_map::Entry::Vacant(place) = self.accounts.entry(account) {
                let found = ACCOUNTS
                    .get(view, &account)?
                    .ok_or(PostRefused::NoAccount { id, account })?;
                let totals = TOTALS
                    .get(view, &account)?
                    .ok_or_else(|| corrupt("an account without totals"))?;
                place.insert((found, totals));
            }
        }
        Ok(())
    }

    /// Neither account's limit stands against taking `asked`. Holds against an account count, holds for it do not.
    fn check_limits(&self, id: TransferId, effect: &Effect, asked: Money) -> Result<(), PostRefused> {
        let of = |account| {
            self.accounts
                .get(account)
                .ok_or_else(|| corrupt("an account that was not loaded"))
        };
        let (debit, debit_totals) = of(&effect.debit)?;
        let (credit, credit_totals) = of(&effect.credit)?;
        let sides = [
            (
                debit,
                Limit::DebitsWithinCredits,
                debit_totals.credits,
                debit_totals.debits,
                debit_totals.debits_held,
            ),
            (
                credit,
                Limit::CreditsWithinDebits,
                credit_totals.debits,
                credit_totals.credits,
                credit_totals.credits_held,
            ),
        ];
        for (account, limit, given, taken, held) in sides {
            let available = i128::from(given) - i128::from(taken) - i128::from(held);
            if account.limit == limit && i128::from(asked.minor()) > available {
                let available = i64::try_from(available).unwrap_or(0);
                return Err(PostRefused::NotEnough {
                    id,
                    account: account.id,
                    available,
                    asked,
                });
            }
        }
        Ok(())
    }

    /// Adds the effect to the copies of both accounts. After a refusal the whole plan is thrown away.
    fn apply(&mut self, id: TransferId, effect: &Effect) -> Result<(), PostRefused> {
        let index = u16::try_from(self.posted.len()).unwrap_or(u16::MAX);
        for (account, other, side) in [
            (effect.debit, effect.credit, Side::Debit),
            (effect.credit, effect.debit, Side::Credit),
        ] {
            let (_, totals) = self
                .accounts
                .get_mut(&account)
                .ok_or_else(|| corrupt("an account that was not loaded"))?;
            *totals = moved(*totals, side, effect).ok_or(PostRefused::OutOfBounds { id, account })?;
            let entry = Entry {
                transfer: id,
                at: self.at,
                side,
                other,
                posted: effect.posted,
                held: effect.held,
            };
            self.entries.push((account, index, entry));
        }
        Ok(())
    }

    /// Writes what was planned and gives the answers.
    pub(super) fn write(self, tx: &mut dyn Tx, transfers: &[Transfer]) -> Result<Vec<Posted>, Fault> {
        for (id, (_, totals)) in &self.accounts {
            TOTALS.put(tx, id, totals)?;
        }
        for (id, hold) in &self.holds {
            HOLDS.put(tx, id, hold)?;
            let due = (hold.due(), *id);
            if hold.state == HoldState::Open {
                DUE.put(tx, &due, &())?;
            } else {
                DUE.delete(tx, &due)?;
            }
        }
        for (account, index, entry) in &self.entries {
            ENTRIES.put(tx, &(*account, self.record, *index), entry)?;
        }
        for (transfer, posted) in transfers.iter().zip(&self.posted) {
            TRANSFERS.put(
                tx,
                &transfer.id,
                &Known {
                    transfer: transfer.clone(),
                    posted: posted.clone(),
                },
            )?;
        }
        Ok(self.posted)
    }
}

/// The totals after the effect on one side; `None` when one would leave its bounds.
fn moved(mut totals: Totals, side: Side, effect: &Effect) -> Option<Totals> {
    let (posted, held) = match side {
        Side::Debit => (&mut totals.debits, &mut totals.debits_held),
        Side::Credit => (&mut totals.credits, &mut totals.credits_held),
    };
    *posted = posted.checked_add(effect.posted)?;
    *held = held.checked_add_signed(effect.held)?;
    // What is held may all be posted one day, so both together stay in bounds.
    (posted.checked_add(*held)? <= TOTAL_MAX).then_some(totals)
}

fn corrupt(why: &str) -> Fault {
    Fault::Corrupt {
        table: TOTALS.table().name(),
        why: why.to_owned(),
    }
}
