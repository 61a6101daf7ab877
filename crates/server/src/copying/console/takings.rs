//! Takings: what each gateway delivered, keeps, owes and has paid, as this side keeps it.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use copying::{
    server::{Payment, Role},
    wire::Charge,
};
use face::{Page, Permille, Said};
use store::Fault;
use units::{Currency, Moment, PartyId};

use super::{
    Desk,
    drawn::{self, At},
    staff::{By, Look, refused},
};
use crate::{
    copying::{
        Sign,
        signed::{self, Line, Paid},
    },
    frame::Problem,
    pages::{Visit, answer_private},
};

/// Lines of one gateway on the page.
const LINES: usize = 200;

/// One gateway's figures.
pub(super) struct Of {
    pub(super) name: String,
    pub(super) permille: u32,
    pub(super) owed: i64,
    pub(super) lines: Vec<(Charge, Moment)>,
    pub(super) payments: Vec<Payment>,
}

struct Gateway {
    name: String,
    owed: Said,
    share: Permille,
    lines: Vec<Line>,
    total: Line,
    payments: Vec<Paid>,
}

#[derive(Template)]
#[template(path = "copying/takings.html")]
struct TakingsPage<'a> {
    page: &'a Page,
    gateways: Vec<Gateway>,
}

/// The page.
pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    role: Role,
    all: &[Of],
    currency: Currency,
) -> Result<String, askama::Error> {
    let one = |of: &Of| {
        let (lines, total) = signed::lines(visit, &of.lines, currency);
        Gateway {
            name: of.name.clone(),
            owed: visit.words.show(signed::sum(of.owed, currency)),
            share: Permille(u16::try_from(of.permille).unwrap_or(1000)),
            lines,
            total,
            payments: signed::paid(visit, &of.payments),
        }
    };
    TakingsPage {
        page: &drawn::frame(sign, visit, Some(role), At::Takings),
        gateways: all.iter().map(one).collect(),
    }
    .render()
}

impl Desk {
    /// The names of the gateways, as the directory has them.
    pub(super) async fn names(&self) -> Result<Vec<(PartyId, String)>, Problem> {
        let ids: Vec<PartyId> = self.gateways.iter().map(|(id, _)| *id).collect();
        self.office
            .look::<_, Fault>(move |server, view, _| {
                let known = party::Party::desk(server).known(view)?;
                let name = |id: &PartyId| {
                    let listed = known.ever_certified::<seal::role::Gateway>(*id);
                    (*id, listed.map_or_else(|| id.short(), |v| v.claims().name.clone()))
                };
                Ok(ids.iter().map(name).collect())
            })
            .await
    }
}

async fn found(desk: &Desk) -> Result<Vec<Of>, Problem> {
    let mut all = Vec::new();
    for ((id, name), (_, permille)) in desk.names().await?.into_iter().zip(&desk.gateways) {
        let (owed, lines, payments) = desk
            .office
            .look::<_, Fault>(move |server, view, _| {
                Ok((
                    server.owed_by(view, id)?,
                    server.statement(view, id, None, LINES)?,
                    server.payments(view, id)?,
                ))
            })
            .await?;
        all.push(Of {
            name,
            permille: *permille,
            owed,
            lines: lines.into_iter().map(|line| (line.charge, line.at)).collect(),
            payments,
        });
    }
    Ok(all)
}

/// What every gateway delivered, owes and paid.
pub(super) async fn page(State(desk): State<Arc<Desk>>, visit: Visit, by: By<Look>) -> Response {
    let currency = party::Party::desk(&*desk.office.party).currency();
    match found(&desk).await {
        Ok(all) => answer_private(draw(&desk.sign, &visit, by.0.role, &all, currency), StatusCode::OK),
        Err(no) => refused(&desk, &visit, Some(&by.0), false, &no),
    }
}
