//! Drawn: the approver's pages from their figures. What a purchase's page says is computed from the seller's signed bytes.

use approver::{Account as Standing, Denied, Dispute, End, Issued, Line, Means, RequestId, Shown, State, UserId};
use askama::Template;
use face::{Clock, Here, Page, Said, ShortDay, Sum};
use units::{ApprovalId, Currency, Moment, Money, PartyId};

use super::{Sign, desk::Clerk};
use crate::{
    pages::Visit,
    ways::{self, Own, Whither},
};

type Drawn = Result<String, askama::Error>;

/// The pages that the navigation of somebody signed in knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Not signed in.
    Outside,
    /// The account.
    Account,
    /// The ways in.
    Own,
    /// The console of the approver's people.
    Desk,
    /// A page of its own.
    Elsewhere,
}

/// The frame of a page.
pub(super) fn frame(sign: &Sign, visit: &Visit, at: At) -> Page {
    let words = visit.words;
    let nav = match at {
        At::Outside => vec![Here::new(visit.to("/sign-in"), words.approval_enter(), false)],
        At::Desk => vec![Here::new(visit.to("/desk"), words.approval_desk(), true)],
        At::Account | At::Own | At::Elsewhere => vec![
            Here::new(visit.to("/"), words.approval_account(), at == At::Account),
            Here::new(visit.to("/you"), words.console_settings(), at == At::Own),
        ],
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
        foot_links: vec![Here::new(visit.to("/data"), words.care_name(), false)],
        dev: sign.dev,
    }
}

/// What a page for signing in says above its form.
pub(super) enum EnterNote {
    None,
    NoMatch,
    Slow(Moment),
    Ended,
    /// The account was deleted at its owner's wish.
    Gone,
}

impl EnterNote {
    fn said(&self, visit: &Visit) -> Option<(Said, Said)> {
        let words = visit.words;
        match self {
            Self::None => None,
            Self::NoMatch => Some((words.approval_no_match(), words.approval_no_match_text())),
            Self::Slow(until) => Some((words.approval_slow(), words.approval_slow_text(Clock(*until)))),
            Self::Ended => Some((words.console_ended(), Said::default())),
            Self::Gone => Some((words.console_gone(), Said::default())),
        }
    }
}

#[derive(Template)]
#[template(path = "approver/enter.html")]
struct EnterPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Said,
    note: Option<(Said, Said)>,
    amount: Option<Sum>,
    action: String,
    /// Where the script asks and answers.
    at: String,
    script: String,
    by_key: Said,
    button: Said,
    csrf: &'a str,
    /// The purchase that waits.
    waiting: String,
    asks_name: bool,
    asks_password: bool,
    asks_code: bool,
    sign_out: Option<String>,
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
        page: &frame(sign, visit, At::Outside),
        heading: words.approval_enter(),
        lead: if waiting.is_some() {
            words.approval_enter_lead_ask()
        } else {
            words.approval_enter_lead()
        },
        note: note.said(visit),
        amount: amount.map(Sum),
        action: match waiting {
            Some(id) => visit.to(&format!("/sign-in?for={id}")),
            None => visit.to("/sign-in"),
        },
        at: visit.to("/sign-in"),
        script: visit.to("/passkeys.js"),
        by_key: words.console_enter_key(),
        button: words.approval_enter_do(),
        csrf: "",
        waiting: waiting.map(|id| id.to_string()).unwrap_or_default(),
        asks_name: true,
        asks_password: true,
        asks_code: false,
        sign_out: None,
    }
    .render()
}

/// A further step of signing in.
pub(super) enum Step<'a> {
    /// The second, for those who asked for one.
    Second {
        csrf: &'a str,
        waiting: Option<RequestId>,
        wrong: bool,
    },
    /// Once more, before what is dear.
    Again { csrf: &'a str, note: &'a EnterNote },
}

/// The page of a further step.
pub(super) fn step(sign: &Sign, visit: &Visit, step: &Step<'_>) -> Drawn {
    let words = visit.words;
    let (path, csrf, is_second) = match step {
        Step::Second { csrf, .. } => ("/second", *csrf, true),
        Step::Again { csrf, .. } => ("/again", *csrf, false),
    };
    EnterPage {
        page: &frame(sign, visit, if is_second { At::Outside } else { At::Own }),
        heading: if is_second {
            words.console_second()
        } else {
            words.console_again()
        },
        lead: if is_second {
            words.console_second_lead()
        } else {
            words.approval_again_lead()
        },
        note: match step {
            Step::Second { wrong: true, .. } => Some((words.console_code_no(), Said::default())),
            Step::Second { .. } => None,
            Step::Again { note, .. } => note.said(visit),
        },
        amount: None,
        action: visit.to(path),
        at: visit.to(path),
        script: visit.to("/passkeys.js"),
        by_key: words.console_second_key(),
        button: if is_second {
            words.console_code_do()
        } else {
            words.console_again_do()
        },
        csrf,
        waiting: match step {
            Step::Second { waiting: Some(id), .. } => id.to_string(),
            _ => String::new(),
        },
        asks_name: false,
        asks_password: !is_second,
        asks_code: is_second,
        sign_out: Some(visit.to("/sign-out")),
    }
    .render()
}

