//! Copies: what the wallet's page for copying from media is driven by: media that are mounted, one copy at a time on a thread of its
//! own, and what is on the drive played at an address of this machine.
//!
//! A copy is a thread and not a task: when the program ends, it ends, and goes on at the next call where it was.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use copying::{
    DeliveryId,
    device::{HomeRefused, Imported},
    medium::{LABEL_FILE, Medium},
    sentence,
};
use package::Package;
use tokio::{runtime::Handle, task::AbortHandle};
use units::{Money, Refusal};
use wallet::copies::{Begun, Copied, Copies, Found, Here, How, No};

use crate::{
    clock,
    command::{
        devices::{Devices, home},
        gateway_line::{Gateway, currency},
        play_copy,
    },
    place::Place,
    say::Refused,
};

/// The most media that are listed.
const MEDIA_MAX: usize = 20;

/// A copy that plays: which, where, and what ends it.
type Playing = (DeliveryId, String, AbortHandle);

/// The devices and the drive of an installation.
#[derive(Debug)]
pub struct OnDrive {
    place: Place,
    devices: Devices,
    runtime: Handle,
    begun: Arc<Mutex<Option<Begun>>>,
    playing: Mutex<Option<Playing>>,
}

/// The driver of an installation. To be made within a runtime.
pub fn copies(place: &Place, player: Option<PathBuf>, drive: Option<PathBuf>) -> Arc<dyn Copies> {
    Arc::new(OnDrive {
        place: place.clone(),
        devices: Devices {
            card: None,
            player,
            drive,
        },
        runtime: Handle::current(),
        begun: Arc::default(),
        playing: Mutex::default(),
    })
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no(code: &str, text: String) -> No {
    No {
        code: code.to_owned(),
        english: sentence::english(code).map_or(text, str::to_owned),
        japanese: sentence::japanese(code).map(str::to_owned),
    }
}

fn no_of(refused: &impl Refusal) -> No {
    no(refused.code(), refused.to_string())
}

fn no_by(error: &anyhow::Error) -> No {
    match error.downcast_ref::<Refused>() {
        Some(refused) => no(&refused.code, refused.text.clone()),
        None => no("copy-failed", format!("{error:#}")),
    }
}

/// What is on a medium, by its package; its folder's name, where that cannot be read.
fn titled(path: &Path, medium: Option<&Medium>) -> String {
    let folder = || {
        path.file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned()
    };
    let front = medium.and_then(|medium| Package::open(medium.package()).ok());
    front.map_or_else(folder, |package| package.front().header().title.clone())
}

fn folders(under: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(under) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// Media that are mounted where systems mount what people put in.
fn mounted() -> Vec<Found> {
    let of_users = ["/media", "/run/media"]
        .into_iter()
        .flat_map(|dir| folders(Path::new(dir)));
    let dirs = of_users.chain(["/media", "/mnt", "/Volumes"].map(PathBuf::from));
    let mut found: Vec<Found> = dirs
        .flat_map(|dir| folders(&dir))
        .filter(|path| path.join(LABEL_FILE).is_file())
        .filter_map(|path| {
            let medium = Medium::open(&path).ok()?;
            let title = titled(&path, Some(&medium));
            Some(Found { path, title })
        })
        .take(MEDIA_MAX)
        .collect();
    found.dedup();
    found
}

impl OnDrive {
    fn copied(&self) -> Result<(bool, Vec<Copied>), HomeRefused> {
        let home = home(&self.place, &self.devices);
        let keeper = home.keeper()?;
        let complete = keeper.copies().filter(|(delivery, _, _, open)| {
            let there = home.file_of(*delivery).is_ok_and(|file| file.is_file());
            !open && there
        });
        let copies = complete.map(|(delivery, _, title, _)| Copied {
            id: delivery.to_string(),
            title: title.to_owned(),
        });
        Ok((keeper.is_registered(), copies.collect()))
    }

    fn addressed(&self, copy: &str) -> Result<String, No> {
        let unknown = || no("copy-missing", "this copy is not on this drive".to_owned());
        let delivery: DeliveryId = copy.parse().map_err(|_| unknown())?;
        let mut playing = locked(&self.playing);
        // An address that nobody answers any more is not told again.
        if let Some((which, address, ends)) = &*playing
            && *which == delivery
            && !ends.is_finished()
        {
            return Ok(address.clone());
        }
        let home = home(&self.place, &self.devices);
        let file = home.file_of(delivery).map_err(|refused| no_of(&refused))?;
        let ready = play_copy::ready(&home, delivery, &file).map_err(|error| no_by(&error))?;
        let (address, serving) = self
            .runtime
            .block_on(play_copy::listening(&ready))
            .map_err(|error| no_by(&error))?;
        // One copy plays at a time, as on any player.
        if let Some((.., before)) = playing.take() {
            before.abort();
        }
        let ends = self.runtime.spawn(serving).abort_handle();
        *playing = Some((delivery, address.clone(), ends));
        Ok(address)
    }
}

/// Copies one medium, telling how far it is.
fn copy(
    place: &Place,
    devices: &Devices,
    (path, at_most): (&Path, i64),
    telling: &mut dyn FnMut(u64, u64),
) -> Result<Imported, No> {
    let medium = Medium::open(path).map_err(|refused| no_of(&refused))?;
    let currency = currency(place).map_err(|error| no_by(&error))?;
    let at_most = Money::new(at_most, currency).map_err(|refused| no("amount", refused.to_string()))?;
    let mut line = Gateway::of(place).map_err(|error| no_by(&error))?;
    let seed = clock::seed().map_err(|error| no_by(&error))?;
    let home = home(place, devices);
    let _alone = home.alone().map_err(|refused| no_of(&refused))?;
    let done = home.import(&medium, at_most, &mut line, clock::now(), &seed, telling);
    done.map_err(|refused| no_of(&refused))
}

impl Copies for OnDrive {
    fn look(&self) -> Here {
        let (registered, copies) = self.copied().unwrap_or_default();
        Here {
            registered,
            media: mounted(),
            begun: locked(&self.begun).clone(),
            copies,
        }
    }

    fn begin(&self, medium: PathBuf, at_most: i64) {
        let mut begun = locked(&self.begun);
        if matches!(&*begun, Some(it) if matches!(it.how, How::Copying { .. })) {
            return;
        }
        *begun = Some(Begun {
            title: titled(&medium, Medium::open(&medium).ok().as_ref()),
            medium: medium.clone(),
            at_most,
            how: How::Copying { done: 0, of: 0 },
        });
        drop(begun);
        let (place, devices) = (self.place.clone(), self.devices.clone());
        let (runtime, begun) = (self.runtime.clone(), self.begun.clone());
        std::thread::spawn(move || {
            let _within = runtime.enter();
            let tell = |how: How| {
                if let Some(it) = &mut *locked(&begun) {
                    it.how = how;
                }
            };
            let telling = &mut |done, of| tell(How::Copying { done, of });
            let copied = AssertUnwindSafe(|| copy(&place, &devices, (&medium, at_most), telling));
            tell(match catch_unwind(copied) {
                Ok(Ok(done)) => How::Done {
                    cost: done.charge.map(|charge| charge.amount),
                    unreported: done.unreported.as_ref().map(no_of),
                },
                Ok(Err(why)) => How::Stopped(why),
                // Whatever happened: a page that waits for it hears of it, and it can be begun again.
                Err(_) => How::Stopped(no("copy-failed", "the copy broke off".to_owned())),
            });
        });
    }

    fn play(&self, copy: &str) -> Result<String, No> {
        self.addressed(copy)
    }
}
