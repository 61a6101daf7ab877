//! The audit: every figure of the books recomputed from the journal alone, and everything that does not agree, named.
//!
//! It shares no code with posting: it reads the stored bytes, hashes them itself, plays the events by its own few rules
//! over plain numbers, and then compares every row of every table with what came out. So an error in posting, an edit
//! with SQL and a lost row all show, and a row that no event explains shows too.
//!
//! What it cannot see: books whose owner rewrote the whole journal and every table to match. Give it a head that went
//! out on a receipt (`witness`), and it says whether the journal still contains it.

mod finding;
mod replay;

pub use finding::{Finding, Report};

use crate::books::{ACCOUNTS, DUE, ENTRIES, HEAD, HOLDS, TOTALS, TRANSFERS};
use crate::hold::HoldState;
use finding::Findings;
use replay::Replay;
use store::{Fault, Keys, View};
use units::{Hash, Moment};

/// Recomputes the books. `witness` is a head that somebody outside once saw: number and hash. Reads everything; run it on
/// a reading transaction.
pub fn audit(view: &mut dyn View, witness: Option<(u64, Hash)>) -> Result<Report, Fault> {
    let mut findings = Findings::default();
    let replay = Replay::run(view, witness, &mut findings)?;
    compare_head(view, &replay, &mut findings)?;
    compare_accounts(view, &replay, &mut findings)?;
    compare_holds(view, &replay, &mut findings)?;
    count_rows(view, &replay, &mut findings)?;
    Ok(findings.report(&replay))
}

fn compare_head(view: &mut dyn View, replay: &Replay, findings: &mut Findings) -> Result<(), Fault> {
    let kept = HEAD.get(view, &())?;
    let agrees = match &kept {
        None => replay.records == 0,
        Some(head) => {
            head.number == replay.records
                && head.hash == replay.hash
                && head.at == replay.at
                && Some(&head.currency) == replay.currency.as_ref()
        }
    };
    if !agrees {
        findings.add(Finding::HeadDiffers);
    }
    Ok(())
}

/// Accounts and totals as kept are those of the events, and both sides add up to the same.
fn compare_accounts(view: &mut dyn View, replay: &Replay, findings: &mut Findings) -> Result<(), Fault> {
    for (id, figures) in &replay.accounts {
        if ACCOUNTS.get(view, id)?.as_ref() != Some(&figures.account) {
            findings.add(Finding::AccountDiffers(*id));
        }
    }
    let mut sums = [0_i128; 4];
    let mut strangers = Vec::new();
    TOTALS.each::<Fault>(view, Keys::all(), |_, id, kept| {
        let kept = [kept.debits, kept.credits, kept.debits_held, kept.credits_held].map(i128::from);
        for (sum, figure) in sums.iter_mut().zip(kept) {
            *sum += figure;
        }
        let recomputed = replay.accounts.get(&id).map(|figures| figures.sums);
        if recomputed != Some(kept) {
            strangers.push(Finding::TotalsDiffer {
                account: id,
                kept,
                recomputed: recomputed.unwrap_or_default(),
            });
        }
        Ok(())
    })?;
    strangers.into_iter().for_each(|finding| findings.add(finding));
    if sums[0] != sums[1] || sums[2] != sums[3] {
        findings.add(Finding::SumsDiffer {
            debits: sums[0],
            credits: sums[1],
            debits_held: sums[2],
            credits_held: sums[3],
        });
    }
    Ok(())
}

/// Every hold as kept is in the state the events left it in, and exactly the open ones stand in the list by time.
fn compare_holds(view: &mut dyn View, replay: &Replay, findings: &mut Findings) -> Result<(), Fault> {
    let mut due = 0_u64;
    let mut found = Vec::new();
    HOLDS.each::<Fault>(view, Keys::all(), |view, id, kept| {
        let open = kept.state == HoldState::Open;
        // Ended holds were compared while the events were played; here only "open" can disagree.
        if open != replay.open.contains_key(&id) {
            found.push(Finding::HoldDiffers(id));
        }
        if open {
            due += 1;
            let at = kept.expires.unwrap_or(Moment(u64::MAX));
            if !DUE.has(view, &(at, id))? {
                found.push(Finding::HoldDiffers(id));
            }
        }
        Ok(())
    })?;
    found.into_iter().for_each(|finding| findings.add(finding));
    compare_count(view, "ledger_due", due, findings, |view| count(view, &DUE))?;
    for (id, open) in &replay.open {
        let kept = HOLDS.get(view, id)?;
        let agrees = kept.is_some_and(|kept| {
            kept.debit == open.debit
                && kept.credit == open.credit
                && kept.amount == open.amount
                && kept.expires == open.expires
        });
        if !agrees {
            findings.add(Finding::HoldDiffers(*id));
        }
    }
    Ok(())
}

/// No table has rows that no event explains.
fn count_rows(view: &mut dyn View, replay: &Replay, findings: &mut Findings) -> Result<(), Fault> {
    let accounts = u64::try_from(replay.accounts.len()).unwrap_or(u64::MAX);
    compare_count(view, "ledger_accounts", accounts, findings, |view| {
        count(view, &ACCOUNTS)
    })?;
    compare_count(view, "ledger_totals", accounts, findings, |view| count(view, &TOTALS))?;
    compare_count(view, "ledger_transfers", replay.transfers, findings, |view| {
        count(view, &TRANSFERS)
    })?;
    compare_count(view, "ledger_holds", replay.holds, findings, |view| count(view, &HOLDS))?;
    compare_count(view, "ledger_entries", replay.entries, findings, |view| {
        count(view, &ENTRIES)
    })
}

fn compare_count(
    view: &mut dyn View,
    table: &'static str,
    expected: u64,
    findings: &mut Findings,
    count: impl FnOnce(&mut dyn View) -> Result<u64, Fault>,
) -> Result<(), Fault> {
    let kept = count(view)?;
    if kept != expected {
        findings.add(Finding::RowsDiffer { table, kept, expected });
    }
    Ok(())
}

fn count<K: store::Key, V: store::Value>(view: &mut dyn View, map: &store::Map<K, V>) -> Result<u64, Fault> {
    let mut rows = 0_u64;
    map.each::<Fault>(view, Keys::all(), |_, _, _| {
        rows += 1;
        Ok(())
    })?;
    Ok(rows)
}
