//! What the wallet's stories are about: one card by the sea, drawn by the real pages.

use ::license::Route;
use card::{DryRun, Limits, PinRefusal};
use deal::{
    Kind, PayRefusal, Side as WinnerSide, Summary, Value, ValueKind, VoidReason,
    support::{Noted, NotedStep, Trouble},
};
use face::{Key, Lang, Pips, Said, Story, Teeth, Words};
use units::{CardNo, ContentId, Currency, DealId, Hash, LicenseId, Moment, Money, PartyId, Span, ValueId};

use crate::{
    engine::{
        Agreement, Carried, Crossing, OfTitle, Overview, Sent, Side, Told as Advice, UnderWay, WasPutBack, WayToPay,
    },
    home::PutBack,
    packages::{Newer, Presence},
    pages::{
        binding::Ticks,
        confirm::{self, About},
        deals, figures,
        first::{self, Asking},
        help, history, home,
        library::{self, Item},
        license, limits,
        money::{self, Way, pin_said},
        online,
        problem::Problem,
        reader, settings, values,
        view::Page,
        visit::{Part, card_frame, frame},
    },
};

type Drawn = Result<String, askama::Error>;

/// 20 November 2026, in the morning.
pub(in crate::pages) const NOW: Moment = Moment(1_795_169_640_000);
pub(in crate::pages) const BASE: &str = "/s/story";
pub(in crate::pages) const TO: (&str, &str) = (BASE, "");
const WORDS: &str = "pine harbor";
const NASTY: &str = "A<script>alert(1)</script>B \u{202e}yrref";

/// A list of stories: name, page, state, and how it is drawn.
macro_rules! stories {
    ($($name:literal, $page:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: $draw }),*]
    };
}

