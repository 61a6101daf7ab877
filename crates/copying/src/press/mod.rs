//! Press: a batch of media or devices, written piece by piece into a directory (CM-1, CM-11).
//!
//! ```text
//! INTO/press.job            what is pressed, with the seed of its ids: first, and gone when everything is done
//! INTO/batch.keyfare-batch  the file that makes it known to its server
//! INTO/medium-00001/        a medium: MEDIUM.TXT and CONTENT.KFR; or medium-00001.iso with the same
//! INTO/card-00001/device    a card, player or drive of software
//! INTO/press.done           what was pressed, without its seed: last
//! ```
//!
//! A piece has its own name only once it is whole and on the disk; before that it is `NAME.part`, and is made anew after a
//! cut, with the same id: ids belong to numbers, and follow from the job's seed. So no id is used twice, and none is lost.

mod job;
mod order;
mod piece;

use std::{
    fs,
    io::Seek,
    path::{Path, PathBuf},
};

use package::{ContentKey, HeldNode, OpenError, Package, open_stream};
use seal::{Secret, Seed};
use units::{Again, Hash, Moment, Refusal};

pub use job::{Done, Form};
pub use order::{NotAnOrder, ORDER_MAX, Order, OrderOf};

use crate::{
    batch::{Batch, Content, Pressed},
    device::{Files, OnDisk, replace_file},
    server::BATCH_MAX,
};
use job::Job;

/// The name of the file that makes a batch known.
pub const BATCH_FILE: &str = "batch.keyfare-batch";
const JOB: &str = "press.job";
const DONE: &str = "press.done";
const LOCK: &str = "press.lock";

/// Why nothing, or not everything, was pressed. What is there stays; the same call goes on.
#[derive(Debug, thiserror::Error)]
pub enum PressRefused {
    /// Too many, or none.
    #[error("a batch has 1 to {BATCH_MAX} pieces, not {0}")]
    Count(u32),
    /// Another program presses there.
    #[error("another program is pressing into {}; wait until it has ended", .0.display())]
    Busy(PathBuf),
    /// Another batch is pressed there.
    #[error("{} holds another batch; choose an empty directory", .0.display())]
    OtherJob(PathBuf),
    /// The job's file is damaged.
    #[error("{} is damaged; nothing of this batch is known to a server unless its batch file was brought there", .0.display())]
    Damaged(PathBuf),
    /// The package is not what the key opens, or not whole.
    #[error("this package cannot be pressed: {0}")]
    Package(#[from] OpenError),
    /// The key is another package's.
    #[error("this is not the key of this package; press the package that was sealed with it")]
    OtherKey,
    /// The package is not, byte for byte, the one the shop sells.
    #[error("this is not the package this order is for, or a damaged one; download it again from the shop")]
    OtherPackage,
    /// The image could not be made.
    #[error(transparent)]
    Image(#[from] crate::iso::IsoRefused),
    /// A disk failed.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// By the system.
        error: std::io::Error,
    },
}

impl Refusal for PressRefused {
    fn code(&self) -> &'static str {
        match self {
            Self::Count(_) => "batch-count",
            Self::Busy(_) => "press-busy",
            Self::OtherJob(_) => "press-other-batch",
            Self::Damaged(_) => "press-damaged",
            Self::Package(no) => no.code(),
            Self::OtherKey => "press-other-key",
            Self::OtherPackage => "press-other-package",
            Self::Image(no) => no.code(),
            Self::Disk { .. } => "press-disk",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::Busy(_) => Again::Later,
            _ => Again::AfterYouAct,
        }
    }
}

pub(super) fn on(path: &Path) -> impl Fn(std::io::Error) -> PressRefused + '_ {
    move |error| PressRefused::Disk {
        path: path.to_owned(),
        error,
    }
}

/// How far a press is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Every byte of the package is checked once: so many of so many.
    Checking(u64, u64),
    /// Piece number, from 1, and so many of so many bytes of the whole batch.
    Pressing(u32, u64, u64),
}

