//! Upload: a file comes into quarantine as it streams in, under a name of ours, within a limit that is held as it grows. Several
//! files become an album.

mod album;

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Multipart, Path, Query, State, multipart::Field},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use face::{Bytes as Size, Page, Said};
use license::WorkKind;
use party::shop::{DRAFTS_MAX, Deed, Draft, DraftNo, DraftState};
use store::Fault;
use tokio::io::AsyncWriteExt;
use units::{Again, Hash};

use super::{
    FILE_MAX,
    enter::from_here,
    form::Form,
    frame::{At, Whose, on, page as frame, shown, shown_as, told},
    jobs,
    staff::Staff,
};
use crate::{
    forms::{Fields, not_ours},
    frame::{Problem, chance},
    pages::Visit,
    shop::{Stall, pages::Sign},
};

/// The longest supplied preview, in bytes.
const PREVIEW_MAX: usize = license::PREVIEW_LEN_MAX;

#[derive(Template)]
#[template(path = "console/upload.html")]
struct UploadPage<'a> {
    page: &'a Page,
    heading: Said,
    lead: Option<Said>,
    note: Option<Said>,
    limit: Said,
    action: String,
    csrf: &'a str,
    version_of: Option<String>,
    script: String,
}

/// What the upload's page shows.
pub(super) struct ToUpload<'a> {
    pub(super) version: Option<Version>,
    pub(super) no: &'a str,
    pub(super) csrf: &'a str,
}

pub(super) fn draw(
    sign: &Sign,
    visit: &Visit,
    staff: Option<&Staff>,
    whose: &Whose,
    it: &ToUpload<'_>,
) -> Result<String, askama::Error> {
    let words = visit.words;
    let note = match it.no {
        "" => None,
        "draft-file-long" => Some(words.console_upload_long(Size(FILE_MAX))),
        "draft-file-empty" => Some(words.console_upload_empty()),
        "draft-too-many" => Some(words.console_upload_many()),
        "draft-no-album" => Some(words.console_upload_no_album()),
        _ => Some(words.console_upload_broken()),
    };
    UploadPage {
        page: &frame(sign, visit, staff, Some(whose), At::Works),
        heading: match &it.version {
            Some((_, title, _)) => words.console_version_of(title),
            None => words.console_publish(),
        },
        lead: it.version.as_ref().map(|_| words.console_version_lead()),
        note,
        limit: words.console_upload_text(Size(FILE_MAX)),
        action: visit.to(&whose.at("/drafts")),
        csrf: it.csrf,
        version_of: it.version.as_ref().map(|(package, ..)| package.to_string()),
        script: visit.to("/console/script.js"),
    }
    .render()
}

/// What a new version is of: the package, and what it is called and said to be.
pub(super) type Version = (Hash, String, package::Credits);

/// The package a new version is to be of: this publisher's, and sold.
async fn version(shop: &Stall, whose: &Whose, text: Option<&String>) -> Result<Option<Version>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let package: Hash = text.parse().map_err(|_| Problem::nothing_here())?;
    let work = shop
        .office
        .look::<_, Fault>(move |party, view, _| party.work(view, package))
        .await?;
    let work = work
        .filter(|work| work.publisher == whose.id && !work.unique)
        .ok_or_else(Problem::nothing_here)?;
    let credits = work.credits().unwrap_or_default();
    Ok(Some((package, work.title, credits)))
}

/// The page for choosing a file.
pub(super) async fn page(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    Query(asked): Query<Fields>,
) -> Response {
    let drawn = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        let it = ToUpload {
            version: version(&shop, &whose, asked.get("version")).await?,
            no: asked.get("no").map(String::as_str).unwrap_or_default(),
            csrf: &staff.csrf,
        };
        Ok(shown(draw(&shop.sign, &staff.visit, Some(&staff), &whose, &it)))
    };
    let drawn = drawn.await;
    told(&shop.sign, &staff.visit, &staff, drawn)
}

fn no(status: StatusCode, code: &'static str, text: &str) -> Problem {
    Problem::door(status, code, Again::AfterYouAct, text)
}

fn broken<E>(_: E) -> Problem {
    no(
        StatusCode::BAD_REQUEST,
        "draft-broken",
        "the upload broke off; send it again",
    )
}

fn disk(error: std::io::Error) -> Problem {
    let text = format!("the file could not be written ({}); send it again", error.kind());
    no(StatusCode::INSUFFICIENT_STORAGE, "draft-disk", &text)
}

/// Takes a file: first the fields that say whose form it is, then the file itself.
pub(super) async fn file(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path(publisher): Path<String>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    let whose = match staff.over(&shop, &publisher, Deed::ChangeWorks).await {
        Ok(whose) => whose,
        Err(no) => return super::frame::refused(&shop.sign, &staff.visit, Some(&staff), &no),
    };
    match take(&shop, &staff, &whose, &headers, form).await {
        Ok(draft) => on(&staff.visit, &whose.at(&format!("/drafts/{draft}"))),
        Err(no) if no.code().starts_with("draft-") => {
            let it = ToUpload {
                version: None,
                no: no.code(),
                csrf: &staff.csrf,
            };
            shown_as(draw(&shop.sign, &staff.visit, Some(&staff), &whose, &it), no.status())
        }
        Err(no) => super::frame::refused(&shop.sign, &staff.visit, Some(&staff), &no),
    }
}

