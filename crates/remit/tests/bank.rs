//! Documents against the schemas of ISO 20022, there and back, and what is no message.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{path::Path, process::Command};

use proptest::prelude::*;
use remit::{Account, Entry, Kind, NotRead, Order, Orders, Outcome, Statement, Status, StatusLine};
use units::{Currency, Moment, Money, PartyId, TransferId, ValueId};

const NOW: Moment = Moment(1_795_132_800_123);

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap()
}

fn orders() -> Orders {
    let order = |n: u8, to, amount| Order {
        id: TransferId([n; 16]),
        to,
        amount: yen(amount),
        reference: format!("NO {n}, paid (2026)"),
    };
    Orders {
        id: "KF-2026-11-20-1".into(),
        at: NOW,
        by: "Seto Mobile".into(),
        from: Account::Party(PartyId([1; 16])),
        orders: vec![
            order(2, Account::Party(PartyId([3; 16])), 1000),
            order(4, Account::Token(ValueId([5; 16])), 880),
        ],
    }
}

fn status() -> Status {
    let line = |n, outcome| StatusLine {
        id: TransferId([n; 16]),
        outcome,
    };
    Status {
        id: "S-1".into(),
        at: NOW,
        about: "KF-2026-11-20-1".into(),
        lines: vec![
            line(2, Outcome::Settled(NOW)),
            line(4, Outcome::Refused("NO-ACCOUNT".into())),
            line(6, Outcome::Pending),
        ],
    }
}

fn statement(kind: Kind) -> Statement {
    let entry = |n: u8, credit, amount| Entry {
        entry: format!("E{n}"),
        part: 0,
        credit,
        reversal: false,
        booked: true,
        amount: yen(amount),
        at: NOW,
        transfer: (n != 3).then_some(TransferId([n; 16])),
        other: (n != 3).then_some(Account::Party(PartyId([9; 16]))),
        reference: "KF-2026-11-000001".into(),
    };
    Statement {
        id: "ST-7".into(),
        number: 7,
        at: NOW,
        account: Account::Party(PartyId([1; 16])),
        kind,
        entries: vec![entry(1, true, 5880), entry(2, false, 1000), entry(3, true, 20)],
    }
}

fn period(closing: i64) -> Statement {
    statement(Kind::Period {
        opening: yen(100),
        closing: yen(closing),
    })
}

