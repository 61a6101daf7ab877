//! Purchases by approval while approver, bureau, settlement server, shop or wallet are killed at random moments: real processes, a
//! user who answers on the approver's own page. Afterwards what is owed is what was delivered, to the yen; the rest of the
//! limit is free; the audit agrees.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::ChildStderr,
    time::Duration,
};

use serde_json::Value;

use crate::{
    Dice, PRICE, in_towns, number,
    town::{Town, pause},
};

const NAME: &str = "aiko@example.jp";
/// Ports above the base.
const APPROVER: u16 = 13;

/// What somebody's browser and the operator's program say to the approver.
struct Browser {
    port: u16,
    token: String,
    cookie: String,
}

impl Browser {
    /// Sends one request; nothing, if nobody answered it whole.
    fn send(&self, head: &str, fields: &str, body: &str) -> Option<(String, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(120))).ok()?;
        let host = format!("127.0.0.1:{}", self.port);
        let request = format!(
            "{head} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {}\r\nConnection: close\r\n{fields}Content-Length: {}\r\n\r\n{body}",
            self.cookie,
            body.len()
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.to_owned(), body.to_owned()))
    }
    fn page(&self, path: &str) -> Option<String> {
        self.send(&format!("GET {path}"), "", "").map(|(_, body)| body)
    }
    fn form(&self, path: &str, body: &str) -> Option<String> {
        let fields = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.send(&format!("POST {path}"), fields, body).map(|(head, _)| head)
    }
    fn sign_in(&mut self, password: &str) {
        let head = self
            .form("/sign-in", &format!("name=aiko%40example.jp&password={password}"))
            .unwrap();
        assert!(head.starts_with("HTTP/1.1 303"), "{head}");
        let set = head.lines().filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.split(';').next())?
        });
        self.cookie = set.collect::<Vec<_>>().join("; ");
    }

    /// Says yes to a question, however often it takes; until the page asks no longer.
    fn agree(&self, request: &str) {
        let path = format!("/en/approve/{request}");
        for _ in 0..2_400 {
            match self.page(&path) {
                // Nobody answers just now.
                None => {}
                Some(page) => match between(&page, "name=\"form\" value=\"", "\"") {
                    Some(form) => drop(self.form(
                        &format!("/approve/{request}"),
                        &format!("form={form}&means=credit&answer=yes"),
                    )),
                    None if page.contains("Asking whether") => {}
                    None => return,
                },
            }
            pause(25);
        }
        panic!("the approver does not take an answer any more");
    }

    /// Takes every open approval back that is not used.
    fn take_back(&self) {
        let page = self.page("/en/").unwrap_or_default();
        let Some(form) = between(&page, "name=\"form\" value=\"", "\"") else {
            return;
        };
        for open in page.split("/cancel\"").skip(1) {
            if let Some(id) = between(open, "name=\"approval\" value=\"", "\"") {
                drop(self.form("/cancel", &format!("form={form}&approval={id}")));
            }
        }
    }

    /// Limit, what of it is free, and what is owed.
    fn stands(&self) -> Option<[i64; 3]> {
        let fields = format!("Authorization: Bearer {}\r\n", self.token);
        let (_, body) = self.send("GET /v1/users", &fields, "")?;
        let json = body.get(body.find('{')?..=body.rfind('}')?)?;
        let users: Value = serde_json::from_str(json).ok()?;
        let user = users["users"].get(0)?.clone();
        let minor = |name: &str| user[name]["minor"].as_str()?.parse::<i64>().ok();
        Some([minor("limit")?, minor("room")?, minor("owed")?])
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(found, _)| found)
}

/// The number of the question that a purchase waits with, as the command says it.
fn waits(errors: ChildStderr) -> Option<String> {
    BufReader::new(errors).lines().map_while(Result::ok).find_map(|line| {
        let said: Value = serde_json::from_str(&line).ok()?;
        said["waits"]["request"].as_str().map(str::to_owned)
    })
}

/// proves: PA-7 PA-8 PA-9 PA-10 S1 S2
#[test]
fn charged_is_delivered_whoever_is_killed_whenever() {
    // A kill among nine processes takes longer than one among six.
    in_towns((number("KILLS", 20) / 8).max(5), approvals_killed);
}

fn open_town() -> (Town, Browser) {
    town_with(Town::start_all)
}

