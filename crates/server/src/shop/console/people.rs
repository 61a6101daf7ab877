//! People: who works for a publisher, as what; inviting and taking back.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use face::{Day, Page, Said};
use party::shop::{Deed, StaffRole};
use signin::{AccountId, Grant, Invitation};
use store::Fault;
use units::{Hash, Moment, Span};

use super::{
    frame::{At, Whose, on, page as frame, shown, told},
    staff::Staff,
};
use crate::{
    forms::Fields,
    frame::Problem,
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// How long an invitation can be taken.
pub(super) const INVITED_FOR: Span = Span::days(7);

/// Somebody with a role.
pub(super) struct Person {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) role: &'static str,
    pub(super) is_last_owner: bool,
}

struct Line {
    account: String,
    name: String,
    role: Said,
    word: &'static str,
    text: Said,
    is_last: bool,
    remove: Said,
}

#[derive(Template)]
#[template(path = "console/people.html")]
struct PeoplePage<'a> {
    page: &'a Page,
    people: Vec<Line>,
    roles: Vec<(&'static str, Said, Said)>,
    open: Vec<(String, Said, Said)>,
    link: Option<(String, Said)>,
    note: Option<Said>,
    csrf: &'a str,
    base: String,
}

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) people: Vec<Person>,
    pub(super) open: Vec<(String, String, Moment)>,
    pub(super) link: Option<(String, Moment)>,
    pub(super) note: Option<Said>,
    pub(super) csrf: &'a str,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: Shown<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let line = |one: Person| Line {
        role: words.console_role(one.role),
        text: words.console_role_text(one.role),
        remove: words.console_people_remove_of(one.name.as_str(), words.console_role(one.role).plain()),
        account: one.account,
        name: one.name,
        word: one.role,
        is_last: one.is_last_owner,
    };
    PeoplePage {
        page: &frame(sign, visit, staff, Some(whose), At::People),
        people: it.people.into_iter().map(line).collect(),
        roles: StaffRole::OF_PUBLISHER
            .map(|role| {
                (
                    role.word(),
                    words.console_role(role.word()),
                    words.console_role_text(role.word()),
                )
            })
            .to_vec(),
        open: it
            .open
            .into_iter()
            .map(|(id, role, until)| (id, words.console_role(&role), words.console_people_until(Day(until))))
            .collect(),
        link: it
            .link
            .map(|(link, until)| (link, words.console_people_link(Day(until)))),
        note: it.note,
        csrf: it.csrf,
        base: visit.to(&whose.at("/people")),
    }
    .render()
}

async fn made(
    shop: &Stall,
    staff: &Staff,
    whose: &Whose,
    link: Option<(String, Moment)>,
    note: Option<Said>,
) -> Result<Response, Problem> {
    let (gate, over) = (shop.console.gate.clone(), whose.id);
    let (people, open) = shop
        .office
        .look::<_, Fault>(move |_, view, now| {
            let rows = gate.people(view, over)?;
            let owners = rows.iter().filter(|(_, role)| role == StaffRole::Owner.word()).count();
            let mut people = Vec::new();
            for (id, role) in rows {
                let Some(role) = StaffRole::of(&role) else { continue };
                let name = gate.account(view, id)?.map(|it| it.name).unwrap_or_default();
                people.push(Person {
                    account: id.to_string(),
                    name,
                    role: role.word(),
                    is_last_owner: role == StaffRole::Owner && owners < 2,
                });
            }
            let open = gate
                .invitations(view, now)?
                .into_iter()
                .filter(|(_, it)| it.grant.over == over);
            let open = open
                .map(|(id, it)| (id.to_string(), it.grant.role, it.until))
                .collect::<Vec<_>>();
            Ok((people, open))
        })
        .await?;
    let it = Shown {
        people,
        open,
        link,
        note,
        csrf: &staff.csrf,
    };
    Ok(shown(draw(&shop.sign, &staff.visit, Some(staff), whose, it)))
}

/// The page.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let drawn = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangePeople).await?;
        let words = staff.visit.words;
        let note = match asked.get("said").map(String::as_str) {
            Some("saved") => Some(words.console_saved()),
            Some("last") => Some(words.console_people_last()),
            _ => None,
        };
        made(&shop, &staff, &whose, None, note).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// Makes an invitation; its link is shown once.
