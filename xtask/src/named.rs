//! Runs with a name: long ones that are too dear for every change, and benchmarks. Adding one is one line.

use crate::process;
use anyhow::{Result, bail};

/// A name, what it is good for, and the command.
pub struct Named {
    pub name: &'static str,
    pub says: &'static str,
    pub command: &'static [&'static str],
}

/// `cargo xtask deep NAME`. What stands after the name is handed to the command.
pub const DEEP: &[Named] = &[
    Named {
        name: "kills",
        says: "processes killed at thousands of moments of purchases and hand-overs: KILLS=1500 KILLS_SEED=7 cargo xtask deep kills (a thousand of each without KILLS)",
        command: &[
            "sh",
            "-c",
            "KILLS=${KILLS:-1000} exec cargo test -p keyfare --test kills -- --nocapture",
        ],
    },
    Named {
        name: "loans",
        says: "hundreds of loans, returns, plays, cuts and restored copies between processes: LOANS=400 LOANS_SEED=7 cargo xtask deep loans",
        command: &[
            "cargo",
            "test",
            "-p",
            "keyfare",
            "--test",
            "loans",
            "--",
            "three_plays",
            "--nocapture",
        ],
    },
    Named {
        name: "pages",
        says: "every page of every party in every state: both languages, light and dark, narrow and wide, under axe",
        command: &["cargo", "xtask", "browser", "pages"],
    },
    Named {
        name: "import",
        says: "a copy of 1 GiB from a medium to a drive, its process killed fifty times",
        command: &[
            "env",
            "IMPORT_MIB=1024",
            "IMPORT_KILLS=50",
            "cargo",
            "test",
            "-p",
            "keyfare",
            "--test",
            "kills",
            "--",
            "import",
            "--nocapture",
        ],
    },
    Named {
        name: "issue",
        says: "ten thousand questions of forty users for a hundred media, server and gateway killed at random",
        command: &[
            "env",
            "ISSUE_ASKS=10000",
            "ISSUE_MEDIA=100",
            "ISSUE_USERS=40",
            "ISSUE_AT_ONCE=128",
            "cargo",
            "test",
            "-p",
            "keyfare",
            "--test",
            "kills",
            "--",
            "issue",
            "--nocapture",
        ],
    },
    Named {
        name: "api",
        says: "two hundred requests made out of every operation that a party describes, by schemathesis",
        command: &[
            "env",
            "API_EXAMPLES=200",
            "cargo",
            "test",
            "-p",
            "keyfare-server",
            "--test",
            "http",
            "-p",
            "keyfare",
            "--test",
            "tours",
            "--",
            "generated",
            "--nocapture",
        ],
    },
    Named {
        name: "model",
        says: "the model of the card protocol in its large configurations",
        command: &[
            "cargo",
            "run",
            "--release",
            "-p",
            "keyfare-proof",
            "--bin",
            "model",
            "--",
            "--large",
        ],
    },
    Named {
        name: "harness",
        says: "real parties and cards in seeded storms; add --seeds 1000 --steps 5000",
        command: &[
            "cargo",
            "run",
            "--release",
            "-p",
            "keyfare-proof",
            "--bin",
            "harness",
            "--",
        ],
    },
];

