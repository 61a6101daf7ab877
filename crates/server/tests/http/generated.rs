//! Requests that schemathesis makes out of the contracts a carrier keeps with its merchants: none is answered by a fault, or by
//! something the contract does not have. Every party's own description is asked so beside a whole installation
//! (`keyfare/tests/requests.rs`). Seeded and short here; `cargo xtask deep api` makes many.

use std::{path::PathBuf, process::Command};

use super::camara::{BILLING, Merchant, REFUND, payment};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs schemathesis on a description; what it says when it found something.
fn run(schema: &str, url: &str, token: &str) -> Result<(), String> {
    let tool = root().join("target/python/bin/st");
    let examples = std::env::var("API_EXAMPLES").unwrap_or_else(|_| "4".into());
    let phases = if examples == "4" {
        "examples,fuzzing"
    } else {
        "examples,coverage,fuzzing"
    };
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(&tool);
    command
        .current_dir(dir.path())
        .args([
            "run", schema, "--url", url, "--checks", CHECKS, "--seed", "2026", "--phases", phases,
        ])
        .args([
            "--max-examples",
            &examples,
            "--no-color",
            "--suppress-health-check",
            "all",
        ])
        .args(["--warnings", "off", "--no-shrink"])
        .args(["-H", &format!("Authorization: Bearer {token}")]);
    let done = command
        .output()
        .unwrap_or_else(|no| panic!("{}: {no}; run: cargo xtask tools", tool.display()));
    if done.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    Err(format!("{schema} at {url}\n{text}"))
}

/// proves: ST-4 row-54 row-78
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_requests_find_no_fault_and_no_undocumented_answer() {
    let merchant = Merchant::open(|_| {}).await;
    // Something to be found.
    let paid = merchant.create(&payment(1000, "there")).await;
    assert_eq!(paid["paymentStatus"], "succeeded");
    let vendored = |name: &str| root().join("vendor/camara").join(name).display().to_string();
    let runs = [
        (
            vendored("carrier-billing.yaml"),
            format!("{}{BILLING}", merchant.carrier.address),
            merchant.token.clone(),
        ),
        (
            vendored("carrier-billing-refund.yaml"),
            format!("{}{REFUND}", merchant.carrier.address),
            merchant.token.clone(),
        ),
    ];
    let mut found = Vec::new();
    for (schema, url, token) in runs {
        let ran = tokio::task::spawn_blocking(move || run(&schema, &url, &token));
        found.extend(ran.await.unwrap().err());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    merchant.close().await;
}
