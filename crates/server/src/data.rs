//! Data: the page of every party that says what it stores, why and for how long. It is drawn from the very list of tables the
//! party's memory is opened with, so it cannot tell less than there is.

use core::convert::Infallible;

use askama::Template;
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use face::{Here, Page, Said};
use party::care::{Kept, Record, stored};

use crate::{
    config::Role,
    pages::{Visit, answer, in_languages},
    running::parts_of,
};

/// Whose page it is.
#[derive(Debug, Clone)]
pub(crate) struct Of {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) dev: bool,
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
}

/// `/data`, and the same under `/en` and `/ja`.
pub(crate) fn routes(of: Of) -> Router {
    use Role::{Atm, Bank, Counter, Issuer, Kiosk, Registry};
    let page = || get(show);
    let router = if matches!(of.role, Registry | Bank | Issuer | Atm | Counter | Kiosk) {
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
        nav: vec![Here::new(visit.to("/data"), w.care_name(), true)],
        elsewhere: visit.elsewhere(),
        ours: true,
        foot: w.motto(),
        foot_links: Vec::new(),
        dev: of.dev,
    };
    let (records, _) = stored(&parts_of(of.role));
    DataView {
        title: w.care_title(of.name.as_str()),
        rows: records.into_iter().map(|record| row(w, record)).collect(),
        page: &page,
    }
    .render()
}

fn row(w: face::Words, record: Record) -> Row {
    let kept = match record.kept() {
        Kept::Always => "always",
        Kept::WhileOpen => "open",
        Kept::ForATime => "time",
    };
    Row {
        what: w.care_record(record.word()),
        why: w.care_purpose(record.word()),
        long: w.care_kept(kept),
        people: record.about_people(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use face::Lang;

    #[test]
    fn every_party_tells_of_every_table_it_has_in_both_languages() {
        for role in Role::ALL {
            let (records, undescribed) = stored(&parts_of(role));
            assert_eq!(undescribed, Vec::<&str>::new(), "{role:?}");
            for lang in Lang::ALL {
                let of = Of {
                    role,
                    name: "Somebody".into(),
                    dev: true,
                };
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
