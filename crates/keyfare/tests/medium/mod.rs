//! A medium as one more way to pay the one order: pressed for a shop's offer, brought there as a file, and used by whoever has
//! it first, over HTTP, with separate processes. Its license plays with the player and the drive it was bound to, and nowhere
//! else.

use std::path::Path;

use copying::{
    DeviceId, DeviceKind,
    device::{Body, Kept},
};
use serde_json::Value;

use crate::{
    emulator::Emulator,
    town::{Town, copy_dir},
};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Puts a device of a batch where this installation looks for it.
fn attach(town: &Town, from: &Path, word: &str) {
    let to = town.path().join("devices").join(word);
    let _ = std::fs::remove_dir_all(&to); // it may be the first
    copy_dir(from, &to);
}

fn code(refused: &Value) -> &str {
    refused["error"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("not refused: {refused}"))
}

/// proves: CM-1 CM-3 CM-5 CM-6 row-71 row-75
#[test]
fn a_medium_pays_one_order_at_the_shop_and_its_license_plays_on_its_devices_alone() {
    let mut town = Town::stocked(0, None);
    town.start_all();
    let shop = format!("http://127.0.0.1:{}", town.base + 4);
    let work = town.path().join("winter-sun.txt");
    let content = "The snow had gone by noon.\n".repeat(2_000);
    std::fs::write(&work, &content).unwrap();
    let published = town.json(&[
        "publish",
        text(&work),
        "--title",
        "Winter Sun",
        "--price",
        "300",
        "--media",
    ]);
    let offer = published["offer"].as_str().unwrap().to_owned();

    // Pressed by its publisher; what is not sold against media, or is another work's, is not taken.
    let press = |work: &str, offer: &str, into: &Path| {
        town.json(&[
            "press",
            "media",
            work,
            "--offer",
            offer,
            "--count",
            "2",
            "--into",
            text(into),
            "--send",
            &shop,
        ])
    };
    let no = press("night-ferry.wav", "101", &town.path().join("no-media"));
    assert_eq!(code(&no), "offer-not-for-media");
    let no = press("night-ferry.wav", &offer, &town.path().join("other-work"));
    assert_eq!(code(&no), "media-not-theirs");
    let media = town.path().join("media");
    let pressed = press(&offer, &offer, &media);
    assert_eq!(
        (pressed["known"].as_bool(), pressed["count"].as_u64()),
        (Some(true), Some(2)),
        "{pressed}"
    );
    assert_eq!(
        press(&offer, &offer, &media)["known"],
        true,
        "the same file again changes nothing"
    );
    let one = media.join("medium-00001");
    assert!(
        std::fs::read_to_string(one.join("MEDIUM.TXT"))
            .unwrap()
            .contains(&format!("keyfare buy {offer}"))
    );

    // Without a player and a drive there is nothing to bind it to, and nothing was used up.
    let buy = |medium: &str| town.json(&["buy", &offer, "--medium", medium, "--pin-stdin"]);
    assert_eq!(code(&buy(text(&one))), "no-devices-attached");
    for kind in ["players", "drives"] {
        let into = town.path().join(kind);
        let made = town.json(&["press", kind, "--count", "2", "--into", text(&into)]);
        assert_eq!(made["count"], 2, "{made}");
    }
    let device = |word: &str, n: u8| town.path().join(format!("{word}s/{word}-0000{n}"));
    attach(&town, &device("player", 1), "player");
    attach(&town, &device("drive", 1), "drive");
    assert_eq!(code(&buy("night-ferry")), "medium-number");
    assert_eq!(
        code(&town.json(&["buy", "102", "--medium", text(&one), "--pin-stdin"])),
        "medium-not-taken"
    );

    // It pays, once; the purse was empty and stays so.
    let bought = buy(text(&one));
    assert_eq!(
        (bought["outcome"].as_str(), bought["purse"].as_i64()),
        (Some("given"), Some(0)),
        "{bought}"
    );
    assert_eq!(code(&buy(text(&one))), "void-tender", "a used medium paid again");
    // The other, by the number on its label.
    let number = pressed["ids"][1].as_str().unwrap();
    let again = buy(&number.to_uppercase());
    assert_eq!(again["outcome"], "given", "{again}");
    assert_eq!(
        code(&buy("aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-a")),
        "void-tender",
        "nobody made this one"
    );

    // It plays where its devices are. Another drive, another player, or none: in the sources' words.
    let play = || town.run(&["play", "Winter Sun", "--pipe"], None);
    let played = play();
    assert!(
        played.stdout == content.as_bytes(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    let refused = |why: &str| {
        let out = play();
        let told = [out.stdout, out.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        assert!(
            !out.status.success() && told.contains("playback-not-permitted"),
            "{why}: {told}"
        );
        assert!(told.contains("reproduction is not permitted"), "{why}: {told}");
    };
    attach(&town, &device("drive", 2), "drive");
    refused("another drive");
    attach(&town, &device("drive", 1), "drive");
    attach(&town, &device("player", 2), "player");
    refused("another player");
    std::fs::remove_dir_all(town.path().join("devices/player")).unwrap();
    refused("no player");
    attach(&town, &device("player", 1), "player");
    assert!(play().stdout == content.as_bytes());
    tied_to_this_machine(&town, &|| play().stdout == content.as_bytes(), &refused);
    town.audit();
}

/// The keys of the attached player and drive go into a TPM: they play on with it, and not without it; what was copied before any of
/// that is a plain device, what is copied now is none.
fn tied_to_this_machine(town: &Town, plays: &dyn Fn() -> bool, refused: &dyn Fn(&str)) {
    let chip = Emulator::start();
    let (socket, devices) = (chip.path(), town.path().join("devices"));
    let no = town.json(&["device", "tie", "--tpm", text(&town.path().join("no-chip"))]);
    assert_eq!(code(&no), "device-tpm-silent");
    assert!(plays(), "what failed has changed nothing");
    let key = std::fs::read(devices.join("player/device")).unwrap();
    let key = &key[key.len() - 32..];
    let tie = |more: &[&str]| {
        let told = town.json(&[&["device", "tie", "--tpm", text(&socket)], more].concat());
        assert_eq!(told["devices"], serde_json::json!(["player", "drive"]), "{told}");
    };
    tie(&[]);
    for word in ["player", "drive"] {
        assert!(!devices.join(word).join("device").exists());
        let file = std::fs::read(devices.join(word).join("device.tpm")).unwrap();
        assert!(!file.windows(32).any(|window| window == key), "its key lies nowhere");
    }
    assert!(plays());
    tie(&[]);
    let chip = chip.restart();
    assert!(plays(), "tied twice, and after the power was off");
    // Where the chip is not, or another one is, they are not these devices.
    let stolen = town.path().join("stolen");
    copy_dir(&devices, &stolen);
    chip.end();
    refused("without its TPM");
    let other = Emulator::start();
    let file = std::fs::read(stolen.join("player/device.tpm")).unwrap();
    let (from, to) = (text(&socket).to_owned(), text(&other.path()).to_owned());
    assert_eq!(from.len(), to.len(), "the sockets' paths are alike");
    let at = file
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    let moved = [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat();
    std::fs::write(devices.join("player/device.tpm"), &moved).unwrap();
    refused("with another TPM");
}

/// Whoever has the machine lets its devices go again, to carry them elsewhere.
///
/// proves: CM-5 row-75
#[test]
fn a_tied_device_that_is_let_go_is_a_plain_one_again() {
    let (town, chip) = (Town::empty(), Emulator::start());
    let devices = town.path().join("devices");
    let body = Body::new(DeviceId([7; 16]), DeviceKind::Player, seal::Secret::new([0x5A; 32]));
    let tie = |more: &[&str]| {
        let socket = chip.path();
        let out = town.run(&[&["device", "tie", "--tpm", text(&socket)], more].concat(), None);
        serde_json::from_slice::<Value>(&out.stdout).unwrap()
    };
    assert_eq!(code(&tie(&[])), "device-missing");
    let player = Kept::at(&devices.join("player"));
    player.put(&body).unwrap();
    assert_eq!(tie(&[])["tied"], true);
    assert!(player.body().is_err());
    assert_eq!(tie(&["--undo"])["tied"], false);
    let again = player.body().unwrap();
    assert!(again.id() == body.id() && seal::same(again.shown().expose(), body.shown().expose()));
    assert!(!devices.join("player/device.tpm").exists());
}
