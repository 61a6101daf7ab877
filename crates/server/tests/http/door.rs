//! The door: limits at the limit and one beyond, fields of answers, refusals as documents.

use axum::http::Method;
use reqwest::StatusCode;
use server::{
    config::Role,
    frame::limits::{BODY_MAX, HEADERS_MAX, TARGET_MAX},
    running::start,
};
use units::Refusal;

use crate::world::{World, code_of, config};

// proves: row-94
#[tokio::test(flavor = "multi_thread")]
async fn sizes_are_taken_at_the_limit_and_refused_beyond() {
    let world = World::start().await;
    let bank = &world.bank;
    for (len, code) in [(BODY_MAX, "transfer-not-signed"), (BODY_MAX + 1, "body-too-long")] {
        let answer = world.post(bank, "transfer", vec![0; len]).await;
        let told = code_of(answer).await;
        assert_eq!(told == "body-too-long", code == "body-too-long", "{len}: {told}");
    }
    // The same without saying the length first.
    let pieces = futures::stream::iter((0..=BODY_MAX / 4096).map(|_| Ok::<_, std::io::Error>(vec![0; 4096])));
    let request = world
        .client
        .post(format!("{}/v1/transfer", bank.address))
        .header("content-type", "application/cbor");
    let answer = request.body(reqwest::Body::wrap_stream(pieces)).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), code_of(answer).await.as_str()),
        (413, "body-too-long")
    );
    let path = |len: usize| format!("/{}", "x".repeat(len - 1));
    assert_eq!(code_of(world.get(bank, &path(TARGET_MAX)).await).await, "not-found");
    assert_eq!(
        code_of(world.get(bank, &path(TARGET_MAX + 1)).await).await,
        "address-too-long"
    );
    let with_headers = async |count: usize| {
        let mut request = world.client.get(format!("{}/healthz", bank.address));
        // Host and Accept go along by themselves.
        for n in 0..count - 2 {
            request = request.header(format!("x-{n}"), "y");
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(with_headers(HEADERS_MAX).await, 200);
    assert_eq!(with_headers(HEADERS_MAX + 1).await, 431);
    world.stop().await;
}

// proves: row-93
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_changes_nothing_and_every_answer_is_dressed() {
    let world = World::start().await;
    let post = |name: &'static str, value: String| {
        let request = world.client.post(format!("{}/v1/transfer", world.bank.address));
        request
            .header("content-type", "application/cbor")
            .header(name, value)
            .body("x")
            .send()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = post(name, value.to_owned()).await.unwrap();
        assert_eq!(
            (answer.status(), code_of(answer).await.as_str()),
            (StatusCode::FORBIDDEN, "cross-site"),
            "{name} {value}"
        );
    }
    assert_ne!(
        code_of(post("origin", world.bank.address.clone()).await.unwrap()).await,
        "cross-site"
    );
    for path in ["/v1/about", "/nothing/here", "/v1/transfer"] {
        let answer = world.get(&world.bank, path).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers()[name], value, "{path}");
        }
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("frame-ancestors 'none'")
        );
        assert_eq!(answer.headers()["x-request-id"].len(), 16);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_said_as_a_problem() {
    let world = World::start().await;
    let bank = &world.bank;
    let check = async |method: Method, path: &str, kind: &str, body: &str, expected: (u16, &str)| {
        let request = world.client.request(method.clone(), format!("{}{path}", bank.address));
        let answer = request
            .header("content-type", kind)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        assert_eq!((status, code_of(answer).await.as_str()), expected, "{method} {path}");
    };
    check(Method::GET, "/v1/nothing", "", "", (404, "not-found")).await;
    check(Method::GET, "/v1/accounts/../../etc/passwd", "", "", (404, "not-found")).await;
    check(Method::GET, "/v1/accounts/%2e%2e%2f%00", "", "", (404, "not-found")).await;
    check(Method::DELETE, "/v1/accounts", "", "", (405, "method-not-allowed")).await;
    check(Method::POST, "/v1/accounts", "text/plain", "{}", (415, "media-type")).await;
    check(
        Method::POST,
        "/v1/accounts",
        "application/json",
        "{",
        (400, "json-malformed"),
    )
    .await;
    check(
        Method::POST,
        "/v1/transfer",
        "application/json",
        "{}",
        (415, "media-type"),
    )
    .await;
    world.stop().await;
}

