//! What the audit finds: every row of every table of the books removed, exchanged and invented, as somebody with SQL
//! would, and a journal cut off behind a receipt.
#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

mod books;
use books::{Books, check};
use ledger::{Finding, PART};
use store::{Fault, Range, Row, Table, Tx};

fn day() -> Books {
    let mut books = check(
        "
        open float asset
        open purse liability within
        open shop liability within
        load debit float credit purse 500
        a debit purse credit shop 100 ; b debit purse credit float 50
        h1 hold debit purse credit shop 20
        h2 hold debit purse credit shop 20 until 60
        h3 hold debit purse credit shop 20 until 70
        h4 hold debit purse credit shop 20
        p1 post h1 10
        v4 void h4
        clock 65
        expire h2
    ",
    );
    books.play("open holds h3");
    books
}

fn rows(books: &Books, table: Table) -> Vec<Row> {
    books
        .store
        .read::<_, Fault>(|view| view.scan(table, &Range::all(), false, 1000))
        .unwrap()
}

/// Everything the books say to whoever asks.
fn told(books: &Books) -> Result<String, Fault> {
    books.store.read(|view| {
        let mut text = format!("{:?}{:?}", ledger::head(view)?, ledger::records(view, 0, 99)?);
        for name in ["float", "purse", "shop"] {
            let account = books::account(name);
            text += &format!(
                "{:?}{:?}",
                ledger::balance(view, account)?,
                ledger::entries(view, account, None, 99)?
            );
        }
        for name in ["load", "a", "b", "h1", "h2", "h3", "h4", "p1", "v4"] {
            let id = books::id(name);
            text += &format!(
                "{:?}{:?}",
                ledger::find_transfer(view, id)?,
                ledger::find_hold(view, id)?
            );
        }
        Ok(text + &format!("{:?}", ledger::open_holds(view, None, 99)?))
    })
}

/// Changes the tables behind the ledger's back and says whether the audit minds. An edit that changes bytes but nothing
/// the books say (CBOR has several forms of "nothing") need not be minded.
fn minds(books: &Books, edit: impl Fn(&mut dyn Tx) -> Result<(), Fault> + Send + 'static) -> bool {
    let (before, said) = (books.memory.snapshot(), told(books));
    books.store.write::<_, Fault>(move |tx| edit(tx)).unwrap();
    // A row that no longer reads at all is told as a fault that names its table.
    let minds = match books.store.read(|view| ledger::audit(view, None)) {
        Ok(report) => !report.holds(),
        Err(fault) => matches!(fault, Fault::Corrupt { .. }),
    };
    let minds = minds || told(books) == said;
    books.memory.put_back(&before);
    minds
}

#[test]
fn honest_books_hold() {
    let report = day().audit();
    assert_eq!((report.accounts, report.transfers, report.open_holds), (3, 9, 1));
    assert_eq!(report.moved, 660);
    assert!(Books::new().audit().holds());
}

/// proves: row-97
#[test]
fn every_row_removed_exchanged_or_changed_is_found() {
    let books = day();
    let mut edits = 0;
    for table in PART.tables() {
        let rows = rows(&books, table);
        assert!(!rows.is_empty(), "{table:?} has no row to spoil");
        for (at, (key, value)) in rows.iter().enumerate() {
            let gone = key.clone();
            assert!(
                minds(&books, move |tx| tx.delete(table, &gone).map(drop)),
                "{table:?} row {at} removed"
            );
            for bit in 0..value.len() * 8 {
                let (key, mut value) = (key.clone(), value.clone());
                value[bit / 8] ^= 1 << (bit % 8);
                assert!(
                    minds(&books, move |tx| tx.put(table, &key, &value)),
                    "{table:?} row {at} bit {bit}"
                );
                edits += 1;
            }
            for (other_at, (_, other)) in rows.iter().enumerate().filter(|(_, (_, other))| other != value) {
                let (key, other) = (key.clone(), other.clone());
                assert!(
                    minds(&books, move |tx| tx.put(table, &key, &other)),
                    "{table:?} row {at} replaced by {other_at}"
                );
                edits += 1;
            }
            let mut invented = key.clone();
            if let Some(last) = invented.last_mut() {
                *last ^= 0x40;
                let value = value.clone();
                assert!(
                    minds(&books, move |tx| tx.put(table, &invented, &value)),
                    "{table:?} row {at} invented"
                );
            }
        }
    }
    assert!(edits > 10_000, "{edits}");
    books.audit();
}

/// Cutting the journal back to an earlier day, tables and all, leaves books that agree with themselves. A head that went
/// out on a receipt shows it.
#[test]
fn a_receipt_shows_books_that_were_taken_back() {
    let mut books = day();
    let earlier = books.memory.snapshot();
    books.play("last debit purse credit shop 1");
    let head = books.store.read::<_, Fault>(ledger::head).unwrap().unwrap();
    let witness = Some((head.number, head.hash));
    assert!(books.store.read(|view| ledger::audit(view, witness)).unwrap().holds());
    books.memory.put_back(&earlier);
    books.audit();
    let report = books.store.read(|view| ledger::audit(view, witness)).unwrap();
    assert_eq!(report.findings, [Finding::WitnessDisagrees(head.number)]);
    books.play("other debit purse credit shop 2");
    let report = books.store.read(|view| ledger::audit(view, witness)).unwrap();
    assert_eq!(report.findings, [Finding::WitnessDisagrees(head.number)]);
}