/// `cargo xtask bench [NAME]`.
pub const BENCH: &[Named] = &[
    Named {
        name: "content",
        says: "sealing, opening and random reads beside age and dd; add sizes in MiB: 1024 10240",
        command: &["cargo", "bench", "-p", "keyfare-package", "--bench", "content", "--"],
    },
    Named {
        name: "import",
        says: "a copy from a medium to a drive beside cp, and its memory; add sizes in MiB: 1024 10240",
        command: &["cargo", "bench", "-p", "keyfare-copying", "--bench", "import", "--"],
    },
    Named {
        name: "commit",
        says: "what durable commits cost",
        command: &["cargo", "bench", "-p", "keyfare-store", "--bench", "commit", "--"],
    },
    Named {
        name: "post",
        says: "what transfers cost in the ledger over durable commits",
        command: &["cargo", "bench", "-p", "keyfare-ledger", "--bench", "post", "--"],
    },
    Named {
        name: "publish",
        says: "memory and speed of publishing a small and a large file: KEYFARE_BENCH_MIB=1024 cargo xtask bench publish",
        command: &["cargo", "bench", "-p", "keyfare-publisher", "--bench", "publish", "--"],
    },
    Named {
        name: "signin",
        says: "a refused sign-in with a known and an unknown name, side by side; add how many",
        command: &["cargo", "bench", "-p", "keyfare-signin", "--bench", "unknown", "--"],
    },
    Named {
        name: "window",
        says: "a shop's pages with ten thousand works beside one work: time at the server, bytes over the wire; add how many",
        command: &["cargo", "bench", "-p", "keyfare-server", "--bench", "window", "--"],
    },
    Named {
        name: "reader",
        says: "one command and one transfer through a smart-card reader, beside the transfer without one",
        command: &["cargo", "bench", "-p", "keyfare-pcsc", "--bench", "reader"],
    },
    Named {
        name: "sales",
        says: "durable sales over HTTP beside what their cryptography alone allows; add how many",
        command: &["cargo", "bench", "-p", "keyfare-server", "--bench", "sales", "--"],
    },
    Named {
        name: "receipts",
        says: "receipts per second, durable at the seller and the issuer, beside the bound of their cryptography: cargo xtask bench receipts 1600",
        command: &[
            "cargo",
            "bench",
            "-p",
            "keyfare-server",
            "--bench",
            "sales",
            "--",
            "receipts",
        ],
    },
    Named {
        name: "charges",
        says: "charges over HTTP, durable, beside what their cryptography alone allows; add how many",
        command: &["cargo", "bench", "-p", "keyfare-server", "--bench", "charges", "--"],
    },
    Named {
        name: "bill",
        says: "a month's bills beside the same sums by hand in SQL; add subscribers and records: 100000 10000000",
        command: &["cargo", "bench", "-p", "keyfare-carrier", "--bench", "bill", "--"],
    },
    Named {
        name: "approval",
        says: "approvals issued and redeemed over HTTP, durable, beside what their cryptography alone allows; add how many",
        command: &["cargo", "bench", "-p", "keyfare-server", "--bench", "approval", "--"],
    },
    Named {
        name: "tap",
        says: "from the tap on a wallet to the first sound on a paired player, both processes: TAPS=50 cargo xtask bench tap",
        command: &[
            "cargo",
            "test",
            "--release",
            "-p",
            "keyfare",
            "--test",
            "loans",
            "--",
            "tap",
            "--nocapture",
        ],
    },
    Named {
        name: "transfer",
        says: "one copy from card to card beside the sum of its asymmetric operations",
        command: &["cargo", "bench", "-p", "keyfare-card", "--bench", "transfer", "--"],
    },
];

/// Prints what there is.
pub fn list(kind: &str, table: &[Named]) -> Result<()> {
    for named in table {
        println!("cargo xtask {kind} {:12} {}", named.name, named.says);
    }
    Ok(())
}

/// Runs one of them.
pub fn one(kind: &str, table: &[Named], name: &str, rest: &[&str]) -> Result<()> {
    let Some(named) = table.iter().find(|named| named.name == name) else {
        list(kind, table)?;
        bail!("no such run: {kind} {name}");
    };
    let command = [named.command, rest].concat();
    println!("{kind} {name}: {}", command.join(" "));
    process::run(command[0], &command[1..])
}

/// Runs all of them.
pub fn all(kind: &str, table: &[Named]) -> Result<()> {
    table.iter().try_for_each(|named| one(kind, table, named.name, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn every_named_run_runs_something_that_exists() {
        for named in DEEP.iter().chain(BENCH) {
            let package = named.command.iter().skip_while(|word| **word != "-p").nth(1);
            let package = package.and_then(|name| name.strip_prefix("keyfare-"));
            if let Some(package) = package {
                let manifest = tree::read(&format!("crates/{package}/Cargo.toml")).unwrap();
                let bench = named.command.iter().skip_while(|word| **word != "--bench").nth(1);
                if let Some(name) = bench {
                    assert!(
                        manifest.contains(&format!("name = \"{name}\"")),
                        "{}: no bench {name}",
                        named.name
                    );
                }
            }
        }
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(one("bench", BENCH, "no-such-thing", &[]).is_err());
    }
}
