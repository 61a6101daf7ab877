//! Random lists of transfers against a naive model that keeps nothing but the accepted transfers and adds them up anew
//! for every question.
#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

mod books;
use books::{Books, account};
use ledger::{Resolution, Transfer};
use proptest::prelude::*;
use std::collections::BTreeMap;
use units::{Moment, Refusal, TransferId};

const NAMES: [&str; 4] = ["float", "till", "purse", "shop"];
const OPEN: &str = "open float asset\nopen till asset over\nopen purse liability within\nopen shop income";

/// What is asked of both.
#[derive(Debug, Clone)]
enum Ask {
    Post(Vec<(u8, Do)>),
    Expire,
    Wait(u8),
}

#[derive(Debug, Clone, PartialEq)]
enum Do {
    Now(usize, usize, i64),
    Hold(usize, usize, i64, Option<u8>),
    Part(u8, Option<i64>),
    Void(u8),
}

/// The model: what was accepted, in order.
#[derive(Default, Clone)]
struct Model {
    done: BTreeMap<u8, (usize, Do)>,
    order: Vec<Done>,
    lists: usize,
    now: u64,
    ledger_now: u64,
}

/// Debit, credit, amount, expiry, and how it ended.
type Held = (usize, usize, i64, Option<u64>, Option<&'static str>);

#[derive(Clone)]
enum Done {
    Did(u8, Do),
    Expired(u8),
}

impl Model {
    fn holds(&self) -> BTreeMap<u8, Held> {
        let mut holds = BTreeMap::new();
        for done in &self.order {
            match done {
                Done::Did(id, Do::Hold(d, c, n, until)) => {
                    holds.insert(*id, (*d, *c, *n, until.map(u64::from), None));
                }
                Done::Did(_, Do::Part(hold, _)) => holds.get_mut(hold).unwrap().4 = Some("hold-posted"),
                Done::Did(_, Do::Void(hold)) => holds.get_mut(hold).unwrap().4 = Some("hold-voided"),
                Done::Expired(hold) => holds.get_mut(hold).unwrap().4 = Some("hold-expired"),
                Done::Did(_, Do::Now(..)) => {}
            }
        }
        holds
    }

    /// Debits, credits, debits held, credits held.
    fn sums(&self, name: usize) -> [i64; 4] {
        let mut sums = [0; 4];
        let holds = self.holds();
        let mut add = |d: usize, c: usize, n: i64, at: usize| {
            if d == name {
                sums[at] += n
            }
            if c == name {
                sums[at + 1] += n
            }
        };
        for done in &self.order {
            match done {
                Done::Did(_, Do::Now(d, c, n)) => add(*d, *c, *n, 0),
                Done::Did(_, Do::Part(hold, n)) => {
                    let (d, c, held, ..) = holds[hold];
                    add(d, c, n.unwrap_or(held), 0);
                }
                _ => {}
            }
        }
        for (d, c, n, _, end) in holds.values() {
            if end.is_none() {
                add(*d, *c, *n, 2)
            }
        }
        sums
    }

    fn list(&mut self, list: &[(u8, Do)]) -> &'static str {
        for (at, (id, _)) in list.iter().enumerate() {
            if list[..at].iter().any(|(earlier, _)| earlier == id) {
                return "list-same-id";
            }
        }
        if list
            .iter()
            .any(|(id, what)| self.done.get(id).is_some_and(|(_, done)| done != what))
        {
            return "exists-differently";
        }
        let known: Vec<_> = list
            .iter()
            .filter_map(|(id, _)| self.done.get(id))
            .map(|(n, _)| *n)
            .collect();
        if !known.is_empty() {
            let together = known.len() == list.len() && known.iter().all(|n| *n == known[0]);
            return if together { "ok" } else { "list-partly-known" };
        }
        let mut after = self.clone();
        after.lists += 1;
        after.ledger_now = after.ledger_now.max(after.now);
        for (id, what) in list {
            let code = after.one(what);
            if code != "ok" {
                return code;
            }
            after.done.insert(*id, (after.lists, what.clone()));
            after.order.push(Done::Did(*id, what.clone()));
        }
        *self = after;
        "ok"
    }

    fn one(&self, what: &Do) -> &'static str {
        let holds = self.holds();
        match what {
            Do::Now(_, _, 0) | Do::Hold(_, _, 0, _) | Do::Part(_, Some(0)) => "zero-amount",
            Do::Now(d, c, _) | Do::Hold(d, c, _, _) if d == c => "same-account",
            Do::Hold(_, _, _, Some(until)) if u64::from(*until) <= self.ledger_now => "over-before-begun",
            Do::Now(d, c, n) | Do::Hold(d, c, n, _) => {
                let (debit, credit) = (self.sums(*d), self.sums(*c));
                let purse = NAMES[*d] == "purse" && debit[0] + debit[2] + n > debit[1];
                let till = NAMES[*c] == "till" && credit[1] + credit[3] + n > credit[0];
                if purse || till { "not-enough" } else { "ok" }
            }
            Do::Part(hold, _) | Do::Void(hold) => match (holds.get(hold), what) {
                (None, _) => "no-hold",
                (Some((.., Some(end))), _) => end,
                (Some((_, _, _, Some(until), None)), _) if *until <= self.ledger_now => "hold-expired",
                (Some((_, _, held, ..)), Do::Part(_, Some(n))) if n > held => "more-than-held",
                _ => "ok",
            },
        }
    }

    fn expire(&mut self) -> Vec<u8> {
        let now = self.ledger_now.max(self.now);
        let mut due: Vec<_> = self
            .holds()
            .into_iter()
            .filter(|(_, h)| h.4.is_none() && h.3.is_some_and(|at| at <= now))
            .collect();
        due.sort_by_key(|(id, hold)| (hold.3, *id));
        if !due.is_empty() {
            self.ledger_now = now
        }
        self.order.extend(due.iter().map(|(id, _)| Done::Expired(*id)));
        due.into_iter().map(|(id, _)| id).collect()
    }
}

