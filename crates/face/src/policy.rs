//! Policy: the fields that every page of every party is sent with.
//!
//! No page has a style or a script inside, so none may run one: what a title smuggles in stays text (THREATS: stored script).

/// What a page may load: what its own party serves. Nobody may frame it, and its forms lead home.
pub const PAGE_POLICY: &str = "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                               frame-ancestors 'none'";

/// Fields of every page. A page of a card adds nothing and takes nothing away.
pub const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", PAGE_POLICY),
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