pub(super) async fn invite(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let drawn = async {
        // An operator invites owners; owners invite everybody.
        let role = fields
            .get("role")
            .and_then(|word| StaffRole::of(word))
            .ok_or_else(Problem::nothing_here)?;
        let owner = staff.over(&shop, &publisher, Deed::ChangePeople).await;
        let takes_in = staff.is_let(shop.sign.id, Deed::TakeIn) && role == StaffRole::Owner;
        let whose = match owner {
            Ok(whose) => whose,
            Err(_) if takes_in => tenant(&shop, &publisher).await?,
            Err(no) => return Err(no),
        };
        if role == StaffRole::Operator {
            return Err(Problem::nothing_here());
        }
        staff.check(&shop, &fields)?;
        let back = if staff.is_let(whose.id, Deed::ChangePeople) {
            whose.at("/people")
        } else {
            "/console/shop".to_owned()
        };
        if let Err(go) = staff.fresh(&back) {
            return Ok(*go);
        }
        let link = invitation(&shop, Grant::new(whose.id, role.word()), Some(staff.live.account)).await?;
        if staff.is_let(whose.id, Deed::ChangePeople) {
            return made(&shop, &staff, &whose, Some(link), None).await;
        }
        super::keeper::with_link(&shop, &staff, link).await
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

/// A publisher of this shop, for whoever takes them in.
async fn tenant(shop: &Stall, publisher: &str) -> Result<Whose, Problem> {
    let id = publisher.parse().map_err(|_| Problem::nothing_here())?;
    let found = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.tenant(view, id))
        .await?;
    let name = found.ok_or_else(Problem::nothing_here)?.name;
    Ok(Whose { id, name })
}

/// Makes an invitation: its link, and until when it can be taken.
pub(super) async fn invitation(shop: &Stall, grant: Grant, by: Option<AccountId>) -> Result<(String, Moment), Problem> {
    let (gate, until) = (shop.console.gate.clone(), shop.office.clock.now().plus(INVITED_FOR));
    let invitation = Invitation { grant, by, until };
    let token = shop
        .office
        .commit::<_, Fault>(move |_, tx, _, seed| gate.invite(tx, &invitation, seed))
        .await?;
    Ok((
        format!("{}/console/invited/{}", shop.console.origin, token.expose()),
        until,
    ))
}

/// Takes a role back. The last owner stays.
pub(super) async fn remove(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangePeople).await?;
        staff.check(&shop, &fields)?;
        if let Err(go) = staff.fresh(&whose.at("/people")) {
            return Ok(*go);
        }
        let account: AccountId = fields
            .get("account")
            .and_then(|text| text.parse().ok())
            .ok_or_else(Problem::nothing_here)?;
        let role = fields
            .get("role")
            .and_then(|word| StaffRole::of(word))
            .ok_or_else(Problem::nothing_here)?;
        let (gate, over) = (shop.console.gate.clone(), whose.id);
        let removed = shop
            .office
            .commit::<_, Fault>(move |_, tx, _, _| {
                let owners = gate
                    .people(tx, over)?
                    .iter()
                    .filter(|(_, r)| r == StaffRole::Owner.word())
                    .count();
                if role == StaffRole::Owner && owners < 2 {
                    return Ok(false);
                }
                gate.take_back(tx, account, &Grant::new(over, role.word()))?;
                Ok(true)
            })
            .await?;
        let said = if removed { "saved" } else { "last" };
        Ok(on(&staff.visit, &whose.at(&format!("/people?said={said}"))))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}

/// Withdraws an invitation.
pub(super) async fn withdraw(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let done = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangePeople).await?;
        staff.check(&shop, &fields)?;
        let id: Hash = fields
            .get("invitation")
            .and_then(|text| text.parse().ok())
            .ok_or_else(Problem::nothing_here)?;
        let (gate, over) = (shop.console.gate.clone(), whose.id);
        shop.office
            .commit::<_, Fault>(move |_, tx, now, _| {
                let ours = gate
                    .invitations(tx, now)?
                    .iter()
                    .any(|(one, it)| *one == id && it.grant.over == over);
                if ours {
                    gate.withdraw_invitation(tx, id)
                } else {
                    Ok(false)
                }
            })
            .await?;
        Ok(on(&staff.visit, &whose.at("/people?said=saved")))
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
