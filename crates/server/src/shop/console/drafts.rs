//! Drafts: a file with what is to be said about it, until it is on sale.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form as Posted,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use face::{Bytes as Size, Clock, Key, Page, Permille, Said, Sum, Teeth};
use party::shop::{Deed, Draft, DraftNo, DraftState, Income};
use store::Fault;
use units::Money;

use super::{
    form::{Form, Wrong},
    frame::{At, Whose, on, page as frame, shown, shown_as, told},
    jobs::{self, Job, NotYet},
    staff::Staff,
};
use crate::{
    content::{
        preview as previews,
        send::{Held, Label, send},
    },
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// A choice of a form.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) text: Said,
    pub(super) more: Option<Said>,
    pub(super) chosen: bool,
}

/// What the buyer will see of it.
struct Seen {
    price: Said,
    key: Option<Key>,
    line: Said,
}

/// The example, in lines.
struct Example {
    one: Vec<(Said, Said)>,
    sales: (Said, Said),
    fares: Option<(Said, Said)>,
    all: Said,
}

#[derive(Template)]
#[template(path = "console/draft.html")]
struct DraftPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Option<Said>,
    /// "reading", "publishing", "published", "failed", "" (the form).
    stage: &'static str,
    /// Looks again by itself; not in a story.
    refreshes: bool,
    percent: u8,
    publishing: Said,
    status: Said,
    file_name: &'a str,
    file: Said,
    preview: Option<Preview>,
    /// There is none: what to do, and why.
    no_preview: Option<(Said, Said)>,
    bad_preview: Option<Said>,
    wrong: Option<Said>,
    no_home: Option<Said>,
    failed: Option<(&'a str, &'a str)>,
    kept: Option<Said>,
    form: &'a Form,
    is_version: bool,
    shares: Vec<Choice>,
    modes: Vec<Choice>,
    routes: Vec<Choice>,
    currency: String,
    seen: Option<Seen>,
    example: Option<Example>,
    action: String,
    back: String,
    link: Option<String>,
    csrf: &'a str,
    script: String,
}

struct Preview {
    src: String,
    kind: &'static str,
    name: Said,
}

/// What the page of a draft shows.
pub(super) struct Shown<'a> {
    pub(super) no: DraftNo,
    pub(super) draft: &'a Draft,
    pub(super) form: &'a Form,
    pub(super) job: Option<Job>,
    pub(super) wrong: Option<Wrong>,
    pub(super) income: Option<(Income, Money)>,
    pub(super) currency: String,
    /// Is there somebody who collects this publisher's fares?
    pub(super) has_home: bool,
    pub(super) said: &'a str,
    pub(super) csrf: &'a str,
    pub(super) now: units::Moment,
}

