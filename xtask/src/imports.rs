//! The arrows between the house's crates: those of `docs/imports.toml`, and no others.

use crate::{heart, process, tree};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// `docs/imports.toml`. The `[heart]` table is read by `heart.rs`.
#[derive(Deserialize)]
struct Table {
    crates: BTreeMap<String, String>,
    arrow: Vec<Arrow>,
    never: Vec<Never>,
}

/// An allowed dependency of one house crate on another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Arrow {
    from: String,
    to: String,
    why: String,
    /// The dependency must switch default features off.
    #[serde(default)]
    without_default_features: bool,
    /// For tests only: a dev-dependency.
    #[serde(default)]
    tests_only: bool,
}

/// An absence on purpose: no path of arrows may lead from one to the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    from: String,
    to: String,
    why: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
    uses_default_features: bool,
}

/// Checks the arrows and the purity of the heart.
pub fn check() -> Result<()> {
    let table: Table = toml::from_str(&tree::read("docs/imports.toml")?).context("docs/imports.toml")?;
    let text = process::output("cargo", &["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
    let mut found = table.complaints(&metadata.packages);
    found.extend(heart::complaints()?);
    found.iter().for_each(|complaint| eprintln!("{complaint}"));
    if !found.is_empty() {
        bail!(
            "imports: {} to mend (docs/imports.toml says which arrows there may be, and why)",
            found.len()
        );
    }
    println!("imports: {} crates, arrows as drawn, heart pure", table.crates.len());
    Ok(())
}

/// The house name of a package: `keyfare-card` is `card`. The chores are outside the picture.
fn house(name: &str) -> Option<&str> {
    if name == "keyfare" {
        Some(name)
    } else {
        name.strip_prefix("keyfare-")
    }
}

impl Table {
    fn complaints(&self, packages: &[Package]) -> Vec<String> {
        let mut found = self.inconsistent();
        let present: BTreeSet<&str> = packages.iter().filter_map(|package| house(&package.name)).collect();
        for name in present.iter().filter(|name| !self.crates.contains_key(**name)) {
            found.push(format!("{name} is a crate of the house and not in the table"));
        }
        for name in self.crates.keys().filter(|name| !present.contains(name.as_str())) {
            found.push(format!("{name} is in the table and not in the house"));
        }
        for package in packages {
            let Some(from) = house(&package.name) else { continue };
            for dependency in package.dependencies.iter().filter(|it| it.path.is_some()) {
                let Some(to) = house(&dependency.name) else { continue };
                found.extend(self.judge(from, to, dependency));
            }
        }
        found
    }

    fn judge(&self, from: &str, to: &str, dependency: &Dependency) -> Option<String> {
        let for_tests = dependency.kind.as_deref() == Some("dev");
        let arrow = self
            .arrow
            .iter()
            .find(|it| it.from == from && it.to == to && (for_tests || !it.tests_only));
        let Some(arrow) = arrow else {
            return Some(format!("{from} imports {to}, and no arrow says that it may"));
        };
        let loose = arrow.without_default_features && dependency.uses_default_features && !for_tests;
        loose.then(|| format!("{from} imports {to} with its default features: {}", arrow.why))
    }

    /// What is wrong with the table itself.
    fn inconsistent(&self) -> Vec<String> {
        let mut found = Vec::new();
        for arrow in &self.arrow {
            for end in [&arrow.from, &arrow.to] {
                if !self.crates.contains_key(end) {
                    found.push(format!("an arrow names {end}, which is no crate of the table"));
                }
            }
            if arrow.why.is_empty() {
                found.push(format!("the arrow from {} to {} has no reason", arrow.from, arrow.to));
            }
        }
        for never in &self.never {
            if self.reaches(&never.from, &never.to) {
                found.push(format!(
                    "arrows lead from {} to {}: {}",
                    never.from, never.to, never.why
                ));
            }
        }
        found
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(at) = open.pop() {
            let next = self.arrow.iter().filter(|arrow| arrow.from == at && !arrow.tests_only);
            for arrow in next {
                if arrow.to == to {
                    return true;
                }
                if seen.insert(arrow.to.as_str()) {
                    open.push(&arrow.to);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "
        [crates]
        a = 'x'
        b = 'x'
        c = 'x'
        [[arrow]]
        from = 'a'
        to = 'b'
        why = 'x'
        without-default-features = true
        [[arrow]]
        from = 'b'
        to = 'c'
        why = 'x'
        tests-only = true
        [[never]]
        from = 'a'
        to = 'c'
        why = 'because'
    ";

    fn package(name: &str, to: &[(&str, Option<&str>, bool)]) -> Package {
        let dependency = |(to, kind, defaults): &(&str, Option<&str>, bool)| Dependency {
            name: format!("keyfare-{to}"),
            kind: kind.map(str::to_owned),
            path: Some("/x".to_owned()),
            uses_default_features: *defaults,
        };
        Package {
            name: format!("keyfare-{name}"),
            dependencies: to.iter().map(dependency).collect(),
        }
    }

    fn complaints(packages: &[Package]) -> Vec<String> {
        toml::from_str::<Table>(TABLE).unwrap().complaints(packages)
    }

    #[test]
    fn only_drawn_arrows_pass() {
        let fine = [
            package("a", &[("b", None, false)]),
            package("b", &[("c", Some("dev"), true)]),
            package("c", &[]),
        ];
        assert_eq!(complaints(&fine), Vec::<String>::new());
        let back = [package("a", &[]), package("b", &[("a", None, true)]), package("c", &[])];
        assert_eq!(complaints(&back), ["b imports a, and no arrow says that it may"]);
        let not_only_in_tests = [package("a", &[]), package("b", &[("c", None, true)]), package("c", &[])];
        assert_eq!(
            complaints(&not_only_in_tests),
            ["b imports c, and no arrow says that it may"]
        );
        let loose = [package("a", &[("b", None, true)]), package("b", &[]), package("c", &[])];
        assert_eq!(complaints(&loose), ["a imports b with its default features: x"]);
    }

    #[test]
    fn crates_and_table_name_each_other() {
        assert_eq!(
            complaints(&[package("a", &[]), package("b", &[])]),
            ["c is in the table and not in the house"]
        );
        let stranger = [
            package("a", &[]),
            package("b", &[]),
            package("c", &[]),
            package("d", &[]),
        ];
        assert_eq!(
            complaints(&stranger),
            ["d is a crate of the house and not in the table"]
        );
    }

    #[test]
    fn an_absence_is_checked_along_every_path() {
        let open = TABLE.replace("tests-only = true", "");
        let table: Table = toml::from_str(&open).unwrap();
        assert_eq!(table.inconsistent(), ["arrows lead from a to c: because"]);
    }
}