// proves: row-95
#[tokio::test(flavor = "multi_thread")]
async fn the_realm_for_trying_out_does_not_serve_production_and_plain_http_stays_home() {
    let world = World::start().await;
    let refused = async |change: fn(&mut server::config::Config)| {
        let mut config = config(&world.maker, world.dir.path(), Role::Bank, seal::Role::Bank, "another");
        change(&mut config);
        start(config).await.unwrap_err().code()
    };
    assert_eq!(refused(|c| c.production = true).await, "realm-dev");
    assert_eq!(refused(|c| c.listen = "0.0.0.0:0".parse().unwrap()).await, "bind-plain");
    let about: serde_json::Value = world.get(&world.bank, "/v1/about").await.json().await.unwrap();
    assert_eq!((&about["dev"], &about["role"]), (&true.into(), &"bank".into()));
    world.stop().await;
}

// proves: row-94
#[tokio::test(flavor = "multi_thread")]
async fn one_source_is_slowed_down_and_nobody_else() {
    let world = World::start().await;
    let mut config = config(&world.maker, world.dir.path(), Role::Bank, seal::Role::Bank, "slow");
    config.behind_proxy = true;
    config.pace = server::frame::rate::Pace {
        per_second: 1,
        burst: 3,
        misses_per_minute: 2,
    };
    let bank = start(config).await.unwrap();
    let from = async |source: &str, path: &str| {
        let request = world
            .client
            .get(format!("{}{path}", bank.address))
            .header("x-forwarded-for", source);
        request.send().await.unwrap()
    };
    for _ in 0..3 {
        // What stands before the proxy's own entry was said by the client and counts for nothing.
        assert_eq!(from("198.51.100.9, 192.0.2.1", "/v1/about").await.status(), 200);
    }
    let slowed = from("198.51.100.10, 192.0.2.1", "/v1/about").await;
    assert_eq!(slowed.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(
        slowed.headers()["retry-after"]
            .to_str()
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    assert_eq!(code_of(slowed).await, "too-fast");
    assert_eq!(from("192.0.2.2", "/v1/about").await.status(), 200, "another source");
    // Guessing uses up another budget, the guesser's own.
    let guess = format!("/v1/accounts/{}", units::ValueId([3; 16]));
    for _ in 0..2 {
        assert_eq!(from("192.0.2.3", &guess).await.status(), 404);
    }
    assert_eq!(from("192.0.2.3", &guess).await.status(), 429);
    assert_eq!(
        from("192.0.2.4", &guess).await.status(),
        404,
        "the thing guessed at is not locked"
    );
    bank.stop().await;
    world.stop().await;
}

// The certificate under `tls/` is good for 127.0.0.1, made for this test, and its root's key was thrown away.
#[cfg(feature = "tls")]
#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_a_party_speaks_tls_and_nothing_else() {
    let world = World::start().await;
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/tls");
    let mut config = config(&world.maker, world.dir.path(), Role::Bank, seal::Role::Bank, "tls");
    config.tls = Some(server::frame::bind::TlsFiles {
        certificate: dir.join("certificate.pem"),
        key: dir.join("key.pem"),
    });
    let bank = start(config).await.unwrap();
    assert!(bank.address.starts_with("https://127.0.0.1:"));
    let root = reqwest::Certificate::from_pem(&std::fs::read(dir.join("root.pem")).unwrap()).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([root]).build().unwrap();
    let answer = client.get(format!("{}/healthz", bank.address)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["strict-transport-security"]
            .to_str()
            .unwrap()
            .starts_with("max-age=")
    );
    let plain = bank.address.replace("https", "http");
    assert!(world.client.get(format!("{plain}/healthz")).send().await.is_err());
    bank.stop().await;
    world.stop().await;
}
