//! The console's pages: signing in, finding, repairs, proposals, the trail. None needs a script.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{Multipart, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use copying::{BatchId, DeviceId, MediumId, RequestId, server::Copied};
use store::{Fault, View};
use units::Money;

use super::{
    Desk, TakenBatch, api,
    batches::take,
    drawn::{self, Named, OneDevice, Typed},
    staff::{By, Decide, Look, Make, Serve, Staff, refused},
    stories,
};
use crate::{
    copying::signed::{self, Note},
    forms::{Fields, not_ours},
    frame::{Problem, Source},
    pages::{Visit, answer_private as page, told},
};

fn on(visit: &Visit, to: &str) -> Response {
    Redirect::to(&visit.to(to)).into_response()
}

/// A page, or a refusal as one.
fn shown(desk: &Desk, visit: &Visit, staff: &Staff, made: Result<Response, Problem>) -> Response {
    made.unwrap_or_else(|no| refused(desk, visit, Some(staff), false, &no))
}

fn entering(desk: &Desk, visit: &Visit, note: &Note, status: StatusCode) -> Response {
    let lead = visit.words.copying_enter_lead_console();
    let frame = drawn::frame(&desk.sign, visit, None, drawn::At::Elsewhere);
    page(signed::enter(&frame, lead, visit, note, true), status)
}

/// The page for signing in.
pub(super) async fn enter(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    entering(&desk, &visit, &Note::None, StatusCode::OK)
}

/// Tries a name and a password.
pub(super) async fn by_password(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Extension(Source(address)): Extension<Source>,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    let came = desk
        .door
        .by_form(&desk.office, &visit, (&headers, address), &fields)
        .await?;
    Ok(came.unwrap_or_else(|(note, status)| entering(&desk, &visit, &note, status)))
}

