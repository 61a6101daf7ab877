//! Full disks, at the buyer's and at the parties' whose books a purchase needs: a refusal or a payment that waits by name, nothing lost, and all goes on
//! once there is room.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    ask::{books, document, with_input},
    town::{PROGRAM, Town, copy_dir},
};

/// A small disk of its own under a directory.
struct Disk {
    at: PathBuf,
    filler: PathBuf,
}

impl Disk {
    /// Moves what is in `at` to a disk of that size. Nothing where this user may not mount.
    fn under(at: &Path, size: &str) -> Option<Self> {
        let aside = at.with_extension("aside");
        std::fs::rename(at, &aside).unwrap();
        std::fs::create_dir(at).unwrap();
        let options = format!("size={size},mode=700");
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|s| s.success()) {
            std::fs::remove_dir(at).unwrap();
            std::fs::rename(&aside, at).unwrap();
            return None;
        }
        copy_dir(&aside, at);
        std::fs::remove_dir_all(&aside).unwrap();
        Some(Self {
            at: at.to_owned(),
            filler: at.join("filler"),
        })
    }
    /// Fills it but for that many pages.
    fn fill(&self, but: usize) {
        let mut file = std::fs::File::create(&self.filler).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        let len = file.metadata().unwrap().len() / 4096;
        file.set_len((len - but as u64) * 4096).unwrap();
    }
    fn free(&self) {
        std::fs::remove_file(&self.filler).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Processes may still have files open on it.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// Money or music, with a code for every no. Answers the outcome.
fn told(town: &Town, what: &str) -> String {
    let pin = town.pin();
    let out = town.run(&["buy", what, "--pin-stdin"], Some(&pin));
    let told: Value = document(&out);
    if let Some(outcome) = told["outcome"].as_str() {
        return outcome.to_owned();
    }
    let code = told["error"]["code"].as_str().unwrap();
    assert!(code != "fault" && !code.is_empty(), "{what}: {told}");
    code.to_owned()
}

/// The wallet's disk, then the shop's and the issuer's, full to the last page or with a few left, while a song is
/// bought. Whoever is full says so; with room again the same purchase succeeds without any process being started anew.
///
/// proves: row-94
#[test]
fn full_disks_lose_nothing() {
    let mut town = Town::stocked(5_000, None);
    let mounts = [("wallet", "1m"), ("shop/data", "24m"), ("issuer/data", "2m")];
    let disks: Option<Vec<Disk>> = mounts
        .iter()
        .map(|(dir, size)| Disk::under(&town.path().join(dir), size))
        .collect();
    let Some(disks) = disks else {
        eprintln!("SKIPPED: this user may not mount; the wallet's full file is tried below all the same");
        return;
    };
    town.start_all();
    let (mut purse, mut licenses) = (5_000, 0);
    for (disk, (name, _)) in disks.iter().zip(mounts) {
        for pages in [0, 1, 3] {
            disk.fill(pages);
            let outcome = told(&town, "301");
            disk.free();
            let card = town.finish();
            let now = books(&card);
            let replay = format!("{name} with {pages} pages left: {outcome}");
            eprintln!("{replay}, {now:?}");
            assert!(
                now == (purse, 0, licenses) || now == (purse - 300, 0, licenses + 1),
                "{replay}: {now:?}"
            );
            (purse, licenses) = (now.0, now.2);
        }
        // There is room again: nobody had to be started anew.
        assert_eq!(told(&town, "301"), "given", "{name} does not go on when there is room");
        (purse, licenses) = (purse - 300, licenses + 1);
        assert_eq!(books(&town.finish()), (purse, 0, licenses), "{name}");
    }
    town.audit();
}

/// The same for a wallet whose files may not grow beyond a size, which every user of a system can set.
///
/// proves: row-94
#[test]
fn a_wallet_whose_memory_cannot_grow_refuses_and_goes_on_later() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    let journal = town.path().join("wallet/memory/journal");
    let pin = town.pin();
    let mut refusals = 0;
    for more in [0_u64, 1, 2, 4] {
        let before = books(&town.card());
        // The shell counts in blocks of 512 bytes; without the signal a file that is too long is an error like a full disk.
        let blocks = std::fs::metadata(&journal).unwrap().len() / 512 + more;
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$@\""))
            .arg("sh")
            .arg(PROGRAM);
        command
            .arg("--dir")
            .arg(town.path())
            .args(["--json", "buy", "102", "--pin-stdin"]);
        let told = document(&with_input(command, &pin));
        assert_ne!(told["error"]["code"], "fault", "{told}");
        refusals += usize::from(told["error"]["code"] == "card-storage");
        let now = books(&town.finish());
        assert!(
            now == before || now == (before.0 - 80, 0, before.2 + 1),
            "{more}: {told}: from {before:?} to {now:?}"
        );
    }
    assert!(refusals > 0, "the limit never met the card's memory");
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    town.audit();
}
