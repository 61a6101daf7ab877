//! Every rule of the books, as tables. Tests named after an issue replay what went wrong in another ledger.
#![allow(clippy::unwrap_used)] // all of this file is a test, helpers too

mod books;
use books::{Books, account, check, id, transfer, yen};
use ledger::{Event, HoldState, PostRefused, Resolution, Transfer};
use store::{Fault, Tx};
use units::{Currency, Moment, Money, TransferId};

const ACCOUNTS: &str = "
    open float asset
    open till asset over
    open purse liability within
    open shop liability within
    load debit float credit purse 500
";

fn rules(script: &str) -> Books {
    check(&format!("{ACCOUNTS}{script}"))
}

#[test]
fn money_moves_from_one_account_to_another() {
    rules(
        "
        purse = posted 500 held 0 available 500
        float = posted 500 available 500
        t1 debit purse credit shop 200
        purse = posted 300
        shop = posted 200
        t2 debit purse credit shop 301 => not-enough
        t2 debit purse credit shop 300
        t3 debit purse credit shop 1 => not-enough
        # An account without limit goes below zero.
        t4 debit shop credit float 500
        float = posted 0
        t5 debit purse credit float 1 => not-enough
        # The other limit: a till gives only what it had.
        t6 debit float credit till 1 => not-enough
        t6 debit till credit shop 70
        t7 debit shop credit till 71 => not-enough
        t7 debit shop credit till 70
    ",
    );
}

/// proves: row-54
#[test]
fn amounts_and_accounts_that_make_no_sense_are_refused() {
    let books = rules(
        "
        t1 debit purse credit shop 0 => zero-amount
        t1 hold debit purse credit shop 0 => zero-amount
        t1 debit purse credit purse 10 => same-account
        t1 debit purse credit nobody 10 => no-account
        t1 debit nobody credit purse 10 => no-account
        t1 post load => no-hold
        t1 void nothing => no-hold
        h1 hold debit purse credit shop 10
        t1 post h1 0 => zero-amount
        t1 post h1 11 => more-than-held
        t1 post h1 10
        purse = posted 490 held 0
    ",
    );
    for foreign in ["EUR", "BHD", "USD"] {
        let amount = Money::new(10, Currency::new(foreign).unwrap()).unwrap();
        let wrong = books.post(vec![Transfer::now(id("t2"), account("purse"), account("shop"), amount)]);
        assert!(matches!(wrong, Err(PostRefused::OtherCurrency { .. })), "{foreign}");
    }
    let other = books
        .store
        .write(|tx| ledger::begin(tx, Moment(1), Currency::new("EUR").unwrap()));
    assert!(other.is_err(), "one ledger, one currency");
    assert_eq!(
        books.store.write(|tx| ledger::begin(tx, Moment(9), Currency::JPY)),
        Ok(())
    );
    books.audit();
}

/// proves: row-54
#[test]
fn no_total_leaves_its_bounds() {
    let most = yen(units::AMOUNT_MAX);
    let books = rules("open a asset\nopen b asset");
    let mut posted = 0;
    let refused = (0..20_000_u64).find_map(|n| {
        let mut number = [1; 16];
        number[..8].copy_from_slice(&n.to_be_bytes());
        match books.post(vec![Transfer::now(
            TransferId(number),
            account("a"),
            account("b"),
            most,
        )]) {
            Ok(_) => {
                posted += i128::from(units::AMOUNT_MAX);
                None
            }
            Err(refused) => Some(refused),
        }
    });
    assert!(matches!(refused, Some(PostRefused::OutOfBounds { .. })), "{refused:?}");
    assert!(
        posted > i128::from(i64::MAX) - i128::from(units::AMOUNT_MAX),
        "and not a unit too early"
    );
    assert_eq!(i128::from(books.balance("a").posted()), posted);
    assert_eq!(i128::from(books.balance("b").posted()), -posted);
    books.audit();
}

