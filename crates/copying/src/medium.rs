//! Medium: what lies on a disc or stick, read: a folder with two files, or the image of one (CM-1).
//!
//! | file | content |
//! |---|---|
//! | `MEDIUM.TXT` | first line `medium ID`, or `batch ID` where media have none; further lines are for people |
//! | `CONTENT.KFR` | the package |

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use package::ReadAt;
use units::{Again, Money, OfferNo, Refusal};

use crate::{
    ids::{BatchId, MediumId},
    iso::{self, Extent},
    wire::Source,
};

/// The text file of a medium.
pub const LABEL_FILE: &str = "MEDIUM.TXT";
/// The package of a medium.
pub const PACKAGE_FILE: &str = "CONTENT.KFR";
/// The longest text file that is read.
const LABEL_MAX: usize = 4096;

/// What a medium's text file says.
pub fn label_text(
    medium: Option<MediumId>,
    batch: BatchId,
    title: &str,
    price: Money,
    offer: Option<OfferNo>,
) -> String {
    let first = match medium {
        Some(id) => format!("medium {}", id.grouped()),
        None => format!("batch {}", batch.grouped()),
    };
    let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match offer {
        Some(offer) => format!("{first}\n{title}\nIt pays for its license: keyfare buy {offer} --medium\n"),
        None => format!("{first}\n{title}\n{price}\nCopy it to your drive: keyfare import\n"),
    }
}

/// Why this is no medium. In order of precedence.
#[derive(Debug, thiserror::Error)]
pub enum NotAMedium {
    /// It cannot be read.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// By the system.
        error: io::Error,
    },
    /// The files of a medium are not there.
    #[error("{} is no medium: it needs {LABEL_FILE} and {PACKAGE_FILE}; name the medium's folder or its image", .0.display())]
    NoFiles(PathBuf),
    /// Its text says no id.
    #[error("{LABEL_FILE} of this medium names no id; have the medium exchanged")]
    NoId,
}

impl Refusal for NotAMedium {
    fn code(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "medium-unreadable",
            Self::NoFiles(_) => "not-a-medium",
            Self::NoId => "medium-without-id",
        }
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// A medium that was found.
#[derive(Debug)]
pub struct Medium {
    source: Source,
    package: Content,
}

/// The package on a medium: a file, or parts of an image.
#[derive(Debug)]
pub struct Content {
    file: File,
    parts: Vec<Extent>,
    len: u64,
}

impl Medium {
    /// Opens the medium in this folder or image.
    pub fn open(path: &Path) -> Result<Self, NotAMedium> {
        let disk = |error| NotAMedium::Disk {
            path: path.to_owned(),
            error,
        };
        let whole = |path: &Path| -> io::Result<Option<Content>> {
            match File::open(path) {
                Ok(file) => {
                    let len = file.metadata()?.len();
                    let parts = vec![Extent { at: 0, len }];
                    Ok(Some(Content { file, parts, len }))
                }
                Err(no) if no.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(no) => Err(no),
            }
        };
        let (text, package) = if path.is_dir() {
            (
                whole(&path.join(LABEL_FILE)).map_err(disk)?,
                whole(&path.join(PACKAGE_FILE)).map_err(disk)?,
            )
        } else {
            let part = |name| -> io::Result<Option<Content>> {
                let file = File::open(path)?;
                let parts = iso::find(&file, name)?;
                let len = parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.len));
                Ok((!parts.is_empty()).then_some(Content { file, parts, len }))
            };
            (part(LABEL_FILE).map_err(disk)?, part(PACKAGE_FILE).map_err(disk)?)
        };
        let (Some(text), Some(package)) = (text, package) else {
            return Err(NotAMedium::NoFiles(path.to_owned()));
        };
        let mut bytes = vec![0; usize::try_from(text.len).unwrap_or(LABEL_MAX).min(LABEL_MAX)];
        let n = text.fill_at(0, &mut bytes).map_err(disk)?;
        bytes.truncate(n);
        Ok(Self {
            source: source_of(&String::from_utf8_lossy(&bytes)).ok_or(NotAMedium::NoId)?,
            package,
        })
    }
    /// Content that came over the network, given away with this batch (CM-11): the package's file, and no medium around it.
    pub fn given_away(path: &Path, batch: BatchId) -> Result<Self, NotAMedium> {
        let disk = |error| NotAMedium::Disk {
            path: path.to_owned(),
            error,
        };
        let file = File::open(path).map_err(disk)?;
        let len = file.metadata().map_err(disk)?.len();
        Ok(Self {
            source: Source::Free(batch),
            package: Content {
                file,
                parts: vec![Extent { at: 0, len }],
                len,
            },
        })
    }
    /// What its keys are asked for with.
    pub const fn source(&self) -> Source {
        self.source
    }
    /// Its package.
    pub const fn package(&self) -> &Content {
        &self.package
    }
}

fn source_of(text: &str) -> Option<Source> {
    let (word, id) = text.lines().next()?.trim().split_once(' ')?;
    match word {
        "medium" => id.parse().ok().map(Source::Medium),
        "batch" => id.parse().ok().map(Source::Free),
        _ => None,
    }
}

impl ReadAt for Content {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut before = 0_u64;
        for part in &self.parts {
            let inside = offset.saturating_sub(before);
            if offset >= before && inside < part.len {
                let most = usize::try_from(part.len.saturating_sub(inside)).unwrap_or(usize::MAX);
                let len = buf.len().min(most);
                return ReadAt::read_at(&self.file, part.at.saturating_add(inside), &mut buf[..len]);
            }
            before = before.saturating_add(part.len);
        }
        Ok(0)
    }
    fn size(&self) -> io::Result<Option<u64>> {
        Ok(Some(self.len))
    }
}
