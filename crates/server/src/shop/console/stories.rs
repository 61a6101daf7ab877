//! Stories of the console: its pages in the states they can be in, with made-up figures. Only in the dev realm.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use face::{Lang, Story};
use license::{Modes, WorkKind};
use party::{
    bank::WhyNot,
    shop::{
        ApiKey, ApiKeyRefused, Draft, DraftState, Hook, HookAbout, HookEvent, HookRefused, HookShown, HookState,
        Income, Paid, Payout, PayoutState, Pieces, Sale, Statement, Version, WindowOffer, WindowWork,
    },
};
use signin::{Grant, Invitation};
use units::{
    ContentId, Currency, DealId, Hash, Moment, Money, OfferNo, OrderId, PartyId, RealmId, Refusal, Tag, TransferId,
};

use super::{
    account, drafts, enter, fares,
    form::{Form, Wrong},
    frame::{At, Whose, page, refused},
    home, hooks, invited,
    jobs::Job,
    keeper, keys, media, money, offers, people, rebates, settings, upload, vouchers, works,
};
use crate::{
    frame::Problem,
    pages::{Visit, answer, told},
    shop::{Stall, TakenMedia, pages::Sign},
};

type Drawn = Result<String, askama::Error>;

const NOW: Moment = Moment(1_795_168_800_000);