/// The page of somebody's own ways in.
pub(super) fn own(sign: &Sign, visit: &Visit, own: &Own, codes: &[String], note: Option<Said>) -> Drawn {
    let to = Whither {
        base: "/you",
        sign_out: "/sign-out",
        script: "/passkeys.js",
        steps: true,
    };
    ways::draw(&frame(sign, visit, At::Own), visit, &to, own, codes, note)
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

pub(super) fn kind(visit: &Visit, what: &str) -> Said {
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
        page: &frame(sign, visit, At::Elsewhere),
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
    data: String,
    statement: String,
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
        State::Ended(End::Abandoned | End::Silent, _) => Some(words.approval_state_abandoned()),
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
        page: &frame(sign, visit, At::Account),
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
        data: visit.to("/you/data"),
        statement: visit.to("/statement"),
    }
    .render()
}

/// What the console's page is drawn from.
pub(super) struct Desk<'a> {
    pub(super) alarm: Option<(u32, Money, Moment)>,
    pub(super) disputes: &'a [(ApprovalId, Dispute, Issued)],
    /// What sellers were permitted and have said nothing of for too long.
    pub(super) silent: &'a [Issued],
    pub(super) users: &'a [(UserId, Standing)],
    /// Whom something is owed to.
    pub(super) sellers: &'a [(PartyId, String, Money)],
    /// What each form of this page is known by, so that it does nothing twice.
    pub(super) once: ApprovalId,
    pub(super) figures: &'a [(String, i64)],
    pub(super) currency: Currency,
    pub(super) refused: Option<String>,
    pub(super) clerk: &'a Clerk,
}

struct DeskUser {
    id: String,
    short: String,
    owed: Said,
    /// What is owed, as it is typed; empty for nothing.
    bill: String,
    held: Said,
    limit: String,
    /// The same for people's eyes.
    limit_said: Said,
}

struct DeskSeller {
    id: String,
    name: String,
    owed: Said,
    minor: i64,
}

#[derive(Template)]
#[template(path = "approver/desk.html")]
struct DeskPage<'a> {
    page: &'a Page,
    alarm: Option<Said>,
    refused: Option<String>,
    disputes: Vec<Row>,
    silent: Vec<Row>,
    users: Vec<DeskUser>,
    sellers: Vec<DeskSeller>,
    once: String,
    figures: Vec<(Said, Said)>,
    base: String,
    csrf: &'a str,
    limits: bool,
    decides: bool,
    sign_out: Option<String>,
}

/// A line of the books: counts are counts, everything else is money.
fn figure(visit: &Visit, name: &str, n: i64, currency: Currency) -> (Said, Said) {
    let words = visit.words;
    let counted = name.starts_with("approvals ");
    let value = if counted {
        Said::of(&n.to_string())
    } else {
        Money::new(n, currency).map_or_else(|_| Said::of(&n.to_string()), |sum| words.show(Sum(sum)))
    };
    (words.approval_desk_figure(name.replace(' ', "-").as_str()), value)
}

/// The console for the approver's people. It knows users by their numbers.
pub(super) fn desk(sign: &Sign, visit: &Visit, of: &Desk<'_>) -> Drawn {
    let words = visit.words;
    let row = |issued: &Issued, at| Row {
        id: issued.approval.id.to_string(),
        kind: kind(visit, &issued.what),
        seller: String::new(),
        at: words.show(ShortDay(at)),
        amount: words.show(Sum(issued.approval.amount)),
        state: None,
        can_cancel: false,
        can_dispute: false,
    };
    let disputes = of.disputes.iter().map(|(_, dispute, issued)| row(issued, dispute.at));
    let silent = of.silent.iter().map(|issued| row(issued, issued.approval.until));
    let users = of.users.iter().map(|(id, standing)| DeskUser {
        id: id.to_string(),
        short: id.to_string().chars().take(8).collect(),
        owed: words.show(Sum(standing.owed)),
        bill: if standing.owed.is_zero() {
            String::new()
        } else {
            standing.owed.minor().to_string()
        },
        held: words.show(Sum(standing.held)),
        limit: standing.limit.minor().to_string(),
        limit_said: words.show(Sum(standing.limit)),
    });
    let sellers = of.sellers.iter().map(|(id, name, owed)| DeskSeller {
        id: id.to_string(),
        name: name.clone(),
        owed: words.show(Sum(*owed)),
        minor: owed.minor(),
    });
    DeskPage {
        page: &frame(sign, visit, At::Desk),
        alarm: of
            .alarm
            .map(|(count, sum, since)| words.approval_desk_alarm_text(Sum(sum), u64::from(count), Clock(since))),
        refused: of.refused.clone(),
        disputes: disputes.collect(),
        silent: silent.collect(),
        users: users.collect(),
        sellers: sellers.collect(),
        once: of.once.to_string(),
        figures: of
            .figures
            .iter()
            .map(|(name, sum)| figure(visit, name, *sum, of.currency))
            .collect(),
        base: visit.to("/desk"),
        csrf: of.clerk.csrf.as_deref().unwrap_or_default(),
        limits: of.clerk.limits,
        decides: of.clerk.disputes,
        sign_out: of.clerk.csrf.is_some().then(|| visit.to("/sign-out")),
    }
    .render()
}
