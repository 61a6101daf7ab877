//! Drawn: the approver's pages from their figures. What a purchase's page says is computed from the seller's signed bytes.

use approver::{Account as Standing, Denied, Dispute, End, Issued, Line, Means, RequestId, Shown, State, UserId};
use askama::Template;
use face::{Clock, Here, Page, Said, ShortDay, Sum};
use units::{ApprovalId, Moment, Money};

use super::Sign;
use crate::pages::Visit;

type Drawn = Result<String, askama::Error>;

/// The frame of a page.
pub(super) fn frame(sign: &Sign, visit: &Visit, signed_in: bool) -> Page {
    let words = visit.words;
    let nav = if signed_in {
        vec![Here::new(visit.to("/"), words.approval_account(), false)]
    } else {
        vec![Here::new(visit.to("/sign-in"), words.approval_enter(), false)]
    };
    Page {
        words,
        name: sign.name.clone(),
        home: visit.to("/"),
        nav_name: words.approval_nav(),
        nav,
        elsewhere: visit.elsewhere(),
        ours: false,
        foot: words.approval_foot(),
        foot_links: Vec::new(),
        dev: sign.dev,
    }
}

/// What the page for signing in says above its form.
pub(super) enum EnterNote {
    None,
    NoMatch,
    Slow(Moment),
}

#[derive(Template)]
#[template(path = "approver/enter.html")]
struct EnterPage<'a> {
    page: &'a Page,
    lead: Said,
    note: Option<(Said, Said)>,
    amount: Option<Sum>,
    action: String,
}

/// The page for signing in.
pub(super) fn enter(
    sign: &Sign,
    visit: &Visit,
    waiting: Option<RequestId>,
    amount: Option<Money>,
    note: &EnterNote,
) -> Drawn {
    let words = visit.words;
    EnterPage {
        page: &frame(sign, visit, false),
        lead: if waiting.is_some() {
            words.approval_enter_lead_ask()
        } else {
            words.approval_enter_lead()
        },
        note: match note {
            EnterNote::None => None,
            EnterNote::NoMatch => Some((words.approval_no_match(), words.approval_no_match_text())),
            EnterNote::Slow(until) => Some((words.approval_slow(), words.approval_slow_text(Clock(*until)))),
        },
        amount: amount.map(Sum),
        action: match waiting {
            Some(id) => visit.to(&format!("/sign-in?for={id}")),
            None => visit.to("/sign-in"),
        },
    }
    .render()
}

/// A purchase and where it stands.
pub(super) enum Ask<'a> {
    Waiting {
        csrf: &'a str,
        id: RequestId,
        standing: Standing,
        failed: u64,
    },
    Asking(RequestId),
    Approved,
    Denied(Denied),
    Declined,
    Gone,
}

struct Facts {
    amount: Said,
    seller: String,
    kind: Said,
    until: Said,
    code: String,
    learns: Said,
}

struct Choice {
    word: &'static str,
    text: Said,
    free: Said,
    chosen: bool,
    fits: bool,
}

struct Form<'a> {
    action: String,
    csrf: &'a str,
    yes: Said,
    means: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "approver/ask.html")]
struct AskPage<'a> {
    page: &'a Page,
    heading: Said,
    note: Option<(&'static str, &'static str, Said)>,
    facts: Option<Facts>,
    form: Option<Form<'a>>,
    waits: bool,
    again: String,
    account: String,
}

fn kind(visit: &Visit, what: &str) -> Said {
    let words = visit.words;
    match what {
        "text" => words.approval_kind_text(),
        "picture" => words.approval_kind_picture(),
        "sound" => words.approval_kind_sound(),
        "video" => words.approval_kind_video(),
        "program" => words.approval_kind_program(),
        _ => words.approval_kind_mixed(),
    }
}

fn facts(visit: &Visit, shown: &Shown) -> Facts {
    let words = visit.words;
    Facts {
        amount: words.show(Sum(shown.amount)),
        seller: shown.seller.clone(),
        kind: kind(visit, &shown.what),
        until: words.show(Clock(shown.until)),
        code: shown.code.clone(),
        learns: if shown.knows_again {
            words.approval_seller_knows_again(shown.seller.as_str())
        } else {
            words.approval_seller_learns_nothing(shown.seller.as_str())
        },
    }
}