#[test]
fn the_same_again_is_the_same_answer_and_another_is_refused() {
    let mut books = rules("");
    let pay = transfer("t1 debit purse credit shop 200");
    let first = books.post(vec![pay.clone()]).unwrap();
    books.play("empty debit purse credit shop 300");
    books.now = Moment(1000);
    assert_eq!(
        books.post(vec![pay.clone()]).unwrap(),
        first,
        "also when it could no longer be posted"
    );
    for other in [
        transfer("t1 debit purse credit shop 201"),
        transfer("t1 debit shop credit purse 200"),
        transfer("t1 hold debit purse credit shop 200"),
        pay.clone().memo("another reason"),
    ] {
        assert_eq!(books.post(vec![other]), Err(PostRefused::ExistsDifferently(id("t1"))));
    }
    books.play("purse = posted 0\nshop = posted 500");
    books.audit();
}

#[test]
fn a_list_is_posted_whole_or_not_at_all() {
    let books = rules(
        "
        a debit purse credit shop 400 ; b debit purse credit shop 101 => not-enough
        purse = posted 500
        a debit purse credit shop 400 ; b debit purse credit float 100
        purse = posted 0
        shop = posted 400
        # The very list again is its old answer; its parts in other company are not.
        a debit purse credit shop 400 ; b debit purse credit float 100
        a debit purse credit shop 400 ; c debit shop credit purse 1 => list-partly-known
        c debit shop credit purse 1 ; c debit shop credit purse 2 => list-same-id
        # What one transfer of a list brings, the next may take; in that order only.
        e debit purse credit shop 40 ; d debit shop credit purse 40 => not-enough
        d debit shop credit purse 40 ; e debit purse credit shop 40
        d debit shop credit purse 40
        # A hold may be made and ended in one list.
        h hold debit shop credit purse 400 ; p post h 150 ; q debit purse credit float 150
        shop = posted 250 held 0
        purse = posted 0 incoming 0
        h2 hold debit shop credit purse 200 ; v void h2 ; w void h2 => hold-voided
        shop = posted 250 held 0
    ",
    );
    let apart = books.post(vec![
        transfer("load debit float credit purse 500"),
        transfer("a debit purse credit shop 400"),
    ]);
    assert!(
        matches!(apart, Err(PostRefused::PartlyKnown { .. })),
        "two lists do not become one afterwards"
    );
    assert_eq!(books.post(Vec::new()), Err(PostRefused::Empty));
    let long = |n: usize| {
        (0..n)
            .map(|n| transfer(&format!("l{n} debit shop credit purse 1")))
            .collect::<Vec<_>>()
    };
    assert_eq!(books.post(long(ledger::LIST_MAX + 1)), Err(PostRefused::TooMany(65)));
    assert!(books.post(long(ledger::LIST_MAX)).is_ok());
    let memo = transfer("m debit shop credit purse 1").memo(&"x".repeat(ledger::MEMO_MAX + 1));
    assert_eq!(books.post(vec![memo]), Err(PostRefused::MemoTooLong(id("m"))));
    books.audit();
}

/// A refusal changes nothing even when its transaction is committed all the same.
#[test]
fn a_refusal_that_is_swallowed_leaves_nothing() {
    let books = rules("h hold debit purse credit shop 100");
    let before = books.store.read::<_, Fault>(ledger::head).unwrap();
    let swallow = |tx: &mut dyn Tx| {
        for list in [
            vec![
                transfer("a debit purse credit shop 10"),
                transfer("b debit purse credit shop 400"),
            ],
            vec![transfer("p post h 40"), transfer("b debit purse credit nobody 1")],
            vec![
                transfer("k hold debit purse credit shop 10"),
                transfer("v void h"),
                transfer("v2 void h"),
            ],
        ] {
            assert!(ledger::post(tx, Moment(5), &list).is_err());
        }
        Ok::<_, Fault>(())
    };
    books.store.write(swallow).unwrap();
    assert_eq!(books.store.read::<_, Fault>(ledger::head).unwrap(), before);
    assert_eq!(books.balance("purse").available(), 400);
    books.audit();
}

