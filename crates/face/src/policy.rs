//! Policy: the fields that every page of every party is sent with.
//!
//! No page has a style or a script inside, so none may run one: what a title smuggles in stays text (THREATS: stored script).

/// What a page may load: what its own party serves, and of scripts none but those whose hash is named (`sha256-...`): nothing that
/// somebody put under an address of that party is ever run (row-100). Nobody may frame it, and its forms lead home.
pub fn page_policy(scripts: &[String]) -> String {
    let scripts: Vec<String> = match scripts {
        [] => vec!["'none'".to_owned()],
        some => some.iter().map(|hash| format!("'{hash}'")).collect(),
    };
    format!(
        "default-src 'self'; script-src {}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        scripts.join(" ")
    )
}

/// Fields of every page, beside its policy. A page of a card adds nothing and takes nothing away.
pub const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: with it browsers call the origin of our own forms "null".
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];