fn choices(list: &[(&'static str, Said, Option<Said>)], chosen: &str) -> Vec<Choice> {
    let one = |(value, text, more): &(&'static str, Said, Option<Said>)| Choice {
        value,
        text: text.clone(),
        more: more.clone(),
        chosen: *value == chosen,
    };
    list.iter().map(one).collect()
}

/// What is wrong with a form, in words.
pub(super) fn wrong_said(words: face::Words, wrong: Wrong, currency: &str) -> Said {
    match wrong {
        Wrong::Title => words.console_wrong_title(),
        Wrong::Price => words.console_wrong_price(currency),
        Wrong::Fare => words.console_wrong_fare(currency),
        Wrong::Number => words.console_wrong_number(),
        Wrong::Centre => words.console_wrong_centre(),
        Wrong::Keys => words.console_wrong_keys(),
        Wrong::Credits => words.console_wrong_credits(),
    }
}

/// How much of a work a license plays.
pub(super) fn share_choices(words: face::Words, form: &Form) -> Vec<Choice> {
    choices(
        &[
            ("whole", words.console_share_whole(), None),
            ("most", words.console_share_most(), None),
            ("tenth", words.console_share_tenth(), None),
        ],
        form.get("share"),
    )
}

/// What a friend may get.
pub(super) fn mode_choices(words: face::Words, form: &Form) -> Vec<Choice> {
    choices(
        &[
            ("copy", words.console_mode_copy(), Some(words.console_mode_copy_text())),
            (
                "locked",
                words.console_mode_locked(),
                Some(words.console_mode_locked_text()),
            ),
            ("move", words.console_mode_move(), Some(words.console_mode_move_text())),
            ("none", words.console_mode_none(), Some(words.console_mode_none_text())),
        ],
        form.get("mode"),
    )
}

/// How fares travel.
pub(super) fn route_choices(words: face::Words, form: &Form) -> Vec<Choice> {
    choices(
        &[
            ("chain", words.console_route_chain(), None),
            ("latest", words.console_route_latest(), None),
            ("count", words.console_route_count(), None),
            ("provider", words.console_route_provider(), None),
        ],
        form.get("route"),
    )
}

fn preview_kind(media_type: &str) -> &'static str {
    match media_type.split('/').next() {
        Some("image") => "picture",
        Some("audio") => "sound",
        Some("video") => "film",
        _ => "text",
    }
}

fn example(words: face::Words, it: &Income, (sales, copies): (u16, u16)) -> Example {
    Example {
        one: vec![
            (words.console_income_sale(Sum(it.price)), words.show(Sum(it.sale))),
            (words.console_income_tax(), words.show(Sum(it.tax))),
            (words.console_income_shop(), words.show(Sum(it.shop))),
        ],
        sales: (words.console_income_sales(u64::from(sales)), words.show(Sum(it.sales))),
        fares: (!it.fares.is_zero())
            .then(|| (words.console_income_fares(u64::from(copies)), words.show(Sum(it.fares)))),
        all: words.show(Sum(it.all)),
    }
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let draft = it.draft;
    let at = whose.at(&format!("/drafts/{}", HEXLOWER.encode(&it.no)));
    // While a job holds the draft, its form would not be heard: a job that has written what it found may still be leaving.
    let (stage, status) = match (&draft.state, it.job) {
        (DraftState::Published, _) => ("published", words.console_published()),
        (_, Some(Job::Publishing(_))) => ("publishing", words.console_publishing()),
        (_, Some(Job::Reading)) | (DraftState::Reading, None) => ("reading", words.console_reading()),
        (DraftState::Failed(..), None) => ("failed", words.console_failed_publish()),
        (_, None) => ("", words.console_draft()),
    };
    let percent = match it.job {
        Some(Job::Publishing(percent)) => percent,
        _ => 0,
    };
    let form = it.form;
    let mode = form.get("mode");
    let wrong = it.wrong.map(|wrong| wrong_said(words, wrong, &it.currency));
    let teeth = form.get("generations").parse().unwrap_or(3);
    let seen = it.income.as_ref().map(|(income, fare)| Seen {
        price: words.show(Sum(income.price)),
        key: (mode == "copy").then(|| Key::new(words.lang(), *fare, Teeth::Upto(teeth))),
        line: words.console_buyer_line(whose.name.as_str(), Size(draft.len)),
    });
    DraftPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        heading: match draft.version_of {
            Some(_) => words.console_version_of(form.get("title")),
            None => words.console_publish(),
        },
        lead: draft.version_of.map(|_| words.console_version_lead()),
        stage,
        refreshes: staff.is_some() && matches!(stage, "reading" | "publishing"),
        percent,
        publishing: words.console_publishing_text(Permille(u16::from(percent).saturating_mul(10))),
        status,
        file_name: &draft.file_name,
        file: words.show(Size(draft.len)),
        preview: draft.preview_type.as_deref().map(|media_type| Preview {
            src: visit.to(&format!("{at}/preview")),
            kind: preview_kind(media_type),
            name: words.console_preview_of(form.get("title")),
        }),
        no_preview: match &draft.state {
            DraftState::NoPreview(code) => Some((words.console_no_preview_text(), words.console_no_preview_why(code))),
            _ => None,
        },
        bad_preview: (it.said == "bad-preview").then(|| words.console_preview_bad()),
        wrong,
        no_home: (!it.has_home).then(|| words.console_keeper_no_home()),
        failed: match &draft.state {
            DraftState::Failed(code, text) => Some((code, text)),
            _ => None,
        },
        kept: (it.said == "kept").then(|| words.console_kept(Clock(it.now))),
        form,
        is_version: draft.version_of.is_some(),
        shares: share_choices(words, form),
        modes: mode_choices(words, form),
        routes: route_choices(words, form),
        currency: it.currency.clone(),
        seen,
        example: it
            .income
            .as_ref()
            .map(|(income, _)| example(words, income, form.example())),
        action: visit.to(&at),
        back: visit.to(&whose.at("/works")),
        link: draft.content.map(|content| visit.to(&format!("/works/{content}"))),
        csrf: it.csrf,
        script: visit.to("/console/script.js"),
    }
    .render()
}

