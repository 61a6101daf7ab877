//! Loans between processes: a wallet that has bought, and players that never were online; nobody else runs.
//!
//! `LOANS` sets how many things happen in the property test (18 unless said; `cargo xtask deep loans` hundreds), `LOANS_SEED` which.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

#[path = "../../tpm/tests/emulator/mod.rs"]
mod emulator;
mod home;
mod town;

use std::{path::PathBuf, process::Stdio};

use home::{PIN, Player, TITLE, bought, left, pair, player, plays_in, put_back, undo};
use serde_json::Value;
use town::{Town, copy_dir, pause};

/// A small generator: the same seed gives the same moments.
struct Dice(u64);
impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(usual)
}

const PLAYS: u64 = 3;
/// How many things happen unless said otherwise, and which: hand-overs that are cut, and copies of a player's and of the
/// wallet's memory that are older when they are put back.
const USUAL: (u64, u64) = (18, 30);

struct Home {
    town: Town,
    players: Vec<Player>,
    content: Vec<u8>,
    played: u64,
    /// Copies of each device's memory: the wallet's first.
    older: Vec<Option<PathBuf>>,
    /// Older copies that were put back and really were older.
    restores: u32,
}

impl Home {
    fn begin() -> Self {
        let content = "Three plays are three in all, whoever plays them.\n"
            .repeat(3000)
            .into_bytes();
        let town = bought(PLAYS as u32, &content, "three.txt");
        let players: Vec<Player> = ["kitchen", "living"]
            .iter()
            .map(|name| player(&town, name, &[]))
            .collect();
        players.iter().for_each(|one| pair(&town, one));
        for one in &players {
            let into = one.dir.join("packages");
            for file in std::fs::read_dir(town.path().join("wallet/packages")).unwrap() {
                let file = file.unwrap().path();
                std::fs::copy(&file, into.join(file.file_name().unwrap())).unwrap();
            }
        }
        Self {
            town,
            players,
            content,
            played: 0,
            older: vec![None, None, None],
            restores: 0,
        }
    }

    fn hand_over(&self, p: usize, plays: Option<u64>) -> Vec<String> {
        let one = &self.players[p];
        let words: Vec<&str> = match plays {
            Some(_) => vec!["lend", TITLE, "--to", &one.name, "--at", &one.at, "--plays"],
            None => vec!["return", "--from", &one.name, "--at", &one.at],
        };
        let plays = plays.map(|plays| plays.to_string());
        words.into_iter().map(str::to_owned).chain(plays).collect()
    }