fn town_with(start: impl FnOnce(&mut Town)) -> (Town, Browser) {
    let mut town = Town::stocked(0, None);
    let settings = town.path().join("approver/party.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("prompts_a_minute"))
        .collect();
    std::fs::write(
        &settings,
        format!("{}\nprompts_a_minute = 1000000\nwait_seconds = 2\n", text.join("\n")),
    )
    .unwrap();
    start(&mut town);
    for role in ["bureau", "settlement", "approver"] {
        town.start(role);
    }
    let read = |name: &str| std::fs::read_to_string(town.path().join(name)).unwrap();
    let mut browser = Browser {
        port: town.base + APPROVER,
        token: read("operator-token").trim().to_owned(),
        cookie: String::new(),
    };
    browser.sign_in(read("approval-user").trim());
    (town, browser)
}

/// A shop in the room: nothing answers at the address that the directory lists for it, and the registry is gone. The wallet
/// finds it on the local network and tells it there what it would tell it anywhere; only the approver is reached as always.
///
/// proves: PA-12
#[test]
fn a_shop_near_by_sells_by_approval_where_no_other_way_leads_to_it() {
    let (mut town, browser) = town_with(|town| {
        for role in ["registry", "bank", "issuer"] {
            town.start(role);
        }
        town.start_elsewhere("shop", &["--near"]);
    });
    let pin = format!("{}\n", town.pin());
    let far = town.run(&["buy", "102", "--approval", "--pin-stdin", "--json"], Some(&pin));
    let no = String::from_utf8_lossy(&far.stdout).into_owned();
    assert!(!far.status.success() && no.contains("party-silent"), "{no}");
    town.kill("registry");
    let mut buyer = town
        .command(&["buy", "102", "--approval", "--near", "--pin-stdin"])
        .spawn()
        .unwrap();
    buyer.stdin.take().unwrap().write_all(pin.as_bytes()).unwrap();
    let request = waits(buyer.stderr.take().unwrap());
    match request {
        Some(request) => browser.agree(&request),
        None => panic!("no question was put: {:?}", buyer.wait_with_output()),
    }
    let bought = buyer.wait_with_output().unwrap();
    assert!(bought.status.success(), "{}", String::from_utf8_lossy(&bought.stdout));
    let card = town.card();
    assert_eq!(card["licenses"].as_array().unwrap().len(), 1, "{card}");
    adds_up(&browser, 1, "near by");
}

fn approvals_killed(kills: u64, seed: u64) {
    let mut dice = Dice::new(seed ^ 0xA99);
    let (mut town, browser) = open_town();
    let pin = format!("{}\n", town.pin());
    let (mut licenses, mut torn) = (0_i64, 0);
    for kill in 0..kills {
        let replay = format!(
            "kill {kill}; replay with KILLS={} KILLS_SEED={seed}",
            8 * (kill + 1).max(5)
        );
        let moment = dice.next(1200);
        let victims = [
            "approver",
            "settlement",
            "shop",
            "bureau",
            "wallet",
            "approver",
            "settlement",
        ];
        let victim = victims[dice.next(7) as usize];
        let mut buyer = town
            .command(&["buy", "102", "--approval", "--pin-stdin"])
            .spawn()
            .unwrap();
        buyer.stdin.take().unwrap().write_all(pin.as_bytes()).unwrap();
        let errors = buyer.stderr.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                if let Some(request) = waits(errors) {
                    browser.agree(&request);
                }
            });
            pause(moment);
            if victim == "wallet" {
                // Ended already is one of the moments.
                let _ = buyer.kill();
            } else {
                town.kill(victim);
                pause(dice.next(150));
                town.start(victim);
            }
            let _ = buyer.wait();
        });
        let card = town.finish();
        let now = card["licenses"].as_array().unwrap().len() as i64;
        assert_eq!(card["purse"].as_i64(), Some(0), "{replay}");
        assert!(
            now == licenses || now == licenses + 1,
            "{replay}: from {licenses} to {now}"
        );
        torn += i64::from(now == licenses);
        licenses = now;
        adds_up(&browser, licenses, &replay);
        if kill % 10 == 9 {
            town.audit();
            eprintln!("{} kills: {licenses} delivered and charged, {torn} neither", kill + 1);
        }
    }
    town.audit();
    assert!(
        kills < 5 || licenses > 0,
        "the moments miss the purchase: {licenses} bought, {torn} not"
    );
}

/// Once nothing is under way, what is owed is what was delivered, and everything else is free.
fn adds_up(browser: &Browser, licenses: i64, replay: &str) {
    let mut last = None;
    for _ in 0..1_200 {
        browser.take_back();
        last = browser.stands();
        if let Some([limit, room, owed]) = last {
            assert!(owed <= licenses * PRICE, "charged without delivery: {last:?} {replay}");
            if owed == licenses * PRICE && room == limit - owed {
                return;
            }
        }
        pause(100);
    }
    panic!("delivered {licenses}, and the approver says {last:?} of {NAME}; {replay}");
}