/// A draft of this publisher.
pub(super) async fn find(shop: &Stall, whose: &Whose, text: &str) -> Result<(DraftNo, Draft), Problem> {
    let (no, draft, _) = find_at_work(shop, whose, text).await?;
    Ok((no, draft))
}

/// The same, and what this process does with it. The job is asked first: one that was gone by then has written all it found,
/// so that nobody is shown what a job wrote before it was done, with no job to wait for.
async fn find_at_work(shop: &Stall, whose: &Whose, text: &str) -> Result<(DraftNo, Draft, Option<Job>), Problem> {
    let no = HEXLOWER
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| DraftNo::try_from(bytes).ok());
    let no = no.ok_or_else(Problem::nothing_here)?;
    let (publisher, job) = (whose.id, shop.console.working(no));
    let draft = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.draft(view, publisher, no))
        .await?;
    Ok((no, draft.ok_or_else(Problem::nothing_here)?, job))
}

/// What a form would bring, and in which currency; nothing while its figures are not there yet.
async fn worked(shop: &Stall, whose: &Whose, form: &Form) -> Result<(Option<(Income, Money)>, String), Problem> {
    let (publisher, form) = (whose.id, form.clone());
    let worked = shop.office.look(move |party, _, _| {
        let currency = party::Party::desk(party).currency();
        let figures = form
            .price(currency)
            .ok()
            .zip(form.fare(currency).ok())
            .zip(form.tax_permille().ok());
        let Some(((price, fare), tax)) = figures else {
            return Ok((None, currency));
        };
        let (sales, copies) = form.example();
        let fares = if form.get("mode") == "copy" || form.get("mode") == "locked" {
            copies
        } else {
            0
        };
        let income = party.income(publisher, price, tax, fare, sales, fares)?;
        Ok::<_, party::shop::PayRefused>((Some((income, fare)), currency))
    });
    let (income, currency) = worked.await?;
    Ok((income, currency.code().to_owned()))
}

async fn drawn(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    (no, draft, job): (DraftNo, &Draft, Option<Job>),
    form: &Form,
    (wrong, said): (Option<Wrong>, &str),
) -> Result<Result<String, askama::Error>, Problem> {
    let (income, currency) = worked(shop, whose, form).await?;
    let publisher = whose.id;
    let has_home = shop
        .office
        .look::<_, Fault>(move |party, view, now| {
            let known = party::Party::desk(party).known(view)?;
            Ok(known.certified::<seal::role::Collector>(publisher, now).is_some())
        })
        .await?;
    let it = Shown {
        no,
        draft,
        form,
        job,
        wrong,
        income,
        currency,
        has_home,
        said,
        csrf: &staff.csrf,
        now: shop.office.clock.now(),
    };
    Ok(draw(&shop.sign, &staff.visit, Some(staff), whose, &it))
}

