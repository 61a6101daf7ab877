//! Account: what is stored about somebody who works here, for that person's eyes and as a file; and the account deleted at its owner's
//! wish. The last owner of a publisher stays until somebody else is one.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use face::{Day, Page, Said};
use party::shop::StaffRole;
use serde_json::json;
use signin::{About, Way};
use store::Fault;
use units::PartyId;

use super::{
    frame::{At, on, page as frame, private, shown, shown_as, told},
    staff::{Staff, whose},
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// The account's page.
const HERE: &str = "/console/settings/data";

#[derive(Template)]
#[template(path = "console/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    facts: Vec<(Said, Said)>,
    note: Option<Said>,
    file: String,
    forget: String,
    csrf: &'a str,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    (about, over): (&About, &[(String, String)]),
    (note, csrf): (Option<Said>, &str),
) -> Result<String, askama::Error> {
    let w = visit.words;
    let mut facts = vec![
        (w.console_user(), Said::of(&about.account.name)),
        (w.console_set_data_since(), w.show(Day(about.account.since))),
    ];
    for (name, role) in over {
        facts.push((Said::of(name), w.console_role(role)));
    }
    for (label, since) in &about.passkeys {
        let label = if label.is_empty() {
            w.console_set_key_unnamed()
        } else {
            Said::of(label)
        };
        facts.push((label, w.console_set_key_since(Day(*since))));
    }
    facts.push((
        w.console_password(),
        w.console_set_data_has(if about.password { "yes" } else { "no" }),
    ));
    facts.push((w.console_set_codes(), w.console_set_codes_left(about.codes)));
    facts.push((w.console_set_data_sessions(), w.show(about.sessions.len())));
    AccountPage {
        page: &frame(sign, visit, staff, None, At::Settings),
        facts,
        note,
        file: visit.to("/console/settings/data.json"),
        forget: visit.to("/console/settings/forget"),
        csrf,
    }
    .render()
}

async fn about(shop: &Stall, staff: &Staff) -> Result<(About, Vec<(PartyId, String, String)>), Problem> {
    let (gate, account) = (shop.console.gate.clone(), staff.live.account);
    let about = shop
        .office
        .look::<_, Fault>(move |_, view, _| gate.about(view, account))
        .await?;
    let about = about.ok_or_else(Problem::nothing_here)?;
    let mut over = Vec::new();
    for grant in &about.grants {
        let name = if grant.over == shop.sign.id {
            shop.sign.name.clone()
        } else {
            whose(shop, grant.over).await?.name
        };
        over.push((grant.over, name, grant.role.clone()));
    }
    Ok((about, over))
}

async fn made(shop: &Stall, staff: &Staff, note: Option<Said>) -> Result<Result<String, askama::Error>, Problem> {
    let (about, over) = about(shop, staff).await?;
    let over: Vec<(String, String)> = over.into_iter().map(|(_, name, role)| (name, role)).collect();
    Ok(draw(
        &shop.sign,
        &staff.visit,
        Some(staff),
        (&about, &over),
        (note, &staff.csrf),
    ))
}

/// The page.
pub(super) async fn page(State(shop): State<Arc<Stall>>, staff: Staff) -> Response {
    let drawn = async { Ok(shown(made(&shop, &staff, None).await?)) };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

const fn way(way: Way) -> &'static str {
    match way {
        Way::Password => "password",
        Way::Passkey => "passkey",
        Way::Invitation => "invitation",
    }
}

/// The same as a file.
pub(super) async fn data(State(shop): State<Arc<Stall>>, staff: Staff) -> Result<Response, Problem> {
    let (about, over) = about(&shop, &staff).await?;
    let body = json!({
        "name": about.account.name,
        "since": about.account.since.to_string(),
        "second_step": about.account.second_step,
        "roles": over.iter().map(|(id, name, role)| json!({ "over": id.to_string(), "name": name, "role": role })).collect::<Vec<_>>(),
        "passkeys": about.passkeys.iter().map(|(label, since)| json!({ "label": label, "since": since.to_string() })).collect::<Vec<_>>(),
        "password": about.password,
        "recovery_codes_left": about.codes,
        "sessions": about.sessions.iter().map(|(since, seen, by)| json!({ "since": since.to_string(), "seen": seen.to_string(), "by": way(*by) })).collect::<Vec<_>>(),
    });
    let mut response = private(axum::Json(body).into_response());
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"account.json\""),
    );
    Ok(response)
}

/// Deletes the account.
pub(super) async fn forget(State(shop): State<Arc<Stall>>, staff: Staff, Form(fields): Form<Fields>) -> Response {
    let done = async {
        staff.check(&shop, &fields)?;
        if let Err(go) = staff.fresh(HERE) {
            return Ok(*go);
        }
        let (gate, account) = (shop.console.gate.clone(), staff.live.account);
        // Looked at and done in one transaction: of two owners who leave at once, one stays.
        let last = shop
            .office
            .commit::<_, Fault>(move |_, tx, _, _| {
                for grant in gate.grants(tx, account)? {
                    let is_owner = grant.role == StaffRole::Owner.word();
                    let people = gate.people(tx, grant.over)?;
                    let owners = people.iter().filter(|(_, role)| *role == grant.role).count();
                    if is_owner && owners < 2 {
                        return Ok(Some(grant.over));
                    }
                }
                gate.forget(tx, account)?;
                Ok(None)
            })
            .await?;
        match last {
            None => {
                let mut response = on(&staff.visit, "/console/sign-in?said=gone");
                shop.console.let_out(&mut response);
                Ok(response)
            }
            Some(over) => {
                let name = whose(&shop, over).await?.name;
                let note = staff.visit.words.console_set_forget_last(name);
                let page = made(&shop, &staff, Some(note)).await?;
                Ok(shown_as(page, StatusCode::CONFLICT))
            }
        }
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