/// All of them.
pub(super) const STORIES: &[Story] = stories![
    "home", "Home", "money, escrow, and a library", |l| home_of(l, overview(), &items(l));
    "home-new", "Home", "a new card, nothing on it", |l| home_of(l, empty(), &[]);
    "home-broke", "Home", "nothing to spend", |l| home_of(l, Overview { summary: sums(0, 700, 0), ..overview() }, &items(l));
    "home-torn", "Home", "a payment and a copy on their way", |l| home_of(l, torn(), &items(l));
    "home-offline", "Home", "no network", |l| home_of(l, Overview { offline: true, ..overview() }, &items(l));
    "home-silent", "Home", "the card would like to go online", |l| home_of(l, Overview { offline: true, silent: true, tags: 0, ..overview() }, &items(l));
    "home-put-back", "Home", "put back from a copy", |l| home_of(l, Overview { put_back: Some(WasPutBack(PutBack { found: 12, written: 17 })), ..overview() }, &items(l));
    "home-frozen", "Home", "an older copy of itself", |l| home_of(l, Overview { frozen: true, ..overview() }, &items(l));
    "home-stopped", "Home", "this card was stopped", |l| home_of(l, Overview { frozen: true, stopped: Some(NOW), ..overview() }, &items(l));
    "home-full", "Home", "card full", |l| home_of(l, Overview { licenses: (5, 5), ..overview() }, &items(l));
    "home-blocked", "Home", "PIN blocked", |l| home_of(l, Overview { tries: 0, ..overview() }, &items(l));
    "home-asked", "Home", "a machine waits for a word", |l| home::draw(&page(l, Part::Card), BASE, "", &overview(), Some(machine(l)), &items(l));
    "reader-none", "In a reader", "in no reader", |l| reader_of(l, &reader::Quiet::None);
    "reader-out", "In a reader", "the reader is gone", |l| reader_of(l, &reader::Quiet::Out("/run/keyfare/a.sock".into()));
    "reader", "In a reader", "nothing is asked", |l| reader_of(l, &reader::Quiet::In("/run/keyfare/a.sock".into()));
    "reader-agreed", "In a reader", "agreed, the machine may go on", |l| reader_of(l, &reader::Quiet::Agreed(Hash([1; 32]), Words(l).reader_agreed(face::Sum(yen(100)), "Night Ferry")));
    "reader-sale", "In a reader", "a counter asks for a payment", |l| confirm_of(l, |a| a.0.watch = Some(String::new()), None);
    "library", "Library", "everything a license can be", |l| library::draw(&page(l, Part::Library), BASE, "", &items(l), "", (6, 10_000), false);
    "library-empty", "Library", "no licenses yet", |l| library::draw(&page(l, Part::Library), BASE, "", &[], "", (0, 10_000), false);
    "library-full", "Library", "card full: what each cost, and its deletion", |l| library::draw(&page(l, Part::Library), BASE, "", &items(l), "", (6, 6), true);
    "library-found", "Library", "found", |l| library::draw(&page(l, Part::Library), BASE, "", &items(l)[..1], "ferry", (6, 10_000), false);
    "library-nothing", "Library", "nothing found", |l| library::draw(&page(l, Part::Library), BASE, "", &[], "ferri", (6, 10_000), false);
    "library-script", "Library", "a title with a script in it stays text", |l| library::draw(&page(l, Part::Library), BASE, "", &[scripted(l)], "", (1, 10_000), false);
    "license", "License", "bought, may be handed back", |l| license_of(l, |_, _| ());
    "license-counted", "License", "counted plays, played once", |l| license_of(l, counted);
    "license-friend", "License", "from a friend, at its last generation", |l| license_of(l, from_friend);
    "license-ended", "License", "ended, the file is missing", |l| license_of(l, ended);
    "license-newer", "License", "there is a newer version", |l| license_of(l, |w, told| later(w, told, Presence::Absent));
    "license-newer-coming", "License", "the newer version is coming", |l| license_of(l, |w, told| later(w, told, Presence::Arriving { have: 1, of: None }));
    "license-newer-here", "License", "the newer version is here", |l| license_of(l, |w, told| later(w, told, Presence::Here(19_200_000)));
    "license-script", "License", "a title with a script in it stays text", |l| license_of(l, |_, told| told.title = crate::pages::plain(NASTY, 120));
    "confirm", "Confirm payment", "the purse can pay", |l| confirm_of(l, |_| (), None);
    "confirm-bound", "Confirm payment", "bound to players by name", |l| confirm_of(l, |a| a.0.on = Some(players()), None);
    "confirm-wrong", "Confirm payment", "PIN wrong, two tries left", |l| confirm_of(l, |a| a.1.tries = 2, Some(pin_said(Words(l), &PinRefusal::Wrong(2))));
    "confirm-blocked", "Confirm payment", "PIN blocked", |l| confirm_of(l, |a| a.1.tries = 0, None);
    "confirm-short", "Confirm payment", "too little, and escrow is not money", |l| confirm_of(l, short, None);
    "confirm-limit", "Confirm payment", "above the limit you set", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::AboveOwnLimit { amount: yen(1_200), limit: yen(1_000) }), None);
    "confirm-day", "Confirm payment", "above what you set for a day", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::AboveOwnDay { amount: yen(1_200), spent: yen(900), limit: yen(2_000) }), None);
    "confirm-issuer", "Confirm payment", "above the issuer's limit", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::AboveLimit { amount: yen(1_200), limit: yen(1_000) }), None);
    "confirm-full", "Confirm payment", "card full", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::LicensesFull(64)), None);
    "confirm-open", "Confirm payment", "the same payment is on its way", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::AlreadyOpen), None);
    "confirm-ended", "Confirm payment", "the quote has ended", |l| confirm_of(l, |a| a.1.would = Err(PayRefusal::QuoteEnded(NOW)), None);
    "confirm-first", "Confirm payment", "paid first, got later", |l| confirm_of(l, |a| a.0.kind = deal::Kind::PayOnly, None);
    "confirm-values", "Confirm payment", "a coupon could be used", |l| confirm_of(l, |a| a.1.ways = ways(), None);
    "confirm-coupon", "Confirm payment", "a coupon is used", with_coupon;
    "confirm-free", "Confirm payment", "free", |l| confirm_of(l, |a| { a.0.sum = yen(0); a.1.would = Ok(dry(0, 2_350)); }, None);
    "confirm-back", "Confirm payment", "handing back for a refund", |l| confirm_of(l, |a| { a.0.kind = Kind::Surrender; unsold(&mut a.0); a.1.would = Ok(dry(0, 2_350)); }, None);
    "confirm-unlock", "Confirm payment", "unlocking", |l| confirm_of(l, |a| { a.0.kind = Kind::Unlock; a.0.sum = yen(50); unsold(&mut a.0); a.0.seller = "Harbour Desk".into(); a.1.would = Ok(dry(50, 2_300)); }, None);
    "confirm-script", "Confirm payment", "a title with a script in it stays text", |l| confirm_of(l, |a| { a.0.title = crate::pages::plain(NASTY, 120); a.0.seller = crate::pages::plain(NASTY, 60); }, None);
    "confirm-asking", "Confirm payment", "asking the seller", |l| first::draw_asking(&outside(l), Asking::Waits);
    "confirm-slow", "Confirm payment", "the seller is slow", |l| first::draw_asking(&outside(l), Asking::Slow);
    "confirm-stopped", "Confirm payment", "asking was stopped", |l| first::draw_asking(&outside(l), Asking::Stopped);
    "confirm-nothing", "Confirm payment", "opened without an offer", |l| first::draw_asking(&outside(l), Asking::Nothing);
    "refused-seller", "Refused", "the seller cannot be checked", |l| refused(l, "seller-not-verified", "the seller cannot be verified (its certificate was revoked); nothing was paid");
    "refused-price", "Refused", "the shop asks for something else than its publisher signed", |l| refused(l, "quote-differs-from-offer", "the seller's quote differs from the publisher's offer in its price; nothing was paid");
    "refused-silent", "Refused", "nobody answers", |l| refused(l, "party-silent", "Lantern Records does not answer; nothing has changed");
    "refused-pressed", "Refused", "a seller asks too often", |l| refused(l, "too-many-prompts", "this seller has asked too often; wait a minute, then start again from the shop");
    "refused-short", "Refused", "purse too small, with a way on", |l| refused(l, "purse-too-small", "the purse holds JPY 40, JPY 300 is due: load JPY 260 more; nothing was paid");
    "refused-letter", "Refused", "a file that is no letter", |l| refused(l, "letter-foreign", &courier::LetterRefusal::Foreign.to_string());
    "refused-code", "Refused", "a code that is not from a card", |l| refused(l, "no-code-seen", "no code is seen in this picture; take it again, closer and straighter");
    "refused-offer-old", "Refused", "an old offer", |l| refused(l, "quote-ended", "the offer ended on 17 November 2026; ask for a new one; nothing was paid");
    "refused-genuine", "Refused", "the other card is not genuine", |l| refused(l, "receiver-not-verified", "the other card could not prove who made it; nothing was handed on, and yours is safe");
    "refused-gone", "Refused", "nothing is here", |l| text_of(Problem::not_found(), l);
    "first", "First card", "choose a PIN", |l| first::draw_first(&outside(l), None);
    "first-differ", "First card", "the PINs differ", |l| first::draw_first(&outside(l), Some(Words(l).first_differ()));
    "first-code", "First card", "the code was used before", |l| first::draw_first(&outside(l), Some(Words(l).first_code_unknown()));
    "first-pin", "First card", "not a PIN", |l| first::draw_first(&outside(l), Some(pin_said(Words(l), &PinRefusal::NotAPin)));
    "first-cannot", "First card", "this computer cannot keep a card", |l| first::draw_first(&outside(l), Some(crate::pages::problem::why(Words(l), "card-directory-unusable", "the card's directory cannot be used: permission denied")));
    "born", "First card", "two words and recovery code", |l| first::draw_born(&card(l, false), BASE, "k7qd-2m5x-apr4-vh3n-w6ty");
    "door", "Door", "type a code", |l| first::draw_door(&outside(l), None, false);
    "door-used", "Door", "the code was used before", |l| first::draw_door(&outside(l), Some(Words(l).door_unknown()), false);
    "deal-asking", "What became of it", "the seller is asked", |l| asking(l, None);
    "deal-slow", "What became of it", "the seller is slow", |l| asking(l, Some(Words(l).way_sale(face::Sum(yen(1_200)), "Lantern Records")));
    "deal-done", "What became of it", "here", |l| deal(l, deals::Fate::Done, Words(l).way_done("Night Ferry"), None);
    "deal-loaded", "What became of it", "money loaded", |l| deal(l, deals::Fate::Done, Words(l).deal_loaded(face::Sum(yen(1_000))), None);
    "deal-cleared", "What became of it", "paid from the purse what a carrier did not pay", |l| deal(l, deals::Fate::Done, Words(l).deal_cleared(face::Sum(yen(1_000)), "Night Ferry"), None);
    "deal-way", "What became of it", "on its way", |l| deal(l, deals::Fate::OnItsWay, Words(l).way_sale(face::Sum(yen(1_200)), "Lantern Records"), None);
    "deal-back", "What became of it", "sold out, money back", |l| deal(l, deals::Fate::Back, Words(l).deal_returned_why(face::Sum(yen(1_200))), Some(crate::pages::problem::why(Words(l), "void-sold-out", "all of them are sold"))) ;
    "deal-late", "What became of it", "the approval came too late", |l| deal_back(l, VoidReason::PermitLate);
    "deal-value-used", "What became of it", "a coupon was used before", |l| deal_back(l, VoidReason::ValueUsed);
    "deal-value-elsewhere", "What became of it", "a coupon of another seller", |l| deal_back(l, VoidReason::ValueElsewhere);
    "deal-card-ended", "What became of it", "the card's certificate had ended", |l| deal_back(l, VoidReason::Certificate);
    "deal-played", "What became of it", "handed back, but played once", |l| deal(l, deals::Fate::Back, Words(l).deal_returned_none(), Some(crate::pages::problem::why(Words(l), VoidReason::NoRefund.code(), VoidReason::NoRefund.text())));
    "deal-frozen", "What became of it", "an older copy", |l| deal(l, deals::Fate::Frozen, Words(l).deal_frozen(), None);
    "load", "Load, pay out", "load", |l| money_of(l, Way::In, overview(), None);
    "load-wrong", "Load, pay out", "not an amount", |l| money_of(l, Way::In, overview(), Some(Words(l).money_no_amount("JPY", "1,000")));
    "load-limit", "Load, pay out", "more than the purse may hold", |l| money_of(l, Way::In, overview(), Some(crate::pages::problem::why(Words(l), "balance-limit", "the purse may hold JPY 30,000; with this it would hold JPY 52,350")));
    "load-silent", "Load, pay out", "the issuer does not answer", |l| money_of(l, Way::In, overview(), Some(crate::pages::problem::why(Words(l), "party-silent", "Central Money does not answer")));
    "load-first", "Load, pay out", "no account yet, in a realm for trying things out", |l| money::draw(&page(l, Part::Card), TO, Way::In, &empty(), money::Typed { once: "story", opens: true, ..money::Typed::default() }, None);
    "load-for", "Load, pay out", "for a payment that waits", |l| money::draw(&page(l, Part::Card), TO, Way::In, &Overview { balance_max: yen(30_000), ..empty() }, money::Typed { once: "story", amount: "1000", then: "ab", opens: false }, None);
    "load-online", "Load, pay out", "by a password at a bank or carrier", |l| online_of(l, None);
    "load-online-wrong", "Load, pay out", "the password does not fit", |l| online_of(l, Some(crate::pages::problem::why(Words(l), "centre-no-match", "name and password do not fit together here; type both again")));
    "load-online-limit", "Load, pay out", "more than may be loaded on the bill", |l| online_of(l, Some(crate::pages::problem::why(Words(l), "centre-limit", "JPY 60,000 is more than you may load here now; choose a smaller amount")));
    "load-online-none", "Load, pay out", "no centre answers", |l| online::draw(&page(l, Part::Card), TO, &overview(), &[], online::Typed { once: "story", ..online::Typed::default() }, None);
    "payout", "Load, pay out", "pay out", |l| money_of(l, Way::Out, overview(), None);
    "payout-empty", "Load, pay out", "nothing to pay out", |l| money_of(l, Way::Out, empty(), None);
    "payout-blocked", "Load, pay out", "PIN blocked", |l| money_of(l, Way::Out, Overview { tries: 0, ..overview() }, None);
    "history", "History", "movements", |l| history_of(l, &rows(l), history::Sort::All, "", false);
    "history-empty", "History", "nothing has moved yet", |l| history_of(l, &[], history::Sort::All, "", true);
    "history-none", "History", "nothing like that", |l| history_of(l, &[], history::Sort::Plays, "ferri", false);
    "history-long", "History", "more than the page shows", |l| history_of(l, &many(l), history::Sort::Money, "", false);
    "values", "Vouchers, coupons, points", "one of each", |l| values_of(l, &all_values(l), |_| {});
    "values-empty", "Vouchers, coupons, points", "nothing here yet", |l| values_of(l, &[], |_| {});
    "values-came", "Vouchers, coupons, points", "a code brought one", |l| values_of(l, &all_values(l), |it| it.came = Some(Words(l).val_came("Autumn at the harbour")));
    "values-code-used", "Vouchers, coupons, points", "a code that was taken before", |l| values_of(l, &[], |it| {
        it.code = "0123-4567-89AB-CDEF".into();
        it.refused = Some(crate::pages::problem::why(Words(l), "code-used", "this code was taken onto a card already; each is good once"));
    });
    "limits", "Limits and PIN", "none set", |l| limits_of(l, overview(), None, None);
    "limits-set", "Limits and PIN", "set, and saved", |l| limits_of(l, Overview { limits: Limits { one: Some(yen(1_000)), day: Some(yen(2_000)) }, spent: yen(1_280), ..overview() }, Some(Words(l).lim_saved()), None);
    "limits-wrong", "Limits and PIN", "PIN wrong", |l| limits_of(l, Overview { tries: 1, ..overview() }, None, Some((limits::Form3::Limits, pin_said(Words(l), &PinRefusal::Wrong(1)))));
    "limits-above", "Limits and PIN", "above the issuer's", |l| limits_of(l, overview(), None, Some((limits::Form3::Limits, Words(l).lim_above(face::Sum(yen(10_000))))));
    "limits-blocked", "Limits and PIN", "PIN blocked, wrong recovery code", |l| limits_of(l, Overview { tries: 0, ..overview() }, None, Some((limits::Form3::Unblock, pin_said(Words(l), &PinRefusal::WrongCode))));
    "settings", "Settings", "a software card", |l| settings::draw(&page(l, Part::Settings), BASE, "", &overview(), Some("Central Money".into()), &settings::Ways::default());
    "settings-near", "Settings", "shops near by are looked for, one is heard", |l| settings::draw(&page(l, Part::Settings), BASE, "", &overview(), Some("Central Money".into()), &settings::Ways { near: Some(vec![crate::engine::Neighbour { id: units::PartyId([7; 16]), name: "Lantern Books".into(), shelf: "http://192.168.1.20:40123/".into() }]), ..settings::Ways::default() });
    "settings-near-none", "Settings", "shops near by are looked for, none is heard yet", |l| settings::draw(&page(l, Part::Settings), BASE, "", &overview(), Some("Central Money".into()), &settings::Ways { near: Some(Vec::new()), ..settings::Ways::default() });
    "settings-tpm", "Settings", "tied to a TPM, not enrolled yet", |l| settings::draw(&page(l, Part::Settings), BASE, "", &Overview { in_tpm: true, keys_opened: true, ..empty() }, None, &settings::Ways { relay: "socks5h://127.0.0.1:9050".into(), near: None });
    "software", "Honest about software", "with a card", |l| settings::draw_software(&page(l, Part::Software), Some(&overview()));
    "software-first", "Honest about software", "before the first card", |l| settings::draw_software(&outside(l), None);
    "support", "Ask for help", "nothing sent yet", |l| help::draw_form(&page(l, Part::Help), TO, &works(), &[], None);
    "support-draft", "Ask for help", "all that would be sent", |l| draft(l, &noted());
    "support-draft-bare", "Ask for help", "nothing was noted", |l| draft(l, &[]);
    "support-sent", "Ask for help", "requests of before", |l| help::draw_form(&page(l, Part::Help), TO, &works(), &[sent("looking"), sent("repaired")], None);
    "support-nobody", "Ask for help", "nobody to send to", |l| help::draw_form(&page(l, Part::Help), TO, &works(), &[], Some(crate::pages::problem::why(Words(l), "support-nobody", "there is nobody to send this to: its publisher has no support desk that this realm's registry lists")));
    "support-looking", "Ask for help", "the desk looks at it", |l| help::draw_sent(&page(l, Part::Help), TO, &sent("looking"));
    "support-waits", "Ask for help", "on its way", |l| help::draw_sent(&page(l, Part::Help), TO, &sent("on-its-way"));
    "support-repaired", "Ask for help", "repaired", |l| help::draw_sent(&page(l, Part::Help), TO, &sent("repaired"));
];

