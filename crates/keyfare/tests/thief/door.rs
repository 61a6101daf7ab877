//! Strangers at the door: pages and programs that talk to the wallet, a stranger on the wallet's port, parties that would
//! listen where they must not.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{
    ask::{books, document, refused, with_input},
    town::{Town, pause},
};

/// A request as it stands, and the answer as it comes.
fn raw(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// A wallet in a process of its own; it ends with this value.
struct Running(Child);
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wallet(town: &Town, port: u16) -> Running {
    let at = format!("127.0.0.1:{port}");
    let mut command = town.command(&["wallet", "--listen", &at]);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let hello = format!("GET /healthz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
    for _ in 0..4_800 {
        if raw(port, &hello).is_some_and(|a| a.starts_with("HTTP/1.1 200")) {
            return running;
        }
        pause(25);
    }
    panic!("the wallet does not answer");
}

/// Pages and programs without the token get a code and nothing else; the wallet's own user is served through the same door.
/// A stranger on its port is told nothing, and two programs never hold one card.
///
/// proves: row-76 row-77
#[test]
fn strangers_at_the_wallets_door_get_nothing() {
    let mut town = Town::stocked(1_000, None);
    town.start_all();
    let port = town.base + 11;
    let running = wallet(&town, port);
    let own = format!("127.0.0.1:{port}");
    let pay = r#"{"quote":"","pin":"0000"}"#;
    let post = |host: &str, more: &str| {
        let head =
            format!("POST /v1/pay HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n");
        raw(port, &format!("{head}{more}Content-Length: {}\r\n\r\n{pay}", pay.len())).unwrap()
    };
    for (answer, code) in [
        (post(&own, &format!("Origin: http://{own}\r\n")), "token-missing"),
        (
            post(&own, &format!("Origin: http://{own}\r\nAuthorization: Bearer aaaa\r\n")),
            "token-missing",
        ),
        (
            post("evil.example", &format!("Origin: http://{own}\r\n")),
            "host-unknown",
        ),
        (post(&format!("localhost:{port}"), ""), "host-unknown"),
        (post(&own, "Origin: https://evil.example\r\n"), "other-origin"),
        (post(&own, "Origin: null\r\n"), "other-origin"),
        (post(&own, ""), "other-origin"),
        (
            post(&own, &format!("Origin: http://{own}\r\nSec-Fetch-Site: cross-site\r\n")),
            "other-site",
        ),
        (
            raw(
                port,
                &format!("GET /v1/card HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n"),
            )
            .unwrap(),
            "token-missing",
        ),
    ] {
        assert!(
            answer.starts_with("HTTP/1.1 4") && answer.contains(code),
            "{code}: {answer}"
        );
        assert!(
            !answer.to_ascii_lowercase().contains("access-control-allow"),
            "{answer}"
        );
    }
    assert_eq!(books(&town.card()), (1_000, 0, 0));
    // The same card by two programs: the second asks the first, and a second wallet says why it will not start.
    refused(
        &town.run(&["wallet", "--listen", &format!("127.0.0.1:{}", town.base + 7)], None),
        "card-in-use",
    );
    refused(&town.run(&["wallet", "--listen", &own], None), "bind-taken");
    refused(&town.run(&["wallet", "--listen", "0.0.0.0:0"], None), "loopback-only");
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    impostor(&town, running);
    town.audit();
}

/// The wallet's noted address is a stranger's: while the true wallet runs elsewhere, and after it has ended.
fn impostor(town: &Town, running: Running) {
    let heard = Arc::new(Mutex::new(String::new()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    let into = heard.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buf = [0; 8 << 10];
            let n = stream.read(&mut buf).unwrap_or(0);
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&buf[..n]));
            let lie = r#"{"proof":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","spendable":"JPY 9"}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                lie.len()
            );
            let _ = stream.write_all(format!("{head}{lie}").as_bytes());
        }
    });
    let note = town.path().join("wallet/agent");
    std::fs::write(&note, &at).unwrap();
    let pin = town.pin();
    refused(&town.run(&["buy", "102", "--pin-stdin"], Some(&pin)), "card-in-use");
    drop(running);
    std::fs::write(&note, &at).unwrap();
    assert_eq!(town.json(&["buy", "102", "--pin-stdin"])["outcome"], "given");
    assert_eq!(books(&town.card()), (840, 0, 2));
    let heard = heard.lock().unwrap().clone();
    assert!(
        heard.contains("/v1/proof"),
        "nobody asked the stranger who it is: {heard}"
    );
    let token = std::fs::read(town.path().join("wallet/token")).unwrap();
    let words = [pin.trim(), "Bearer", "authorization", "/v1/pay"];
    assert!(
        words.iter().all(|w| !heard.contains(w)),
        "the stranger was told: {heard}"
    );
    assert!(
        !heard.as_bytes().windows(8).any(|w| w == &token[..8]),
        "the stranger has the token"
    );
}

/// A realm made for trying out serves no production, and nothing listens beyond this machine without TLS.
///
/// proves: row-95
#[test]
fn parties_refuse_to_listen_where_they_must_not() {
    let town = Town::stocked(0, None);
    for role in crate::town::ROLES {
        refused(&town.run(&["serve", role, "--production"], None), "realm-dev");
        refused(
            &town.run(
                &["serve", role, "--listen", &format!("0.0.0.0:{}", town.base + 8)],
                None,
            ),
            "bind-plain",
        );
    }
    let taken = TcpListener::bind(("127.0.0.1", town.base + 1)).unwrap();
    refused(&town.run(&["serve", "registry"], None), "bind-taken");
    refused(&town.run(&["up", "--check"], None), "bind-taken");
    drop(taken);
    let nowhere = town.path().join("nowhere");
    for args in [
        &["serve", "shop"][..],
        &["buy", "102"],
        &["card", "new", "--pin-stdin"],
        &["wallet"],
    ] {
        let mut command = std::process::Command::new(crate::town::PROGRAM);
        command.arg("--json").args(args).arg("--dir").arg(&nowhere);
        let told = document(&with_input(command, "2468"));
        let code = told["error"]["code"].as_str().unwrap();
        assert!(
            ["nothing-here", "no-card-here", "bind-taken"].contains(&code),
            "{args:?}: {told}"
        );
    }
}