/// The page of a draft.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, draft)): Path<(String, String)>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        let (no, draft, job) = find_at_work(&shop, &whose, &draft).await?;
        if draft.state == DraftState::Reading && job.is_none() {
            // Whoever was looking at it is gone.
            jobs::look(&shop, whose.id, no);
        }
        let form = Form::kept(&draft.form);
        let said = asked.get("said").map(String::as_str).unwrap_or_default();
        Ok(shown(
            drawn(&shop, &staff, &whose, (no, &draft, job), &form, (None, said)).await?,
        ))
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// What a draft's form asks: to be kept, worked out, published, or deleted.
pub(super) async fn change(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, draft)): Path<(String, String)>,
    Posted(fields): Posted<Fields>,
) -> Response {
    let made = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        staff.check(&shop, &fields)?;
        let (no, mut draft, job) = find_at_work(&shop, &whose, &draft).await?;
        let here = whose.at(&format!("/drafts/{}", HEXLOWER.encode(&no)));
        let id = whose.id;
        if fields.get("do").is_some_and(|what| what == "delete") {
            // While a job holds it, its page says so; among the works it would only still stand there.
            if job.is_some() {
                return Ok(on(&staff.visit, &here));
            }
            shop.office
                .commit::<_, Fault>(move |party, tx, _, _| party.drop_draft(tx, id, no))
                .await?;
            let _ = tokio::fs::remove_dir_all(shop.console.room(no)).await; // what stays only takes room
            return Ok(on(&staff.visit, &whose.at("/works")));
        }
        if matches!(draft.state, DraftState::Published | DraftState::Reading) || job.is_some() {
            return Ok(on(&staff.visit, &here));
        }
        let form = Form::typed(&fields);
        draft.form = form.fields();
        if matches!(draft.state, DraftState::Failed(..) | DraftState::Publishing) {
            draft.state = DraftState::Ready;
        }
        let kept = draft.clone();
        shop.office
            .commit::<_, Fault>(move |party, tx, _, _| party.keep_draft(tx, id, no, &kept))
            .await?;
        match fields.get("do").map(String::as_str) {
            Some("publish") => {}
            Some("keep") => return Ok(on(&staff.visit, &format!("{here}?said=kept"))),
            _ => return Ok(on(&staff.visit, &format!("{here}#income"))),
        }
        match jobs::publish(&shop, id, no).await {
            Ok(()) => Ok(on(&staff.visit, &here)),
            Err(NotYet::No(no)) => Err(no),
            Err(NotYet::Wrong(wrong)) => {
                let page = drawn(&shop, &staff, &whose, (no, &draft, None), &form, (Some(wrong), "")).await?;
                Ok(shown_as(page, StatusCode::UNPROCESSABLE_ENTITY))
            }
        }
    };
    let made = made.await;
    told(&shop.sign, &staff.visit, &staff, made)
}

/// The preview of a draft, for whoever may publish it.
pub(super) async fn preview(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, draft)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let found = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        let (no, draft) = find(&shop, &whose, &draft).await?;
        let bytes = tokio::fs::read(shop.console.preview(no))
            .await
            .map_err(|_| Problem::nothing_here())?;
        let media_type = draft.preview_type.ok_or_else(Problem::nothing_here)?;
        let (name, _) = previews::shown(&media_type, &bytes).ok_or_else(Problem::nothing_here)?;
        let label = Label {
            tag: seal::hash(&bytes).short(),
            media_type: previews::full_type(name),
            cache: "private, no-store",
            save_as: None,
        };
        let mut response = send(&method, &headers, Arc::new(Held(bytes.into())), &label);
        previews::fields(response.headers_mut());
        Ok::<_, Problem>(response)
    };
    found.await.unwrap_or_else(|no| no.into_response())
}