/// blnk#181: holds were not counted in what is available.
#[test]
fn blnk_181_holds_count_against_what_is_available() {
    rules(
        "
        h1 hold debit purse credit shop 400
        purse = posted 500 held 400 available 100
        shop = posted 0 incoming 400 available 0
        t1 debit purse credit shop 101 => not-enough
        h2 hold debit purse credit shop 101 => not-enough
        # Money on its way in cannot be spent yet.
        t2 debit shop credit purse 1 => not-enough
        p1 post h1
        purse = posted 100 held 0 available 100
        shop = posted 400 incoming 0
    ",
    );
}

/// blnk#41, #171, #182: void or commit twice, and commit of a rejected hold.
///
/// proves: row-57
#[test]
fn blnk_41_171_182_a_hold_ends_once() {
    rules(
        "
        h1 hold debit purse credit shop 100
        p1 post h1 60
        p2 post h1 40 => hold-posted
        v1 void h1 => hold-posted
        p1 post h1 60
        h2 hold debit purse credit shop 100
        v2 void h2
        v3 void h2 => hold-voided
        p3 post h2 => hold-voided
        v2 void h2
        purse = posted 440 held 0 available 440
        shop = posted 60
        open holds
    ",
    );
}

/// blnk#374: a repeated refund answered an error and silently reversed the first.
#[test]
fn blnk_374_an_error_answer_changes_no_balance() {
    rules(
        "
        t1 debit purse credit shop 100
        refund debit shop credit purse 100
        again debit shop credit purse 100 => not-enough
        refund debit shop credit purse 90 => exists-differently
        refund debit shop credit purse 100
        purse = posted 500
        shop = posted 0
    ",
    );
}

/// mojaloop/project#3300: expired holds vanished without an event.
///
/// proves: row-57
#[test]
fn mojaloop_3300_expiry_is_an_event() {
    let books = rules(
        "
        h1 hold debit purse credit shop 100 until 50
        h2 hold debit purse credit shop 100 until 40
        h3 hold debit purse credit shop 100
        h4 hold debit purse credit shop 10 until 1 => over-before-begun
        open holds h2 h1 h3
        clock 39
        expire
        clock 40
        # Its time is over, whether or not somebody has said so yet; until then it stays counted.
        p2 post h2 => hold-expired
        v2 void h2 => hold-expired
        purse = held 300 available 200
        expire h2
        expire
        purse = held 200 available 300
        # Said once, it stays said, also when the clock goes back.
        clock 10
        p2 post h2 => hold-expired
        p1 post h1
        clock 99
        expire
        purse = posted 400 held 100
        open holds h3
        clock 18446744073709551615
        expire
        open holds h3
    ",
    );
    let records = books
        .store
        .read::<_, Fault>(|view| ledger::records(view, 1, 99))
        .unwrap();
    let expired = records.iter().filter_map(|r| match &r.event {
        Event::Expired { holds } => Some((r.number, holds.clone())),
        _ => None,
    });
    let expired = expired.collect::<Vec<_>>();
    assert_eq!(expired.len(), 1);
    assert_eq!(expired[0].1, [id("h2")]);
    let hold = books
        .store
        .read::<_, Fault>(|view| ledger::find_hold(view, id("h2")))
        .unwrap()
        .unwrap();
    assert_eq!(hold.state, HoldState::Expired { record: expired[0].0 });
    let listed = books
        .store
        .read::<_, Fault>(|view| ledger::latest_entries(view, account("purse"), None, 99))
        .unwrap();
    assert!(
        listed
            .iter()
            .any(|(place, e)| place.record == expired[0].0 && e.held == -100 && e.posted == 0)
    );
}

