//! Kept: requests that were agreed to, each a small file of its own, written before it is sent.

use std::{fs, io};

use data_encoding::{BASE64, HEXLOWER};
use deal::support::Stage;
use serde::{Deserialize, Serialize};
use units::Moment;

use super::Draft;
use crate::home::{Home, make_private_dir, write_whole};

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Stable code.
    pub code: String,
    /// What to do.
    pub text: String,
}

/// A request that was agreed to, and what came back so far. It holds what was sent, sealed, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its id.
    pub id: String,
    /// When it was agreed to.
    pub at: String,
    /// The same in milliseconds since 1970.
    pub ms: u64,
    /// The desk.
    pub desk: String,
    /// Its name.
    pub desk_name: String,
    /// The seller who may be asked.
    pub seller: Option<String>,
    /// The work's title.
    pub title: String,
    /// The license, if it was here.
    pub license: Option<String>,
    /// What was wrong.
    pub trouble: String,
    /// How many notes went along.
    pub notes: usize,
    /// What was sent.
    pub(super) sealed: String,
    /// "on-its-way", "looking", "answered" or "repaired".
    pub stage: String,
    /// Why it is still on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// What the desk said.
    #[serde(default)]
    pub advice: Vec<Told>,
    /// What the seller found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// What was repaired here, in words with stable codes in front.
    #[serde(default)]
    pub repairs: Vec<Told>,
}

impl Sent {
    /// One that was never sent, for pages that show what such a thing looks like.
    pub(crate) fn made(at: Moment, desk_name: &str, title: &str, trouble: &str, notes: usize) -> Self {
        Self {
            id: name(&[7; 16]),
            at: at.to_string(),
            ms: at.0,
            desk: String::new(),
            desk_name: desk_name.to_owned(),
            seller: None,
            title: title.to_owned(),
            license: None,
            trouble: trouble.to_owned(),
            notes,
            sealed: String::new(),
            stage: String::new(),
            waits: None,
            advice: Vec::new(),
            finding: None,
            repairs: Vec::new(),
        }
    }
    pub(super) fn of(draft: &Draft, at: Moment) -> Self {
        Self {
            id: name(&draft.id),
            at: at.to_string(),
            ms: at.0,
            desk: draft.desk.to_string(),
            desk_name: draft.desk_name.clone(),
            seller: draft.seller.as_ref().map(|(id, _)| id.to_string()),
            title: draft.title.clone(),
            license: draft.license.map(|l| l.to_string()),
            trouble: draft.sheet.trouble.word().to_owned(),
            notes: draft.sheet.noted.len(),
            sealed: BASE64.encode(&draft.sealed),
            stage: "on-its-way".to_owned(),
            waits: None,
            advice: Vec::new(),
            finding: None,
            repairs: Vec::new(),
        }
    }
    /// Is the answer here?
    pub fn is_over(&self) -> bool {
        [Stage::Answered, Stage::Repaired]
            .iter()
            .any(|s| s.word() == self.stage)
    }
    pub(super) fn id_bytes(&self) -> Option<[u8; 16]> {
        HEXLOWER.decode(self.id.as_bytes()).ok()?.try_into().ok()
    }
    pub(super) fn bytes(&self) -> Vec<u8> {
        BASE64.decode(self.sealed.as_bytes()).unwrap_or_default()
    }
}

/// Files of requests kept; the oldest go when there are more.
const KEPT_MAX: usize = 200;

/// The name of a request: its id in hexadecimal digits.
pub(super) fn name(id: &[u8; 16]) -> String {
    HEXLOWER.encode(id)
}

fn is_name(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(super) fn write(home: &Home, sent: &Sent) -> io::Result<()> {
    let dir = home.support();
    make_private_dir(&dir)?;
    let text = serde_json::to_vec(sent).map_err(io::Error::other)?;
    write_whole(&dir.join(format!("{}.json", sent.id)), &text)?;
    for old in all(home).iter().skip(KEPT_MAX).filter(|s| s.is_over()) {
        // One that stays is asked for again at worst.
        let _ = fs::remove_file(dir.join(format!("{}.json", old.id)));
    }
    Ok(())
}

pub(super) fn read(home: &Home, id: &str) -> Option<Sent> {
    if !is_name(id) {
        return None;
    }
    let bytes = fs::read(home.support().join(format!("{id}.json"))).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Everything kept, the latest first. A file that does not read is left out.
pub(super) fn all(home: &Home) -> Vec<Sent> {
    let entries = fs::read_dir(home.support()).into_iter().flatten().flatten();
    let names = entries.filter_map(|e| Some(e.path().file_stem()?.to_str()?.to_owned()));
    let mut found: Vec<Sent> = names.filter_map(|id| read(home, &id)).collect();
    found.sort_by(|a, b| (b.ms, &b.id).cmp(&(a.ms, &a.id)));
    found
}