    /// One hand-over to its end; what it says.
    fn hand(&self, p: usize, plays: Option<u64>) -> Value {
        let words = self.hand_over(p, plays);
        self.town.json(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The same, with one of the two killed at that moment.
    fn torn(&mut self, p: usize, plays: Option<u64>, moment: u64, player_dies: bool) {
        let words = self.hand_over(p, plays);
        let mut command = self.town.command(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let mut child = command.stdin(Stdio::null()).spawn().unwrap();
        pause(moment);
        if player_dies {
            self.players[p].kill();
        } else {
            // Ended already is one of the moments.
            let _ = child.kill();
        }
        child.wait_with_output().unwrap();
        if player_dies {
            self.players[p].start();
        }
    }

    fn play(&mut self, p: Option<usize>) -> bool {
        let out = match p {
            Some(p) => self.players[p].run(&["play", TITLE, "--pipe"], PIN),
            None => self.town.run(&["play", TITLE, "--pipe"], None),
        };
        let whole = out.stdout == self.content;
        assert!(whole || out.stdout.is_empty(), "a part was heard");
        self.played += u64::from(whole);
        whole
    }

    fn home_of(&self, device: usize) -> PathBuf {
        match device {
            0 => self.town.path().join("wallet"),
            n => self.players[n - 1].dir.clone(),
        }
    }

    /// Yesterday's memory is put back: nothing that was counted since is there again. Then the latest comes back.
    fn restored(&mut self, device: usize) {
        let Some(older) = self.older[device].clone() else {
            return;
        };
        let home = self.home_of(device);
        if device > 0 {
            self.players[device - 1].kill();
        }
        let same = std::fs::read(older.join("journal")).ok() == std::fs::read(home.join("memory/journal")).ok()
            && std::fs::read(older.join("snapshot")).ok() == std::fs::read(home.join("memory/snapshot")).ok();
        put_back(&home, &older);
        if device > 0 {
            self.players[device - 1].start();
        }
        let before = self.played;
        let p = device.checked_sub(1);
        if !same {
            self.restores += 1;
            assert!(!self.play(p), "an older copy played what is counted");
            let said = self.hand(p.unwrap_or(0), Some(1));
            assert!(
                said["error"]["code"].is_string(),
                "an older copy lent or took something: {said}"
            );
            assert_eq!(self.played, before);
        }
        if device > 0 {
            self.players[device - 1].kill();
        }
        undo(&home);
        if device > 0 {
            self.players[device - 1].start();
        }
    }

    fn remembers(&mut self, device: usize) {
        let (home, older) = (self.home_of(device), self.town.path().join(format!("older-{device}")));
        if device > 0 {
            self.players[device - 1].kill();
        }
        let _ = std::fs::remove_dir_all(&older);
        copy_dir(&home.join("memory"), &older);
        if device > 0 {
            self.players[device - 1].start();
        }
        self.older[device] = Some(older);
    }

    /// Everything goes home: what was torn is finished, what was lent is back.
    fn comes_home(&mut self) -> u64 {
        for p in 0..self.players.len() {
            // Whatever this says, what was torn between the two is finished by it.
            self.hand(p, Some(1));
            for _ in 0..8 {
                if self.hand(p, None)["error"]["code"] == "loan-nothing-here" {
                    break;
                }
            }
            assert_eq!(self.players[p].plays(), 0, "{}", self.players[p].name);
        }
        let mates = self.town.json(&["players"]);
        assert_eq!(plays_in(&mates), 0, "{mates:#}");
        let open = mates["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| pair["open"].as_u64().unwrap());
        assert_eq!(open.sum::<u64>(), 0, "{mates:#}");
        left(&self.town)
    }
}

/// Three plays are three in all, on whichever players, handed over, returned, cut and put back from older copies in any order.
///
/// proves: ST-4 ST-11 ST-18 S15 row-35
#[test]
fn three_plays_are_three_in_all_between_processes_whatever_happens() {
    let (steps, seed) = (number("LOANS", USUAL.0), number("LOANS_SEED", USUAL.1));
    let mut dice = Dice(seed);
    let mut home = Home::begin();
    for step in 0..steps {
        let p = dice.next(2) as usize;
        let told = match dice.next(10) {
            0 | 1 => format!("lend: {}", home.hand(p, Some(1 + dice.next(2)))),
            2 => format!("return: {}", home.hand(p, None)),
            3..=5 => {
                let (plays, moment, dies) = (
                    Some(1 + dice.next(2)).filter(|_| dice.next(2) == 0),
                    dice.next(160),
                    dice.next(2) == 0,
                );
                home.torn(p, plays, moment, dies);
                format!("torn {plays:?} after {moment} ms, player dies: {dies}")
            }
            6 | 7 => {
                let on = Some(p).filter(|_| dice.next(3) > 0);
                format!("play on {on:?}: {}", home.play(on))
            }
            8 => {
                home.remembers(dice.next(3) as usize);
                "remember".to_owned()
            }
            _ => {
                home.restored(dice.next(3) as usize);
                "restore".to_owned()
            }
        };
        eprintln!("{step}: {p}: {told}");
        assert!(
            home.played <= PLAYS,
            "step {step}; replay with LOANS={steps} LOANS_SEED={seed}"
        );
    }
    if (steps, seed) == USUAL {
        assert!(home.restores >= 2, "only {} older copies were put back", home.restores);
    }
    let left = home.comes_home();
    assert_eq!(left + home.played, PLAYS, "replay with LOANS={steps} LOANS_SEED={seed}");
    // What is left plays here, and then no more.
    for _ in 0..left {
        assert!(home.play(None), "a play that came home does not play");
    }
    assert!(!home.play(None) && home.played == PLAYS);
}

/// A player whose key a TPM keeps, and its whole directory put back as it was before a play: no issuer ever sees a player, so its
/// chip has to. Nothing of the copy plays, and nothing is handed over with it; the latest one goes on where it was.
///
/// proves: ST-18 row-35 row-11
#[test]
fn a_player_with_a_tpm_is_not_wound_back_by_copying_all_of_it() {
    let content = "Counted in the chip.\n".repeat(3000).into_bytes();
    let town = bought(PLAYS as u32, &content, "chip.txt");
    let chip = emulator::Emulator::start();
    let at = chip.path();
    let mut kitchen = home::player_made(&town, "kitchen", &[], &["--tpm", at.to_str().unwrap()]);
    assert!(
        !kitchen.dir.join("protected/km").exists(),
        "its key lies in its directory"
    );
    pair(&town, &kitchen);
    kitchen.json(&["add", town.path().join("wallet/packages").to_str().unwrap()]);
    let lend = |kitchen: &Player| town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "2", "--at", &kitchen.at]);
    assert_eq!(lend(&kitchen)["title"], TITLE);
    let (yesterday, today) = (town.path().join("yesterday"), town.path().join("today"));
    let heard = |kitchen: &Player| kitchen.run(&["play", TITLE, "--pipe"], PIN).stdout;
    // The copy is of a player that is off, and so is what takes its place.
    let swapped = |kitchen: &mut Player, from: &std::path::Path| {
        kitchen.kill();
        std::fs::remove_dir_all(&kitchen.dir).unwrap();
        copy_dir(from, &kitchen.dir);
        kitchen.start();
    };
    kitchen.kill();
    copy_dir(&kitchen.dir, &yesterday);
    kitchen.start();
    assert_eq!(heard(&kitchen), content);
    assert_eq!(kitchen.plays(), 1);
    kitchen.kill();
    copy_dir(&kitchen.dir, &today);
    swapped(&mut kitchen, &yesterday);
    assert!(heard(&kitchen).is_empty(), "a play was there again");
    let said = town.json(&["return", "--from", "kitchen", "--at", &kitchen.at]);
    assert!(said["error"]["code"].is_string(), "an older copy handed over: {said}");
    swapped(&mut kitchen, &today);
    assert_eq!(heard(&kitchen), content);
    assert!(heard(&kitchen).is_empty(), "both are played");
    assert_eq!((left(&town), kitchen.plays()), (PLAYS - 2, 0));
}

/// No link at all between the two: a pair, a loan and its way back as files that somebody carries, each opened by the other device,
/// which writes the next beside it; a letter brought twice changes nothing.
///
/// proves: ST-18 ST-12
#[test]
fn a_loan_crosses_as_files_that_somebody_carries() {
    let content = "Carried by hand.\n".repeat(2000).into_bytes();
    let town = bought(PLAYS as u32, &content, "carried.txt");
    let kitchen = player(&town, "kitchen", &[]);
    kitchen.json(&["add", town.path().join("wallet/packages").to_str().unwrap()]);
    let stick = town.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    let stick = stick.to_str().unwrap().to_owned();
    let at = |told: &Value, name: &str| told[name].as_str().unwrap_or_else(|| panic!("{told:#}")).to_owned();
    let sheet = at(&kitchen.json(&["sheet", &stick]), "sheet");
    let paired = town.json(&["players", "pair", "--file", &sheet, "--name", "Aiko", "--pin-stdin"]);
    kitchen.json(&["agree", &at(&paired, "answer"), "--pin-stdin"]);
    // From letter to letter until one of the two has nothing more to say; each letter is opened twice.
    let carried = |first: &Value| {
        let mut letter = at(first, "letter");
        for n in 0..12 {
            let open = |letter: &str| match n % 2 {
                0 => kitchen.json(&["open", letter]),
                _ => town.json(&["open", letter]),
            };
            let told = open(&letter);
            let _ = open(&letter);
            match told["letter"].as_str() {
                Some(next) => letter = next.to_owned(),
                None => return told,
            }
        }
        panic!("the two have no end of letters");
    };
    carried(&town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "2", "--file", &stick]));
    assert_eq!((left(&town), kitchen.plays()), (1, 2));
    assert_eq!(kitchen.run(&["play", TITLE, "--pipe"], PIN).stdout, content);
    carried(&town.json(&["return", "--from", "kitchen", "--file", &stick]));
    assert_eq!((left(&town), kitchen.plays()), (2, 0));
    assert_eq!(plays_in(&town.json(&["players"])), 0);
}