/// killbill#1015: an unknown outcome was followed by a second payment, and the first succeeded after all.
#[test]
fn killbill_1015_an_open_attempt_stays_in_sight_and_in_the_figures() {
    rules(
        "
        attempt hold debit purse credit shop 300
        # Nobody knows what became of it. It is listed, its money is not offered to a second attempt,
        open holds attempt
        second hold debit purse credit shop 300 => not-enough
        # repeating it is not a second one,
        attempt hold debit purse credit shop 300
        purse = posted 500 held 300
        # and only its end makes room.
        late post attempt
        second hold debit purse credit shop 300 => not-enough
        purse = posted 200 held 0
    ",
    );
}

/// five-bells-ledger#402: a serialization failure was reported as "insufficient funds".
#[test]
fn five_bells_402_a_conflict_is_retried_and_never_translated() {
    let books = rules("");
    let pay = |name: &'static str| {
        let transfer = transfer(&format!("{name} debit purse credit shop 100"));
        // A caller that takes whatever goes wrong for an empty purse.
        books.store.write(move |tx| {
            ledger::post(tx, Moment(2), std::slice::from_ref(&transfer)).map_err(|_| PostRefused::Empty)
        })
    };
    books.memory.conflict(3);
    assert!(pay("t1").is_ok());
    books.memory.conflict(u32::MAX);
    assert_eq!(pay("t2"), Err(PostRefused::Fault(Fault::Conflict)));
    books.memory.conflict(0);
    assert_eq!(books.balance("purse").posted(), 400);
    books.audit();
}

/// formance/ledger#379: one of two code paths skipped a rule.
#[test]
fn formance_379_resolving_is_posting() {
    let books = rules("h hold debit purse credit shop 100");
    let part = Resolution::PostPart(yen(30));
    let posted = books
        .store
        .write(move |tx| ledger::resolve(tx, Moment(2), id("p"), id("h"), part))
        .unwrap();
    assert_eq!(
        books.post(vec![transfer("p post h 30")]).unwrap(),
        std::slice::from_ref(&posted)
    );
    assert_eq!(posted.amount, yen(30));
    let kept = books
        .store
        .read::<_, Fault>(|view| ledger::find_transfer(view, id("p")))
        .unwrap()
        .unwrap();
    assert_eq!(kept.1, posted);
    books.audit();
}

#[test]
fn accounts_are_opened_once_and_do_not_change() {
    let books = rules(
        "
        open purse liability within
        open purse liability => account-exists-differently
        open purse asset within => account-exists-differently
    ",
    );
    let long = ledger::Account::new(account("x"), &"x".repeat(201), ledger::Kind::Asset, ledger::Limit::None);
    let refused = books.store.write(move |tx| ledger::open_account(tx, Moment(1), &long));
    assert!(matches!(refused, Err(ledger::OpenRefused::BadName(201))));
    assert_ne!(
        ledger::AccountId::named("ab", b"c"),
        ledger::AccountId::named("a", b"bc")
    );
}

#[test]
fn time_in_the_books_never_goes_back() {
    let mut books = rules("");
    books.now = Moment(100);
    assert_eq!(
        books.post(vec![transfer("a debit purse credit shop 1")]).unwrap()[0].at,
        Moment(100)
    );
    books.now = Moment(7);
    assert_eq!(
        books.post(vec![transfer("b debit purse credit shop 1")]).unwrap()[0].at,
        Moment(100)
    );
    books.play("h hold debit purse credit shop 1 until 99 => over-before-begun");
    books.audit();
}

#[test]
fn entries_can_be_paged_from_both_ends() {
    let books = rules("a debit purse credit shop 1 ; b debit purse credit shop 2\nc debit purse credit shop 3");
    let read = |after, newest: bool| {
        books.store.read::<_, Fault>(|view| {
            if newest {
                ledger::latest_entries(view, account("shop"), after, 2)
            } else {
                ledger::entries(view, account("shop"), after, 2)
            }
        })
    };
    for (newest, expected) in [(false, [1, 2, 3]), (true, [3, 2, 1])] {
        let first = read(None, newest).unwrap();
        let second = read(Some(first[1].0), newest).unwrap();
        let amounts: Vec<_> = first.iter().chain(&second).map(|(_, e)| e.posted).collect();
        assert_eq!(amounts, expected);
    }
}