pub(in crate::pages) fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or_else(|_| Money::zero(Currency::JPY))
}

fn elsewhere(lang: Lang) -> Vec<(Lang, String)> {
    let others = Lang::ALL.into_iter().filter(|other| *other != lang);
    others
        .map(|other| (other, format!("/{}/stories", other.tag())))
        .collect()
}
pub(in crate::pages) fn page(lang: Lang, part: Part) -> face::Page {
    frame(Words(lang), BASE, part, elsewhere(lang), true)
}
fn outside(lang: Lang) -> face::Page {
    frame(Words(lang), "", Part::Elsewhere, elsewhere(lang), true)
}
pub(in crate::pages) fn card(lang: Lang, offline: bool) -> face::CardPage {
    card_frame(Words(lang), WORDS, elsewhere(lang), offline, true)
}

// ---- the card ----------------------------------------------------------------------------------------------------------

fn sums(purse: i64, escrow: i64, way: i64) -> Summary {
    let parts = [(3, escrow - escrow / 3), (4, escrow / 3)]
        .into_iter()
        .filter(|_| escrow > 0);
    Summary {
        spendable: yen(purse),
        reserved: yen(way),
        escrow: parts.map(|(n, sum)| (PartyId([n; 16]), yen(sum))).collect(),
    }
}