fn id(n: u8) -> TransferId {
    TransferId([n; 16])
}

fn real(n: u8, what: &Do) -> Transfer {
    let who = |n: usize| account(NAMES[n]);
    match what {
        Do::Now(d, c, n2) => Transfer::now(id(n), who(*d), who(*c), books::yen(*n2)),
        Do::Hold(d, c, n2, until) => Transfer::hold(
            id(n),
            who(*d),
            who(*c),
            books::yen(*n2),
            until.map(|u| Moment(u.into())),
        ),
        Do::Part(hold, None) => Transfer::resolve(id(n), id(*hold), Resolution::Post),
        Do::Part(hold, Some(n2)) => Transfer::resolve(id(n), id(*hold), Resolution::PostPart(books::yen(*n2))),
        Do::Void(hold) => Transfer::resolve(id(n), id(*hold), Resolution::Void),
    }
}

fn what() -> impl Strategy<Value = Do> {
    let (who, amount) = (0..NAMES.len(), 0..30_i64);
    prop_oneof![
        4 => (who.clone(), who.clone(), amount.clone()).prop_map(|(d, c, n)| Do::Now(d, c, n)),
        4 => (who.clone(), who, amount.clone(), proptest::option::of(0..60_u8)).prop_map(|(d, c, n, u)| Do::Hold(d, c, n, u)),
        3 => (0..40_u8, proptest::option::of(amount)).prop_map(|(h, n)| Do::Part(h, n)),
        2 => (0..40_u8).prop_map(Do::Void),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        8 => proptest::collection::vec((0..40_u8, what()), 1..4).prop_map(Ask::Post),
        1 => Just(Ask::Expire),
        1 => (0..60_u8).prop_map(Ask::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// proves: row-57
    #[test]
    fn the_books_agree_with_adding_up_from_scratch(asks in proptest::collection::vec(ask(), 1..60)) {
        let mut books = Books::new();
        books.play(OPEN);
        let mut model = Model { now: 1, ledger_now: 1, ..Model::default() };
        let mut accepted: Vec<Vec<(u8, Do)>> = Vec::new();
        for ask in asks {
            match &ask {
                Ask::Wait(time) => {
                    model.now = u64::from(*time);
                    books.now = Moment(model.now);
                }
                Ask::Expire => {
                    let now = books.now;
                    let expired = books.store.write(move |tx| ledger::expire_due(tx, now)).unwrap();
                    let expected: Vec<_> = model.expire().into_iter().map(id).collect();
                    prop_assert_eq!(expired.iter().map(|e| e.hold).collect::<Vec<_>>(), expected);
                }
                Ask::Post(list) => {
                    let result = books.post(list.iter().map(|(n, what)| real(*n, what)).collect());
                    let code = result.as_ref().map_or_else(|no| no.code(), |_| "ok");
                    prop_assert_eq!(code, model.list(list), "{:?}", list);
                    if result.is_ok() { accepted.push(list.clone()) }
                }
            }
            for (at, name) in NAMES.iter().enumerate() {
                let t = books.balance(name).totals;
                let kept = [t.debits, t.credits, t.debits_held, t.credits_held].map(|n| i64::try_from(n).unwrap());
                prop_assert_eq!(kept, model.sums(at), "{} after {:?}", name, ask);
            }
        }
        // Everything once more, as after a lost answer: nothing moves.
        let head = books.store.read::<_, store::Fault>(ledger::head).unwrap();
        for list in accepted {
            prop_assert!(books.post(list.iter().map(|(n, what)| real(*n, what)).collect()).is_ok());
        }
        prop_assert_eq!(books.store.read::<_, store::Fault>(ledger::head).unwrap(), head);
        books.audit();
    }
}
