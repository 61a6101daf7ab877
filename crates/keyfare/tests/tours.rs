//! The tours as their readers run them: one document, with the figures' own arithmetic in the books, in memory and against
//! a process for each party.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod paper;
mod requests;
mod town;

use std::process::Command;

use serde_json::Value;

fn tour(args: &[&str]) -> Value {
    let out = Command::new(env!("CARGO_BIN_EXE_keyfare"))
        .arg("tour")
        .args(args)
        .arg("--json")
        .output();
    let out = out.unwrap_or_else(|e| panic!("the program does not start: {e}"));
    let told = serde_json::from_slice(&out.stdout);
    let told: Value = told.unwrap_or_else(|e| panic!("{args:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)));
    assert_eq!(told["holds"], true, "{told:#}");
    told
}

fn check(args: &[&str], card: &str, purse: i64, licenses: i64, received: i64) {
    let told = tour(args);
    let books = &told["books"];
    assert_eq!(books["cards"][card]["purse"], purse, "{args:?}: {books:#}");
    assert_eq!(books["cards"][card]["licenses"], licenses, "{args:?}");
    assert_eq!(books["parties"]["publisher"]["received"], received, "{args:?}");
}

/// proves: SD-1 XD-8
#[test]
fn parameters_change_the_figures_and_nothing_is_wired_in() {
    check(&["sale"], "buyer", 200, 1, 300);
    check(&["sale", "--price", "777", "--purse", "1000"], "buyer", 223, 1, 777);
    check(
        &["external-device", "--price", "250", "--purse", "700"],
        "device",
        200,
        2,
        500,
    );
    for story in ["sale", "external-device"] {
        let told = tour(&[story, "--price", "600", "--purse", "500"]);
        let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(
            steps.last().map(|s| s["refused"].clone()),
            Some(Value::from("purse-too-small")),
            "{told:#}"
        );
        let before = steps.len().checked_sub(2).map(|n| steps[n]["books"].clone());
        assert_eq!(
            before.as_ref(),
            steps.last().map(|s| &s["books"]),
            "a refusal changed somebody's books"
        );
    }
}

/// proves: SD-1 XD-4 XD-8
#[test]
fn the_same_is_told_live_against_separate_processes() {
    check(&["sale", "--live"], "buyer", 200, 1, 300);
    check(
        &["external-device", "--live", "--price", "300", "--purse", "800"],
        "device",
        200,
        2,
        600,
    );
    let told = tour(&["sale", "--live", "--price", "900", "--purse", "100"]);
    assert_eq!(told["books"]["cards"]["buyer"]["purse"], 100, "{told:#}");
    assert_eq!(told["books"]["parties"]["publisher"]["received"], 0);
}

/// proves: PA-1 PA-2 PA-4 PA-5 PA-6 PA-7
#[test]
fn an_approval_is_told_live_against_separate_processes() {
    let told = tour(&["approval", "--live"]);
    let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let codes: Vec<&str> = steps.iter().filter_map(|s| s["refused"].as_str()).collect();
    let expected = [
        "approval-unknown",
        "approval-differs",
        "approval-unknown",
        "approval-other-tag",
        "approval-used",
    ];
    assert_eq!(codes, expected, "{told:#}");
    assert_eq!(told["books"]["parties"]["approver"]["part of sales"], 6, "{told:#}");
    assert_eq!(told["books"]["cards"]["friend"]["licenses"], 1);
}

/// proves: SD-26 SD-27 SD-29 SD-30
#[test]
fn locked_copies_are_unlocked_in_both_orders_and_every_fee_is_the_publishers() {
    check(&["locked-copy", "--users", "4", "--fare", "50"], "user 4", 450, 1, 450);
    let other = [
        "locked-copy",
        "--users",
        "3",
        "--fare",
        "70",
        "--order",
        "unlock-pay",
        "--arrives",
        "80",
    ];
    check(&other, "user 3", 430, 1, 440);
    let poor = tour(&["locked-copy", "--users", "2", "--fare", "501", "--price", "10"]);
    let steps = poor["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let refused = steps
        .iter()
        .find(|s| !s["refused"].is_null())
        .map(|s| s["refused"].clone());
    assert_eq!(refused, Some(Value::from("purse-too-small")), "{poor:#}");
    assert_eq!(poor["books"]["parties"]["publisher"]["received"], 10);
}

/// proves: SD-26 SD-27 SD-29
#[test]
fn locked_copies_are_unlocked_by_a_centre_that_is_a_process_of_its_own() {
    for order in ["pay-unlock", "unlock-pay"] {
        let args = [
            "locked-copy",
            "--live",
            "--users",
            "2",
            "--fare",
            "50",
            "--order",
            order,
        ];
        check(&args, "user 2", 450, 1, 350);
    }
}

/// Cards of a telling: purse, escrow and licenses of `user N`.
fn card(told: &Value, n: usize) -> (i64, i64, i64) {
    let card = &told["books"]["cards"][format!("user {n}")];
    let figure = |key: &str| card[key].as_i64().unwrap_or(i64::MIN);
    (figure("purse"), figure("escrow"), figure("licenses"))
}

/// proves: SD-9 SD-14 SD-15 SD-16
#[test]
fn the_eighth_card_carries_seven_fares_and_the_figures_are_parameters() {
    let told = tour(&["superdistribution", "--users", "8", "--fare", "100", "--route", "chain"]);
    assert_eq!(card(&told, 1), (200, 0, 1));
    for n in 2..8 {
        assert_eq!(card(&told, n), (400, 0, 1), "user {n}");
    }
    assert_eq!(card(&told, 8), (400, 700, 1));
    let told = tour(&["superdistribution", "--users", "12", "--fare", "130"]);
    assert_eq!(card(&told, 12), (370, 1430, 1));
    for route in ["history", "count", "provider"] {
        let told = tour(&["superdistribution", "--users", "3", "--route", route]);
        assert_eq!(
            card(&told, 1),
            (200, 100, 1),
            "{route}: what the friend paid ends on the buyer's card"
        );
        assert_eq!(card(&told, 3), (400, 0, 1), "{route}");
    }
}

/// proves: SD-14
#[test]
fn a_line_as_long_as_a_license_goes_is_told_and_a_longer_one_ends_where_the_card_says_so() {
    let told = tour(&[
        "superdistribution",
        "--users",
        "250",
        "--fare",
        "100",
        "--route",
        "chain",
    ]);
    assert_eq!(card(&told, 1), (200, 0, 1));
    for n in 2..250 {
        assert_eq!(card(&told, n), (400, 0, 1), "user {n}");
    }
    assert_eq!(card(&told, 250), (400, 24_900, 1));
    let told = tour(&["superdistribution", "--users", "258", "--fare", "1"]);
    let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let refused: Vec<_> = steps.iter().filter(|s| !s["refused"].is_null()).collect();
    assert_eq!(refused.len(), 1, "{refused:#?}");
    // The card's room for fares ends before a license's line does.
    assert_eq!(refused[0]["refused"], "card-full-of-fares");
    assert_eq!(
        (card(&told, 251), card(&told, 252)),
        ((499, 250, 1), (500, 0, 0)),
        "nothing was lost"
    );
}

/// proves: SD-18 SD-19 SD-20 SD-21 SD-22 SD-23
#[test]
fn by_every_way_all_of_it_reaches_the_publisher() {
    for way in ["online", "shop", "atm-before", "atm-after", "application", "kiosk"] {
        let told = tour(&["superdistribution", "--users", "8", "--fare", "100", "--collect", way]);
        let publisher = &told["books"]["parties"]["publisher"];
        assert_eq!(
            (&publisher["fares"], &publisher["received"]),
            (&Value::from(700), &Value::from(1000)),
            "{way}"
        );
        assert_eq!(card(&told, 8), (400, 0, 1), "{way}");
    }
}

/// proves: SD-18 SD-19 SD-20 SD-21 SD-22 SD-23
#[test]
fn fares_come_home_over_processes_too() {
    // Each way has processes of its own, which mostly wait for one another: three ways at once.
    let ways = ["online", "shop", "atm-before", "atm-after", "application", "kiosk"];
    for ways in ways.chunks(3) {
        std::thread::scope(|scope| {
            for way in ways {
                scope.spawn(move || {
                    let told = tour(&["superdistribution", "--live", "--users", "3", "--collect", way]);
                    let publisher = &told["books"]["parties"]["publisher"];
                    assert_eq!(
                        (&publisher["fares"], &publisher["received"]),
                        (&Value::from(200), &Value::from(500)),
                        "{way}"
                    );
                    assert_eq!(card(&told, 3), (400, 0, 1), "{way}");
                });
            }
        });
    }
}

/// proves: ST-4 ST-5 ST-7 ST-13
#[test]
fn the_settlement_is_told_with_the_sources_figures_and_with_others() {
    let one = tour(&["settlement", "--system", "1"]);
    let bill = &one["books"]["parties"]["bill"];
    assert_eq!(
        (&bill["telephone"], &bill["content"], &bill["total"]),
        (&4880.into(), &1000.into(), &5880.into())
    );
    let records = &one["books"]["parties"]["records"];
    assert_eq!(
        (&records["unsettled"], &records["settled on"]),
        (&0.into(), &20_040_218.into())
    );
    let other = tour(&[
        "settlement",
        "--price",
        "260",
        "--purse",
        "0",
        "--calls",
        "77",
        "--basic",
        "1200",
    ]);
    let bill = &other["books"]["parties"]["bill"];
    assert_eq!((&bill["telephone"], &bill["total"]), (&2007.into(), &2267.into()));
    // A carrier that pays in the next month bills the same.
    let late = tour(&["settlement", "--system", "1", "--pays-after", "30"]);
    assert_eq!(late["books"]["parties"]["bill"]["total"], 5880);
    let live = Command::new(env!("CARGO_BIN_EXE_keyfare"))
        .args(["tour", "settlement", "--live", "--pays-after", "30", "--json"])
        .output()
        .unwrap();
    assert!(!live.status.success(), "nobody waits for days among processes");
    let four = tour(&["settlement", "--system", "4", "--enterprise", "3000"]);
    assert_eq!(four["books"]["cards"]["buyer"]["purse"], 2000);
    assert_eq!(four["books"]["parties"]["bill"]["total"], 4880);
    let two = tour(&["settlement", "--system", "2"]);
    assert_eq!(two["books"]["cards"]["buyer"]["purse"], 2000);
    assert_eq!(two["books"]["parties"]["deposits"]["cash kept"], 2000);
    let short = tour(&[
        "settlement",
        "--system",
        "2",
        "--deposit",
        "900",
        "--cash",
        "800",
        "--price",
        "250",
    ]);
    assert_eq!(short["books"]["cards"]["buyer"]["purse"], 750);
    let short = tour(&["settlement", "--system", "4", "--enterprise", "3000", "--purse", "500"]);
    assert_eq!(
        short["books"]["cards"]["buyer"]["licenses"], 1,
        "unusable, and not lost"
    );
    assert_eq!(short["books"]["parties"]["records"]["unsettled"], 1);
}

/// proves: ST-15
#[test]
fn coffee_on_the_bill_is_told_with_its_figures_and_with_others() {
    let coffee = tour(&["settlement", "--system", "5"]);
    let bill = &coffee["books"]["parties"]["bill"];
    assert_eq!((&bill["content"], &bill["total"]), (&130.into(), &5010.into()));
    assert_eq!(coffee["books"]["parties"]["hatch"]["pieces out"], 1);
    assert_eq!(coffee["books"]["cards"]["buyer"]["purse"], 3000);
    assert_eq!(refusals(&coffee), ["sold-out"]);
    let other = [
        "settlement",
        "--system",
        "5",
        "--enterprise",
        "3000",
        "--price",
        "480",
        "--purse",
        "500",
        "--article",
        "umbrella",
    ];
    let umbrella = tour(&other);
    assert_eq!(umbrella["books"]["cards"]["buyer"]["purse"], 20);
    assert!(
        umbrella["books"]["parties"]["bill"].is_null(),
        "the carrier does not pay for this operator"
    );
}

/// proves: ST-12 ST-4 ST-11
#[test]
fn the_family_and_the_small_rendition_are_told_with_the_sources_figures_and_with_others() {
    let family = tour(&["settlement", "--family"]);
    let worked = |told: &Value| -> Vec<String> {
        let pairs = told["books"]["parties"]["pairs"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        pairs
            .into_iter()
            .filter(|(_, so)| *so == 1)
            .map(|(pair, _)| pair)
            .collect()
    };
    assert_eq!(worked(&family), ["1-1", "1-2", "1-3", "2-2", "3-3"]);
    let purse = |told: &Value, n: usize| told["books"]["cards"][format!("wallet {n}")]["purse"].as_i64();
    assert_eq!(
        [1, 2, 3].map(|n| purse(&family, n)),
        [Some(3000), Some(7000), Some(5500)]
    );
    let no = |code: &str| refusals(&family).iter().filter(|one| *one == code).count();
    assert_eq!(
        (
            no("device-not-listed-there"),
            no("device-not-listed"),
            no("lend-too-much")
        ),
        (3, 1, 1)
    );
    let other = tour(&[
        "settlement",
        "--family",
        "--purses",
        "10,20",
        "--wallets",
        "2/1,2",
        "--players",
        "2/1,2",
        "--plays",
        "2",
        "--price",
        "70",
    ]);
    assert_eq!(worked(&other), ["1-2", "2-1", "2-2"]);
    assert_eq!(purse(&other, 2), Some(20));
    let three = tour(&["settlement", "--system", "3"]);
    assert_eq!(three["books"]["cards"]["buyer"]["purse"], 2000);
    assert_eq!(three["books"]["parties"]["plays"]["left"], 1, "two of three were heard");
    let three = tour(&[
        "settlement",
        "--system",
        "3",
        "--price",
        "260",
        "--purse",
        "300",
        "--plays",
        "1",
    ]);
    assert_eq!(three["books"]["cards"]["buyer"]["purse"], 40);
    assert_eq!(three["books"]["parties"]["plays"]["left"], 0);
    let short = tour(&["settlement", "--system", "3", "--purse", "5"]);
    assert_eq!(refusals(&short), ["purse-too-small"]);
}

/// The codes of what was refused, in their order.
fn refusals(told: &Value) -> Vec<String> {
    let steps = told["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let codes = steps.iter().filter_map(|step| step["refused"].as_str());
    codes.map(str::to_owned).collect()
}

/// proves: CM-1 CM-2 CM-3 CM-4 CM-5 CM-6 CM-7 CM-8 CM-9 CM-10 row-74 row-75
#[test]
fn copies_from_media_are_told_live_with_the_commands_of_people_and_a_process_for_each_party() {
    let figures = ["--media", "3", "--price", "250", "--share", "400", "--purse", "600"];
    let told = tour(&[&["copy-management", "--live"][..], &figures].concat());
    let all = [
        "medium-used",
        "playback-not-permitted",
        "reissue-refused",
        "playback-not-permitted",
    ];
    assert_eq!(refusals(&told), all, "{told:#}");
    // Three fifths of the price are the operator's, and came by the bank.
    assert_eq!(
        told["books"]["parties"]["bank"]["deposit of party server"], 150,
        "{told:#}"
    );
}