fn carried() -> Vec<Carried> {
    let work = |n: u8, name: Option<&str>, slips, sum| OfTitle {
        title: ContentId([n; 16]),
        name: name.map(str::to_owned),
        route: Route::Chain,
        slips,
        sum: yen(sum),
    };
    vec![
        Carried {
            payee: PartyId([3; 16]),
            name: Some("Lantern Records".into()),
            sum: yen(467),
            works: vec![work(1, Some("Night Ferry"), 4, 367), work(2, None, 1, 100)],
        },
        Carried {
            payee: PartyId([4; 16]),
            name: Some("塩原出版".into()),
            sum: yen(233),
            works: vec![work(3, Some("港の小さな本"), 3, 233)],
        },
    ]
}

pub(in crate::pages) fn overview() -> Overview {
    Overview {
        summary: sums(2_350, 700, 0),
        carried: carried(),
        spent: yen(80),
        ..empty()
    }
    .enrolled()
}

impl Overview {
    fn enrolled(self) -> Self {
        Self {
            card: Some(CardNo([0x4f; 16])),
            last_contact: NOW,
            tags: 37,
            licenses: (6, 10_000),
            balance_max: yen(30_000),
            amount_max: yen(10_000),
            ..self
        }
    }
}

pub(in crate::pages) fn empty() -> Overview {
    Overview {
        summary: sums(0, 0, 0),
        under_way: vec![],
        card: None,
        realm: "dev".into(),
        tries: 3,
        frozen: false,
        stopped: None,
        put_back: None,
        tags: 0,
        last_contact: Moment(0),
        licenses: (0, 0),
        balance_max: yen(0),
        amount_max: yen(0),
        silence_max: Span::days(60),
        silent: false,
        limits: Limits::default(),
        spent: yen(0),
        carried: vec![],
        going: vec![],
        crossings: vec![],
        words: WORDS.into(),
        offline: false,
        keys_opened: false,
        in_tpm: false,
        owed: vec![],
    }
}

