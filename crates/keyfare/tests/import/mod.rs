//! A copy from a medium to a drive, its process killed while it copies: it goes on where it was, in memory that does not grow
//! with the content, and leaves no key of the medium behind.
//!
//! `IMPORT_MIB` sets how long the content is (128), `IMPORT_KILLS` how often it is interrupted (10), `KILLS_SEED` where.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use copying::{
    BatchId, DeviceId, DeviceKind, MediumId,
    device::{Body, Home, Kept},
    medium::label_text,
    server::{MediaBatch, Role},
    town::{Town, TownLine},
    wire::Source,
};
use package::{About, ContentKey, Front, Geometry, Header, HeldNode, Signatures, open_stream, seal};
use serde_json::Value;
use units::{ContentId, Currency, Money};

use crate::{Dice, number, town::PROGRAM, town::pause};

/// Content of any length, the same every time, and cheap to make.
struct Tape {
    at: u64,
    len: u64,
}
impl Read for Tape {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = buf.len().min((self.len - self.at) as usize);
        for (i, byte) in buf[..n].iter_mut().enumerate() {
            let at = self.at + i as u64;
            *byte = (at ^ (at >> 11) ^ (at >> 23)) as u8;
        }
        self.at += n as u64;
        Ok(n)
    }
}

/// Compares what is written with the tape.
struct Same(Tape);
impl io::Write for Same {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut own = vec![0; bytes.len()];
        self.0.read_exact(&mut own)?;
        if own == bytes {
            Ok(bytes.len())
        } else {
            Err(io::Error::other("the copy's content is another"))
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A user with registered devices, a medium, and its key on the card.
struct Scene {
    dir: tempfile::TempDir,
    town: Town,
    home: Home,
    medium: MediumId,
    len: u64,
}

impl Scene {
    fn set(mib: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let len = mib << 20;
        #[expect(
            clippy::disallowed_methods,
            reason = "the program under test takes its time from this machine"
        )]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = units::Moment(since.as_millis() as u64);
        let mut town = Town::found(&[4; 32], now, &[], |_| {}).unwrap();
        let key = ContentKey::from_secret_bytes([0xc5; 32]);
        let header = Header::new(About::example(), &key, Geometry::of(len).unwrap());
        let front = Front::assemble(header, Signatures::default(), Vec::new()).unwrap();
        let folder = dir.path().join("medium");
        fs::create_dir(&folder).unwrap();
        let out = File::create(folder.join("CONTENT.KFR")).unwrap();
        seal(&front, &key, Tape { at: 0, len }, out, &mut |_| {}).unwrap();
        let (package, zero) = (front.package(), Money::zero(Currency::JPY));
        let made = town.at_server(move |server, tx| {
            let of = MediaBatch {
                id: BatchId([7; 16]),
                title: "A long film",
                content: ContentId([2; 16]),
                package,
                key: &ContentKey::from_secret_bytes([0xc5; 32]),
                price: zero,
                numbered: true,
                again: false,
            };
            server.make_media(tx, &Town::hand(Role::Maker, 1), &of, 1, now)
        });
        let made: Result<Vec<MediumId>, copying::server::MakeRefused> = made;
        let medium = made.unwrap()[0];
        let label = label_text(Some(medium), BatchId([7; 16]), "A long film", zero, None);
        fs::write(folder.join("MEDIUM.TXT"), label).unwrap();
        let mut device = |name: &str, kind| {
            let blank = town.devices(kind, 1).unwrap().remove(0);
            let kept = Kept::at(&dir.path().join(name));
            kept.put(&Body::new(blank.id, kind, blank.key)).unwrap();
            Some(kept)
        };
        let home = Home {
            card: device("card", DeviceKind::Card),
            player: device("player", DeviceKind::Player),
            drive: device("drive", DeviceKind::Drive),
        };
        let mut scene = Self {
            dir,
            town,
            home,
            medium,
            len,
        };
        let seed = scene.town.seed();
        let home = scene.home.clone();
        home.register("blue heron", &mut scene.line(), &seed).unwrap();
        let seed = scene.town.seed();
        home.key(Source::Medium(medium), zero, &mut scene.line(), &seed)
            .unwrap();
        scene
    }
    fn line(&mut self) -> TownLine<'_> {
        TownLine {
            town: &mut self.town,
            way: None,
        }
    }
    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    /// The program that plays a copy behind a pipe, on this player.
    fn play(&self, file: &Path, player: &str, language: &str) -> Child {
        let mut command = Command::new(PROGRAM);
        command
            .arg("--dir")
            .arg(self.at("place"))
            .args(["--json", "play"])
            .arg(file);
        command.arg("--pipe").env("LC_ALL", language);
        for (name, at) in [("card", "card"), ("player", player), ("drive", "drive")] {
            command.arg(format!("--{name}")).arg(self.at(at));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
    /// No network is there. Lent to somebody with another player, card and drive play nothing, in the words of either language.
    fn plays_here_and_is_refused_elsewhere(&mut self, file: &Path) {
        let mut playing = self.play(file, "player", "C");
        let mut played = Same(Tape { at: 0, len: self.len });
        let copied = io::copy(playing.stdout.as_mut().unwrap(), &mut played).unwrap();
        assert!(playing.wait().unwrap().success() && copied == self.len);
        let blank = self.town.devices(DeviceKind::Player, 1).unwrap().remove(0);
        let other = Body::new(blank.id, DeviceKind::Player, blank.key);
        Kept::at(&self.at("other player")).put(&other).unwrap();
        for (language, words) in [
            ("C", "Content reproduction is not permitted."),
            ("ja_JP.UTF-8", "コンテンツの再生は許可されていません。"),
        ] {
            let out = self.play(file, "other player", language).wait_with_output().unwrap();
            let said: Value = serde_json::from_slice(&out.stderr).unwrap();
            assert_eq!(said["error"]["code"], "playback-not-permitted", "{said:#}");
            assert!(said["error"]["detail"].as_str().unwrap().starts_with(words), "{said:#}");
            assert!(out.stdout.is_empty() && !out.status.success());
        }
    }
    /// The program that copies, begun.
    fn import(&self) -> Child {
        let mut command = Command::new(PROGRAM);
        command.arg("--dir").arg(self.at("place")).arg("--json").arg("import");
        command.arg(self.at("medium"));
        for name in ["card", "player", "drive"] {
            command.arg(format!("--{name}")).arg(self.at(name));
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}

/// The most memory a process had, in KiB.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// proves: CM-4 CM-5 row-75
#[test]
fn a_copy_killed_again_and_again_finishes_right_in_constant_memory() {
    let (mib, kills, seed) = (
        number("IMPORT_MIB", 128),
        number("IMPORT_KILLS", 10),
        number("KILLS_SEED", 1),
    );
    let (mut scene, mut dice) = (Scene::set(mib), Dice(seed));
    let delivery = scene.home.keeper().unwrap().copies().next().unwrap().0;
    let whole = scene.home.file_of(delivery).unwrap();
    let mut part = whole.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let (mut most, mut cut) = (0, 0);
    for kill in 0..kills {
        let mut child = scene.import();
        // Somewhere within its own stretch of the file; or, where that is there already, while it is checked.
        let stretch = scene.len / (kills + 1);
        let target = kill * stretch + dice.next(stretch.max(1));
        if size(&part) >= target {
            pause(dice.next(40));
        }
        while size(&part) < target && child.try_wait().unwrap().is_none() && !whole.exists() {
            pause(1);
        }
        most = most.max(peak(&child));
        let alive = child.try_wait().unwrap().is_none();
        let _ = child.kill();
        let _ = child.wait();
        let before = size(&part);
        cut += u64::from(alive && before > 0 && !whole.exists());
        // Its key is on the card until the copy is whole, and nothing else is there under its name.
        let keeper = scene.home.keeper().unwrap();
        assert_eq!(
            keeper.grant(delivery).unwrap().content.is_some(),
            !whole.exists() || keeper.unreported().is_empty()
        );
    }
    let out = scene.import().wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    assert!(
        out.status.success(),
        "{said:#} {}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(said["reported"], false, "no gateway was told: {said:#}");
    assert!(cut >= kills / 2, "only {cut} of {kills} interruptions met the copy");
    assert!(!part.exists() && most > 0 && most < 96 << 10, "{most} KiB");
    // What plays is the content, all of it; the medium's key is gone; the report comes later, once.
    let key = scene.home.play_key(delivery, scene.town.now).unwrap();
    let keys = |front: &Front| HeldNode::whole(&key, front.tree());
    let tape = Same(Tape { at: 0, len: scene.len });
    open_stream(File::open(&whole).unwrap(), tape, keys, &mut |_| {}).unwrap();
    assert!(scene.home.keeper().unwrap().grant(delivery).unwrap().content.is_none());
    scene.plays_here_and_is_refused_elsewhere(&whole);
    let (seed, home) = (scene.town.seed(), scene.home.clone());
    home.report(&mut scene.line(), &seed).unwrap();
    assert!(home.keeper().unwrap().unreported().is_empty());
    let medium = scene.medium;
    let stands = scene
        .town
        .at_server(move |server, tx| server.medium(tx, medium))
        .unwrap();
    assert!(stands.unwrap().1.unwrap().given.complete.is_some());
    eprintln!("{mib} MiB, {cut} of {kills} interruptions while it copied, at most {most} KiB");
}

/// A wallet's pages, in a process of their own.
struct Pages {
    wallet: Child,
    client: reqwest::Client,
    origin: String,
    base: String,
}

impl Pages {
    async fn of(town: &crate::town::Town) -> Self {
        let mut wallet = town.command(&["wallet", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut lines = io::BufReader::new(wallet.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains('}') {
            assert!(io::BufRead::read_line(&mut lines, &mut said).unwrap() > 0, "{said}");
        }
        let said: Value = serde_json::from_str(&said).unwrap();
        let (address, code) = said["wallet"].as_str().unwrap().split_once('#').unwrap();
        let origin = reqwest::Url::parse(address).unwrap().origin().ascii_serialization();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let mut pages = Self {
            wallet,
            client,
            origin,
            base: String::new(),
        };
        let inside = pages.post("/open", &format!("code={code}")).await;
        pages.base = inside.trim_end_matches('/').to_owned();
        pages
    }
    /// Sends a form of these pages; answers where it leads.
    async fn post(&self, path: &str, body: &str) -> String {
        let request = self.client.post(format!("{}{path}", self.origin));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let request = request.header("origin", &self.origin).body(body.to_owned());
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303, "{path} {body}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }
    async fn get(&self, path: &str) -> reqwest::Response {
        let url = format!("{}{}{path}", self.origin, self.base);
        self.client
            .get(url)
            .header("accept-language", "en")
            .send()
            .await
            .unwrap()
    }
    async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }
    /// Has a medium copied, and waits until that has come to an end.
    async fn copy(&self, medium: &str) -> String {
        let page = self.page("/media").await;
        let token = page
            .split("name=\"token\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let body = format!("token={token}&at_most=0&other={medium}");
        self.post(&format!("{}/media", self.base), &body).await;
        loop {
            let page = self.page("/media").await;
            if !page.contains("http-equiv=\"refresh\"") {
                return page;
            }
            pause(20);
        }
    }
}

/// proves: CM-4 CM-5
#[test]
fn a_medium_is_copied_and_played_by_the_wallets_page() {
    let (scene, town) = (Scene::set(4), crate::town::Town::stocked(0, None));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let medium = scene.at("medium").to_str().unwrap().to_owned();
    runtime.block_on(async {
        let mut pages = Pages::of(&town).await;
        let nothing = pages.page("/media").await;
        assert!(
            nothing.contains("keyfare device register") && !nothing.contains("name=\"other\""),
            "{nothing}"
        );
        for word in ["card", "player", "drive"] {
            crate::town::copy_dir(&scene.at(word), &town.path().join("devices").join(word));
        }
        // What is no medium is refused, and the page says so.
        let no = pages.copy("/nowhere").await;
        assert!(no.contains("nowhere was not copied") && no.contains("Go on"), "{no}");
        let done = pages.copy(&medium).await;
        assert!(
            done.contains("is on your drive") && done.contains("Not reported yet"),
            "{done}"
        );
        let at = done.split("/media/").nth(1).unwrap().split('"').next().unwrap();
        let play = format!("/media/{at}");
        let leads = async || {
            pages.get(&play).await.headers()["location"]
                .to_str()
                .unwrap()
                .to_owned()
        };
        let address = leads().await;
        assert_eq!(address, leads().await, "it plays where it plays already");
        let mut sound = reqwest::get(&address).await.unwrap();
        let (mut played, mut heard) = (Same(Tape { at: 0, len: scene.len }), 0);
        while let Some(piece) = sound.chunk().await.unwrap() {
            io::Write::write_all(&mut played, &piece).unwrap();
            heard += piece.len() as u64;
        }
        assert_eq!(heard, scene.len);
        // Another player: the copy is there, and does not play.
        fs::remove_dir_all(town.path().join("devices/player")).unwrap();
        let other = Body::new(DeviceId([9; 16]), DeviceKind::Player, ::seal::Secret::new([9; 32]));
        Kept::at(&town.path().join("devices/player")).put(&other).unwrap();
        let _ = pages.wallet.kill();
        let _ = pages.wallet.wait();
        let mut pages = Pages::of(&town).await;
        let no = pages.get(&play).await;
        assert_eq!(no.status(), 422);
        let no = no.text().await.unwrap();
        assert!(no.contains("Content reproduction is not permitted."), "{no}");
        let _ = pages.wallet.kill();
        let _ = pages.wallet.wait();
    });
}