/// Holds a document against the schema of this name.
fn validate(document: &str, schema: &str) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../vendor/iso20022")
        .join(schema);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("document.xml");
    std::fs::write(&file, document).unwrap();
    let run = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(&schema)
        .arg(&file)
        .output();
    let done = run.expect("xmllint is needed here: Debian has it in libxml2-utils");
    assert!(
        done.status.success(),
        "{}\n{document}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// proves: ST-6
#[test]
fn orders_and_status_are_what_the_schemas_say() {
    validate(&orders().write().unwrap(), "pain.001.001.09.xsd");
    validate(&status().write().unwrap(), "pain.002.001.12.xsd");
}

/// proves: ST-6 row-56
#[test]
fn every_message_comes_back_as_it_went_out() {
    assert_eq!(Orders::read(orders().write().unwrap().as_bytes()), Ok(orders()));
    assert_eq!(Status::read(status().write().unwrap().as_bytes()), Ok(status()));
    for one in [statement(Kind::Notice), period(5000)] {
        assert_eq!(Statement::read(one.write().unwrap().as_bytes()), Ok(one));
    }
}

/// proves: row-56
#[test]
fn what_a_bank_books_as_one_is_read_as_its_parts() {
    let mut batch = period(5000 + 300);
    let part = |part, amount| Entry {
        part,
        amount: yen(amount),
        transfer: Some(TransferId([20 + u8::try_from(part).unwrap(); 16])),
        ..batch.entries[0].clone()
    };
    let rest = [part(1, 200), part(2, 100)];
    batch.entries.splice(1..1, rest);
    let document = batch.write().unwrap();
    assert_eq!(document.matches("<Ntry>").count(), 3);
    assert!(document.contains("\"JPY\">6180<"), "{document}");
    assert_eq!(validate_statement(&document), Ok(()));
    let read = Statement::read(document.as_bytes()).unwrap();
    assert!(read.adds_up());
    assert_eq!(read, batch);
    // As some banks write it: a group of details for each part.
    let apart = document.replace("</TxDtls>\n        <TxDtls>", "</TxDtls></NtryDtls><NtryDtls><TxDtls>");
    assert_ne!(apart, document);
    assert_eq!(Statement::read(apart.as_bytes()), Ok(batch.clone()));
    // Parts that do not come to the whole, that do not say how much, or that go the other way.
    for (from, to, no) in [
        ("\"JPY\">200<", "\"JPY\">201<", NotRead::Wrong("Amt")),
        ("<Amt Ccy=\"JPY\">200</Amt>", "", NotRead::Missing("Amt")),
        (
            "200</Amt><CdtDbtInd>CRDT<",
            "200</Amt><CdtDbtInd>DBIT<",
            NotRead::Wrong("CdtDbtInd"),
        ),
    ] {
        assert!(document.contains(from), "{from} in {document}");
        assert_eq!(
            Statement::read(document.replacen(from, to, 1).as_bytes()),
            Err(no),
            "{from}"
        );
    }
    // A part alone is no entry.
    batch.entries.remove(0);
    assert!(batch.write().is_err());
}

/// proves: row-56
#[test]
fn a_period_that_does_not_add_up_says_so() {
    assert!(period(5000).adds_up());
    assert!(!period(4999).adds_up());
    let mut announced = period(5000);
    announced.entries[2].booked = false;
    assert!(!announced.adds_up());
    let mut foreign = period(5000);
    foreign.entries[2].amount = Money::new(20, Currency::new("EUR").unwrap()).unwrap();
    assert!(!foreign.adds_up());
    assert!(statement(Kind::Notice).adds_up());
}

/// proves: row-54 row-56
#[test]
fn what_is_no_message_is_refused_by_name() {
    let good = orders().write().unwrap();
    let check = |from: &str, to: &str, no: NotRead| {
        assert!(good.contains(from), "{from}");
        assert_eq!(
            Orders::read(good.replace(from, to).as_bytes()),
            Err(no),
            "{from} -> {to}"
        );
    };
    check(
        "pain.001.001.09",
        "pain.001.001.03",
        NotRead::OtherMessage("pain.001.001.09"),
    );
    check("<NbOfTxs>2<", "<NbOfTxs>3<", NotRead::Wrong("NbOfTxs"));
    check("<CtrlSum>1880<", "<CtrlSum>1881<", NotRead::Wrong("CtrlSum"));
    check("\"JPY\">1000<", "\"EUR\">1000<", NotRead::Wrong("InstdAmt"));
    check("\"JPY\">1000<", "\"JPY\">-1000<", NotRead::Wrong("InstdAmt"));
    check("PARTY</Prtry>", "IBAN</Prtry>", NotRead::Wrong("Othr"));
    check("<PmtMtd>TRF<", "<PmtMtd>CHK<", NotRead::Wrong("PmtMtd"));
    check("NO 2, paid", "NO 2; paid", NotRead::Wrong("Ustrd"));
    check("<?xml version", "<!DOCTYPE x><?xml version", NotRead::Forbidden);
    let status = Status::read(good.as_bytes()).unwrap_err();
    assert_eq!(status, NotRead::OtherMessage("pain.002.001.12"));
    let mut odd = orders();
    odd.by = "Seto & Söhne".into();
    assert!(odd.write().is_err(), "not every bank takes these characters");
    // Every beginning of a message is no message.
    for cut in (0..good.len() - 12).step_by(37) {
        assert!(Orders::read(&good.as_bytes()[..cut]).is_err());
    }
}

proptest! {
    /// proves: row-54
    #[test]
    fn no_bytes_bring_a_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..4000, byte: u8) {
        let _ = Orders::read(&bytes);
        let mut document = period(5000).write().unwrap().into_bytes();
        let place = at % document.len();
        document[place] = byte;
        if let Ok(read) = Statement::read(&document) {
            prop_assert!(read.entries.len() <= 3);
        }
    }

    /// proves: ST-6
    #[test]
    fn amounts_of_every_currency_cross_unchanged(minor in 1_i64..=units::AMOUNT_MAX / 2, code in 0_usize..3) {
        let currency = Currency::new(["JPY", "EUR", "KWD"][code]).unwrap();
        let mut sent = orders();
        for order in &mut sent.orders {
            order.amount = Money::new(minor, currency).unwrap();
        }
        prop_assert_eq!(Orders::read(sent.write().unwrap().as_bytes()), Ok(sent));
    }
}

/// Holds a statement against the types that were made out of the ISO's schemas of statements.
fn validate_statement(document: &str) -> Result<(), String> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statement.py");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/python/bin/python");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("document.xml");
    std::fs::write(&file, document).unwrap();
    let run = Command::new(&python).arg(&tests).arg(&file).output();
    let done = run.unwrap_or_else(|no| panic!("{}: {no}; run: cargo xtask tools", python.display()));
    match done.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}

/// proves: ST-6 row-56
#[test]
fn statements_are_what_the_schemas_say_and_the_check_can_fail() {
    for one in [statement(Kind::Notice), period(5000)] {
        let document = one.write().unwrap();
        assert_eq!(validate_statement(&document), Ok(()), "{document}");
        for (from, to) in [
            ("<CdtDbtInd>CRDT</CdtDbtInd>", ""),
            ("<CdtDbtInd>CRDT<", "<CdtDbtInd>CREDIT<"),
            ("Ccy=\"JPY\"", "Ccy=\"yen\""),
            ("<Id>ST-7</Id>", "<Id>ST-7</Id><Strange/>"),
            ("<MsgId>ST-7</MsgId>", "<MsgId></MsgId>"),
        ] {
            assert!(document.contains(from), "{from} in {document}");
            let wrong = document.replacen(from, to, 1);
            assert!(validate_statement(&wrong).is_err(), "{from} -> {to}");
        }
    }
}