/// The ways to pay, those that cover the amount first among equals; the first that fits is chosen.
fn choices(visit: &Visit, standing: &Standing, amount: Money) -> Vec<Choice> {
    let words = visit.words;
    let mut chosen = false;
    let ways = [
        (Means::Credit, words.approval_means_credit(), standing.room),
        (Means::Value, words.approval_means_value(), standing.value),
        (Means::Points, words.approval_means_points(), standing.points),
    ];
    ways.into_iter()
        .map(|(means, text, free)| {
            let fits = free >= amount;
            let first = fits && !chosen;
            chosen |= fits;
            Choice {
                word: means.word(),
                text,
                free: words.approval_free(Sum(free)),
                chosen: first,
                fits,
            }
        })
        .collect()
}

/// The page of one purchase.
pub(super) fn ask(sign: &Sign, visit: &Visit, shown: Option<&Shown>, ask: &Ask<'_>) -> Drawn {
    let words = visit.words;
    let amount = shown.map(|shown| shown.amount);
    let heading = match (ask, amount) {
        (Ask::Waiting { .. }, Some(amount)) => words.approval_ask(Sum(amount)),
        (Ask::Asking(_), _) => words.approval_asking(),
        (Ask::Approved, Some(amount)) => words.approval_done(Sum(amount)),
        (Ask::Denied(_) | Ask::Declined, _) => words.approval_denied(),
        _ => words.approval_gone(),
    };
    let note = match ask {
        Ask::Waiting { failed: 0, .. } => None,
        Ask::Waiting { failed, .. } => Some(("", "info", words.approval_failed(*failed))),
        Ask::Asking(_) => Some(("", "wait", words.approval_asking_text())),
        Ask::Approved => Some(("good", "tick", words.approval_done_text())),
        Ask::Denied(Denied::Limit) => Some(("", "stop", words.approval_denied_limit())),
        Ask::Denied(Denied::Decision) => Some(("", "stop", words.approval_denied_decision())),
        Ask::Denied(Denied::Later) => Some(("", "clock", words.approval_denied_later())),
        Ask::Declined => Some(("", "stop", words.approval_declined())),
        Ask::Gone => Some(("", "clock", words.approval_gone_text())),
    };
    let form = match (ask, amount) {
        (Ask::Waiting { csrf, id, standing, .. }, Some(amount)) => Some(Form {
            action: visit.to(&format!("/approve/{id}")),
            csrf,
            yes: words.approval_yes(Sum(amount)),
            means: choices(visit, standing, amount),
        }),
        _ => None,
    };
    let waits = matches!(ask, Ask::Asking(_));
    AskPage {
        page: &frame(sign, visit, true),
        heading,
        note,
        facts: shown.map(|shown| facts(visit, shown)),
        form,
        waits,
        again: match ask {
            Ask::Asking(id) => visit.to(&format!("/approve/{id}")),
            _ => String::new(),
        },
        account: visit.to("/"),
    }
    .render()
}

/// What the account's page is drawn from.
pub(super) struct Account<'a> {
    pub(super) csrf: &'a str,
    pub(super) standing: Standing,
    pub(super) single: Option<Money>,
    pub(super) lines: &'a [(String, Line)],
    pub(super) disputed: &'a [ApprovalId],
    pub(super) failed: u64,
    pub(super) said: &'a str,
}

struct Row {
    id: String,
    kind: Said,
    seller: String,
    at: Said,
    amount: Said,
    state: Option<Said>,
    can_cancel: bool,
    can_dispute: bool,
}

#[derive(Template)]
#[template(path = "approver/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    note: Option<(Said, Said)>,
    figures: Vec<(Said, Said)>,
    open: Vec<Row>,
    past: Vec<Row>,
    base: String,
    csrf: &'a str,
    single: String,
    sign_out: String,
}

fn state(visit: &Visit, issued: &Issued) -> Option<Said> {
    let words = visit.words;
    match issued.state {
        _ if issued.refunded.is_some() => Some(words.approval_state_refunded()),
        State::Open => None,
        State::Permitted(_) => Some(words.approval_state_permitted()),
        State::Charged(..) => Some(words.approval_state_charged()),
        State::Ended(End::Expired, _) => Some(words.approval_state_expired()),
        State::Ended(End::Cancelled, _) => Some(words.approval_state_cancelled()),
        State::Ended(End::Abandoned, _) => Some(words.approval_state_abandoned()),
    }
}

