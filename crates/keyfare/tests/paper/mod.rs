//! A bill on paper: a whole installation's month with many purchases, billed by its run, fetched over HTTP and printed by a browser;
//! the sheets are read back by the program that reads papers.

use std::{
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
};

use publisher::read::{Answer, Ask, NotRead, Page, Readers};
use serde_json::{Value, json};

use crate::{
    requests::Up,
    town::{PROGRAM, Town},
};

/// As many purchases as fill several sheets.
const PURCHASES: usize = 75;
const NUMBER: &str = "+819000004417";

/// Whoever talks to the carrier of an installation: its operator, and a merchant.
struct Talk {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    carrier: String,
    operator: String,
}

impl Talk {
    fn to(town: &Town, up: &Up) -> Self {
        let operator = std::fs::read_to_string(town.path().join("operator-token")).unwrap();
        Self {
            runtime: tokio::runtime::Runtime::new().unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            carrier: up.address("carrier").trim_end_matches('/').to_owned(),
            operator: operator.trim().to_owned(),
        }
    }
    fn send(&self, request: reqwest::RequestBuilder) -> Value {
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status(), answer.text().await.unwrap());
            assert!(status.is_success(), "{status}: {text}");
            serde_json::from_str(&text).unwrap()
        })
    }
    fn operate(&self, path: &str, key: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.carrier));
        let request = request.bearer_auth(&self.operator).header("idempotency-key", key);
        self.send(request.json(body))
    }
    /// A merchant of its own for a seller: its token.
    fn merchant(&self, name: &str, party: &str) -> String {
        let new = json!({ "name": name, "payees": [{ "party": party }], "unasked": true });
        let made = self.operate("/v1/clients", "a-key-of-sixteen-letters", &new);
        let text = |field: &str| made[field].as_str().unwrap().to_owned();
        let request = self.client.post(format!("{}/oauth2/token", self.carrier));
        let request = request.basic_auth(text("client_id"), Some(text("client_secret")));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let token = self.send(request.body("grant_type=client_credentials"));
        token["access_token"].as_str().unwrap().to_owned()
    }
    fn buy(&self, token: &str, n: usize) {
        let charging = json!({ "amount": n, "currency": "JPY", "description": bought(n) });
        let body = json!({ "amountTransaction": { "phoneNumber": NUMBER, "clientCorrelator": format!("purchase-{n}"),
            "referenceCode": format!("purchase-{n}"), "paymentAmount": { "chargingInformation": charging } } });
        let request = self
            .client
            .post(format!("{}/carrier-billing/v0.5/payments", self.carrier));
        self.send(request.bearer_auth(token).json(&body));
    }
}

/// What a purchase is called: some long, as merchants write.
fn bought(n: usize) -> String {
    match n % 4 {
        0 => format!("Purchase {n}: the map of all ferries that cross the strait in spring, second edition"),
        _ => format!("Purchase {n}"),
    }
}