/// Ends the session.
pub(super) async fn sign_out(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, Problem> {
    desk.door.leave(&desk.office, &visit, &headers, &fields).await
}

async fn front(
    desk: &Desk,
    visit: &Visit,
    staff: &Staff,
    (failed, typed, not_found): (u64, &str, bool),
) -> Result<Response, Problem> {
    let reads = staff.role.may(copying::server::Duty::Look);
    let (open, alarms) = desk
        .office
        .look::<_, Fault>(move |server, view, _| {
            if !reads {
                return Ok((0, Vec::new()));
            }
            let proposals = server.proposals(view, 1000)?;
            let open = proposals.iter().filter(|(_, p)| p.decided.is_none()).count();
            Ok((open, server.alarms(view, 20)?))
        })
        .await?;
    let names = desk.names().await?;
    let alarms: Vec<_> = alarms
        .into_iter()
        .map(|(at, who)| {
            let gateway = names.iter().find(|(id, _)| id.0 == who.0).map(|(_, name)| name.clone());
            (at, gateway.unwrap_or_else(|| who.grouped()))
        })
        .collect();
    let drawn = drawn::home(
        &desk.sign,
        visit,
        &drawn::Home {
            name: &staff.person.name,
            role: staff.role,
            failed,
            typed,
            not_found,
            open,
            alarms: &alarms,
            csrf: &staff.person.csrf,
        },
    );
    let status = if not_found {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    Ok(page(drawn, status))
}

/// The front.
pub(super) async fn home(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    staff: Staff,
    Query(asked): Query<Fields>,
) -> Response {
    let failed = asked.get("failed").and_then(|n| n.parse().ok()).unwrap_or(0);
    let made = front(&desk, &visit, &staff, (failed, "", false)).await;
    shown(&desk, &visit, &staff, made)
}

/// Finds whatever has this number: a medium, or a device.
pub(super) async fn find(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Look>,
    Query(asked): Query<Fields>,
) -> Response {
    let typed = asked.get("id").map(|id| id.trim().to_owned()).unwrap_or_default();
    let (medium, device) = (typed.parse::<MediumId>().ok(), typed.parse::<DeviceId>().ok());
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, _| {
            if let Some(id) = medium
                && server.medium(view, id)?.is_some()
            {
                return Ok(Some(format!("/media/{id}")));
            }
            if let Some(id) = device
                && server.device(view, id)?.is_some()
            {
                return Ok(Some(format!("/devices/{id}")));
            }
            Ok(None)
        })
        .await;
    let made = match found {
        Ok(Some(to)) => Ok(on(&visit, &to)),
        Ok(None) => front(&desk, &visit, &by.0, (0, &typed, true)).await,
        Err(no) => Err(no),
    };
    shown(&desk, &visit, &by.0, made)
}

/// A medium.
pub(super) async fn medium(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Look>,
    Path(id): Path<String>,
) -> Response {
    let made = async {
        let id: MediumId = id.parse().map_err(|_| Problem::nothing_here())?;
        let found = desk
            .office
            .look::<_, Fault>(move |server, view, _| {
                let Some((row, copied)) = server.medium(view, id)? else {
                    return Ok(None);
                };
                let batch = server.batch(view, row.batch)?;
                Ok(Some((row, copied, batch)))
            })
            .await?;
        let (row, copied, batch) = found.ok_or_else(Problem::nothing_here)?;
        let nothing = Money::zero(party::Party::desk(&*desk.office.party).currency());
        let (title, price) = batch.map_or((String::new(), nothing), |b| (b.title, b.price));
        let drawn = drawn::medium(
            &desk.sign,
            &visit,
            by.0.role,
            (id, &row, &title, price),
            copied.as_ref(),
        );
        Ok(page(drawn, StatusCode::OK))
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

fn titled(
    server: &copying::server::CopyServer,
    view: &mut dyn View,
    copies: &[Copied],
) -> Result<Vec<(String, Copied)>, Fault> {
    let title = |view: &mut dyn View, batch: BatchId| api::title_of(server, view, batch);
    copies
        .iter()
        .map(|copied| Ok((title(view, copied.given.batch)?, copied.clone())))
        .collect()
}

async fn show_device(
    desk: &Desk,
    visit: &Visit,
    staff: &Staff,
    id: DeviceId,
    (no, waits, typed): (Option<&Problem>, bool, Typed),
) -> Result<Response, Problem> {
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, now| {
            let Some(made) = server.device(view, id)? else {
                return Ok(None);
            };
            let user = server.user(view, id)?;
            let titles = match &user {
                Some(user) => titled(server, view, &user.copies)?,
                None => Vec::new(),
            };
            let orders = server.orders_of(view, id)?;
            Ok(Some((made, user, titles, orders, now)))
        })
        .await?;
    let (made, user, titles, orders, now) = found.ok_or_else(Problem::nothing_here)?;
    let drawn = drawn::one_device(
        &desk.sign,
        visit,
        staff.role,
        &OneDevice {
            id,
            made: &made,
            user: user.as_ref(),
            titles: &titles,
            orders: &orders,
            csrf: &staff.person.csrf,
            now,
            refused: no,
            waits,
            typed,
        },
    );
    Ok(page(
        drawn,
        no.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// A device, and its user.
pub(super) async fn device(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Look>,
    Path(id): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = async {
        let id = id.parse().map_err(|_| Problem::nothing_here())?;
        let waits = asked.contains_key("waits");
        show_device(&desk, &visit, &by.0, id, (None, waits, Typed::default())).await
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// Exchanges a broken player or drive.
pub(super) async fn exchange(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Serve>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        by.0.check(&desk, &fields)?;
        let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let asked = api::Exchange {
            keeper: id.clone(),
            broken: field("broken"),
            replacement: field("replacement"),
            reason: field("reason"),
        };
        match api::do_exchange(&desk, &by, &asked).await {
            Ok(api::Outcome { order: Some(order), .. }) => Ok(on(&visit, &format!("/orders/{order}"))),
            Ok(_) => Ok(on(&visit, &format!("/devices/{id}?waits"))),
            Err(no) => {
                let keeper = id.parse().map_err(|_| Problem::nothing_here())?;
                let typed = Typed {
                    broken: asked.broken,
                    replacement: asked.replacement,
                    reason: asked.reason,
                };
                show_device(&desk, &visit, &by.0, keeper, (Some(&no), false, typed)).await
            }
        }
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// Proposes one new card more than a year allows.
pub(super) async fn reissue(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Serve>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        by.0.check(&desk, &fields)?;
        let asked = api::Lost {
            keeper: id.clone(),
            reason: fields.get("reason").cloned().unwrap_or_default(),
        };
        match api::do_propose(&desk, &by, &asked).await {
            Ok(_) => Ok(on(&visit, &format!("/devices/{id}?waits"))),
            Err(no) => {
                let keeper = id.parse().map_err(|_| Problem::nothing_here())?;
                show_device(&desk, &visit, &by.0, keeper, (Some(&no), false, Typed::default())).await
            }
        }
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

async fn show_order(
    desk: &Desk,
    visit: &Visit,
    staff: &Staff,
    number: RequestId,
    no: Option<&Problem>,
) -> Result<Response, Problem> {
    let found = desk
        .office
        .look::<_, Fault>(move |server, view, _| server.erase_order(view, number))
        .await?;
    let (order, done) = found.ok_or_else(Problem::nothing_here)?;
    let of = (number, order.keeper, done.is_some());
    let drawn = drawn::order(&desk.sign, visit, staff.role, of, &staff.person.csrf, no);
    Ok(page(
        drawn,
        no.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// A repair's order.
pub(super) async fn order(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Serve>,
    Path(id): Path<String>,
) -> Response {
    let made = async {
        let number = id.parse().map_err(|_| Problem::nothing_here())?;
        show_order(&desk, &visit, &by.0, number, None).await
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// The order as a file for the user's card.
pub(super) async fn order_file(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Serve>,
    Path(id): Path<String>,
) -> Response {
    let made = async {
        let number = id.parse().map_err(|_| Problem::nothing_here())?;
        let (bytes, _) = api::order_bytes(&desk, number).await?;
        Ok(file(bytes, "attachment; filename=\"erase-order.cbor\""))
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// A file of CBOR, to be kept.
pub(crate) fn file(bytes: Vec<u8>, name: &'static str) -> Response {
    let mut response = crate::frame::Message::from(bytes).into_response();
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    response
}

/// A form's text fields, and the file it brings.
pub(crate) async fn brought(mut form: Multipart) -> Result<(Fields, bytes::Bytes), Problem> {
    let (mut fields, mut question) = (Fields::new(), bytes::Bytes::new());
    while let Some(part) = form.next_field().await.map_err(|_| not_ours())? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| not_ours())?;
        if name == "question" {
            question = bytes;
        } else {
            fields.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok((fields, question))
}

/// The card's confirmation, handed in at the counter.
pub(super) async fn confirm(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Serve>,
    Path(id): Path<String>,
    form: Multipart,
) -> Response {
    let made = async {
        let (fields, question) = brought(form).await?;
        by.0.check(&desk, &fields)?;
        let number = id.parse().map_err(|_| Problem::nothing_here())?;
        let said = api::at_counter(&desk, question).await;
        show_order(&desk, &visit, &by.0, number, said.err().as_ref()).await
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

async fn show_proposals(desk: &Desk, visit: &Visit, staff: &Staff, no: Option<&Problem>) -> Result<Response, Problem> {
    let gate = desk.door.gate.clone();
    let all = desk
        .office
        .look::<_, Fault>(move |server, view, _| {
            let mut all = Vec::new();
            for (number, proposal) in server.proposals(view, 200)? {
                let decided = proposal.decided.map(|(who, ..)| who);
                all.push(Named {
                    number,
                    by: name_of(&gate, view, Some(proposal.by))?.unwrap_or_default(),
                    decided_by: name_of(&gate, view, decided)?.unwrap_or_default(),
                    proposal,
                });
            }
            all.sort_by_key(|named| core::cmp::Reverse(named.proposal.at));
            Ok(all)
        })
        .await?;
    let drawn = drawn::proposals(&desk.sign, visit, staff.role, &all, &staff.person.csrf, no);
    Ok(page(
        drawn,
        no.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY),
    ))
}

/// The name of an account; its number, if it is gone.
fn name_of(gate: &signin::Gate, view: &mut dyn View, who: Option<[u8; 16]>) -> Result<Option<String>, Fault> {
    let Some(who) = who else { return Ok(None) };
    let account = gate.account(view, signin::AccountId(who))?;
    Ok(Some(
        account.map_or_else(|| RequestId(who).to_string(), |account| account.name),
    ))
}

/// What waits for a second person.
pub(super) async fn proposals(State(desk): State<Arc<Desk>>, visit: Visit, by: By<Look>) -> Response {
    let made = show_proposals(&desk, &visit, &by.0, None).await;
    shown(&desk, &visit, &by.0, made)
}

/// Yes or no to what another one proposed.
pub(super) async fn decide(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Decide>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let made = async {
        by.0.check(&desk, &fields)?;
        let number: RequestId = id.parse().map_err(|_| Problem::nothing_here())?;
        // Whatever is not a plain yes is a no.
        let yes = fields.get("answer").is_some_and(|answer| answer == "yes");
        match api::do_decide(&desk, &by, number, yes).await {
            Ok(api::Outcome { order: Some(order), .. }) => Ok(on(&visit, &format!("/orders/{order}"))),
            Ok(_) => Ok(on(&visit, "/proposals")),
            Err(no) => show_proposals(&desk, &visit, &by.0, Some(&no)).await,
        }
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

fn show_batches(desk: &Desk, visit: &Visit, staff: &Staff, took: Option<Result<&TakenBatch, &Problem>>) -> Response {
    let drawn = drawn::batches(&desk.sign, visit, staff.role, &staff.person.csrf, took);
    let status = match took {
        Some(Err(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    page(drawn, status)
}

/// Where what was pressed is made known.
pub(super) async fn batches(State(desk): State<Arc<Desk>>, visit: Visit, by: By<Make>) -> Response {
    show_batches(&desk, &visit, &by.0, None)
}

/// Makes a pressed batch known, by its file.
pub(super) async fn take_batch(State(desk): State<Arc<Desk>>, visit: Visit, by: By<Make>, form: Multipart) -> Response {
    let made = async {
        let (fields, file) = brought(form).await?;
        by.0.check(&desk, &fields)?;
        let took = take(&desk, &by, file).await;
        Ok(show_batches(&desk, &visit, &by.0, Some(took.as_ref())))
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// Acts on one page of the trail.
const ACTS: usize = 50;

/// The trail, and whether every act stands as it was written.
pub(super) async fn trail(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    by: By<Look>,
    Query(asked): Query<Fields>,
) -> Response {
    let made = async {
        let before = asked.get("before").and_then(|n| n.parse().ok());
        let gate = desk.door.gate.clone();
        let (edited, count, acts) = desk
            .office
            .look::<_, Fault>(move |server, view, _| {
                let edited = server.check_trail(view)?;
                let count = server.trail(view, None, 1)?.first().map_or(0, |(number, _)| *number);
                let mut acts = Vec::new();
                for (number, written) in server.trail(view, before, ACTS)? {
                    let who = name_of(&gate, view, written.act.who)?;
                    acts.push((number, written, who));
                }
                Ok((edited, count, acts))
            })
            .await?;
        let drawn = drawn::trail(&desk.sign, &visit, by.0.role, (&edited, count), &acts);
        Ok(page(drawn, StatusCode::OK))
    };
    let made = made.await;
    shown(&desk, &visit, &by.0, made)
}

/// The stories of these pages.
pub(super) async fn stories(State(desk): State<Arc<Desk>>, visit: Visit) -> Result<Response, Problem> {
    if !desk.sign.dev {
        return Err(Problem::nothing_here());
    }
    let frame = drawn::frame(&desk.sign, &visit, None, drawn::At::Elsewhere);
    Ok(page(
        face::stories(&frame, &visit.to("/stories"), stories::STORIES),
        StatusCode::OK,
    ))
}

/// One of them.
pub(super) async fn story(
    State(desk): State<Arc<Desk>>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    told(stories::STORIES, &name, desk.sign.dev, &visit).ok_or_else(Problem::nothing_here)
}
