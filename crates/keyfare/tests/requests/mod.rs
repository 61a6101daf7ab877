//! A whole installation, asked everything that its parties describe; then its books, with a difference planted in each.

use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
};

use serde_json::Value;
use server::{config::Config, running::STORE_FILE};
use store::{
    Range, Table,
    sqlite::{Opening, Sqlite},
};

use crate::town::{Town, copy_dir, pause};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";
/// Few where every change is tested; `cargo xtask deep api` makes many, and walks every boundary besides.
const FEW: &str = "2";

/// Runs schemathesis on what a party describes; what it says when it found something.
fn ask(role: &str, url: &str, token: &str) -> Result<(), String> {
    let tool = root().join("target/python/bin/st");
    let examples = std::env::var("API_EXAMPLES").unwrap_or_else(|_| FEW.into());
    let phases = if examples == FEW {
        "examples,fuzzing"
    } else {
        "examples,coverage,fuzzing"
    };
    let schema = root().join(format!("docs/openapi/{role}.json"));
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(&tool);
    command
        .current_dir(dir.path())
        .arg("run")
        .arg(&schema)
        .args(["--url", url, "--checks", CHECKS]);
    command
        .args([
            "--seed",
            "2026",
            "--phases",
            phases,
            "--max-examples",
            &examples,
            "--no-color",
            "--no-shrink",
        ])
        .args([
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
            "--generation-database",
            "none",
        ])
        .args(["-H", &format!("Authorization: Bearer {token}")])
        .env("PYTHONPATH", root().join("tests/api"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "cbor");
    let done = command
        .output()
        .unwrap_or_else(|no| panic!("{}: {no}; run: cargo xtask tools", tool.display()));
    if done.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    Err(format!("{role} at {url}\n{text}"))
}

/// `keyfare up`, until it is dropped.
pub struct Up {
    child: Child,
    printed: Value,
}

impl Up {
    pub fn start(town: &Town) -> Self {
        let base = town.base.to_string();
        let mut command = town.command(&["up", "--port-base", &base]);
        let log = std::fs::File::create(town.path().join("up.log")).unwrap();
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        // From here on it ends with this test, whatever becomes of it.
        let mut up = Self {
            child,
            printed: Value::Null,
        };
        let mut stdout = up.child.stdout.take().unwrap();
        let (mut said, mut one) = (Vec::new(), [0; 4096]);
        while up.printed.is_null() {
            let read = stdout.read(&mut one).unwrap();
            said.extend(&one[..read]);
            let log = || std::fs::read_to_string(town.path().join("up.log")).unwrap_or_default();
            assert!(read > 0, "up ended: {}", log());
            up.printed = serde_json::from_slice(&said).unwrap_or_default();
        }
        up
    }
    pub fn address(&self, party: &str) -> String {
        self.printed["parties"][party]
            .as_str()
            .unwrap_or_else(|| panic!("no {party}"))
            .to_owned()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whatever requests are made out of the descriptions of any party, it answers as it describes, never by a fault, and its books
/// still hold. A license bought with the telephone bill is in them: each book is then falsified in turn, and the audit says
/// where they differ.
///
/// proves: ST-4 ST-5 row-54 row-61 row-78
#[test]
fn generated_requests_find_no_fault_and_the_audit_every_planted_difference() {
    let town = Town::empty();
    let up = Up::start(&town);
    let bought = town.json(&[
        "buy",
        "2000000001",
        "--from",
        "Minato Licenses",
        "--bill",
        "--pin-stdin",
    ]);
    assert_eq!(bought["outcome"], "given", "{bought}");
    let settled = (0..200).any(|_| {
        pause(50);
        let audit = town.json(&["audit"]);
        audit["explained"].as_array().is_some_and(Vec::is_empty)
    });
    assert!(settled, "{:#}", town.json(&["audit"]));

    let token = std::fs::read_to_string(town.path().join("operator-token")).unwrap();
    let mut roles: Vec<String> = std::fs::read_dir(root().join("docs/openapi"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    roles.sort_unstable();
    assert!(roles.len() >= 19, "{roles:?}");
    let (queue, found) = (Mutex::new(roles), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(role) = queue.lock().unwrap().pop() else {
                        return;
                    };
                    found
                        .lock()
                        .unwrap()
                        .extend(ask(&role, &up.address(&role), token.trim()).err());
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{}", found.join("\n"));
    town.audit();
    drop(up);

    for (party, table, planted, told) in [
        (
            "carrier",
            "carrier_charges",
            Planted::Gone,
            "was paid JPY 1,000 by the carrier, whose books have no such charge",
        ),
        (
            "carrier",
            "carrier_payables",
            Planted::Gone,
            "the bank moved JPY 1,000 for it, and the carrier has no such purchase",
        ),
        (
            "carrier",
            "carrier_payables",
            Planted::OneLess,
            "the bank moved JPY 1,000 for it, and the carrier ordered JPY 999",
        ),
        (
            "bank",
            "bank_lines",
            Planted::Gone,
            "the bank has booked nothing for it",
        ),
        (
            "bank",
            "bank_lines",
            Planted::OneLess,
            "the bank moved JPY 999 for it, and the carrier ordered JPY 1,000",
        ),
        ("licenses", "shop_settled", Planted::Gone, "has no record of it"),
        (
            "licenses",
            "shop_settled",
            Planted::OneLess,
            "was paid JPY 999, the carrier paid JPY 1,000",
        ),
    ] {
        let falsified = Falsified::new(&town, party, table, planted);
        let audit = town.run(&["audit"], None);
        let said = String::from_utf8_lossy(&audit.stdout).into_owned();
        assert!(
            !audit.status.success() && said.contains(told),
            "{planted:?} in {table}: {said}"
        );
        falsified.put_back();
    }
    town.audit();
}

/// Electronic money is in four books: the bank's, the issuer's, a seller's and the card's. Whichever of them is falsified, even
/// so that it is right by itself, the audit says where they differ; and money that is on its way between two of them is told
/// as that.
///
/// proves: ST-5 ST-9 row-52 row-54 row-56
#[test]
fn a_difference_planted_at_the_issuer_is_found_and_what_is_on_its_way_is_explained() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    // The issuer is asked to load while its bank is away; its books of that moment are kept.
    town.kill("bank");
    let _ = town.run(&["card", "load", "500"], None);
    town.kill("issuer");
    let asking = tempfile::tempdir().unwrap();
    let issuer = Config::load(&town.path().join("issuer/party.toml")).unwrap().dir;
    copy_dir(&issuer, asking.path());
    town.start("bank");
    town.start("issuer");
    let loaded = (0..100).any(|_| {
        pause(100);
        town.finish()["purse"] == 1_420
    });
    assert!(loaded, "{}", town.card());
    for role in crate::town::ROLES {
        town.kill(role);
    }
    town.audit();
    assert_eq!(town.json(&["audit"])["explained"], serde_json::json!([]));

    let found = |words: &str, told: &str| {
        let audit = town.run(&["audit"], None);
        let said = String::from_utf8_lossy(&audit.stdout).into_owned();
        assert!(!audit.status.success() && said.contains(told), "{words}: {said}");
    };
    for (party, table, planted, told) in [
        (
            "issuer",
            "issuer_slips",
            Planted::Gone,
            "shop took JPY 80 in electronic money, and the issuer has not honoured slip",
        ),
        (
            "issuer",
            "issuer_slips",
            Planted::OneLess,
            "shop took JPY 80 in electronic money, and the issuer honoured JPY 79",
        ),
        (
            "shop",
            "shop_slips",
            Planted::Gone,
            "the issuer honoured JPY 80 that shop brought, and shop has no record of it",
        ),
        (
            "shop",
            "shop_sales",
            Planted::Gone,
            "the issuer honoured JPY 80, and shop gave nothing for it",
        ),
        (
            "bank",
            "bank_lines",
            Planted::Gone,
            "JPY 500 was loaded from an account, and the bank has booked nothing for it",
        ),
        (
            "issuer",
            "decided",
            Planted::Gone,
            "it had the bank move JPY 500 to it by transfer",
        ),
    ] {
        let falsified = Falsified::new(&town, party, table, planted);
        found(table, told);
        falsified.put_back();
    }
    // Money of nobody's card that no bank ever saw, booked as a load is: the issuer's own books hold.
    let falsified = Falsified::by(&town, "issuer", |tx| {
        let of = |sort, id| party::books::Account { sort, of: id };
        let posting = party::books::Posting {
            id: units::TransferId([7; 16]),
            what: "load",
            about: units::Hash([7; 32]),
            legs: vec![party::books::Leg {
                debit: of(party::books::Sort::had("bank").free(), [0; 16]),
                credit: of(party::books::Sort::owed("shadow of card"), [9; 16]),
                amount: units::Money::new(1_000, units::Currency::JPY).unwrap(),
            }],
        };
        party::books::post(tx, &posting, units::Moment(u64::MAX / 2)).map_err(party::books::PostRefused::into_fault)
    });
    found(
        "a load of nobody",
        "of purses is at the bank, and its transfers there come to",
    );
    falsified.put_back();

    // The issuer as it was while it asked: the card has what its books do not know of yet, and the audit says where it is.
    std::fs::remove_dir_all(&issuer).unwrap();
    copy_dir(asking.path(), &issuer);
    let told = "JPY 500 for a purse is at the bank already, and the bank's answer is on its way";
    found("a load on its way", told);
}

/// What somebody does to a party's rows behind its back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planted {
    /// All of them are gone.
    Gone,
    /// Where they say a thousand, or the eighty of a purchase, they say one less.
    OneLess,
}

impl Planted {
    /// The same row as it is now, if it is there.
    fn of(self, row: &[u8]) -> Option<Vec<u8>> {
        let mut row = (self == Self::OneLess).then(|| row.to_vec())?;
        // Both, and one less, as CBOR writes them.
        for (price, less) in [
            (&[0x19, 0x03, 0xE8][..], &[0x19, 0x03, 0xE7][..]),
            (b"\x82\x18\x50\x63JPY", b"\x82\x18\x4F\x63JPY"),
        ] {
            let found: Vec<usize> = (0..row.len()).filter(|at| row[*at..].starts_with(price)).collect();
            for at in found {
                row[at..at + less.len()].copy_from_slice(less);
            }
        }
        Some(row)
    }
}

/// A party's store with rows changed behind its back, and as it was before.
struct Falsified {
    data: PathBuf,
    kept: tempfile::TempDir,
}

impl Falsified {
    fn new(town: &Town, party: &str, table: &'static str, planted: Planted) -> Self {
        let rows_of = Table::new(table);
        Self::by(town, party, move |tx| {
            let rows = tx.scan(rows_of, &Range::all(), true, 10_000)?;
            let mut changed = 0;
            for (key, row) in &rows {
                match planted.of(row) {
                    None => drop(tx.delete(rows_of, key)?),
                    Some(new) if new == *row => continue,
                    Some(new) => tx.put(rows_of, key, &new)?,
                };
                changed += 1;
            }
            assert!(changed > 0, "nothing in {table} is {planted:?}");
            Ok(())
        })
    }
    /// The store with whatever `change` does to it.
    fn by(
        town: &Town,
        party: &str,
        change: impl Fn(&mut dyn store::Tx) -> Result<(), store::Fault> + Send + 'static,
    ) -> Self {
        let config = Config::load(&town.path().join(party).join("party.toml")).unwrap();
        let kept = tempfile::tempdir().unwrap();
        copy_dir(&config.dir, kept.path());
        let opening = Opening {
            role: config.role.word().to_owned(),
            realm: config.realm.id(),
            new_id: [7; 16],
        };
        let parts = server::running::parts_of(config.role);
        let store = Sqlite::open(&config.dir.join(STORE_FILE), &opening, &parts)
            .unwrap()
            .store();
        store.write(change).unwrap();
        Self { data: config.dir, kept }
    }
    fn put_back(self) {
        std::fs::remove_dir_all(&self.data).unwrap();
        copy_dir(self.kept.path(), &self.data);
    }
}