/// A browser prints what lies at this address.
fn printed(address: &str, into: &Path) {
    let profile = tempfile::tempdir().unwrap();
    let mut command = Command::new("/usr/bin/chromium");
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
        ])
        .args(["--disable-background-networking", "--no-pdf-header-footer"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--print-to-pdf={}", into.display()))
        .arg(address);
    let done = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|no| panic!("chromium: {no}; run: cargo xtask tools"));
    assert!(into.exists(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Every sheet of a PDF, drawn and read.
fn sheets(file: &Path) -> Vec<Page> {
    let content = std::fs::read(file).unwrap();
    let readers = Readers::by(PROGRAM.into(), [OsString::from("read-work")]);
    let mut sheets: Vec<Page> = Vec::new();
    loop {
        let ask = Ask::Page(u32::try_from(sheets.len()).unwrap());
        let answer = readers.ask::<NotRead>(&ask, content.len() as u64, |at, into| {
            let from = &content[usize::try_from(at).unwrap().min(content.len())..];
            let len = from.len().min(into.len());
            into[..len].copy_from_slice(&from[..len]);
            Ok(len)
        });
        let Ok(Answer::Page(page)) = answer else {
            panic!("no sheet {}: {answer:?}", sheets.len());
        };
        // Whoever changes how a bill prints looks at it.
        if let Ok(dir) = std::env::var("BILL_PICTURES") {
            std::fs::write(Path::new(&dir).join(format!("bill-{}.png", sheets.len())), &page.png).unwrap();
        }
        let of = page.of as usize;
        sheets.push(page);
        if sheets.len() == of {
            return sheets;
        }
    }
}

/// proves: ST-7 ST-17
#[test]
fn a_bill_of_many_purchases_prints_on_sheets_that_leave_nothing_out() {
    let mut town = Town::empty();
    let up = Up::start(&town);
    let talk = Talk::to(&town, &up);
    let month = carrier::Month::of(now(), 540);
    let shop = talk
        .client
        .get(format!("{}/v1/about", up.address("shop").trim_end_matches('/')));
    let shop = talk.send(shop);
    let token = talk.merchant("Lantern Shop", shop["id"].as_str().unwrap_or_else(|| panic!("{shop}")));
    for n in 1..=PURCHASES {
        talk.buy(&token, n);
    }
    drop(up);
    // The month is over for the carrier, and a day more.
    let file = town.path().join("carrier/party.toml");
    let ahead = month.ends(540).since(now()).0 / 1000 + 30 * 3600;
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("clock_ahead_seconds = {ahead}\n{text}")).unwrap();
    town.start("registry");
    town.start("carrier");
    let billed = town.json(&["bill", "month", &month.to_string()]);
    let page = billed["bills"][0]["page"]
        .as_str()
        .unwrap_or_else(|| panic!("{billed}"));
    let pdf = town.path().join("bill.pdf");
    printed(&page.replacen("/bill/", "/en/bill/", 1), &pdf);
    let sheets = sheets(&pdf);
    assert!((3..=6).contains(&sheets.len()), "{} sheets", sheets.len());
    // Nothing is left out between two sheets, nothing stands on two of them, and all of it in its order.
    let text: String = sheets.iter().map(|sheet| sheet.text.as_str()).collect();
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut at = 0;
    for n in 1..=PURCHASES {
        let found: Vec<usize> = words
            .match_indices(&format!("Purchase {n}"))
            .map(|(found, _)| found)
            .filter(|found| !words[found + format!("Purchase {n}").len()..].starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        assert_eq!(
            found.len(),
            1,
            "purchase {n} stands on the sheets {} times: {words}",
            found.len()
        );
        assert!(found[0] > at, "purchase {n} is out of order");
        at = found[0];
    }
    let content: usize = (1..=PURCHASES).sum();
    let sum = format!("¥{},{:03}", content / 1000, content % 1000);
    assert_eq!(
        words.matches("Content together").count(),
        1,
        "a sum is said once, where it ends: {words}"
    );
    assert!(words.contains(&sum), "{sum}: {words}");
    // Each sheet that goes on with the purchases says what its columns are.
    for (n, sheet) in sheets
        .iter()
        .enumerate()
        .filter(|(_, sheet)| sheet.text.contains("Purchase "))
    {
        assert!(
            sheet.text.contains("Paid to"),
            "sheet {} has no heads: {}",
            n + 1,
            sheet.text
        );
    }
    for (n, sheet) in sheets.iter().enumerate() {
        let number = format!("{} / {}", n + 1, sheets.len());
        assert!(sheet.text.contains(&number), "no {number}: {}", sheet.text);
        assert!(sheet.height > sheet.width, "a sheet stands upright");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the processes under test have the machine's clock"
)]
fn now() -> units::Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    units::Moment(u64::try_from(since.unwrap().as_millis()).unwrap())
}