pub(in crate::pages) fn torn() -> Overview {
    let open = |n: u8, kind, title: &str, sum| UnderWay {
        deal: DealId([n; 32]),
        kind,
        title: title.into(),
        money: Some(yen(sum)),
        credit: None,
        giver: PartyId([3; 16]),
        giver_name: Some("Lantern Records".into()),
        since: NOW,
    };
    Overview {
        summary: sums(1_050, 700, 1_300),
        under_way: vec![open(1, Kind::Sale, "Night Ferry", 1_200)],
        crossings: vec![Crossing {
            deal: DealId([2; 32]),
            kind: Kind::Copy,
            side: Side::Receives,
            title: "Engine Room".into(),
            fare: Some(yen(100)),
            since: Some(NOW),
            with: Some("quiet heron".into()),
        }],
        ..overview()
    }
}

fn machine(lang: Lang) -> figures::Open {
    figures::Open {
        text: Words(lang).reader_asks(face::Sum(yen(100)), "Night Ferry"),
        go: "/reader".into(),
        since: None,
    }
}

fn reader_of(lang: Lang, quiet: &reader::Quiet) -> Drawn {
    reader::draw(&page(lang, Part::Reader), TO, quiet, "")
}

pub(super) fn home_of(lang: Lang, overview: Overview, items: &[Item]) -> Drawn {
    home::draw(&page(lang, Part::Card), BASE, "", &overview, None, items)
}

// ---- licenses ----------------------------------------------------------------------------------------------------------

fn item(n: u8, title: &str, by: &str, kind: &str, notes: Vec<Said>) -> Item {
    Item {
        id: format!("{n:02x}").repeat(16),
        title: title.into(),
        by: by.into(),
        art: format!("/art/{kind}/{}", ContentId([n; 16])),
        notes,
        pips: None,
        key: None,
        plays: true,
        missing: false,
        hand_on: false,
        unlock: None,
        gone: vec![],
    }
}

pub(in crate::pages) fn items(lang: Lang) -> Vec<Item> {
    let w = Words(lang);
    let key = |sum, teeth| Some(Key::new(lang, yen(sum), Teeth::Upto(teeth)));
    let mut items = vec![
        Item {
            key: key(100, 3),
            hand_on: true,
            ..item(1, "Night Ferry", "Lantern Records", "sound", vec![w.lib_unlimited()])
        },
        Item {
            pips: Some(Pips { left: 2, all: 3 }),
            ..item(
                2,
                "Harbour Lights",
                "Tako Works",
                "program",
                vec![w.lib_plays(3u32, 2u32), w.lib_bound()],
            )
        },
        Item {
            unlock: Some(w.lib_unlock(face::Fare(yen(50)))),
            hand_on: true,
            ..item(
                3,
                "Island Radio Hour, part 4",
                "Hana Mori",
                "sound",
                vec![w.lib_part(face::Permille(100))],
            )
        },
        Item {
            key: key(0, 0),
            hand_on: true,
            ..item(
                4,
                "階段、番号つき",
                "塩原出版",
                "text",
                vec![w.lib_unlimited(), w.lib_serial(12u32, 200u32)],
            )
        },
        Item {
            plays: false,
            missing: true,
            ..item(
                5,
                "Kite Courier",
                "Tako Works",
                "program",
                vec![w.lib_unlimited(), w.lib_missing()],
            )
        },
        Item {
            plays: false,
            ..item(
                6,
                "The Crossing",
                "Lantern Records",
                "video",
                vec![
                    crate::pages::problem::why(
                        w,
                        "license-ended",
                        "this license ended at 2026-11-01; you can get it again",
                    ),
                    w.lib_coming_part(face::Permille(620)),
                ],
            )
        },
    ];
    let (day, until) = (face::Day(NOW), face::Day(NOW.plus(Span::days(90))));
    for (n, one) in items.iter_mut().enumerate() {
        one.gone = match n {
            3 => vec![w.lib_cost(day, face::Sum(yen(900))), w.lib_again_edition()],
            4 => vec![w.lib_cost_none(day), w.lib_again_not(day)],
            _ => vec![
                w.lib_cost(day, face::Sum(yen(1_200))),
                w.lib_again(until, face::Sum(yen(1_200))),
            ],
        };
    }
    items
}

