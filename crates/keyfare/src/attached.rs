//! Attached: the player and the drive of this machine, as their files are found: what licenses that came from a medium are
//! bound to. The wallet asks when it pays with a medium and when it plays; their keys stay here.

use std::{path::PathBuf, sync::Arc};

use license::Shown;
use wallet::devices::{Attached, Devices};

use crate::{place::Place, tied::kept};

/// A player's and a drive's directory.
#[derive(Debug)]
pub struct OnDisk {
    player: PathBuf,
    drive: PathBuf,
}

/// The devices in these directories, or in the usual ones of this installation.
pub fn devices(place: &Place, player: Option<PathBuf>, drive: Option<PathBuf>) -> Arc<dyn Devices> {
    let usual = |word| place.root().join("devices").join(word);
    Arc::new(OnDisk {
        player: player.unwrap_or_else(|| usual("player")),
        drive: drive.unwrap_or_else(|| usual("drive")),
    })
}

impl Devices for OnDisk {
    fn attached(&self) -> Option<Attached> {
        // What cannot be read is as good as not attached: the page says what to do.
        let player = kept(&self.player).body().ok()?;
        let drive = kept(&self.drive).body().ok()?;
        Some(Attached {
            player: player.id().grouped(),
            drive: drive.id().grouped(),
            shown: Shown {
                player: player.shown(),
                drive: drive.shown(),
            },
        })
    }
}