fn yen(n: i64) -> Money {
    Money::new(n, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

fn sign() -> Sign {
    Sign {
        name: "Lantern Records".into(),
        id: PartyId([1; 16]),
        address: "http://127.0.0.1:7404".into(),
        dev: true,
        wallet: "http://127.0.0.1:7411".into(),
        realm: RealmId([2; 16]),
        source: None,
    }
}

fn minato() -> Whose {
    Whose {
        id: PartyId([2; 16]),
        name: "Minato Tape Works".into(),
    }
}

fn enter(lang: Lang, note: &enter::Note) -> Drawn {
    enter::draw(&sign(), &Visit::told(lang), &enter::Which::In, note, None)
}

fn second(lang: Lang, note: &enter::Note) -> Drawn {
    enter::draw(&sign(), &Visit::told(lang), &enter::Which::Second("form"), note, None)
}

fn invite(lang: Lang, role: Option<&str>, code: &str) -> Drawn {
    let invitation = role.map(|role| Invitation {
        grant: Grant::new(PartyId([2; 16]), role),
        by: None,
        until: NOW,
    });
    let found = invitation.as_ref().map(|it| (it, "Minato Tape Works"));
    let tried = invited::Tried {
        name: "aiko",
        code,
        own: (code == "own").then_some(("aiko@minato.example", "form")),
    };
    invited::draw(&sign(), &Visit::told(lang), found, "/console/invited/x", &tried)
}

fn front(lang: Lang, full: bool, failed: bool) -> Drawn {
    let one = home::Choice {
        whose: minato(),
        roles: vec!["owner", "accountant"],
    };
    let it = home::Front {
        failed: failed.then_some((3, NOW)),
        own: if full { vec![one] } else { Vec::new() },
        is_keeper: full,
    };
    home::draw_front(&sign(), &Visit::told(lang), None, it)
}

fn sale(n: u8) -> (DealId, Sale) {
    let sale = Sale {
        order: OrderId([n; 16]),
        offer: Hash([n; 32]),
        number: OfferNo(1_000_000),
        content: ContentId([n; 16]),
        title: if n == 1 { "Night Ferry <b>" } else { "Harbour Lights" }.into(),
        publisher: minato().id,
        payee: minato().id,
        price: yen(1_200),
        tax_permille: 100,
        tax: yen(109),
        publisher_part: yen(982),
        paid: Paid {
            money: yen(1_200),
            receipts: yen(0),
            values: yen(0),
            before: yen(0),
            approved: None,
            charged: None,
            borne: None,
            medium: None,
        },
        slip: None,
        buyer: (n == 1).then_some([7; 16]),
        receipt: u64::from(n),
        serial: None,
        license: None,
        receiver: Tag([n; 16]),
        at: NOW,
        refunded: None,
    };
    (DealId([n; 32]), sale)
}

fn statement(received: i64, earned: i64) -> Statement {
    Statement {
        received: yen(received),
        earned: yen(earned),
        ordered: yen(0),
        available: yen(received),
        owed_to_shop: yen((received - earned).max(0)),
        owed_by_shop: yen((earned - received).max(0)),
    }
}

fn overview(lang: Lang, full: bool, keys_here: bool) -> Drawn {
    let it = home::Overview {
        may_publish: true,
        keys_here,
        on_sale: if full { 3 } else { 0 },
        drafts: if full {
            vec![("00".into(), "last boat home.flac".into(), NOW)]
        } else {
            Vec::new()
        },
        money: Some(if full {
            (17, vec![sale(1), sale(2)], statement(20_400, 16_694))
        } else {
            (0, Vec::new(), statement(0, 0))
        }),
        many: full,
    };
    home::draw_overview(&sign(), &Visit::told(lang), None, &minato(), it)
}

fn work(on_sale: bool) -> WindowWork {
    let offer = WindowOffer {
        number: OfferNo(1_000_000),
        price: yen(1_200),
        until: Moment(u64::MAX),
        edition: None,
        modes: Modes {
            copy: true,
            ..Modes::default()
        },
        fare_copy: yen(100),
        fare_move: yen(0),
        generations: 3,
        unlock: None,
    };
    WindowWork {
        content: ContentId([1; 16]),
        title: "Night Ferry".into(),
        kind: WorkKind::Sound,
        publisher: minato().id,
        publisher_name: minato().name,
        package: Hash([2; 32]),
        package_len: 48_000_000,
        unique: false,
        preview_type: "audio/mpeg".into(),
        since: NOW,
        numbers: vec![OfferNo(1_000_000)],
        offers: if on_sale { vec![offer] } else { Vec::new() },
        change: 1,
        is_ready: true,
        tracks: None,
        credits: None,
    }
}

fn list(lang: Lang, full: bool) -> Drawn {
    let works = if full {
        vec![work(true), work(false)]
    } else {
        Vec::new()
    };
    let drafts = if full {
        vec![("00".into(), "draft.flac".into())]
    } else {
        Vec::new()
    };
    works::draw_list(
        &sign(),
        &Visit::told(lang),
        None,
        &minato(),
        (&works, drafts),
        (true, 1, NOW),
    )
}

fn one(lang: Lang, on_sale: bool, said: &str) -> Drawn {
    one_with(lang, &work(on_sale), said, &BTreeMap::new())
}

/// A work sold as an edition of two hundred, with so many left.
fn edition(lang: Lang, left: u32) -> Drawn {
    let mut work = work(true);
    work.offers.iter_mut().for_each(|offer| offer.edition = Some(200));
    let pieces = Pieces { left, size: 200 };
    one_with(lang, &work, "", &[(OfferNo(1_000_000), pieces)].into())
}

fn one_with(lang: Lang, work: &WindowWork, said: &str, pieces: &BTreeMap<OfferNo, Pieces>) -> Drawn {
    let version = |n: u8| Version {
        package: Hash([n; 32]),
        title: "Night Ferry".into(),
        len: 48_000_000,
        at: NOW,
        ready: true,
    };
    let it = works::One {
        work,
        versions: &[version(1), version(2)],
        sold: 214,
        plays: &[(OfferNo(1_000_000), Some(3))].into(),
        pieces,
        may_change: true,
        keys_here: true,
        said,
        csrf: "form",
        now: NOW,
    };
    works::draw_one(&sign(), &Visit::told(lang), None, &minato(), &it)
}

/// The form of an offer: another one, one that stands there, one with a figure that is none.
fn offer(lang: Lang, number: Option<OfferNo>, wrong: Option<Wrong>) -> Drawn {
    let price = if wrong.is_some() { "eighty" } else { "80" };
    let typed = [("title", "Night Ferry"), ("price", price), ("plays", "3")];
    let fields = typed.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let it = offers::Shown {
        content: ContentId([1; 16]),
        title: "Night Ferry",
        number,
        form: &Form::typed(&fields),
        wrong,
        currency: "JPY".into(),
        has_home: true,
        csrf: "form",
    };
    offers::draw(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn pressed(lang: Lang, sold: bool, came: Option<bool>, ordered: bool) -> Drawn {
    let one = media::Sold {
        title: "Night Ferry".into(),
        number: OfferNo(1_000_001),
        count: party::shop::MediaCount { known: 200, used: 41 },
        unique: false,
    };
    let came = came.map(|good| match good {
        true => Ok(TakenMedia {
            batch: "batch".into(),
            count: 100,
            offer: "1000001".into(),
        }),
        false => Err(Problem::door(
            StatusCode::UNPROCESSABLE_ENTITY,
            "media-not-theirs",
            units::Again::AfterYouAct,
            "these media are of another work",
        )),
    });
    let sold = if sold { vec![one] } else { Vec::new() };
    let visit = Visit::told(lang);
    let order = party::shop::MediaOrder {
        offer: OfferNo(1_000_001),
        count: 200,
        file: Vec::new().into(),
        at: NOW,
    };
    let it = media::Shown {
        sold: &sold,
        orders: if ordered { &[([0; 16], order)] } else { &[] },
        came: came.as_ref(),
        csrf: Some("form"),
        no: [0; 16],
    };
    media::draw(&sign(), &visit, None, &minato(), &it)
}

fn to_upload(lang: Lang, no: &str, version: bool) -> Drawn {
    let it = upload::ToUpload {
        version: version.then(|| (Hash([2; 32]), "Night Ferry".to_owned(), package::Credits::default())),
        no,
        csrf: "form",
    };
    upload::draw(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn draft(lang: Lang, state: DraftState, job: Option<Job>, wrong: Option<Wrong>, said: &str, version: bool) -> Drawn {
    let published = state == DraftState::Published;
    let preview = matches!(state, DraftState::Ready | DraftState::Failed(..));
    let draft = Draft {
        since: NOW,
        file_name: "night ferry.flac".into(),
        len: 48_000_000,
        media_type: "audio/flac".into(),
        kind: WorkKind::Sound,
        state,
        preview_type: preview.then(|| "text/plain".into()),
        form: Vec::new(),
        version_of: version.then_some(Hash([1; 32])),
        content: published.then_some(ContentId([1; 16])),
    };
    let it = drafts::Shown {
        no: [0; 16],
        draft: &draft,
        form: &Form::fresh("Night Ferry.flac"),
        job,
        wrong,
        income: Some((
            Income {
                price: yen(1_200),
                tax: yen(109),
                shop: yen(109),
                sale: yen(982),
                sales: yen(98_200),
                fares: yen(10_000),
                all: yen(108_200),
            },
            yen(100),
        )),
        currency: "JPY".into(),
        has_home: said != "no-home",
        said,
        csrf: "form",
        now: NOW,
    };
    drafts::draw(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn sales(lang: Lang, full: bool) -> Drawn {
    let period = money::Period {
        from: "2026-10-21".into(),
        until: "2026-11-20".into(),
        span: (Moment(0), NOW),
        buyer: (!full).then_some([7; 16]),
        content: None,
    };
    let mut all = if full { vec![sale(1), sale(2)] } else { Vec::new() };
    if let Some((deal, last)) = all.last_mut() {
        last.refunded = Some(party::shop::Refunded {
            deal: *deal,
            amount: yen(1_200),
            at: NOW,
        });
    }
    money::draw_sales(&sign(), &Visit::told(lang), None, &minato(), &period, &all)
}

fn payouts(lang: Lang, full: bool, keys: bool, refused: bool) -> Drawn {
    let visit = Visit::told(lang);
    let payout = |state| Payout {
        amount: yen(171_950),
        state,
    };
    let all = vec![
        (NOW, payout(PayoutState::Asked)),
        (NOW, payout(PayoutState::Taken)),
        (NOW, payout(PayoutState::Waiting("payout-not-covered".into()))),
        (NOW, payout(PayoutState::Paid(NOW))),
    ];
    let it = money::Payouts {
        statement: if full {
            statement(20_400, 16_694)
        } else {
            statement(0, 0)
        },
        payouts: if full { all } else { Vec::new() },
        may_order: keys,
        note: refused.then(|| {
            visit
                .words
                .console_payout_no(face::Sum(yen(30_000)), face::Sum(yen(20_400)))
        }),
        id: TransferId([1; 16]),
        csrf: "form",
    };
    money::draw_payouts(&sign(), &visit, None, &minato(), it)
}

/// The bank refused, for each of its reasons, and the money can be paid out again.
fn payouts_returned(lang: Lang) -> Drawn {
    let all = [WhyNot::NoAccount, WhyNot::NotCovered, WhyNot::Amount];
    let row = |why| Payout {
        amount: yen(9_600),
        state: PayoutState::Returned(why),
    };
    let it = money::Payouts {
        statement: statement(20_400, 16_694),
        payouts: all.into_iter().map(|why| (NOW, row(why))).collect(),
        may_order: true,
        note: None,
        id: TransferId([1; 16]),
        csrf: "form",
    };
    money::draw_payouts(&sign(), &Visit::told(lang), None, &minato(), it)
}

fn fares_elsewhere(lang: Lang) -> Drawn {
    fares::draw_elsewhere(&sign(), &Visit::told(lang), None, &minato())
}

fn spring() -> party::shop::Vouchers {
    let yen = |n: i64| units::Money::new(n, units::Currency::JPY).unwrap_or(units::Money::zero(units::Currency::JPY));
    party::shop::Vouchers {
        kind: deal::ValueKind::Coupon,
        worth: yen(300),
        offer: None,
        until: Some(NOW.plus(units::Span::days(90))),
        label: "Spring at the harbour".to_owned(),
        count: 200,
        taken: 41,
        spent: 12,
        by: None,
        at: NOW,
        ended: false,
    }
}

fn vouchers_of(lang: Lang, some: bool, would: bool, refused: Option<&str>) -> Drawn {
    let made = [([1; 16], spring())];
    let would_be = spring();
    let it = vouchers::Shown {
        made: if some { &made } else { &[] },
        offers: &[(OfferNo(1_000_001), "Night Ferry".to_owned())],
        refused: refused.map(str::to_owned),
        would: would.then_some(&would_be),
        typed: &crate::forms::Fields::default(),
        csrf: Some("story"),
        no: [0; 16],
    };
    vouchers::draw(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn sheet_of(lang: Lang) -> Drawn {
    let codes = ["0123-4567-89AB-CDEF".to_owned(), "GHJK-MNPQ-RSTV-WXYZ".to_owned()];
    let it = vouchers::Sheet {
        made: &spring(),
        codes: &codes,
    };
    vouchers::draw_sheet(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn rebates_of(lang: Lang, some: bool, refused: Option<&str>) -> Drawn {
    let yen = |n: i64| units::Money::new(n, units::Currency::JPY).unwrap_or(units::Money::zero(units::Currency::JPY));
    let one = |path, permille, kind, label: &str| party::collector::Rebate {
        path,
        permille,
        most: yen(50),
        kind,
        label: label.to_owned(),
    };
    use party::collector::{Path, RebateKind};
    let rebates = vec![
        one(Path::Shop, 100, RebateKind::Coupon, "Thanks for bringing fares home"),
        one(Path::Kiosk, 50, RebateKind::Credit, "Kiosk bonus"),
    ];
    let it = rebates::Shown {
        rebates: if some { rebates } else { Vec::new() },
        currency: units::Currency::JPY,
        refused: refused.map(str::to_owned),
        typed: &crate::forms::Fields::default(),
        csrf: Some("story"),
    };
    rebates::draw(&sign(), &Visit::told(lang), None, &minato(), &it)
}

fn staff(lang: Lang, link: bool) -> Drawn {
    let person = |name: &str, role: &'static str, is_last_owner| people::Person {
        account: "00".into(),
        name: name.into(),
        role,
        is_last_owner,
    };
    let it = people::Shown {
        people: vec![
            person("aiko@minato.example", "owner", true),
            person("mako", "accountant", false),
        ],
        open: vec![("a".into(), "editor".into(), NOW)],
        link: link.then(|| ("http://localhost:7404/console/invited/abcdef".into(), NOW)),
        note: (!link).then(|| Visit::told(lang).words.console_people_last()),
        csrf: "form",
    };
    people::draw(&sign(), &Visit::told(lang), None, &minato(), it)
}

/// Keys: nothing yet; one, and another beside its new one; no name.
fn programs(lang: Lang, some: bool, new: bool, no: Option<ApiKeyRefused>) -> Drawn {
    let key = |name: &str, until, used| ApiKey {
        name: name.into(),
        since: NOW.less(units::Span::days(40)),
        until,
        used,
    };
    let keys = vec![
        (Hash([1; 32]), key("Bookkeeping", None, Some(NOW))),
        (Hash([2; 32]), key("Royalties", new.then_some(NOW), None)),
    ];
    let visit = Visit::told(lang);
    let it = keys::Shown {
        keys: if some { keys } else { Vec::new() },
        new: new.then(|| ("keyfare.00112233445566778899aabbccddeeff.Zm9ycnk".into(), Some(NOW))),
        refused: no.map(|no| visit.words.refused_why(no.code(), no.to_string())),
        csrf: "form",
        origin: "http://localhost:7404",
    };
    keys::draw(&sign(), &visit, None, &minato(), it)
}

fn hook_event(about: HookAbout, state: HookState, (tries, answer): (u32, Option<u16>)) -> (Moment, HookEvent) {
    let event = HookEvent {
        about,
        state,
        tries,
        answer,
    };
    (NOW.less(units::Span::minutes(u64::from(tries))), event)
}

/// An address that hears, and one that does not answer.
fn two_hooks() -> Vec<HookShown> {
    let since = NOW.less(units::Span::days(40));
    let one = |n: u8, address: &str, events| HookShown {
        id: [n; 16],
        hook: Hook::told(address, since),
        events,
    };
    let (deal, heard) = (DealId([1; 32]), HookState::Heard(NOW));
    let later = HookState::Waiting(NOW.plus(units::Span::minutes(40)));
    vec![
        one(
            1,
            "https://books.minato.example/keyfare",
            vec![
                hook_event(HookAbout::PayoutPaid(NOW, [1; 16]), heard, (1, Some(204))),
                hook_event(HookAbout::SaleMade(deal), heard, (2, Some(200))),
            ],
        ),
        one(
            2,
            "https://royalties.minato.example/told",
            vec![
                hook_event(HookAbout::Test, HookState::Waiting(NOW), (0, None)),
                hook_event(HookAbout::SaleRefunded(deal), later, (9, None)),
                hook_event(HookAbout::SaleMade(deal), HookState::GivenUp(NOW), (80, Some(500))),
            ],
        ),
    ]
}

/// Webhooks: none yet; two; the secret of a new one; an address that is refused.
fn webhooks(lang: Lang, some: bool, new: bool, no: Option<HookRefused>) -> Drawn {
    let visit = Visit::told(lang);
    let mut hooks = if some { two_hooks() } else { Vec::new() };
    if new {
        hooks = vec![HookShown {
            id: [3; 16],
            hook: Hook::told("https://books.minato.example/keyfare", NOW),
            events: Vec::new(),
        }];
    }
    let it = hooks::Shown {
        hooks,
        new: new.then(|| ("whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".into(), None)),
        sent: false,
        typed: if no.is_some() { "https://10.0.0.7/<b>" } else { "" },
        refused: no.map(|no| visit.words.refused_why(no.code(), no.to_string())),
        csrf: "form",
        now: NOW,
    };
    hooks::draw(&sign(), &visit, None, &minato(), it)
}

fn own(lang: Lang, full: bool) -> Drawn {
    let key = |label: &str, copied, last| settings::KeyLine {
        id: "k".into(),
        label: label.into(),
        since: NOW,
        copied,
        last,
    };
    let own = settings::Own {
        name: "aiko@minato.example".into(),
        csrf: "form".into(),
        keys: if full {
            vec![key("Phone", false, false), key("", true, false)]
        } else {
            vec![key("", false, true)]
        },
        second: full,
        codes: if full { 9 } else { 0 },
        sessions: 1,
    };
    let codes = if full {
        vec!["abcd-efgh-ijkl-mnop".to_owned(); 10]
    } else {
        Vec::new()
    };
    settings::draw(&sign(), &Visit::told(lang), None, &own, &codes, None)
}

fn account(lang: Lang, last: bool) -> Drawn {
    let about = signin::About {
        account: signin::Account {
            name: "aiko@minato.example".into(),
            since: NOW,
            closed: false,
            second_step: false,
        },
        password: true,
        codes: 9,
        passkeys: vec![("Phone".into(), NOW), (String::new(), NOW)],
        grants: Vec::new(),
        sessions: vec![(NOW, NOW, signin::Way::Passkey)],
    };
    let over = [("Minato Tape Works".to_owned(), "owner".to_owned())];
    let visit = Visit::told(lang);
    let note = last.then(|| visit.words.console_set_forget_last("Minato Tape Works"));
    account::draw(&sign(), &visit, None, (&about, &over), (note, "form"))
}

fn keeper(lang: Lang, full: bool, note: keeper::Note) -> Drawn {
    let mut one = sale(1).1;
    one.serial = Some(3);
    let waits = party::shop::WaitingLicense {
        deal: DealId([1; 32]),
        first: NOW,
        last: NOW,
        times: 2,
    };
    let salt = Whose {
        id: PartyId([3; 16]),
        name: "Salt Press".into(),
    };
    let it = keeper::Shown {
        publishers: if full {
            vec![(minato(), true, NOW), (salt, false, NOW)]
        } else {
            Vec::new()
        },
        waiting: if full {
            vec![("Quiet Harbour Books".into(), NOW, PartyId([4; 16]), vec![7; 180])]
        } else {
            Vec::new()
        },
        licenses: if full {
            vec![(units::LicenseId([9; 16]), waits, one)]
        } else {
            Vec::new()
        },
        link: matches!(note, keeper::Note::Done(_))
            .then(|| ("http://localhost:7404/console/invited/abcdef".into(), NOW)),
        note,
        csrf: "form",
    };
    keeper::draw(&sign(), &Visit::told(lang), None, it)
}

fn gone(lang: Lang, foreign: bool) -> Drawn {
    let no = if foreign {
        crate::forms::not_ours()
    } else {
        Problem::nothing_here()
    };
    super::frame::draw_refused(&sign(), &Visit::told(lang), None, &no)
}

macro_rules! stories {
    ($($name:literal: $page:literal, $state:literal => $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: |lang| { let draw: fn(Lang) -> Drawn = $draw; draw(lang) } },)*]
    };
}

/// All of them.
pub(crate) const STORIES: &[Story] = stories! {
    "enter": "Sign in", "usual" => |l| enter(l, &enter::Note::None);
    "enter-no-match": "Sign in", "name and password do not fit" => |l| enter(l, &enter::Note::NoMatch);
    "enter-slow": "Sign in", "too many tries" => |l| enter(l, &enter::Note::Slow(NOW));
    "enter-ended": "Sign in", "signed out" => |l| enter(l, &enter::Note::Ended);
    "enter-gone": "Sign in", "account deleted" => |l| enter(l, &enter::Note::Gone);
    "second": "Sign in", "second step" => |l| second(l, &enter::Note::None);
    "second-no": "Sign in", "wrong recovery code" => |l| second(l, &enter::Note::BadCode);
    "invited": "Invitation", "owner" => |l| invite(l, Some("owner"), "");
    "invited-accountant": "Invitation", "accountant" => |l| invite(l, Some("accountant"), "");
    "invited-own": "Invitation", "signed in already" => |l| invite(l, Some("editor"), "own");
    "invited-weak": "Invitation", "password refused" => |l| invite(l, Some("editor"), "password-short");
    "invited-gone": "Invitation", "used or ended" => |l| invite(l, None, "");
    "front": "Front", "publishers" => |l| front(l, true, false);
    "front-failed": "Front", "somebody tried" => |l| front(l, true, true);
    "front-none": "Front", "no role" => |l| front(l, false, false);
    "overview": "Overview", "usual" => |l| overview(l, true, true);
    "overview-empty": "Overview", "nothing yet" => |l| overview(l, false, true);
    "overview-own-keys": "Overview", "keys elsewhere" => |l| overview(l, true, false);
    "works": "Works", "usual" => |l| list(l, true);
    "works-empty": "Works", "empty" => |l| list(l, false);
    "work": "Work", "on sale" => |l| one(l, true, "restored");
    "work-withdrawn": "Work", "withdrawn" => |l| one(l, false, "withdrawn");
    "work-edition": "Work", "some of an edition left" => |l| edition(l, 61);
    "work-sold-out": "Work", "an edition is sold out" => |l| edition(l, 0);
    "offer-added": "Work", "an offer was added" => |l| one(l, true, "offer-added");
    "offer-new": "Offer", "another one" => |l| offer(l, None, None);
    "offer-change": "Offer", "other terms" => |l| offer(l, Some(OfferNo(1_000_000)), None);
    "offer-wrong": "Offer", "a price that is none" => |l| offer(l, None, Some(Wrong::Price));
    "media": "Media", "media have paid" => |l| pressed(l, true, None, false);
    "media-none": "Media", "no offer is sold against media" => |l| pressed(l, false, None, false);
    "media-taken": "Media", "a batch was brought" => |l| pressed(l, true, Some(true), false);
    "rebates": "Rebates", "for two ways" => |l| rebates_of(l, true, None);
    "rebates-none": "Rebates", "nothing comes back" => |l| rebates_of(l, false, None);
    "rebates-no": "Rebates", "more than half of a fare" => |l| rebates_of(l, true, Some("rebate-share"));
    "fares-elsewhere": "Fares", "collected by a collector of his own" => |l| fares_elsewhere(l);
    "vouchers": "Vouchers", "some are out" => |l| vouchers_of(l, true, false, None);
    "vouchers-none": "Vouchers", "none were made" => |l| vouchers_of(l, false, false, None);
    "vouchers-sure": "Vouchers", "told before they are made" => |l| vouchers_of(l, true, true, None);
    "vouchers-no": "Vouchers", "more than a price" => |l| vouchers_of(l, false, false, Some("vouchers-part"));
    "vouchers-sheet": "Vouchers", "a sheet of codes" => sheet_of;
    "media-ordered": "Media", "ordered for the press" => |l| pressed(l, true, None, true);
    "media-no": "Media", "of another work" => |l| pressed(l, true, Some(false), false);
    "upload": "Publish", "choose a file" => |l| to_upload(l, "", false);
    "upload-version": "Publish", "a new version" => |l| to_upload(l, "", true);
    "upload-long": "Publish", "file too long" => |l| to_upload(l, "draft-file-long", false);
    "upload-empty": "Publish", "file empty" => |l| to_upload(l, "draft-file-empty", false);
    "upload-broken": "Publish", "broke off" => |l| to_upload(l, "draft-broken", false);
    "upload-many": "Publish", "too many drafts" => |l| to_upload(l, "draft-too-many", false);
    "draft-reading": "Draft", "being looked at" => |l| draft(l, DraftState::Reading, None, None, "", false);
    "draft": "Draft", "ready" => |l| draft(l, DraftState::Ready, None, None, "kept", false);
    "draft-no-home": "Draft", "nobody collects its fares" => |l| draft(l, DraftState::Ready, None, None, "no-home", false);
    "draft-version": "Draft", "a new version" => |l| draft(l, DraftState::Ready, None, None, "", true);
    "draft-no-preview": "Draft", "no preview" => |l| draft(l, DraftState::NoPreview("preview-to-be-supplied".into()), None, None, "bad-preview", false);
    "draft-no-ffmpeg": "Draft", "no preview for want of ffmpeg" => |l| draft(l, DraftState::NoPreview("preview-needs-ffmpeg".into()), None, None, "", false);
    "draft-wrong": "Draft", "something to be put right" => |l| draft(l, DraftState::Ready, None, Some(Wrong::Price), "", false);
    "draft-no-centre": "Draft", "no support centre" => |l| draft(l, DraftState::Ready, None, Some(Wrong::Centre), "", false);
    "draft-no-keys": "Draft", "keys elsewhere" => |l| draft(l, DraftState::Ready, None, Some(Wrong::Keys), "", false);
    "draft-publishing": "Draft", "being sealed" => |l| draft(l, DraftState::Publishing, Some(Job::Publishing(62)), None, "", false);
    "draft-failed": "Draft", "did not work" => |l| draft(l, DraftState::Failed("upload-busy".into(), "16 packages are arriving already; send it again in a moment".into()), None, None, "", false);
    "draft-published": "Draft", "on sale" => |l| draft(l, DraftState::Published, None, None, "", false);
    "sales": "Sales", "usual" => |l| sales(l, true);
    "sales-empty": "Sales", "none in the period" => |l| sales(l, false);
    "payouts": "Pay-outs", "usual" => |l| payouts(l, true, true, false);
    "payouts-refused": "Pay-outs", "too much asked" => |l| payouts(l, true, true, true);
    "payouts-returned": "Pay-outs", "the bank refused" => payouts_returned;
    "payouts-own-keys": "Pay-outs", "keys elsewhere" => |l| payouts(l, true, false, false);
    "payouts-empty": "Pay-outs", "nothing yet" => |l| payouts(l, false, true, false);
    "people": "People", "the last owner" => |l| staff(l, false);
    "people-invited": "People", "invited" => |l| staff(l, true);
    "keys": "Keys", "two programs" => |l| programs(l, true, false, None);
    "keys-none": "Keys", "nothing yet" => |l| programs(l, false, false, None);
    "keys-rotated": "Keys", "the old one stands for a day" => |l| programs(l, true, true, None);
    "keys-no": "Keys", "no name" => |l| programs(l, true, false, Some(ApiKeyRefused::Name));
    "hooks": "Webhooks", "two, one does not answer" => |l| webhooks(l, true, false, None);
    "hooks-none": "Webhooks", "nothing yet" => |l| webhooks(l, false, false, None);
    "hooks-new": "Webhooks", "just added" => |l| webhooks(l, false, true, None);
    "hooks-no": "Webhooks", "an address inside" => |l| webhooks(l, false, false, Some(HookRefused::Address));
    "settings": "Settings", "usual" => |l| own(l, false);
    "settings-codes": "Settings", "new codes" => |l| own(l, true);
    "account": "Account", "what is stored" => |l| account(l, false);
    "account-last": "Account", "the last owner" => |l| account(l, true);
    "keeper": "This shop", "usual" => |l| keeper(l, true, keeper::Note::None);
    "keeper-empty": "This shop", "nothing yet" => |l| keeper(l, false, keeper::Note::None);
    "keeper-done": "This shop", "taken in" => |l| keeper(l, true, keeper::Note::Done("Minato Tape Works".into()));
    "keeper-asked": "This shop", "the registry looks at it" => |l| keeper(l, true, keeper::Note::Asked("Salt Press".into()));
    "keeper-no-name": "This shop", "no name" => |l| keeper(l, false, keeper::Note::NoName);
    "keeper-no-certificate": "This shop", "no certificate" => |l| keeper(l, false, keeper::Note::NoCertificate);
    "keeper-allowed": "This shop", "a license let go" => |l| keeper(l, true, keeper::Note::Allowed);
    "keeper-left": "This shop", "a license left" => |l| keeper(l, false, keeper::Note::Left);
    "gone": "Refused", "nothing here" => |l| gone(l, false);
    "foreign-form": "Refused", "another page's form" => |l| gone(l, true);
};

/// The list.
pub(super) async fn stories(State(shop): State<Arc<Stall>>, visit: Visit) -> Response {
    if !shop.sign.dev {
        return refused(&shop.sign, &visit, None, &Problem::nothing_here());
    }
    let page = page(&shop.sign, &visit, None, None, At::Elsewhere);
    answer(
        face::stories(&page, &visit.to("/console/stories"), STORIES),
        StatusCode::OK,
    )
}

/// One of them.
pub(super) async fn story(State(shop): State<Arc<Stall>>, visit: Visit, Path(name): Path<String>) -> Response {
    told(STORIES, &name, shop.sign.dev, &visit)
        .unwrap_or_else(|| refused(&shop.sign, &visit, None, &Problem::nothing_here()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: row-93
    #[test]
    fn every_story_is_told_in_both_languages_and_runs_no_script_but_the_consoles() {
        for story in STORIES {
            for lang in Lang::ALL {
                let html = (story.draw)(lang).unwrap();
                assert!(html.contains(&format!("<html lang=\"{}\">", lang.tag())), "{story:?}");
                let script = format!(
                    "<script src=\"/console/script.js\" integrity=\"{}\" defer></script>",
                    crate::ways::integrity()
                );
                let own = html.replace(&script, "");
                assert!(
                    !own.contains("<script") && !own.contains(" style=") && !own.contains("<b>"),
                    "{story:?}"
                );
                assert!(!own.contains(" onclick") && !own.contains("javascript:"), "{story:?}");
            }
        }
        let names: std::collections::BTreeSet<_> = STORIES.iter().map(|story| story.name).collect();
        assert_eq!(names.len(), STORIES.len());
    }

    fn asks(drawn: Drawn) -> bool {
        drawn.expect("a page").contains("name=\"do\"")
    }

    /// A job writes what it found before it leaves: until then a form would be sent in vain.
    #[test]
    fn a_draft_asks_nothing_while_a_job_holds_it() {
        for state in [DraftState::Ready, DraftState::Failed("a".into(), "b".into())] {
            for job in [Job::Reading, Job::Publishing(100)] {
                assert!(
                    !asks(draft(Lang::En, state.clone(), Some(job), None, "", false)),
                    "{state:?} {job:?}"
                );
            }
            assert!(asks(draft(Lang::En, state.clone(), None, None, "", false)), "{state:?}");
        }
    }
}