async fn take(
    shop: &Arc<Stall>,
    staff: &Staff,
    whose: &Whose,
    headers: &HeaderMap,
    mut form: Multipart,
) -> Result<String, Problem> {
    from_here(shop, headers)?;
    let mut fields = Fields::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            staff.check(shop, &fields)?;
            let version = version(shop, whose, fields.get("version")).await?;
            let number = room_for(shop, whose).await?;
            let (path, name) = (shop.console.original(number), name_of(&field));
            let first = receive(&path, &mut field, FILE_MAX).await;
            drop(field);
            let arrived = match first {
                Ok(len) => album::receive_rest(&path, (name, len), form).await,
                Err(no) => Err(no),
            };
            return keep(shop, whose, version, number, arrived).await;
        }
        note(&mut fields, name, field).await?;
    }
    Err(not_ours())
}

/// So many fields stand before a file. The length of these forms is bounded by nothing else.
const FIELDS_MAX: usize = 8;

async fn note(fields: &mut Fields, name: String, field: Field<'_>) -> Result<(), Problem> {
    if name.len() > 64 || fields.len() >= FIELDS_MAX {
        return Err(not_ours());
    }
    fields.insert(name, text_of(field).await?);
    Ok(())
}

/// A short field.
async fn text_of(mut field: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > 4096 {
            return Err(not_ours());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A name as a browser tells it, fit to be shown.
fn name_of(field: &Field<'_>) -> String {
    let name = field.file_name().unwrap_or("file");
    name.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A place in quarantine for one more draft.
async fn room_for(shop: &Stall, whose: &Whose) -> Result<DraftNo, Problem> {
    let publisher = whose.id;
    let count = shop
        .office
        .look::<_, Fault>(move |party, view, _| Ok(party.drafts(view, publisher)?.len()))
        .await?;
    if count >= DRAFTS_MAX {
        return Err(no(StatusCode::CONFLICT, "draft-too-many", "there are too many drafts"));
    }
    let number = chance::<16>().map_err(|no| Problem::by(&no))?;
    tokio::fs::create_dir_all(&shop.console.room(number))
        .await
        .map_err(disk)?;
    Ok(number)
}

/// Keeps what has arrived as a draft; what did not arrive leaves nothing.
async fn keep(
    shop: &Arc<Stall>,
    whose: &Whose,
    version: Option<Version>,
    number: DraftNo,
    arrived: Result<(String, u64), Problem>,
) -> Result<String, Problem> {
    let publisher = whose.id;
    let (shown_name, len) = match arrived {
        Ok(arrived) => arrived,
        Err(no) => {
            let _ = tokio::fs::remove_dir_all(&shop.console.room(number)).await; // what stays is swept by nobody's name
            return Err(no);
        }
    };
    let draft = Draft {
        since: shop.office.clock.now(),
        form: match &version {
            Some((_, title, credits)) => Form::version(title, credits).fields(),
            None => Form::fresh(&shown_name).fields(),
        },
        file_name: shown_name,
        len,
        media_type: "application/octet-stream".to_owned(),
        kind: WorkKind::Mixed,
        state: DraftState::Reading,
        preview_type: None,
        version_of: version.map(|(package, ..)| package),
        content: None,
    };
    shop.office
        .commit::<_, Fault>(move |party, tx, _, _| party.keep_draft(tx, publisher, number, &draft))
        .await?;
    jobs::look(shop, publisher, number);
    Ok(data_encoding::HEXLOWER.encode(&number))
}

/// Writes what arrives, piece by piece, and no byte more than is allowed.
async fn receive(path: &std::path::Path, field: &mut Field<'_>, most: u64) -> Result<u64, Problem> {
    let mut file = tokio::fs::File::create_new(path).await.map_err(disk)?;
    let mut len = 0_u64;
    while let Some(piece) = field.chunk().await.map_err(broken)? {
        len = len.saturating_add(piece.len() as u64);
        if len > most {
            return Err(no(
                StatusCode::PAYLOAD_TOO_LARGE,
                "draft-file-long",
                "the file is too long",
            ));
        }
        file.write_all(&piece).await.map_err(disk)?;
    }
    if len == 0 {
        return Err(no(
            StatusCode::UNPROCESSABLE_ENTITY,
            "draft-file-empty",
            "the file is empty",
        ));
    }
    file.sync_all().await.map_err(disk)?;
    Ok(len)
}

/// Takes a preview that the publisher supplies.
pub(super) async fn own_preview(
    State(shop): State<Arc<Stall>>,
    staff: Staff,
    Path((publisher, draft)): Path<(String, String)>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    let done = async {
        let whose = staff.over(&shop, &publisher, Deed::ChangeWorks).await?;
        let (number, _) = super::drafts::find(&shop, &whose, &draft).await?;
        from_here(&shop, &headers)?;
        let mut fields = Fields::new();
        while let Some(mut field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name != "file" {
                note(&mut fields, name, field).await?;
                continue;
            }
            staff.check(&shop, &fields)?;
            let mut bytes = Vec::new();
            while let Some(piece) = field.chunk().await.map_err(broken)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > PREVIEW_MAX {
                    break;
                }
            }
            let to = whose.at(&format!("/drafts/{draft}"));
            // What a job that holds the draft writes would replace it; the page says what goes on.
            if shop.console.working(number).is_some() {
                return Ok(on(&staff.visit, &to));
            }
            return match jobs::own_preview(&shop, whose.id, number, bytes).await {
                Ok(()) => Ok(on(&staff.visit, &to)),
                Err(no) if no.code() == "preview-refused" => Ok(on(&staff.visit, &format!("{to}?said=bad-preview"))),
                Err(no) => Err(no),
            };
        }
        Err(not_ours())
    };
    let done = done.await;
    told(&shop.sign, &staff.visit, &staff, done)
}