/// A batch being pressed.
#[derive(Debug)]
pub struct Press {
    into: PathBuf,
    job: Job,
    /// Ordered, without a key: what the whole file of the package has to be, if that is known.
    ordered: Option<Option<Hash>>,
    /// Held while this batch is pressed; the system lets go when a process ends, however it ends.
    _lock: fs::File,
}

/// What a call to [`Press::begin`] found.
#[derive(Debug)]
pub enum Begun {
    /// A batch to be pressed, or to go on with.
    Press(Press),
    /// This directory's batch is done.
    Done(Done),
}

impl Press {
    /// Begins a batch in `into`, or goes on with the one that was begun there, if it is of the same.
    pub fn begin(
        into: &Path,
        count: u32,
        what: Pressed,
        form: Form,
        now: Moment,
        seed: &Seed,
    ) -> Result<Begun, PressRefused> {
        let is_of = |job: &Job| job.is_of(count, &what, form);
        let is_done = |done: &Done| done.is_of(count, &what, form);
        let new = || Batch::new(count, what.clone(), seed);
        Self::take_up(into, (count, form), &is_of, &is_done, &new, None, now)
    }

    /// Begins to press what was ordered, or goes on with it.
    pub fn ordered(into: &Path, order: &Order, form: Form, now: Moment) -> Result<Begun, PressRefused> {
        let batch = order.batch();
        let is_of = |job: &Job| job.batch == *batch && job.form == form;
        let is_done = |done: &Done| (done.id, done.form) == (batch.id, form);
        let new = || batch.clone();
        Self::take_up(
            into,
            (batch.count, form),
            &is_of,
            &is_done,
            &new,
            Some(order.file()),
            now,
        )
    }