fn scripted(lang: Lang) -> Item {
    let (title, by) = (crate::pages::plain(NASTY, 120), crate::pages::plain(NASTY, 60));
    item(7, &title, &by, "text", vec![Words(lang).lib_unlimited()])
}

pub(super) fn license_of(lang: Lang, change: fn(Words, &mut license::Told)) -> Drawn {
    let w = Words(lang);
    let code = |text: &str| w.show(face::Code(text.to_owned()));
    let mut told = license::Told {
        id: "0a".repeat(16),
        title: "Night Ferry".into(),
        by: "Lantern Records".into(),
        art: format!("/art/sound/{}", ContentId([1; 16])),
        notes: vec![w.lib_unlimited()],
        playable: true,
        missing: false,
        hand_on: true,
        unlock: None,
        later: None,
        key: Some(Key::new(lang, yen(100), Teeth::Upto(3))),
        may: vec![(w.lic_plays(), w.lib_unlimited()), (w.lic_share(), w.lic_share_all())],
        handing: vec![w.lic_copy(face::Fare(yen(100))), w.lic_copy_deeper(2u8)],
        from: w.lic_from_shop(face::Day(NOW), face::Sum(yen(1_200)), "Lantern Records"),
        facts: vec![
            (w.lic_publisher(), w.show("Lantern Records")),
            (w.lic_seller(), w.show("Lantern Records")),
            (w.lic_generation(), w.lic_generation_of(0u8, 3u8)),
        ],
        happened: rows(lang).into_iter().take(2).collect(),
        refund: license::Refund::May(
            w.lic_refund_ends(face::Day(NOW.plus(Span::days(14))), face::Permille(1000)),
            Some(w.lic_refund_unplayed()),
            true,
        ),
        file: Some(w.lic_file_here(face::Bytes(18_400_000))),
        receipt: Some(RECEIPT.to_owned()),
        shop: Some((WORK.to_owned(), w.lic_shop("Lantern Records"))),
        is_over: false,
        details: vec![
            (w.lic_number(), code("7c1e0a52b9d84f30a6612f0de7a94b18")),
            (w.lic_signed(), w.lic_signed_yes()),
        ],
        owed: None,
    };
    change(w, &mut told);
    license::draw(&page(lang, Part::Library), BASE, "", &told)
}

fn later(w: Words, told: &mut license::Told, presence: Presence) {
    let newer = Newer {
        package: ::units::Hash([7; 32]),
        title: "Night Ferry, with the second verse".into(),
        made: NOW,
        bytes: 19_200_000,
        presence,
    };
    told.later = Some(license::later(w, &newer));
}

fn counted(w: Words, told: &mut license::Told) {
    told.notes = vec![w.lib_plays(3u32, 2u32)];
    told.may = vec![
        (w.lic_plays(), w.lib_plays(3u32, 2u32)),
        (w.lic_period(), w.lic_period_from(Span::days(30))),
        (w.lic_ends(), home::when(w, NOW.plus(Span::days(30)))),
        (w.lic_share(), w.lic_share_all()),
    ];
    told.hand_on = false;
    told.key = None;
    told.handing = vec![w.lic_none()];
    told.refund = license::Refund::May(w.lic_refund_gone(), None, false);
}

fn from_friend(w: Words, told: &mut license::Told) {
    told.from = w.lic_from_friend(face::Day(NOW), face::Fare(yen(100)), "Lantern Records");
    told.handing = vec![w.lic_copy_end()];
    told.key = None;
    told.hand_on = false;
    told.refund = license::Refund::None;
    told.happened = vec![];
}

fn ended(w: Words, told: &mut license::Told) {
    let why = crate::pages::problem::why(
        w,
        "license-ended",
        "this license ended at 2026-11-01; you can get it again",
    );
    told.notes = vec![why, w.lib_missing()];
    (told.playable, told.missing, told.file) = (false, true, None);
    (told.is_over, told.shop) = (true, Some((WORK.to_owned(), w.lic_again("Lantern Records"))));
    told.refund = license::Refund::May(w.lic_refund_over(face::Day(NOW)), None, false);
}

// ---- payments ----------------------------------------------------------------------------------------------------------

pub(super) fn dry(fare: i64, purse: i64) -> DryRun {
    DryRun {
        fare: (fare > 0).then(|| yen(fare)),
        payee: PartyId([3; 16]),
        purse: yen(purse),
        winner: WinnerSide::Giver,
        route: Route::Till,
        slips_out: (0, yen(0)),
        slips_in_max: 0,
        escrow: yen(0),
        tenders: vec![],
    }
}

