//! What must be nowhere: PINs, recovery codes and keys outside their files, plaintext at the wallet or at any party.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crate::{
    ask::{at, document, other_card},
    town::{ROLES, Town},
};

/// Every file below a directory.
fn files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files(&path, into)
        } else {
            into.push(path)
        }
    }
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

/// A work with a marker behind its preview is published, bought and played, by a holder with a long PIN. Afterwards the marker
/// is in no file of wallet or parties, the PIN and the recovery code are nowhere, every key is in its own file alone, and
/// what is secret can be read by its owner only.
///
/// proves: row-41 row-98
#[test]
fn secrets_and_plaintext_are_where_they_belong_and_nowhere_else() {
    let mut town = Town::stocked(0, None);
    town.start_all();
    let marker = format!("{:032x}", rand_like(&town));
    let work = town.path().join("story.txt");
    std::fs::write(
        &work,
        format!("{}{marker}\n", "The lamps went out one by one.\n".repeat(3_000)),
    )
    .unwrap();
    let (pin, dir) = ("730915862401", town.path().join("holder"));
    let mut outputs = Vec::new();
    let code = other_card(&town, &dir, pin);
    let mut ask = |args: &[&str], input: &str| {
        let out = at(&dir, args, input);
        outputs.push(out.stderr.clone());
        if !args.contains(&"--pipe") {
            outputs.push(out.stdout.clone());
        }
        assert!(
            out.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&out.stdout)
        );
        out
    };
    ask(&["card", "load", "1000"], "");
    for (title, more) in [("Shared Story", None), ("Own Story", Some("--unique"))] {
        let mut args = vec!["publish", work.to_str().unwrap(), "--title", title, "--price", "50"];
        args.extend(more);
        let told = town.json(&args);
        assert!(told["offer"].is_string(), "{told}");
        let bought = document(&ask(&["buy", title, "--at-most", "50", "--pin-stdin"], pin));
        assert_eq!(bought["outcome"], "given", "{bought}");
        let played = ask(&["play", title, "--pipe"], "");
        assert!(
            holds(&played.stdout, marker.as_bytes()),
            "{title}: what was played is not the work"
        );
    }
    ask(&["card", "history"], "");
    ask(&["card", "show"], "");
    for role in ROLES {
        town.kill(role);
    }
    let secrets = [
        "roots",
        "publisher/secret",
        "issuer/certifier-secret",
        "registry/certifier-secret",
        "registry/time-secret",
        "registry/secret",
        "bank/secret",
        "issuer/secret",
        "shop/secret",
        "collector/secret",
        "holder/wallet/protected/km",
        "holder/wallet/token",
        "wallet/protected/km",
        "wallet/token",
        "operator-token",
    ];
    let secrets: Vec<(PathBuf, Vec<u8>)> = secrets
        .iter()
        .map(|s| town.path().join(s))
        .map(|p| (p.clone(), std::fs::read(p).unwrap()))
        .collect();
    let mut all = Vec::new();
    files(town.path(), &mut all);
    assert!(all.len() > 60, "too few files were looked at");
    for path in all.iter().filter(|p| **p != work) {
        let bytes = std::fs::read(path).unwrap();
        let shown = path.display();
        assert!(!holds(&bytes, marker.as_bytes()), "plaintext in {shown}");
        assert!(!holds(&bytes, pin.as_bytes()), "the PIN in {shown}");
        assert!(!holds(&bytes, code.as_bytes()), "the recovery code in {shown}");
        for (own, secret) in &secrets {
            assert!(
                path == own || !holds(&bytes, secret),
                "{} is also in {shown}",
                own.display()
            );
        }
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        let free = [
            ".keyfare", ".cose", ".cbor", ".txt", ".jpg", ".webp", ".mp4", ".wav", ".png", ".log",
        ]
        .iter()
        .any(|e| path.to_string_lossy().ends_with(e));
        let free = free || path.components().any(|c| c.as_os_str() == "packages");
        // Sealed and signed things are for everybody; the realm file was copied here by this test.
        assert!(free || mode & 0o077 == 0, "{shown} can be read by others ({mode:o})");
    }
    for told in &outputs {
        assert!(
            !holds(told, pin.as_bytes()) && !holds(told, marker.as_bytes()),
            "{}",
            String::from_utf8_lossy(told)
        );
        assert!(secrets.iter().all(|(_, s)| !holds(told, s)), "a key was said aloud");
    }
}

/// Enough chance for a marker: where and when this test runs.
fn rand_like(town: &Town) -> u128 {
    let since = std::fs::metadata(town.path())
        .unwrap()
        .modified()
        .unwrap()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    since.as_nanos() ^ (u128::from(std::process::id()) << 96)
}
