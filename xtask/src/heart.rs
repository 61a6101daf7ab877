//! The heart is pure: no I/O, no runtime, no clock, no randomness of its own. Checked in two ways, as `docs/imports.toml`
//! says: by what its crates depend on, all the way down, and by the names its own sources use.

use crate::{process, tree};
use anyhow::{Context, Result};
use serde::Deserialize;

/// The `[heart]` table of `docs/imports.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heart {
    /// Which crates, by house name.
    pub crates: Vec<String>,
    forbidden_crate: Vec<Forbidden>,
    forbidden_name: Vec<Forbidden>,
    /// Files of these crates that are drivers behind a default feature, and so outside the heart.
    #[serde(default)]
    driver: Vec<Forbidden>,
}

/// Something named, and the reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forbidden {
    name: String,
    why: String,
}

#[derive(Deserialize)]
struct File {
    heart: Heart,
}

/// Reads the table.
pub fn table() -> Result<Heart> {
    let file: File = toml::from_str(&tree::read("docs/imports.toml")?).context("docs/imports.toml")?;
    Ok(file.heart)
}

/// Everything in the heart that should not be there.
pub fn complaints() -> Result<Vec<String>> {
    let heart = table()?;
    let mut found = Vec::new();
    for name in &heart.crates {
        let package = format!("keyfare-{name}");
        let list = [
            "tree",
            "--package",
            &package,
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ];
        let features = ["--no-default-features"];
        let tree = process::output("cargo", &[&list[..], &features[..]].concat())?;
        found.extend(heart.banned_in(name, &tree));
        for file in tree::files(&format!("crates/{name}/src"), &["rs"])? {
            found.extend(heart.impure_names(&file, &tree::read(&file)?));
        }
    }
    Ok(found)
}

impl Heart {
    fn banned_in(&self, name: &str, tree: &str) -> Vec<String> {
        let present = |banned: &&Forbidden| {
            tree.lines()
                .any(|line| line.trim().trim_end_matches(" (*)") == banned.name.replace('-', "_"))
        };
        let banned = self.forbidden_crate.iter().filter(present);
        banned
            .map(|banned| format!("{name} reaches {}: {}", banned.name, banned.why))
            .collect()
    }

    /// Names used outside comments and outside the tests at the end of the file.
    fn impure_names(&self, path: &str, text: &str) -> Vec<String> {
        if self.driver.iter().any(|driver| driver.name == path)
            || path.ends_with("tests.rs")
            || path.contains("/tests/")
        {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (at, line) in text.lines().enumerate() {
            if line.starts_with("#[cfg(test)]") {
                break;
            }
            let code = line.split("//").next().unwrap_or_default();
            let used = self.forbidden_name.iter().filter(|name| code.contains(&name.name));
            found.extend(used.map(|name| format!("{path}:{}: {}: {}", at + 1, name.name, name.why)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heart() -> Heart {
        let named = |name: &str| Forbidden {
            name: name.to_owned(),
            why: "no".to_owned(),
        };
        Heart {
            crates: vec!["card".to_owned()],
            forbidden_crate: vec![named("libsqlite3-sys")],
            forbidden_name: vec![named("std::fs")],
            driver: vec![named("crates/package/src/file.rs")],
        }
    }

    #[test]
    fn a_banned_crate_is_found_by_its_library_name() {
        assert_eq!(
            heart().banned_in("card", "units\nlibsqlite3_sys\n"),
            ["card reaches libsqlite3-sys: no"]
        );
        assert!(heart().banned_in("card", "units\nsha2\n").is_empty());
    }

    #[test]
    fn names_count_in_code_and_not_in_comments_tests_or_drivers() {
        let text = "// std::fs\nuse std::fs::File;\n#[cfg(test)]\nmod tests { use std::fs; }\n";
        assert_eq!(
            heart().impure_names("crates/card/src/a.rs", text),
            ["crates/card/src/a.rs:2: std::fs: no"]
        );
        assert!(heart().impure_names("crates/package/src/file.rs", text).is_empty());
    }

    #[test]
    fn every_driver_exists_and_says_why() {
        for driver in table().unwrap().driver {
            assert!(tree::root().join(&driver.name).exists(), "{} is gone", driver.name);
            assert!(!driver.why.is_empty(), "{}: why?", driver.name);
        }
    }
}