/// What a publisher gives for fares that are brought to a shop.
pub(in crate::pages) fn promise() -> crate::engine::Promise {
    crate::engine::Promise {
        path: "shop".into(),
        permille: 100,
        most: yen(50),
        coupon: true,
        label: "Thanks for bringing fares home".into(),
    }
}

pub(in crate::pages) fn asked(lang: Lang) -> (About, Agreement) {
    let w = Words(lang);
    let about = About {
        watch: None,
        quote: "ab".repeat(32),
        kind: Kind::Sale,
        title: "Night Ferry".into(),
        seller: "Lantern Records".into(),
        publisher: Some("Lantern Records".into()),
        art: format!("/art/sound/{}", ContentId([1; 16])),
        sum: yen(1_200),
        until: NOW.plus(Span::minutes(30)),
        terms: vec![
            w.offer_line_unlimited(),
            w.friend_copy(Key::new(lang, yen(100), Teeth::Upto(3)), 3u8),
        ],
        tax: Some((yen(109), 100)),
        rebates: vec![promise()],
        refund: Some(w.offer_refund_unplayed(14u8, face::Permille(1000))),
        certified: Some("7c1e0a52b9d84f30a6612f0de7a94b18".into()),
        on: Some(Ticks::default()),
        first: true,
    };
    let agreement = Agreement {
        would: Ok(dry(1_200, 1_150)),
        purse: yen(2_350),
        escrow: yen(700),
        tries: 3,
        ways: vec![],
        approvers: Vec::new(),
        bills: Vec::new(),
        media: false,
        by: None,
        instead: None,
    };
    (about, agreement)
}

fn confirm_of(lang: Lang, change: fn(&mut (About, Agreement)), error: Option<Said>) -> Drawn {
    let mut all = asked(lang);
    change(&mut all);
    confirm::draw(&card(lang, false), TO, &all.0, &all.1, None, error)
}

/// Two players, one of them chosen.
fn players() -> Ticks {
    let one = |n: u8, name: &str, ticked| (format!("on.{n:032x}"), name.to_owned(), ticked);
    Ticks {
        here: false,
        players: vec![one(1, "Games box", true), one(2, "Living room", false)],
    }
}

/// Nothing is sold: no terms, no tax, no way back.
fn unsold(about: &mut About) {
    about.terms.clear();
    (about.tax, about.refund, about.certified, about.on) = (None, None, None, None);
}

pub(super) fn short(all: &mut (About, Agreement)) {
    all.1.purse = yen(40);
    all.1.would = Err(PayRefusal::PurseTooSmall {
        purse: yen(40),
        due: yen(1_200),
        missing: yen(1_160),
    });
}

fn value(kind: ValueKind, worth: i64, label: &str, until: Option<Moment>) -> Value {
    Value {
        kind,
        maker: PartyId([3; 16]),
        id: ValueId([9; 16]),
        worth: yen(worth),
        offer: None,
        until,
        label: label.into(),
    }
}

fn ways() -> Vec<WayToPay> {
    vec![WayToPay {
        value: value(ValueKind::Coupon, 300, "Autumn at the harbour", None),
        rest: Some(yen(900)),
    }]
}

fn with_coupon(lang: Lang) -> Drawn {
    let (about, mut agreement) = asked(lang);
    agreement.ways = ways();
    agreement.would = Ok(dry(900, 1_450));
    let coupon = value(ValueKind::Coupon, 300, "Autumn at the harbour", None);
    confirm::draw(&card(lang, false), TO, &about, &agreement, Some(&coupon), None)
}

fn refused(lang: Lang, code: &str, text: &str) -> Drawn {
    text_of(
        Problem::new(axum::http::StatusCode::UNPROCESSABLE_ENTITY, code, text),
        lang,
    )
}

pub(super) fn text_of(problem: Problem, lang: Lang) -> Drawn {
    problem.draw(&Page {
        base: BASE.into(),
        dev: true,
        words: Words(lang),
        ..Page::default()
    })
}

fn deal(lang: Lang, fate: deals::Fate, text: Said, why: Option<Said>) -> Drawn {
    let done = fate == deals::Fate::Done;
    let told = deals::Told {
        receipt: done.then(|| (1_204, Some(RECEIPT.to_owned()))),
        pickup: done.then(|| "004217".to_owned()),
        license: done.then(|| ("0a".repeat(16), "Night Ferry".to_owned())),
        fate,
        text,
        why,
        deal: "0b".repeat(32),
        owed: None,
    };
    let bar = figures::bar(&torn());
    deals::draw(&page(lang, Part::Card), BASE, "", &told, bar)
}

fn asking(lang: Lang, slow: Option<Said>) -> Drawn {
    let told = deals::asking(Words(lang), DealId([1; 32]), "Lantern Records", slow);
    deals::draw(&page(lang, Part::Card), BASE, "", &told, figures::bar(&torn()))
}

fn deal_back(lang: Lang, reason: VoidReason) -> Drawn {
    let w = Words(lang);
    let why = crate::pages::problem::why(w, reason.code(), reason.text());
    deal(
        lang,
        deals::Fate::Back,
        w.deal_returned_why(face::Sum(yen(1_200))),
        Some(why),
    )
}

