//! Owed: every page of a party's, and the states in which somebody may meet it: empty, waiting, refused, and those that are its own.
//! Each is told by a story, so that what nobody can bring about by hand is still seen and read. The wallet holds its own table.

use std::collections::BTreeMap;

use face::{Lang, Story};

/// A state of a page: the page, the state, and the story that tells it.
type Owed = (&'static str, &'static str, &'static str);

const SHOP: &[Owed] = &[
    ("Front", "nothing is published yet", "front-empty"),
    ("Front", "a preview did not load", "front-preview-failed"),
    ("Front", "the shelf cannot be read", "front-refused"),
    ("Front", "nothing found, and what may have been meant", "front-nothing"),
    ("Front", "nothing of this kind", "front-kind-empty"),
    ("Front", "found", "front-found"),
    ("Front", "an edition is sold out", "front-sold-out"),
    ("Work", "no license on sale", "work-not-sold"),
    ("Work", "sold out", "work-sold-out"),
    ("Work", "a text's beginning, to be read before", "work-text"),
    ("Work", "there is nothing here", "nothing"),
    ("Publishers", "none yet", "publishers-empty"),
    ("Order", "on its way", "order-way"),
    ("Order", "delivered", "order-given"),
    ("Order", "delivered twice is shown once", "order-twice"),
    ("Order", "refused", "order-void"),
    ("Order", "refunded", "order-refunded"),
    ("Order", "unknown", "order-unknown"),
    ("Receipt", "paid", "receipt"),
    ("Receipt", "handed back", "receipt-back"),
    ("Refund", "may be handed back", "refund-open"),
    ("Refund", "too late", "refund-late"),
    ("Refund", "sold without a refund", "refund-none"),
    ("Refund", "handed back already", "refund-done"),
    ("Records", "nothing yet", "records-none"),
    ("Records", "unsettled, and settled", "records"),
    (
        "Records",
        "refused and paid from the purse, refunded, a notice twice, late or unknown",
        "records-odd",
    ),
    ("Help", "no wallet found", "help"),
];

const CONSOLE: &[Owed] = &[
    ("Sign in", "name and password do not fit", "enter-no-match"),
    ("Sign in", "too many tries", "enter-slow"),
    ("Invitation", "used or ended", "invited-gone"),
    ("Overview", "nothing yet", "overview-empty"),
    ("Fares", "collected elsewhere", "fares-elsewhere"),
    ("Works", "the first is to be published", "works-empty"),
    ("Publish", "a file is chosen", "upload"),
    ("Publish", "the upload broke off", "upload-broken"),
    ("Publish", "the file is empty", "upload-empty"),
    ("Draft", "being looked at", "draft-reading"),
    ("Draft", "sealed so far", "draft-publishing"),
    ("Draft", "no preview could be cut", "draft-no-preview"),
    ("Draft", "kept", "draft"),
    ("Draft", "something is to be put right", "draft-wrong"),
    ("Draft", "it did not work", "draft-failed"),
    ("Draft", "on sale", "draft-published"),
    ("Offer", "other terms, for new licenses alone", "offer-change"),
    ("Offer", "a price that is none", "offer-wrong"),
    ("Work", "withdrawn", "work-withdrawn"),
    ("Work", "an edition, some left", "work-edition"),
    ("Work", "an edition, sold out", "work-sold-out"),
    ("Sales", "none in the period", "sales-empty"),
    ("Sales", "some", "sales"),
    ("Rebates", "none is given", "rebates-none"),
    ("Rebates", "refused", "rebates-no"),
    ("Pay-outs", "nothing yet", "payouts-empty"),
    ("Pay-outs", "more than there is", "payouts-refused"),
    ("Pay-outs", "the bank refused, and why", "payouts-returned"),
    ("Keys", "none yet", "keys-none"),
    ("Keys", "turned over: what is good until when", "keys-rotated"),
    ("Keys", "refused", "keys-no"),
    ("People", "invited", "people-invited"),
    ("Vouchers", "none were made", "vouchers-none"),
    ("Vouchers", "refused", "vouchers-no"),
    ("Media", "no offer is sold against media", "media-none"),
    ("Media", "refused", "media-no"),
    ("Refused", "nothing is here", "gone"),
    ("Refused", "another page's form", "foreign-form"),
];

const FARES: &[Owed] = &[
    ("Fares", "coming home", "fares-coming"),
    ("Fares", "no copies yet", "fares-none"),
    ("Fares", "on their way for more than 60 days", "fares-old"),
    ("Fares", "refused, of a revoked card", "fares-refused"),
    ("Fares", "a way is down", "fares-silent"),
    ("Fares", "the issuer has told nothing", "fares-told-nothing"),
];

const CARRIER: &[Owed] = &[
    ("Bill", "telephone and content", "bill"),
    ("Bill", "no content this month", "bill-no-content"),
    ("Bill", "billed separately: the telephone", "bill-telephone"),
    ("Bill", "billed separately: content", "bill-content"),
    ("Bill", "corrected: something was given back", "bill-refund"),
    ("Bill", "carried over", "bill-carried"),
    ("Bill", "paid", "bill-paid"),
    ("Bill", "paid in part", "bill-part-paid"),
    ("Consent", "asked", "consent"),
    ("Consent", "over", "consent-over"),
    ("Console", "nothing was billed, and nobody is trusted yet", "desk-new"),
    ("Console", "a month waits for its last bills", "desk-waiting"),
    ("Console", "a month is done", "desk-done"),
    ("Console", "a difference: what nobody ordered", "desk-odd"),
    ("Console", "a difference: money that matches nothing", "desk-suspense"),
    ("Console", "usage that did not come", "desk-gaps"),
    ("Console", "an enterprise is trusted", "desk-enterprise"),
    ("Console", "an enterprise is removed", "desk-enterprise-removed"),
    ("Console", "refused", "desk-refused"),
];

const ISSUER: &[Owed] = &[
    ("Lost cards", "none", "losses-none"),
    (
        "Lost cards",
        "waiting, ready, and what was spent before the stop was heard of",
        "losses",
    ),
    ("Cases", "no open case", "cases-none"),
    ("Cases", "a card brought back too much: one log is in", "cases-too-much"),
    ("Cases", "both logs are in", "cases-proven"),
    ("Cases", "paid out", "cases-paid"),
    ("Cases", "revoked", "cases-lost"),
];

const SUPPORT: &[Owed] = &[
    ("Requests", "nobody is waiting", "requests-none"),
    ("Requests", "some wait", "requests"),
    ("Request", "waits for a person", "request-waits"),
    ("Request", "the answer was not taken", "request-refused"),
    ("Request", "repaired", "request-repaired"),
    ("Unlocked", "nobody is waiting", "unlocked-none"),
    ("Unlocked", "quoted", "unlocked-quoted"),
    ("Unlocked", "paid", "unlocked-paid"),
    ("Unlocked", "unlocked", "unlocked-done"),
    ("Unlocked", "asked again, the same result", "unlocked-again"),
];

const DEVICES: &[Owed] = &[
    ("Find", "calm", "home"),
    ("Find", "nothing has this number", "home-no"),
    ("Batches", "none yet", "batches"),
    ("Batches", "known now", "batches-known"),
    ("Batches", "refused", "batches-no"),
    ("Device", "in stock", "device-stock"),
    ("Device", "dead since a repair", "device-dead"),
    ("Device", "a lost card", "card-lost"),
    ("Device", "exchange refused", "user-refused"),
    ("Device", "a reissue waits for a second person", "user-waits"),
    ("Erase order", "waits for the card", "order"),
    ("Erase order", "refused", "order-no"),
    ("Erase order", "confirmed", "order-done"),
    ("Proposals", "none", "proposals-empty"),
    ("Proposals", "one's own, for somebody else to decide", "proposals-own"),
    ("Trail", "nothing done yet", "trail-empty"),
    ("Trail", "audited", "trail"),
    ("Trail", "edited, and so told", "trail-edited"),
    ("Takings", "none", "takings-empty"),
    ("Refused", "not this role's duty", "not-your-duty"),
];

const GATEWAY: &[Owed] = &[
    ("Account", "nothing yet", "account-empty"),
    ("Registration", "waits for the server", "register-loading"),
    ("Registration", "refused: the card", "register-card"),
    ("Registration", "refused: the drive", "register-drive"),
    ("Carry", "nothing brought yet", "carry"),
    ("Carry", "not decided yet", "carry-waits"),
    ("Carry", "a medium that was used", "carry-used"),
    ("Carry", "too many tries", "carry-tries"),
    ("Desk", "nobody yet", "desk-empty"),
];

const APPROVER: &[Owed] = &[
    ("Purchase", "waits for an answer", "approve"),
    ("Purchase", "the bureau is asked", "approve-asking"),
    ("Purchase", "approved", "approve-done"),
    ("Purchase", "refused: the limit", "approve-limit"),
    ("Purchase", "refused: by the bureau", "approve-no"),
    ("Purchase", "the bureau is silent", "approve-later"),
    ("Purchase", "the user said no", "approve-declined"),
    ("Purchase", "over", "approve-gone"),
    ("Account", "nothing yet", "account-new"),
    ("Statement", "nothing was booked", "statement-empty"),
    ("Console", "calm", "desk"),
    ("Console", "limits are set", "desk-clerk"),
    ("Console", "the bureau is silent, and what happens then", "desk-alarm"),
];

const KIOSK: &[Owed] = &[
    ("Kiosk", "nothing is on sale", "kiosk-none"),
    ("Kiosk", "choose", "kiosk-works"),
    ("Kiosk", "pay, and a card that was taken away too early", "kiosk-pay"),
    ("Kiosk", "time is running out", "kiosk-time"),
    ("Kiosk", "received", "kiosk-done"),
    ("Kiosk", "not paid in time", "kiosk-over"),
    ("Kiosk", "the centre is silent", "kiosk-silent"),
];

const DEPOSIT: &[Owed] = &[
    ("Deposit", "nobody is there", "deposit-idle"),
    ("Deposit", "something is missing", "deposit-short"),
    ("Deposit", "too much", "deposit-over"),
    ("Deposit", "the sum", "deposit-loaded"),
    ("Deposit", "the issuer decides", "deposit-working"),
    ("Deposit", "the link was cut: the notes come back", "deposit-returning"),
    ("Deposit", "refused", "deposit-refused"),
    ("Deposit", "it takes nothing", "deposit-broken"),
    ("Deposit", "unknown", "deposit-unknown"),
];

const VENDING: &[Owed] = &[
    ("Vending", "nothing is left", "vend-empty"),
    ("Vending", "choose", "vend-choose"),
    ("Vending", "pay", "vend-pay"),
    ("Vending", "time is running out", "vend-time"),
    (
        "Vending",
        "out, and the payment is on its way to the bill",
        "vend-out-bill",
    ),
    ("Vending", "paid, and still inside", "vend-waiting"),
    ("Vending", "it did not come out", "vend-stuck"),
    ("Vending", "no such sale", "vend-no-sale"),
    ("Stock", "nothing is for sale", "vend-stock-none"),
    ("Stock", "refused", "vend-stock-refused"),
];

const KEEPER: &[Owed] = &[
    ("Content", "nothing yet", "front-empty"),
    ("Content", "some works", "front"),
];

/// What is one page in two states, by its nature.
const ALIKE: [&str; 2] = ["order-given", "order-twice"];

#[test]
fn every_page_is_told_empty_waiting_and_refused() {
    use crate::{approver, carrier, collector, copying, deposit, issuer, keeper, kiosk, shop, support, vending};
    let issuers = issuer::all_stories();
    let parties: [(&str, &[Owed], &[Story]); 13] = [
        ("shop", SHOP, shop::SHOP_STORIES),
        ("console", CONSOLE, shop::CONSOLE_STORIES),
        ("collector", FARES, collector::STORIES),
        ("carrier", CARRIER, carrier::STORIES),
        ("issuer", ISSUER, issuers.as_slice()),
        ("support", SUPPORT, support::STORIES),
        ("devices", DEVICES, copying::console::STORIES),
        ("gateway", GATEWAY, copying::gateway::STORIES),
        ("approver", APPROVER, approver::STORIES),
        ("kiosk", KIOSK, kiosk::STORIES),
        ("deposit", DEPOSIT, deposit::STORIES),
        ("vending", VENDING, vending::STORIES),
        ("content", KEEPER, keeper::STORIES),
    ];
    let mut missing = Vec::new();
    for (party, owed, stories) in parties {
        for (page, state, name) in owed {
            let found = face::story(stories, name);
            if found.map(|story| story.page) != Some(page) {
                missing.push(format!("{party}: {page}, {state}: no story {name:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A state that looks like another one is not told.
#[test]
fn no_two_states_of_a_party_look_alike() {
    for (owed, stories) in [
        (SHOP, crate::shop::SHOP_STORIES),
        (CONSOLE, crate::shop::CONSOLE_STORIES),
        (FARES, crate::collector::STORIES),
        (CARRIER, crate::carrier::STORIES),
        (SUPPORT, crate::support::STORIES),
        (APPROVER, crate::approver::STORIES),
    ] {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (_, _, name) in owed {
            let html = (face::story(stories, name).unwrap().draw)(Lang::En).unwrap();
            let before = seen.insert(html, name);
            assert!(before.is_none() || ALIKE.contains(name), "{name} looks like {before:?}");
        }
    }
}

/// However often a purchase is delivered, its page shows it once.
#[test]
fn what_was_delivered_twice_is_shown_once() {
    let told = |name| {
        let story = face::story(crate::shop::SHOP_STORIES, name).unwrap();
        (story.draw)(Lang::En).unwrap()
    };
    let [once, twice] = ALIKE.map(told);
    assert_eq!(once, twice);
    assert_eq!(twice.matches("However often it was delivered").count(), 1);
}