/// The account: figures, open approvals, what was used.
pub(super) fn account(sign: &Sign, visit: &Visit, of: &Account<'_>) -> Drawn {
    let words = visit.words;
    let row = |(seller, line): &(String, Line)| Row {
        id: line.id.to_string(),
        kind: kind(visit, &line.issued.what),
        seller: seller.clone(),
        at: words.show(ShortDay(line.issued.at)),
        amount: words.show(Sum(line.issued.approval.amount)),
        state: state(visit, &line.issued),
        can_cancel: line.issued.state == State::Open,
        can_dispute: line.issued.charged.is_some() && line.issued.refunded.is_none() && !of.disputed.contains(&line.id),
    };
    let (open, past): (Vec<_>, Vec<_>) = of.lines.iter().partition(|(_, line)| line.issued.holds());
    let s = &of.standing;
    let figures = [
        (words.approval_room(), s.room),
        (words.approval_limit(), s.limit),
        (words.approval_held(), s.held),
        (words.approval_owed(), s.owed),
        (words.approval_value(), s.value),
        (words.approval_points(), s.points),
    ];
    let note = match (of.failed, of.said) {
        (0, "cancelled") => Some((words.approval_cancelled(), Said::default())),
        (0, "disputed") => Some((words.approval_disputed(), Said::default())),
        (0, "single") => Some((words.approval_single_set(), Said::default())),
        (0, _) => None,
        (failed, _) => Some((words.approval_failed(failed), words.approval_failed_text())),
    };
    AccountPage {
        page: &frame(sign, visit, true),
        note,
        figures: figures
            .into_iter()
            .map(|(term, sum)| (term, words.show(Sum(sum))))
            .collect(),
        open: open.into_iter().map(row).collect(),
        past: past.into_iter().map(row).collect(),
        base: visit.base.to_owned(),
        csrf: of.csrf,
        single: of.single.map(|most| most.minor().to_string()).unwrap_or_default(),
        sign_out: visit.to("/sign-out"),
    }
    .render()
}

/// What the console's page is drawn from.
pub(super) struct Desk<'a> {
    pub(super) alarm: Option<(u32, Money, Moment)>,
    pub(super) disputes: &'a [(ApprovalId, Dispute, Issued)],
    pub(super) users: &'a [(UserId, Standing)],
    pub(super) figures: &'a [(String, i64)],
    pub(super) refused: Option<String>,
}

struct DeskUser {
    id: String,
    short: String,
    owed: Said,
    held: Said,
    limit: String,
}

#[derive(Template)]
#[template(path = "approver/desk.html")]
struct DeskPage<'a> {
    page: &'a Page,
    alarm: Option<Said>,
    refused: Option<String>,
    disputes: Vec<Row>,
    users: Vec<DeskUser>,
    figures: Vec<(String, String)>,
    base: String,
}

/// The console for the approver's people. It knows users by their numbers.
pub(super) fn desk(sign: &Sign, visit: &Visit, of: &Desk<'_>) -> Drawn {
    let words = visit.words;
    let disputes = of.disputes.iter().map(|(id, dispute, issued)| Row {
        id: id.to_string(),
        kind: kind(visit, &issued.what),
        seller: String::new(),
        at: words.show(ShortDay(dispute.at)),
        amount: words.show(Sum(issued.approval.amount)),
        state: None,
        can_cancel: false,
        can_dispute: false,
    });
    let users = of.users.iter().map(|(id, standing)| DeskUser {
        id: id.to_string(),
        short: id.to_string().chars().take(8).collect(),
        owed: words.show(Sum(standing.owed)),
        held: words.show(Sum(standing.held)),
        limit: standing.limit.minor().to_string(),
    });
    DeskPage {
        page: &frame(sign, visit, false),
        alarm: of
            .alarm
            .map(|(count, sum, since)| words.approval_desk_alarm_text(Sum(sum), u64::from(count), Clock(since))),
        refused: of.refused.clone(),
        disputes: disputes.collect(),
        users: users.collect(),
        figures: of
            .figures
            .iter()
            .map(|(name, sum)| (name.clone(), sum.to_string()))
            .collect(),
        base: visit.to("/desk"),
    }
    .render()
}