/// What happens in the two networks: the outer one is the wallet's, the inner one the player's, and one wire between them is all
/// there is.
const TWO_NETWORKS: &str = r#"
set -e
ip link set lo up
unshare -n sleep 100 > "$OUT/net" 2>&1 &
P=$!
trap 'kill $P $Q $W 2>/dev/null || :' EXIT
while [ "$(readlink /proc/$P/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add w0 type veth peer name p0 netns $P
ip addr add 10.77.0.1/24 dev w0 && ip link set w0 up
inside() { nsenter -t $P -n "$@"; }
inside sh -c 'ip link set lo up && ip addr add 10.77.0.2/24 dev p0 && ip link set p0 up'
ip route > "$OUT/routes-wallet"; inside ip route > "$OUT/routes-player"
nsenter -t $P -n "$PROGRAM" --json player --device "$DEVICE" run --listen 127.0.0.1:0 > "$OUT/player" 2> "$OUT/player-log" &
Q=$!
until grep -q '"door"' "$OUT/player"; do kill -0 $Q; done
DOOR=$(sed -n 's/.*"door": *\([0-9]*\).*/\1/p' "$OUT/player")
wallet() { printf '%s\n' "$WALLET_PIN" | "$PROGRAM" --dir "$TOWN" --json "$@"; }
player() { printf '%s\n' "$PLAYER_PIN" | inside "$PROGRAM" --json player --device "$DEVICE" "$@"; }
if [ -n "$RUNS" ]; then
    "$PROGRAM" --dir "$TOWN" --json wallet --listen 127.0.0.1:0 > "$OUT/wallet" 2> "$OUT/wallet-log" &
    W=$!
    until grep -q '"wallet"' "$OUT/wallet"; do kill -0 $W; done
fi
wallet players pair --at 10.77.0.2:$DOOR --name Aiko --pin-stdin > "$OUT/pair"
player agree --pin-stdin > "$OUT/agree"
if [ -z "$RUNS" ]; then
    player add "$MEDIUM" > "$OUT/add"
    wallet lend "$TITLE" --to kitchen --plays 2 --at 10.77.0.2:$DOOR > "$OUT/lend"
    player play "$TITLE" --pipe > "$OUT/heard"
    wallet return --from kitchen --at 10.77.0.2:$DOOR > "$OUT/return"
else
    wallet lend "$TITLE" --to kitchen --plays 2 --at 10.77.0.2:$DOOR > "$OUT/lend"
    cp "$DEVICE/paired-at" "$OUT/paired-at"
    until ls "$DEVICE"/packages/*.keyfare > "$OUT/fetched" 2>/dev/null; do kill -0 $Q; done
    player play "$TITLE" --pipe > "$OUT/heard"
    player return "$TITLE" > "$OUT/return"
    while wallet players | grep -q '"loan":'; do kill -0 $W; done
    kill $W
    wait $W || :
fi
"#;

/// Bought before; then a wallet and a player in a network each, with one wire between them and no route to anything else: handed
/// over, played, and had back. The content came on a medium; or, where the wallet is a program that runs, over the wire.
fn in_two_networks(content: &[u8], runs: bool) -> (Town, PathBuf) {
    let town = bought(PLAYS as u32, content, "alone.txt");
    let mut kitchen = player(&town, "kitchen", &[]);
    kitchen.kill();
    let (medium, out) = (town.path().join("medium"), town.path().join("out"));
    copy_dir(&town.path().join("wallet/packages"), &medium);
    std::fs::create_dir(&out).unwrap();
    let mut command = std::process::Command::new("unshare");
    // A process that were left behind would hold this test's pipes; they all go with the shell.
    command.args(["-r", "-n", "timeout", "90", "sh", "-c", TWO_NETWORKS]);
    command
        .env("PROGRAM", town::PROGRAM)
        .env("TOWN", town.path())
        .env("DEVICE", &kitchen.dir);
    command.env("OUT", &out).env("MEDIUM", &medium).env("TITLE", TITLE);
    command.env("RUNS", if runs { "1" } else { "" });
    command.env("WALLET_PIN", town.pin().trim()).env("PLAYER_PIN", PIN);
    let ended = home::ended(command, "");
    let said = |name: &str| std::fs::read_to_string(out.join(name)).unwrap_or_default();
    let all = [
        "player",
        "player-log",
        "wallet",
        "wallet-log",
        "pair",
        "agree",
        "add",
        "lend",
        "paired-at",
        "return",
    ]
    .map(|name| format!("{name}: {}", said(name)));
    assert!(
        ended.status.success(),
        "{} {all:#?}",
        String::from_utf8_lossy(&ended.stderr)
    );
    for name in ["routes-wallet", "routes-player"] {
        let routes = said(name);
        assert!(
            routes.lines().count() == 1 && routes.starts_with("10.77.0.0/24"),
            "{name}: {routes}"
        );
    }
    assert_eq!(std::fs::read(out.join("heard")).unwrap(), content, "{all:#?}");
    assert_eq!(left(&town), PLAYS - 1);
    (town, out)
}

/// proves: ST-18 ST-4 ST-11
#[test]
fn a_wallet_and_a_player_need_nobody_else_in_the_world() {
    in_two_networks(&"Nobody else is needed.\n".repeat(5000).into_bytes(), false);
}

/// A wallet that runs as a program tells the player the door it has on that network, and not its pages' port, which answers on its
/// own machine alone: there the player fetches the file, and there it calls when its loan shall go home.
///
/// proves: ST-18 ST-23
#[test]
fn a_player_finds_the_door_of_a_wallet_that_runs_on_another_machine() {
    let (_town, out) = in_two_networks(&"Over one wire.\n".repeat(5000).into_bytes(), true);
    let said = std::fs::read_to_string(out.join("paired-at")).unwrap();
    let at = said.trim().rsplit(' ').next().unwrap_or_default();
    let pages = std::fs::read_to_string(out.join("wallet")).unwrap();
    let port = at.strip_prefix("10.77.0.1:").unwrap_or_else(|| panic!("{said}"));
    assert!(!pages.contains(&format!(":{port}/")), "{said} {pages}");
}

/// A wallet that runs, with its pages; it ends with the test, however that ends.
struct Running(std::process::Child);

impl Running {
    /// Started, and there: whoever asks finds it.
    fn begin(town: &Town, more: &[&str]) -> Self {
        use std::io::BufRead;
        let mut wallet = std::process::Command::new(town::PROGRAM);
        wallet.arg("--dir").arg(town.path());
        wallet.args(["--json", "wallet", "--listen", "127.0.0.1:0"]).args(more);
        let log = std::fs::File::create(town.path().join("wallet.log")).unwrap();
        let wallet = wallet.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut running = Self(wallet.spawn().unwrap());
        let mut said = String::new();
        for line in std::io::BufReader::new(running.0.stdout.take().unwrap()).lines() {
            said.push_str(&line.unwrap());
            if serde_json::from_str::<Value>(&said).is_ok() {
                return running;
            }
        }
        panic!("the wallet says \"{said}\"");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks until it is so.
async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    for _ in 0..1_200 {
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{what}");
}

/// Bought to be played only while its wallet answers. It is lent and plays; the wallet is killed, and soon nothing more leaves the
/// player, neither of the play that goes on nor a new one; the wallet is started again, at another port, the player finds it near
/// by, and the play goes on. Nothing of it was counted twice.
///
/// proves: ST-23 row-33
#[test]
fn a_loan_bound_to_its_wallet_stops_while_that_is_away_and_goes_on_when_it_is_back() {
    // Longer than one stretch: the key of the second is asked for when it is reached.
    let lines = (0..66_u32 << 16).map(|line| format!("{line:015}\n"));
    let content = lines.collect::<String>().into_bytes();
    let town = home::bought_with(PLAYS as u32, &content, "bound.txt", &["--while-here"]);
    let mut kitchen = player(&town, "kitchen", &[]);
    kitchen.kill();
    kitchen.found = true;
    kitchen.start();
    pair(&town, &kitchen);
    kitchen.json(&["add", town.path().join("wallet/packages").to_str().unwrap()]);
    let here = || Running::begin(&town, &["--ask-every", "2"]);
    let wallet = here();
    let lent = town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "2", "--at", &kitchen.at]);
    assert_eq!(lent["title"], TITLE, "{lent}");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let to = wallet::agent::Agent::find(&wallet::Home::at(&kitchen.dir))
            .await
            .unwrap();
        let pairs = to.get("/v1/pairs").await.unwrap();
        let loan = serde_json::json!({ "license": pairs["pairs"][0]["loans"][0]["loan"] });
        let play = to.post("/v1/play", &loan).await.unwrap();
        let address = play["content"].as_str().unwrap().to_owned();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let heard = |from: usize| {
            let range = format!("bytes={from}-{}", from + 63);
            let asked = client.get(&address).header("range", range);
            async move {
                let answer = asked.send().await.unwrap();
                let status = answer.status();
                (status, answer.bytes().await.unwrap())
            }
        };
        let (first, second) = (0, 65 << 20);
        assert_eq!(heard(first).await.1, content[first..][..64]);
        drop(wallet);
        // The first stretch's key is out; that of the second is refused once the answer is too old.
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        let (status, said) = heard(second).await;
        let said = String::from_utf8_lossy(&said);
        assert!(
            status.is_client_error() && said.contains("wallet-away"),
            "{status} {said}"
        );
        let wallet = here();
        until("the play does not go on", || async {
            heard(second).await.0.is_success()
        })
        .await;
        assert_eq!(heard(second).await.1, content[second..][..64]);
        // A new play is refused as well while it is away, and is not counted.
        to.post("/v1/play/end", &serde_json::json!({ "session": play["session"] }))
            .await
            .unwrap();
        drop(wallet);
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        let no = to.post("/v1/play", &loan).await.unwrap_err();
        assert_eq!(units::Refusal::theirs(&no), Some("wallet-away"), "{no}");
        let _wallet = here();
        until("no new play begins", || async {
            to.post("/v1/play", &loan).await.is_ok()
        })
        .await;
    });
    assert_eq!((left(&town), kitchen.plays()), (PLAYS - 2, 0));
}

/// So many seconds of a film in MPEG-2, made by the ffmpeg of this machine (`cargo xtask setup` brings one).
fn film(seconds: u32) -> Vec<u8> {
    let mut command = std::process::Command::new("ffmpeg");
    command.args([
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        &format!("testsrc=size=640x480:rate=25:duration={seconds}"),
        "-f",
        "lavfi",
        "-i",
    ]);
    command.args([
        &format!("sine=duration={seconds}"),
        "-c:v",
        "mpeg2video",
        "-b:v",
        "3M",
        "-c:a",
        "mp2",
        "-f",
        "mpeg",
        "pipe:1",
    ]);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let made = command.output().expect("no ffmpeg here");
    assert!(!made.stdout.is_empty(), "ffmpeg made no film");
    made.stdout
}

/// Files below a directory that hold these bytes.
fn holding(dir: &std::path::Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // While programs write, files and directories come and go.
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, bytes));
        } else if std::fs::read(&path).is_ok_and(|all| all.windows(bytes.len()).any(|part| part == bytes)) {
            found.push(path);
        }
    }
    found
}

/// A player that has a film on loan makes a small one inside, seals it anew and writes it to a memory card; the wallet plays it
/// from there, as one of its plays; nothing opened ever lay on a disk, and the card is of no use to anybody else.
///
/// proves: ST-11 row-41
#[test]
fn a_film_made_smaller_inside_the_player_plays_on_the_wallet_from_a_memory_card() {
    let film = film(3);
    let town = bought(PLAYS as u32, &film, "film.mpg");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    let packages = town.path().join("wallet/packages");
    kitchen.json(&["add", packages.to_str().unwrap()]);
    let lent = town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "2", "--at", &kitchen.at]);
    assert_eq!(lent["title"], TITLE, "{lent}");
    let card = town.path().join("memory-card");
    std::fs::create_dir(&card).unwrap();
    let made = kitchen.json(&["convert", TITLE, "--card", card.to_str().unwrap()]);
    let file = made["file"].as_str().unwrap_or_else(|| panic!("{made:#}")).to_owned();
    assert_eq!(kitchen.plays(), 2, "nobody saw it: nothing was counted");
    // On the wallet: its own license opens what was made of it, and one play is gone.
    let heard = town.run(&["play", &file, "--pipe"], None);
    let small = &heard.stdout;
    assert_eq!(
        small.get(4..8),
        Some(&b"ftyp"[..]),
        "{}",
        String::from_utf8_lossy(&heard.stderr)
    );
    assert!(small.len() < film.len() / 2, "{} of {}", small.len(), film.len());
    assert_eq!(left(&town), 0, "one of three is played, two are with the player");
    // The original apart, no file here holds a stretch of either.
    std::fs::remove_file(town.path().join("film.mpg")).unwrap();
    for (what, bytes) in [("the film", &film), ("the small one", small)] {
        let stretch = &bytes[bytes.len() / 2..bytes.len() / 2 + 64];
        assert_eq!(holding(town.path(), stretch), Vec::<PathBuf>::new(), "{what}");
    }
    // Had back, it plays twice more; and another card of the same realm opens nothing.
    town.json(&["return", "--from", "kitchen", "--at", &kitchen.at]);
    assert_eq!(left(&town), 2);
    let stranger = player(&town, "stranger", &[]);
    let no = stranger.run(&["play", &file, "--pipe"], PIN);
    assert!(!no.status.success() && no.stdout.is_empty());
}

/// Stretches of these bytes that could be nothing else: from all over, each of many different bytes.
fn stretches(bytes: &[u8]) -> Vec<Vec<u8>> {
    let distinct = |part: &[u8]| part.iter().collect::<std::collections::BTreeSet<_>>().len();
    let parts = bytes
        .chunks_exact(64)
        .filter(|part| part[0] != part[1] && distinct(part) > 32);
    let all: Vec<&[u8]> = parts.collect();
    assert!(all.len() > 100, "{} stretches to look for", all.len());
    let step = (all.len() / 40).max(1);
    all.iter().step_by(step).map(|part| part.to_vec()).collect()
}

/// Files on the disks of those who convert that hold any of these stretches: player, wallet, memory card, and where programs put what
/// they pass on. Nobody else runs any more.
fn holding_any(town: &std::path::Path, of: &[Vec<u8>]) -> Vec<PathBuf> {
    let at = |one: u8, two: u8| usize::from(one) << 8 | usize::from(two);
    let mut begins = vec![false; 1 << 16];
    of.iter().for_each(|one| begins[at(one[0], one[1])] = true);
    let (mut found, mut searched) = (Vec::new(), 0);
    let mut dirs: Vec<PathBuf> = ["kitchen", "wallet", "memory-card", "passing"]
        .map(|name| town.join(name))
        .into();
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                dirs.push(path);
                continue;
            }
            let all = std::fs::read(&path).unwrap_or_default();
            searched += all.len();
            let mut n = 0;
            while n + 64 <= all.len() {
                if begins[at(all[n], all[n + 1])] && of.iter().any(|one| one == &all[n..n + 64]) {
                    found.push(path);
                    break;
                }
                n += 1;
            }
        }
    }
    assert!(
        searched > 1 << 20,
        "the sealed film at least lies there: {searched} bytes"
    );
    found
}

/// Everything that converts dies in the middle of it, in either of its passes: nothing opened lies on any disk, of the film or of
/// what was to become of it, not in a place for passing things either; what lies half written is sealed. Afterwards it is made
/// as if nothing had happened.
///
/// proves: ST-11 row-41
#[test]
fn a_conversion_killed_in_the_middle_leaves_nothing_opened_on_any_disk() {
    let film = film(6);
    let town = bought(PLAYS as u32, &film, "film.mpg");
    let passing = town.path().join("passing");
    std::fs::create_dir(&passing).unwrap();
    let at = format!("TMPDIR={}", passing.display());
    let mut kitchen = player(&town, "kitchen", &["env", &at]);
    pair(&town, &kitchen);
    let packages = town.path().join("wallet/packages");
    kitchen.json(&["add", packages.to_str().unwrap()]);
    let lent = town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "2", "--at", &kitchen.at]);
    assert_eq!(lent["title"], TITLE, "{lent}");
    std::fs::remove_file(town.path().join("film.mpg")).unwrap();
    let card = town.path().join("memory-card");
    std::fs::create_dir(&card).unwrap();
    let words = ["convert", TITLE, "--card", card.to_str().unwrap()];
    let whole = |card: &std::path::Path| -> Vec<PathBuf> {
        let all = std::fs::read_dir(card).unwrap().flatten().map(|entry| entry.path());
        all.filter(|path| path.extension().is_some_and(|end| end == "keyfare"))
            .collect()
    };
    let half = |card: &std::path::Path| -> bool {
        let mut all = std::fs::read_dir(card).unwrap().flatten();
        all.any(|entry| entry.path().extension().is_some_and(|end| end == "coming"))
    };
    // In the first pass, in which what comes is counted; then in the second, in which it is sealed.
    let mut died_writing = 0;
    for second_pass in [false, false, true, true] {
        let had = whole(&card).len();
        let mut making = kitchen.command(&words);
        let mut making = making
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(making.stdin.take());
        for _ in 0..6_000 {
            if !second_pass || half(&card) || making.try_wait().unwrap().is_some() {
                break;
            }
            pause(5);
        }
        pause(if second_pass { 20 } else { 400 });
        let ended = making.try_wait().unwrap().is_some();
        kitchen.kill();
        // Ended already is one of the moments.
        let _ = making.kill();
        making.wait().unwrap();
        assert!(second_pass || !ended, "it was over before it was cut off");
        died_writing += u32::from(half(&card));
        let sealed = whole(&card).len();
        assert!(sealed == had || ended, "half of it has a whole one's name");
        assert_eq!(holding_any(town.path(), &stretches(&film)), Vec::<PathBuf>::new());
        kitchen.start();
    }
    assert!(died_writing > 0, "it was never cut off while it wrote");
    let made = kitchen.json(&words);
    let file = made["file"].as_str().unwrap_or_else(|| panic!("{made:#}")).to_owned();
    assert!(!half(&card), "what was half is whole");
    assert_eq!(kitchen.plays(), 2, "nobody saw it: nothing was counted");
    let small = town.run(&["play", &file, "--pipe"], None).stdout;
    assert_eq!(small.get(4..8), Some(&b"ftyp"[..]));
    // What it makes it makes the same each time: what would have lain there is known now.
    let mut making = kitchen.command(&words);
    let mut making = making.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    for _ in 0..6_000 {
        if half(&card) {
            break;
        }
        pause(5);
    }
    kitchen.kill();
    let _ = making.kill();
    making.wait().unwrap();
    for (what, bytes) in [("the film", &film), ("the small one", &small)] {
        assert_eq!(
            holding_any(town.path(), &stretches(bytes)),
            Vec::<PathBuf>::new(),
            "{what}"
        );
    }
}

/// Either side's owner decides whom he lets in; over a link too, whoever is refused hears so, and nothing has moved.
///
/// proves: ST-12
#[test]
fn a_device_that_is_taken_off_either_list_is_refused_over_the_link() {
    let town = bought(PLAYS as u32, b"Let in or not.", "lists.txt");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    let lend = || town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "1", "--at", &kitchen.at]);
    let back = || town.json(&["return", "--from", "kitchen", "--at", &kitchen.at]);
    assert_eq!(lend()["title"], TITLE);
    let stand = || (left(&town), kitchen.plays());
    assert_eq!(stand(), (2, 1));
    let by_wallet = |word: &str| town.json(&["players", word, "kitchen", "--pin-stdin"]);
    let by_player = |word: &str| kitchen.json(&[word, "Aiko", "--pin-stdin"]);
    // The player's owner no longer lets the wallet in: it neither takes nor gives back.
    assert_eq!(by_player("deny")["allowed"], false);
    for no in [lend(), back()] {
        assert_eq!(no["error"]["code"], "device-not-listed-there", "{no}");
    }
    assert_eq!(stand(), (2, 1));
    assert_eq!(by_player("allow")["allowed"], true);
    // Nor the wallet's owner the player.
    assert_eq!(by_wallet("deny")["allowed"], false);
    for no in [lend(), back()] {
        assert_eq!(no["error"]["code"], "device-not-listed", "{no}");
    }
    assert_eq!(stand(), (2, 1));
    // Both refuse.
    by_player("deny");
    assert!(lend()["error"]["code"].is_string() && stand() == (2, 1));
    by_player("allow");
    by_wallet("allow");
    back();
    assert_eq!(stand(), (3, 0));
    assert_eq!(lend()["title"], TITLE);
    assert_eq!(stand(), (2, 1));
}

/// Who may be let in is decided with the owner's PIN, on either side: a wrong one changes nothing and is counted.
///
/// proves: ST-12 row-38
#[test]
fn a_wrong_pin_lets_nobody_in_and_shuts_nobody_out() {
    let town = bought(PLAYS as u32, b"With a PIN.", "pin.txt");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    let wrong = "0000";
    let by_wallet = |word: &str, pin: &str| {
        let words = ["players", word, "kitchen", "--pin-stdin"];
        home::read(&town.run(&words, Some(&format!("{pin}\n"))), &words)
    };
    let by_player = |word: &str, pin: &str| {
        let words = [word, "Aiko", "--pin-stdin"];
        home::read(&kitchen.run(&words, pin), &words)
    };
    let lend = || town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "1", "--at", &kitchen.at]);
    let back = || town.json(&["return", "--from", "kitchen", "--at", &kitchen.at]);
    assert_eq!(by_player("deny", wrong)["error"]["code"], "pin-wrong");
    assert_eq!(by_wallet("deny", wrong)["error"]["code"], "pin-wrong");
    // Nobody is shut out: it is lent and comes back.
    assert_eq!(lend()["title"], TITLE);
    assert_eq!(back()["title"], TITLE);
    let pin = town.pin().trim().to_owned();
    assert_eq!(by_player("deny", PIN)["allowed"], false);
    assert_eq!(by_player("allow", wrong)["error"]["code"], "pin-wrong");
    assert_eq!(lend()["error"]["code"], "device-not-listed-there");
    assert_eq!(by_player("allow", PIN)["allowed"], true);
    assert_eq!(by_wallet("deny", &pin)["allowed"], false);
    assert_eq!(by_wallet("allow", wrong)["error"]["code"], "pin-wrong");
    assert_eq!(lend()["error"]["code"], "device-not-listed");
    assert_eq!(by_wallet("allow", &pin)["allowed"], true);
    assert_eq!(lend()["title"], TITLE);
    assert_eq!((left(&town), kitchen.plays()), (PLAYS - 1, 1));
}

/// Days cross a link as plays do: a part of a period that has not begun is lent, plays and comes back, and no more than there is; of
/// plays, the loan ends after its days.
///
/// proves: ST-4 ST-18
#[test]
fn days_are_lent_over_a_link_and_no_more_than_there_are() {
    let content = "For some days.\n".repeat(2000).into_bytes();
    let town = home::bought_on(&["--period", "10"], &content, "days.txt", &[]);
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    kitchen.json(&["add", town.path().join("wallet/packages").to_str().unwrap()]);
    let lend = |days: &str| town.json(&["lend", TITLE, "--to", "kitchen", "--days", days, "--at", &kitchen.at]);
    let loans = || kitchen.json(&["show"])["pairs"][0]["loans"].as_array().unwrap().len();
    let no = lend("11");
    assert!(no["error"]["code"].is_string() && loans() == 0, "{no}");
    assert_eq!(lend("3")["title"], TITLE);
    assert_eq!(loans(), 1);
    // Three of ten are away: eight are not there any more.
    let other = player(&town, "living", &[]);
    pair(&town, &other);
    let no = town.json(&["lend", TITLE, "--to", "living", "--days", "8", "--at", &other.at]);
    assert!(no["error"]["code"].is_string(), "{no}");
    assert_eq!(kitchen.run(&["play", TITLE, "--pipe"], PIN).stdout, content);
    let back = town.json(&["return", "--from", "kitchen", "--at", &kitchen.at]);
    assert_eq!((back["title"].as_str(), loans()), (Some(TITLE), 0), "{back}");

    // Of plays that are for ever, some for two days.
    let town = bought(PLAYS as u32, &content, "until.txt");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    let words = [
        "lend",
        TITLE,
        "--to",
        "kitchen",
        "--plays",
        "1",
        "--days",
        "2",
        "--at",
        &kitchen.at,
    ];
    assert_eq!(town.json(&words)["title"], TITLE);
    let shown = kitchen.json(&["show"]);
    assert!(shown["pairs"][0]["loans"][0]["until"].is_string(), "{shown}");
    assert_eq!(kitchen.plays(), 1);
}

/// One request that somebody brought: its path and its body.
fn brought(stream: &mut std::net::TcpStream) -> (String, Vec<u8>) {
    use std::io::Read;
    let mut all = Vec::new();
    let mut byte = [0];
    while !all.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        all.push(byte[0]);
    }
    let head = String::from_utf8(all).unwrap().to_lowercase();
    let len = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let mut body = vec![0; len.map_or(0, |len| len.trim().parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), body)
}

/// A greeting says who, and not when: brought again by somebody who once heard it, it does not change where the player looks for
/// its wallet.
///
/// proves: ST-12 row-33
#[test]
fn a_greeting_that_is_brought_again_moves_nobody() {
    use std::io::{Read, Write};
    let town = bought(PLAYS as u32, b"Who is where.", "where.txt");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    town.json(&["lend", TITLE, "--to", "kitchen", "--plays", "1", "--at", &kitchen.at]);
    // Somebody in between hears the wallet greet its player.
    let ear = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = ear.local_addr().unwrap();
    let hears = std::thread::spawn(move || {
        for stream in ear.incoming() {
            let mut stream = stream.unwrap();
            let (path, body) = brought(&mut stream);
            let greets = path == "/hand/loan/greet";
            let status = if greets { "500 No" } else { "200 OK" };
            let said = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(said.as_bytes()).unwrap();
            if greets {
                return body;
            }
        }
        unreachable!("nobody greeted");
    });
    let no = town.json(&[
        "lend",
        TITLE,
        "--to",
        "kitchen",
        "--plays",
        "1",
        "--at",
        &at.to_string(),
    ]);
    assert!(no["error"]["code"].is_string(), "{no}");
    let greeting = hears.join().unwrap();
    // And brings it himself, saying that he is to be answered at his own port.
    let thief = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = thief.local_addr().unwrap().port();
    let mut stream = std::net::TcpStream::connect(&kitchen.at).unwrap();
    let head = format!(
        "POST /hand/loan/greet HTTP/1.1\r\nhost: {}\r\ncontent-type: application/cbor\r\nkeyfare-reply: {port}\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        kitchen.at,
        greeting.len()
    );
    stream.write_all(&[head.as_bytes(), &greeting].concat()).unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    // The player calls its wallet, and not him.
    let called = kitchen.json(&["return", TITLE]);
    // Where the wallet was met last nothing listens between its commands.
    assert_eq!(called["error"]["code"], "other-wallet-silent", "{called}");
    thief.set_nonblocking(true).unwrap();
    assert!(thief.accept().is_err(), "he was called");
}

/// What a publisher makes with a film: a small one under the same key, which every license of the film opens from a memory card; and
/// further works of a set, opened by a license of the first, which counts all of them together.
///
/// proves: ST-11 ST-21
#[test]
fn one_license_opens_the_small_rendition_and_every_work_of_its_set() {
    let mut town = Town::stocked(2000, None);
    town.start_all();
    let file = |name: &str, content: &[u8]| {
        let path = town.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    };
    let film = film(3);
    let (first, second) = (
        b"The first of the set. ".repeat(900),
        b"The second of the set. ".repeat(900),
    );
    let whole = file("film.mpg", &film);
    let words = [
        "publish", &whole, "--title", TITLE, "--price", "300", "--plays", "4", "--small",
    ];
    let made = town.json(&words);
    let offer = made["offer"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let of_set = |name: &str, content: &[u8]| {
        let path = file(name, content);
        let one = town.json(&["publish", &path, "--title", name, "--price", "900", "--set", &offer]);
        one["package"].as_str().unwrap_or_else(|| panic!("{one}")).to_owned()
    };
    let members = [of_set("First", &first), of_set("Second", &second)];
    let no = town.json(&["publish", &whole, "--title", "x", "--price", "1", "--set", "1"]);
    assert_eq!(no["error"]["code"], "publish-no-such-set", "{no}");
    // Without a license, none of them; the set's license is the only thing that is bought.
    assert!(town.run(&["play", &members[0], "--pipe"], None).stdout.is_empty());
    let bought = town.json(&["buy", TITLE, "--pin-stdin"]);
    assert_eq!(bought["outcome"], "given", "{bought}");
    for role in town::ROLES {
        town.kill(role);
    }
    let heard = |path: &str| town.run(&["play", path, "--pipe"], None);
    assert_eq!(heard(&members[0]).stdout, first);
    assert_eq!(heard(&members[1]).stdout, second);
    assert_eq!(left(&town), 2, "each was a play of the one license");
    let small = made["small"].as_str().unwrap_or_else(|| panic!("{made}"));
    let card = town.path().join("memory-card.keyfare");
    std::fs::copy(small, &card).unwrap();
    let played = heard(card.to_str().unwrap());
    assert_eq!(played.stdout.get(4..8), Some(&b"ftyp"[..]));
    assert!(played.stdout.len() < film.len() / 2);
    assert_eq!(left(&town), 1);
    // Nothing of it lies opened anywhere.
    let stretch = &played.stdout[played.stdout.len() / 2..][..64];
    assert_eq!(holding(town.path(), stretch), Vec::<PathBuf>::new());
    assert!(!heard(&members[0]).stdout.is_empty(), "the last one");
    for path in &members {
        assert!(heard(path).stdout.is_empty(), "no play is left");
    }
}

/// Two seconds of sound as a WAV file has it: 44.1 kHz, two channels of 16 bits.
fn wav() -> (Vec<u8>, Vec<i16>) {
    let samples: Vec<i16> = (0..44_100_i32 * 2)
        .flat_map(|n| [(n * 811 % 20_011) - 10_000, (n * 577 % 16_001) - 8_000])
        .map(|sample| i16::try_from(sample).unwrap())
        .collect();
    let len = u32::try_from(samples.len() * 2).unwrap();
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + len).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1_u16, 2].iter().flat_map(|n| n.to_le_bytes()));
    file.extend([44_100_u32, 44_100 * 4].iter().flat_map(|n| n.to_le_bytes()));
    file.extend([4_u16, 16].iter().flat_map(|n| n.to_le_bytes()));
    file.extend(b"data");
    file.extend(len.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    (file, samples)
}

/// Sound as it comes: the head of the file, and the first samples after it.
async fn first_samples(address: &str, count: usize) -> Vec<i16> {
    let mut sound = reqwest::get(address).await.unwrap();
    let mut came = Vec::new();
    while came.len() < 44 + count * 2 {
        let chunk = sound.chunk().await.unwrap();
        came.extend_from_slice(&chunk.expect("the sound ends before it begins"));
    }
    assert!(came.starts_with(b"RIFF") && came[36..].starts_with(b"data"));
    let samples = came[44..].chunks_exact(2).take(count);
    samples.map(|two| i16::from_le_bytes(two.try_into().unwrap())).collect()
}

/// Says it until the other device has time for it: it takes so many letters in a minute and no more.
async fn patiently(wallet: &wallet::agent::Agent, path: &str, what: &Value) {
    for _ in 0..30 {
        match wallet.post(path, what).await {
            Ok(_) => return,
            Err(no) if no.to_string().contains("too many letters") => {}
            Err(no) => panic!("{path}: {no}"),
        }
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    }
    panic!("{path}: it never has time");
}

/// Taps that fit into a minute: each brings some ten letters there and back, of which a device takes sixty.
const TAPS_A_MINUTE: u64 = 5;
/// Samples that are waited for: a sound card's first buffer.
const FIRST: usize = 512;

/// From the tap on the wallet to the first samples out of the player: both are processes of their own on one machine, the
/// file is on the player already, and nothing is kept warm for it. `TAPS` sets how many (3 unless said).
///
/// proves: ST-4 ST-18
#[test]
fn from_tap_to_first_sound() {
    let (content, samples) = wav();
    let taps = number("TAPS", 3);
    let town = bought(u32::try_from(taps).unwrap(), &content, "sound.wav");
    let kitchen = player(&town, "kitchen", &[]);
    pair(&town, &kitchen);
    kitchen.json(&["add", town.path().join("wallet/packages").to_str().unwrap()]);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let _running = Running::begin(&town, &[]);
    let mut took: Vec<u128> = runtime.block_on(async {
        let home = wallet::Home::at(town.path().join("wallet"));
        let from = wallet::agent::Agent::find(&home).await.expect("the wallet answers");
        let to = wallet::agent::Agent::find(&wallet::Home::at(&kitchen.dir))
            .await
            .unwrap();
        let library = from.get("/v1/library").await.unwrap();
        let license = library["licenses"][0]["license"].clone();
        let mut took = Vec::new();
        for tap in 0..taps {
            if tap > 0 && tap % TAPS_A_MINUTE == 0 {
                tokio::time::sleep(std::time::Duration::from_secs(61)).await;
            }
            let tapped = std::time::Instant::now();
            let wanted = serde_json::json!({"license": license, "device": "kitchen", "plays": 1, "at": kitchen.at});
            from.post("/v1/lend", &wanted).await.unwrap();
            let here = to.get("/v1/pairs").await.unwrap();
            let loan = here["pairs"][0]["loans"][0]["loan"].clone();
            let play = to
                .post("/v1/play", &serde_json::json!({ "license": loan }))
                .await
                .unwrap();
            let heard = first_samples(play["content"].as_str().unwrap(), FIRST).await;
            took.push(tapped.elapsed().as_millis());
            assert_eq!(heard, samples[..FIRST]);
            let back = serde_json::json!({"device": "kitchen", "at": kitchen.at});
            patiently(&from, "/v1/return", &back).await;
            if left_of(&from).await == 0 {
                break;
            }
        }
        took
    });
    took.sort_unstable();
    let at = |hundredth: usize| took[(took.len() * hundredth).div_ceil(100).saturating_sub(1)];
    eprintln!(
        "from tap to first sound: median {} ms, p95 {} ms, of {} taps: {took:?}",
        at(50),
        at(95),
        took.len()
    );
    assert!(took.iter().all(|ms| *ms < 10_000), "{took:?}");
}

async fn left_of(wallet: &wallet::agent::Agent) -> u64 {
    let library = wallet.get("/v1/library").await.unwrap();
    library["licenses"][0]["plays_left"].as_u64().unwrap()
}