    fn take_up(
        into: &Path,
        (count, form): (u32, Form),
        is_of: &dyn Fn(&Job) -> bool,
        is_done: &dyn Fn(&Done) -> bool,
        new: &dyn Fn() -> Batch,
        ordered: Option<Option<Hash>>,
        now: Moment,
    ) -> Result<Begun, PressRefused> {
        if !(1..=BATCH_MAX).contains(&count) {
            return Err(PressRefused::Count(count));
        }
        fs::create_dir_all(into).map_err(on(into))?;
        let path = into.join(LOCK);
        let lock = fs::File::create(&path).map_err(on(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(PressRefused::Busy(into.to_owned())),
            Err(fs::TryLockError::Error(error)) => return Err(on(&path)(error)),
        }
        if let Some(done) = read::<Done>(&into.join(DONE))? {
            // A cut between the last two writes.
            remove(&into.join(JOB))?;
            remove(&path)?;
            return if is_done(&done) {
                Ok(Begun::Done(done))
            } else {
                Err(PressRefused::OtherJob(into.to_owned()))
            };
        }
        let path = into.join(JOB);
        if let Some(job) = read::<Job>(&path)? {
            return if is_of(&job) {
                Ok(Begun::Press(Self {
                    into: into.to_owned(),
                    job,
                    ordered,
                    _lock: lock,
                }))
            } else {
                Err(PressRefused::OtherJob(into.to_owned()))
            };
        }
        let job = Job::new(new(), form, now);
        write(&path, &job)?;
        Ok(Begun::Press(Self {
            into: into.to_owned(),
            job,
            ordered,
            _lock: lock,
        }))
    }

    /// The batch.
    pub const fn batch(&self) -> &Batch {
        &self.job.batch
    }

    /// Keeps the file that makes the batch known beside its pieces.
    pub fn keep_batch_file(&self, bytes: &[u8]) -> Result<PathBuf, PressRefused> {
        let path = self.into.join(BATCH_FILE);
        replace_file(&path, bytes).map_err(|no| no.in_press(&path))?;
        Ok(path)
    }

    /// Presses media from the package in this file: checks it once, whole, and writes what is not there yet.
    pub fn media(&mut self, package: &Path, progress: &mut dyn FnMut(Step)) -> Result<(), PressRefused> {
        let Pressed::Media(content) = self.job.batch.what.clone() else {
            return Err(PressRefused::OtherJob(self.into.clone()));
        };
        let len = fs::metadata(package).map_err(on(package))?.len();
        if !self.job.checked {
            let told = &mut |done| progress(Step::Checking(done, len));
            match self.ordered {
                Some(whole) => compare(package, content.package, whole, told)?,
                None => open(package, &content, told)?,
            }
            self.job.checked = true;
            write(&self.into.join(JOB), &self.job)?;
        }
        let all = len.saturating_mul(u64::from(self.job.batch.count));
        for n in 0..self.job.batch.count {
            let before = len.saturating_mul(u64::from(n));
            let label = piece::label(&self.job.batch, &content, n);
            let told = &mut |done: u64| progress(Step::Pressing(n.saturating_add(1), before.saturating_add(done), all));
            match self.job.form {
                Form::Folder => piece::folder(&self.into, n, &label, package, told)?,
                Form::Image => piece::image(&self.into, n, &label, package, self.job.at, told)?,
            }
        }
        Ok(())
    }

    /// Writes devices.
    pub fn devices(&self, progress: &mut dyn FnMut(Step)) -> Result<(), PressRefused> {
        let count = self.job.batch.count;
        for n in 0..count {
            if let Some((kind, blank)) = self.job.batch.device(n) {
                piece::device(&self.into, n, kind, blank)?;
            }
            let done = n.saturating_add(1);
            progress(Step::Pressing(done, u64::from(done), u64::from(count)));
        }
        Ok(())
    }

    /// Everything is made: the seed is forgotten, so that no key can be made a second time.
    pub fn finish(self) -> Result<Done, PressRefused> {
        let done = Done::of(&self.job);
        write(&self.into.join(DONE), &done)?;
        remove(&self.into.join(JOB))?;
        remove(&self.into.join(LOCK))?;
        Ok(done)
    }
}

/// Opens every byte of the package with its key.
fn open(package: &Path, content: &Content, told: &mut dyn FnMut(u64)) -> Result<(), PressRefused> {
    let secret = Secret::from_slice(&content.key).ok_or(PressRefused::OtherKey)?;
    let key = ContentKey::from_secret_bytes(*secret.expose());
    let file = fs::File::open(package).map_err(on(package))?;
    let keys = |front: &package::Front| HeldNode::whole(&key, front.tree());
    let front = open_stream(file, std::io::sink(), keys, told)?;
    if front.package() == content.package && front.header().is_under(&key) {
        Ok(())
    } else {
        Err(PressRefused::OtherKey)
    }
}

/// Compares the package with the one the shop sells: its name and length, and every byte where the shop has said them.
fn compare(path: &Path, name: Hash, whole: Option<Hash>, told: &mut dyn FnMut(u64)) -> Result<(), PressRefused> {
    let file = fs::File::open(path).map_err(on(path))?;
    let found = {
        let opened = Package::open(&file)?;
        (opened.front().package(), opened.front().package_len())
    };
    let mut from = file;
    from.rewind().map_err(on(path))?;
    let (digest, len) = package::digest(&from, told).map_err(on(path))?;
    if found == (name, len) && whole.is_none_or(|whole| whole == digest) {
        Ok(())
    } else {
        Err(PressRefused::OtherPackage)
    }
}

fn read<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(path: &Path) -> Result<Option<T>, PressRefused> {
    match OnDisk.read(path).map_err(on(path))? {
        None => Ok(None),
        Some(bytes) => {
            let bytes = zeroize::Zeroizing::new(bytes);
            seal::cbor::from_bytes_within(&bytes, usize::MAX)
                .map(Some)
                .map_err(|_| PressRefused::Damaged(path.to_owned()))
        }
    }
}

fn write<T: minicbor::Encode<()>>(path: &Path, what: &T) -> Result<(), PressRefused> {
    let bytes = zeroize::Zeroizing::new(seal::cbor::to_bytes(what));
    replace_file(path, &bytes).map_err(|no| no.in_press(path))
}

fn remove(path: &Path) -> Result<(), PressRefused> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(on(path)(error)),
        _ => Ok(()),
    }
}

impl crate::device::FileRefused {
    fn in_press(self, path: &Path) -> PressRefused {
        match self {
            Self::Disk { path, error } => PressRefused::Disk { path, error },
            Self::NotReadable(_) => PressRefused::Damaged(path.to_owned()),
        }
    }
}
