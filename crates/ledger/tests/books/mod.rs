//! Books written as text, so that a rule and its exceptions read as one table.
//!
//! ```text
//! open purse liability within          an account; "within" = debits within credits, "over" = credits within debits
//! t1 debit till credit purse 500       a transfer; several on one line, joined by ";", are one list
//! h1 hold debit purse credit shop 200 until 50
//! p1 post h1 150                       part of a hold; without amount all of it
//! v1 void h1 => hold-posted            "=>" is the code of the refusal that must come
//! clock 60
//! expire h2 h3                         exactly these expire now
//! purse = posted 350 held 0 available 350 incoming 0
//! open holds h4
//! ```
#![allow(dead_code, clippy::unwrap_used)] // each test program uses its part of it

use ledger::{Account, AccountId, Balance, Kind, Limit, PART, PostRefused, Resolution, Transfer};
use store::memory::Memory;
use store::{Fault, Store};
use units::{Currency, Moment, Money, Refusal, TransferId};

pub fn account(name: &str) -> AccountId {
    AccountId::named("test", name.as_bytes())
}

pub fn id(name: &str) -> TransferId {
    let mut id = [0; 16];
    id[..name.len()].copy_from_slice(name.as_bytes());
    TransferId(id)
}

pub fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

pub fn named(id: TransferId) -> String {
    String::from_utf8(id.0.iter().copied().take_while(|b| *b != 0).collect()).unwrap()
}

pub struct Books {
    pub memory: Memory,
    pub store: Store,
    pub now: Moment,
}

/// Plays a script on new books and audits them.
pub fn check(script: &str) -> Books {
    let mut books = Books::new();
    books.play(script);
    books.audit();
    books
}

impl Books {
    pub fn new() -> Self {
        let memory = Memory::open(&[&PART]).unwrap();
        let store = memory.store();
        store.write(|tx| ledger::begin(tx, Moment(1), Currency::JPY)).unwrap();
        Self {
            memory,
            store,
            now: Moment(1),
        }
    }

    pub fn post(&self, transfers: Vec<Transfer>) -> Result<Vec<ledger::Posted>, PostRefused> {
        let now = self.now;
        self.store.write(move |tx| ledger::post(tx, now, &transfers))
    }

    pub fn balance(&self, name: &str) -> Balance {
        self.store
            .read::<_, Fault>(|view| ledger::balance(view, account(name)))
            .unwrap()
            .unwrap()
    }

    pub fn audit(&self) -> ledger::Report {
        let report = self.store.read(|view| ledger::audit(view, None)).unwrap();
        assert!(report.holds(), "{:#?}", report.findings);
        report
    }

    pub fn play(&mut self, script: &str) {
        for line in script
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
        {
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let (work, code) = line.split_once("=>").unwrap_or((line, "ok"));
        let words: Vec<&str> = work.split_whitespace().collect();
        match words.as_slice() {
            ["clock", time] => self.now = Moment(time.parse().unwrap()),
            ["open", "holds", names @ ..] => {
                let open = self
                    .store
                    .read::<_, Fault>(|view| ledger::open_holds(view, None, 99))
                    .unwrap();
                assert_eq!(
                    open.iter().map(|(_, id)| named(*id)).collect::<Vec<_>>(),
                    names,
                    "{line}"
                );
            }
            ["open", name, kind, limit @ ..] => {
                let new = Account::new(account(name), name, kind_of(kind), limit_of(limit));
                let now = self.now;
                let result = self.store.write(move |tx| ledger::open_account(tx, now, &new));
                assert_eq!(result.map_or_else(|no| no.code(), |_| "ok"), code.trim(), "{line}");
            }
            ["expire", names @ ..] => {
                let now = self.now;
                let expired = self.store.write(move |tx| ledger::expire_due(tx, now)).unwrap();
                assert_eq!(
                    expired.iter().map(|e| named(e.hold)).collect::<Vec<_>>(),
                    names,
                    "{line}"
                );
            }
            [name, "=", figures @ ..] => self.figures(line, name, figures),
            _ => {
                let transfers: Vec<Transfer> = work.split(';').map(transfer).collect();
                let result = self.post(transfers);
                assert_eq!(
                    result.as_ref().map_or_else(|no| no.code(), |_| "ok"),
                    code.trim(),
                    "{line}: {result:?}"
                );
            }
        }
    }

    fn figures(&self, line: &str, name: &str, figures: &[&str]) {
        let balance = self.balance(name);
        for pair in figures.chunks(2) {
            let value = match pair[0] {
                "posted" => balance.posted(),
                "held" => balance.held(),
                "available" => balance.available(),
                "incoming" => balance.incoming(),
                other => panic!("no figure {other}"),
            };
            assert_eq!(value, pair[1].parse::<i64>().unwrap(), "{} in: {line}", pair[0]);
        }
    }
}

pub fn transfer(text: &str) -> Transfer {
    let words: Vec<&str> = text.split_whitespace().collect();
    let amount = |text: &str| yen(text.parse().unwrap());
    match words.as_slice() {
        [name, "debit", debit, "credit", credit, sum] => {
            Transfer::now(id(name), account(debit), account(credit), amount(sum))
        }
        [name, "hold", "debit", debit, "credit", credit, sum, until @ ..] => {
            let expires = until.get(1).map(|at| Moment(at.parse().unwrap()));
            Transfer::hold(id(name), account(debit), account(credit), amount(sum), expires)
        }
        [name, "post", hold] => Transfer::resolve(id(name), id(hold), Resolution::Post),
        [name, "post", hold, sum] => Transfer::resolve(id(name), id(hold), Resolution::PostPart(amount(sum))),
        [name, "void", hold] => Transfer::resolve(id(name), id(hold), Resolution::Void),
        _ => panic!("not understood: {text}"),
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        "asset" => Kind::Asset,
        "liability" => Kind::Liability,
        "income" => Kind::Income,
        "expense" => Kind::Expense,
        "equity" => Kind::Equity,
        other => panic!("no kind {other}"),
    }
}

fn limit_of(words: &[&str]) -> Limit {
    match words {
        [] => Limit::None,
        ["within"] => Limit::DebitsWithinCredits,
        ["over"] => Limit::CreditsWithinDebits,
        other => panic!("no limit {other:?}"),
    }
}
