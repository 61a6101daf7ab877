//! Data: the page of every party that says what it stores, why and for how long. It is drawn from the very list of tables the
//! party's memory is opened with, so it cannot tell less than there is; for how long is what its configuration says, and what the
//! sweep does. And how somebody gets what is stored about him, and has it deleted.

use core::convert::Infallible;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use face::{Code, Here, Page, Said, Words};
use party::care::{Kept, Record, stored};

use crate::{
    config::{Keeping, Role},
    pages::{Visit, answer, in_languages},
    running::parts_of,
};

/// Whose page it is.
#[derive(Debug, Clone)]
pub(crate) struct Of {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) dev: bool,
    pub(crate) address: String,
    pub(crate) keeping: Keeping,
}

struct Row {
    what: Said,
    why: Said,
    long: Said,
    people: bool,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataView<'a> {
    page: &'a Page,
    title: Said,
    rows: Vec<Row>,
    asks: Vec<Said>,
}

/// `/data`, and the same under `/en` and `/ja`.
pub(crate) fn routes(of: Of) -> Router {
    use Role::{Atm, Bank, Counter, Issuer, Registry};
    let page = || get(show);
    let router = if matches!(of.role, Registry | Bank | Issuer | Atm | Counter) {
        // A party without other pages: its front is this one.
        in_languages(page(), Router::new().route("/data", page()))
    } else {
        let at = ["/data", "/en/data", "/ja/data"];
        at.into_iter()
            .fold(Router::new(), |site, path| site.route(path, page()))
    };
    router.with_state(of)
}

async fn show(State(of): State<Of>, visit: Result<Visit, Infallible>) -> Response {
    let Ok(visit) = visit;
    answer(draw(&of, &visit), StatusCode::OK)
}

fn draw(of: &Of, visit: &Visit) -> Result<String, askama::Error> {
    let w = visit.words;
    let page = Page {
        words: w,
        name: of.name.clone(),
        home: visit.to("/"),
        nav_name: w.care_name(),
        nav: nav(visit, of.role),
        elsewhere: visit.elsewhere(),
        ours: true,
        foot: w.motto(),
        foot_links: Vec::new(),
        dev: of.dev,
    };
    let (records, _) = stored(&parts_of(of.role));
    DataView {
        title: w.care_title(of.name.as_str()),
        rows: records.into_iter().map(|record| row(w, record, &of.keeping)).collect(),
        asks: asks(w, of),
        page: &page,
    }
    .render()
}

fn nav(visit: &Visit, role: Role) -> Vec<Here> {
    let mut nav = vec![Here::new(visit.to("/data"), visit.words.care_name(), true)];
    if role == Role::Issuer {
        nav.push(Here::new(visit.to("/losses"), visit.words.losses_title(), false));
    }
    nav
}

/// How somebody gets what this party stores about him, and has it deleted.
fn asks(w: Words, of: &Of) -> Vec<Said> {
    let at = |path: &str| Code(format!("{}{path}", of.address.trim_end_matches('/')));
    let mut all = match of.role {
        Role::Issuer => vec![w.care_ask_card()],
        Role::Shop => vec![w.care_ask_receipt(), w.care_ask_people()],
        Role::Vending => vec![w.care_ask_receipt()],
        Role::Bank => vec![w.care_ask_account(at("/v1/accounts/TOKEN/data"))],
        Role::Support => vec![w.care_ask_request(at("/v1/own/REQUEST"))],
        Role::Approver => vec![w.care_ask_approver()],
        Role::Bureau => vec![w.care_ask_bureau()],
        Role::Carrier => vec![w.care_ask_carrier(at("/v1/bills/BILL/data"))],
        Role::Gateway => vec![w.care_ask_gateway(at("/"))],
        Role::Copying => vec![w.care_ask_copying()],
        _ => vec![w.care_ask_nobody()],
    };
    if stored(&parts_of(of.role)).0.contains(&Record::Books) {
        all.push(w.care_ask_books());
    }
    all
}

fn row(w: Words, record: Record, keeping: &Keeping) -> Row {
    Row {
        what: w.care_record(record.word()),
        why: w.care_purpose(record.word()),
        long: match (record.kept(), keeping.days(record)) {
            (Kept::Always, _) => w.care_kept("always"),
            (Kept::WhileOpen, _) => w.care_kept("open"),
            (Kept::ForATime, None) => w.care_kept("unset"),
            (Kept::ForATime, Some(days)) => w.care_days(days, record.word()),
        },
        people: record.about_people(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::Lang;

    fn somebody(role: Role) -> Of {
        Of {
            role,
            name: "Somebody".into(),
            dev: true,
            address: "https://party.example".into(),
            keeping: Keeping {
                buyers_days: Some(417),
                ..Keeping::default()
            },
        }
    }

    // proves: SD-3
    #[test]
    fn every_time_that_is_shown_is_the_one_that_is_configured() {
        let html = draw(&somebody(Role::Shop), &Visit::told(Lang::En)).unwrap();
        assert!(html.contains("417 days"), "{html}");
        for role in Role::ALL {
            for record in stored(&parts_of(role)).0 {
                let timed = record.kept() == Kept::ForATime;
                let known = Keeping {
                    buyers_days: Some(1),
                    ..Keeping::default()
                }
                .days(record)
                .is_some();
                assert_eq!(timed, known, "{role:?} {record:?}");
            }
            // Everybody is told where to turn.
            assert!(!asks(Words(Lang::En), &somebody(role)).is_empty());
        }
        let unset = Of {
            keeping: Keeping::default(),
            ..somebody(Role::Shop)
        };
        let html = draw(&unset, &Visit::told(Lang::En)).unwrap();
        assert!(html.contains("it has set none"), "{html}");
    }

    /// proves: SD-3
    #[test]
    fn no_party_that_knows_people_says_that_it_knows_nobody() {
        const KNOWS: [Record; 9] = [
            Record::Accounts,
            Record::Cards,
            Record::Sales,
            Record::Help,
            Record::Approvals,
            Record::Media,
            Record::Customers,
            Record::Subscribers,
            Record::Consents,
        ];
        for role in Role::ALL {
            let knows = stored(&parts_of(role)).0.iter().any(|record| KNOWS.contains(record));
            for lang in Lang::ALL {
                let nobody = Words(lang).care_ask_nobody();
                let says = asks(Words(lang), &somebody(role)).contains(&nobody);
                assert!(!(knows && says), "{role:?} knows people and says it knows none");
            }
        }
    }

    #[test]
    fn every_party_tells_of_every_table_it_has_in_both_languages() {
        for role in Role::ALL {
            let (records, undescribed) = stored(&parts_of(role));
            assert_eq!(undescribed, Vec::<&str>::new(), "{role:?}");
            for lang in Lang::ALL {
                let of = somebody(role);
                let html = draw(&of, &Visit::told(lang)).unwrap();
                assert!(html.matches("<th scope=\"row\">").count() == records.len(), "{role:?}");
                // No record is shown by its bare word: it has words in this language.
                for record in &records {
                    assert!(
                        !html.contains(&format!("<th scope=\"row\">{}</th>", record.word())),
                        "{record:?}"
                    );
                }
            }
        }
    }
}