fn online_of(lang: Lang, error: Option<Said>) -> Drawn {
    let centre = |n: u8, name: &str, bills| crate::engine::Centre {
        id: PartyId([n; 16]),
        name: name.to_owned(),
        bills,
    };
    let centres = [centre(1, "Harbour Bank", false), centre(2, "Seto Mobile", true)];
    let typed = online::Typed {
        once: "story",
        amount: if error.is_some() { "2000" } else { "" },
        name: if error.is_some() { "aiko" } else { "" },
        centre: None,
    };
    online::draw(&page(lang, Part::Card), TO, &overview(), &centres, typed, error)
}

fn money_of(lang: Lang, way: Way, overview: Overview, error: Option<Said>) -> Drawn {
    let typed = money::Typed {
        amount: if error.is_some() { "50000" } else { "" },
        once: "story",
        ..money::Typed::default()
    };
    money::draw(&page(lang, Part::Card), TO, way, &overview, typed, error)
}

// ---- everything else ---------------------------------------------------------------------------------------------------

/// A page of a shop's.
const RECEIPT: &str = "https://shop.example/en/receipts/0b";
/// Another of it.
const WORK: &str = "https://shop.example/en/works/0c";

fn rows(lang: Lang) -> Vec<history::Row> {
    let w = Words(lang);
    let row = |what: &str, title: &str, with: &str, sum: Option<i64>| history::Row {
        when: w.hand_moment(face::ShortDay(NOW), face::Clock(NOW)),
        what: w.hist_did(what),
        title: title.into(),
        with: with.into(),
        amount: sum.map(|sum| w.show(face::Sum(yen(sum)))),
        receipt: (what == "sale-given").then(|| RECEIPT.to_owned()),
    };
    vec![
        row("played", "Night Ferry", "", None),
        row("sale-given", "Night Ferry", "Lantern Records", Some(1_200)),
        row("sale-paid", "Night Ferry", "Lantern Records", Some(1_200)),
        row("home-given", "", "Lantern Records", Some(400)),
        row("copy-paid", "Engine Room", &w.friend().plain(), Some(100)),
        row("load-given", "", "Central Money", Some(3_000)),
    ]
}

fn many(lang: Lang) -> Vec<history::Row> {
    let rows = rows(lang);
    rows.iter().cycle().take(240).cloned().collect()
}

fn history_of(lang: Lang, rows: &[history::Row], sort: history::Sort, query: &str, is_empty: bool) -> Drawn {
    let overview = if is_empty { empty() } else { overview() };
    let page = page(lang, Part::History);
    history::draw(&page, BASE, figures::bar(&overview), rows, (sort, query), is_empty)
}

fn all_values(lang: Lang) -> Vec<values::Row> {
    let soon = Some(NOW.plus(Span::days(30)));
    let past = Some(Moment(NOW.0.saturating_sub(86_400_000)));
    let all = [
        value(ValueKind::Coupon, 300, "Autumn at the harbour", soon),
        value(ValueKind::Points, 120, "Harbour points", None),
        value(ValueKind::Ticket, 0, "One film, any evening", past),
        value(ValueKind::Refund, 1_200, "Night Ferry, handed back", None),
        value(ValueKind::Account, 0, "Chuo Bank ··42", None),
    ];
    let row = |value: &Value| values::row(Words(lang), value, "Lantern Records".into(), NOW);
    all.iter().map(row).collect()
}

fn values_of(lang: Lang, rows: &[values::Row], change: impl Fn(&mut values::Taking)) -> Drawn {
    let mut taking = values::Taking {
        shops: vec![("0a".repeat(16), "Lantern Records".into(), true)],
        ..values::Taking::default()
    };
    change(&mut taking);
    values::draw(&page(lang, Part::Values), TO, rows, &taking)
}

fn limits_of(lang: Lang, overview: Overview, done: Option<Said>, error: Option<(limits::Form3, Said)>) -> Drawn {
    limits::draw(&page(lang, Part::Limits), TO, &overview, done, error)
}

fn works() -> Vec<(String, String)> {
    vec![
        ("0a".repeat(16), "Night Ferry".into()),
        ("0b".repeat(16), "Harbour Lights".into()),
    ]
}

fn noted() -> Vec<Noted> {
    let one = |step, play, code: Option<&str>| Noted {
        at: NOW,
        step,
        content: ContentId([1; 16]),
        license: LicenseId([2; 16]),
        play,
        from: None,
        to: None,
        code: code.map(str::to_owned),
    };
    vec![
        one(NotedStep::Began, Some(1), None),
        Noted {
            from: Some(0),
            to: Some(1_048_576),
            ..one(NotedStep::Asked, Some(1), None)
        },
        one(NotedStep::Refused, Some(1), Some("package-damaged")),
    ]
}

fn draft(lang: Lang, noted: &[Noted]) -> Drawn {
    let says = help::Says {
        desk: "Harbour Desk",
        title: "Night Ferry",
        seller: (!noted.is_empty()).then_some("Lantern Records"),
        trouble: Trouble::Counted,
        code: (!noted.is_empty()).then_some("package-damaged"),
        words: "It stopped in the second verse.",
        noted,
    };
    help::draw_draft(&page(lang, Part::Help), TO, "story", &says)
}

fn sent(stage: &str) -> Sent {
    let mut sent = Sent::made(NOW, "Harbour Desk", "Night Ferry", "counted", 12);
    sent.stage = stage.into();
    if stage == "repaired" {
        sent.repairs.push(Advice {
            code: "play-given-back".into(),
            text: "A play that was counted and not played is given back.".into(),
        });
    }
    sent.waits = (stage == "on-its-way").then(|| "Harbour Desk does not answer".into());
    sent
}
