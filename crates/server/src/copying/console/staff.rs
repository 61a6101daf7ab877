//! Staff: who works at the console, with which role, read on every request; and whether that role may do what is asked.

use core::marker::PhantomData;
use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use copying::server::{Duty, Hand, Role};
use signin::Grant;
use store::{Fault, View};
use units::PartyId;

use super::{Desk, drawn};
use crate::{
    copying::enter::Person,
    forms::Fields,
    frame::Problem,
    pages::{Visit, answer_private},
};

/// A duty, as a type: the address that asks for it says so in its handler.
pub(crate) trait Asked {
    /// Which.
    const DUTY: Duty;
}
/// Reading.
pub(crate) struct Look;
impl Asked for Look {
    const DUTY: Duty = Duty::Look;
}
/// Serving users.
pub(crate) struct Serve;
impl Asked for Serve {
    const DUTY: Duty = Duty::Serve;
}
/// Production.
pub(crate) struct Make;
impl Asked for Make {
    const DUTY: Duty = Duty::Make;
}
/// Deciding what another proposed.
pub(crate) struct Decide;
impl Asked for Decide {
    const DUTY: Duty = Duty::Decide;
}

/// Whoever works here.
#[derive(Debug)]
pub(crate) struct Staff {
    pub(crate) person: Person,
    pub(crate) role: Role,
}

impl Staff {
    /// As the rules know an operator.
    pub(crate) fn hand(&self) -> Hand {
        Hand {
            who: self.person.account.0,
            role: self.role,
        }
    }
    /// Is this form of a page of this person's?
    pub(crate) fn check(&self, desk: &Desk, fields: &Fields) -> Result<(), Problem> {
        desk.door.check(&self.person, fields)
    }
}

/// Somebody whose role has this duty.
pub(crate) struct By<D>(pub(crate) Staff, PhantomData<D>);

/// The one role of an account at this server.
pub(crate) fn role_of(
    gate: &signin::Gate,
    view: &mut dyn View,
    account: signin::AccountId,
    over: PartyId,
) -> Result<Option<Role>, Fault> {
    let grants = gate.grants(view, account)?;
    let mut roles = grants.iter().filter(|grant: &&Grant| grant.over == over);
    Ok(roles.find_map(|grant| Role::of_word(&grant.role)))
}

/// Is this an address for programs?
fn is_program(parts: &Parts) -> bool {
    let whole = parts.extensions.get::<OriginalUri>().map(|uri| uri.0.path().to_owned());
    whole.unwrap_or_else(|| parts.uri.path().to_owned()).starts_with("/v1/")
}

impl FromRequestParts<Arc<Desk>> for Staff {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let Ok(visit) = Visit::from_request_parts(parts, desk).await;
        let person = if is_program(parts) {
            let found = desk.door.bearer(&desk.office, &parts.headers).await;
            found.map_err(IntoResponse::into_response)?
        } else {
            let found = desk.door.person(&desk.office, &parts.headers).await;
            match found.map_err(|no| no.into_response())? {
                Some(person) => person,
                None => {
                    let is_half = desk.door.half(&desk.office, &parts.headers).await.is_ok();
                    let to = if is_half { "/second" } else { "/sign-in" };
                    return Err(Redirect::to(&visit.to(to)).into_response());
                }
            }
        };
        let (gate, account) = (desk.door.gate.clone(), person.account);
        let role = desk
            .office
            .look::<_, Fault>(move |server, view, _| role_of(&gate, view, account, party::Party::id(server)))
            .await
            .map_err(IntoResponse::into_response)?;
        match role {
            Some(role) => Ok(Self { person, role }),
            None => Err(refused(desk, &visit, None, is_program(parts), &Problem::nothing_here())),
        }
    }
}

impl<D: Asked + Send> FromRequestParts<Arc<Desk>> for By<D> {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Response> {
        let staff = Staff::from_request_parts(parts, desk).await?;
        if staff.role.may(D::DUTY) {
            return Ok(Self(staff, PhantomData));
        }
        let Ok(visit) = Visit::from_request_parts(parts, desk).await;
        let no = copying::server::DeskRefused::NotYourDuty(staff.role.word());
        let no = Problem::by(&no).with_status(axum::http::StatusCode::FORBIDDEN);
        Err(refused(desk, &visit, Some(&staff), is_program(parts), &no))
    }
}

/// A refusal, as whoever asked reads it.
pub(super) fn refused(desk: &Desk, visit: &Visit, staff: Option<&Staff>, program: bool, no: &Problem) -> Response {
    if program {
        return no.clone().into_response();
    }
    answer_private(
        drawn::refused(&desk.sign, visit, staff.map(|s| s.role), no),
        no.status(),
    )
}
