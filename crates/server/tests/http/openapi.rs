//! The committed descriptions of the interfaces are those that are served. `UPDATE=1` writes them.

use std::path::Path;

use server::{config::Role, running::described};

#[test]
fn openapi_is_committed() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi");
    for role in Role::ALL {
        let path = dir.join(format!("{}.json", role.word()));
        let made = described(role) + "\n";
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(&path, &made).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            there == made,
            "{} is not what is served; run: UPDATE=1 cargo test -p keyfare-server openapi",
            path.display()
        );
        let document: serde_json::Value = serde_json::from_str(&made).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
        for path in ["/v1/about", "/healthz", "/openapi.json"] {
            assert!(document["paths"][path]["get"].is_object(), "{path}");
        }
    }
}
