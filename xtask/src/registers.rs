//! The three registers in `docs/`: what is owed, and by which milestone.

use crate::tree;
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// One id somebody owes a test for.
#[derive(Debug, Clone)]
pub struct Owed {
    pub id: String,
    pub says: String,
    pub milestone: String,
}

/// One register, in the order of its file.
#[derive(Debug)]
pub struct Register {
    pub name: &'static str,
    pub owed: Vec<Owed>,
}

/// All registers, and which milestones are done.
#[derive(Debug)]
pub struct Registers {
    pub registers: Vec<Register>,
    done: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Milestone {
    done: bool,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    id: String,
    says: String,
    milestone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    id: String,
    target: String,
    says: String,
    must_hold: String,
    severity: String,
    milestone: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementsFile {
    milestones: BTreeMap<String, Milestone>,
    requirement: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttacksFile {
    attack: Vec<Attack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InvariantsFile {
    invariant: Vec<Requirement>,
}

impl Registers {
    /// The three files of this tree.
    pub fn load() -> Result<Self> {
        let (requirements, attacks, invariants) = (
            tree::read("docs/requirements.toml")?,
            tree::read("docs/attacks.toml")?,
            tree::read("docs/invariants.toml")?,
        );
        Self::parse(&requirements, &attacks, &invariants)
    }

    /// From their texts. Refuses an id that stands twice, a milestone nobody named, and an empty sentence.
    pub fn parse(requirements: &str, attacks: &str, invariants: &str) -> Result<Self> {
        let file: RequirementsFile = toml::from_str(requirements).context("docs/requirements.toml")?;
        let attacks: AttacksFile = toml::from_str(attacks).context("docs/attacks.toml")?;
        let invariants: InvariantsFile = toml::from_str(invariants).context("docs/invariants.toml")?;

        for (name, milestone) in &file.milestones {
            ensure!(!milestone.says.is_empty(), "milestone {name} says nothing");
        }
        for attack in &attacks.attack {
            ensure!(
                !attack.target.is_empty() && !attack.must_hold.is_empty(),
                "{}: target and must_hold are empty",
                attack.id
            );
            if !matches!(attack.severity.as_str(), "Crit" | "High" | "Med" | "Low") {
                bail!("{}: no such severity: {}", attack.id, attack.severity);
            }
        }

        let plain = |it: Requirement| Owed {
            id: it.id,
            says: it.says,
            milestone: it.milestone,
        };
        let registers = vec![
            Register {
                name: "requirements",
                owed: file.requirement.into_iter().map(plain).collect(),
            },
            Register {
                name: "attacks",
                owed: attacks
                    .attack
                    .into_iter()
                    .map(|it| Owed {
                        id: it.id,
                        says: it.says,
                        milestone: it.milestone,
                    })
                    .collect(),
            },
            Register {
                name: "invariants",
                owed: invariants.invariant.into_iter().map(plain).collect(),
            },
        ];
        let done = file.milestones.into_iter().map(|(name, it)| (name, it.done)).collect();
        let all = Self { registers, done };
        all.consistent()?;
        Ok(all)
    }

    fn consistent(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        for owed in self.registers.iter().flat_map(|register| &register.owed) {
            ensure!(seen.insert(&owed.id), "{} stands twice in the registers", owed.id);
            ensure!(!owed.says.is_empty(), "{} says nothing", owed.id);
            ensure!(
                self.done.contains_key(&owed.milestone),
                "{}: no such milestone: {}",
                owed.id,
                owed.milestone
            );
        }
        Ok(())
    }

    /// Is this id in any register?
    pub fn knows(&self, id: &str) -> bool {
        self.registers
            .iter()
            .flat_map(|register| &register.owed)
            .any(|owed| owed.id == id)
    }

    /// Has the milestone that owes this been declared done?
    pub fn is_due(&self, owed: &Owed) -> bool {
        self.done.get(&owed.milestone).copied().unwrap_or(false)
    }

    /// The register of this name.
    pub fn register(&self, name: &str) -> Result<&Register> {
        self.registers
            .iter()
            .find(|it| it.name == name)
            .with_context(|| format!("no such register: {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACKS: &str =
        "[[attack]]\nid='row-1'\ntarget='sale'\nsays='x'\nmust_hold='y'\nseverity='High'\nmilestone='sale'\n";
    const INVARIANTS: &str = "[[invariant]]\nid='S1'\nsays='x'\nmilestone='sale'\n";

    fn requirements(id: &str, milestone: &str) -> String {
        format!(
            "[milestones]\nsale={{done=true,says='x'}}\n[[requirement]]\nid='{id}'\nsays='x'\nmilestone='{milestone}'\n"
        )
    }

    #[test]
    fn registers_refuse_what_nobody_could_keep() {
        assert!(Registers::parse(&requirements("SD-1", "sale"), ATTACKS, INVARIANTS).is_ok());
        for (id, milestone, expect) in [("S1", "sale", "twice"), ("SD-1", "someday", "no such milestone")] {
            let error = Registers::parse(&requirements(id, milestone), ATTACKS, INVARIANTS).unwrap_err();
            assert!(error.to_string().contains(expect), "{error}");
        }
        let severe = ATTACKS.replace("High", "Huge");
        assert!(Registers::parse(&requirements("SD-1", "sale"), &severe, INVARIANTS).is_err());
    }

    #[test]
    fn the_projects_own_registers_are_whole() {
        let all = Registers::load().unwrap();
        let sizes: Vec<usize> = all.registers.iter().map(|register| register.owed.len()).collect();
        assert_eq!(sizes, [92, 100, 29]);
        for (prefix, last) in [
            ("SD-", 30),
            ("CM-", 12),
            ("XD-", 11),
            ("ST-", 27),
            ("PA-", 12),
            ("row-", 100),
            ("S", 18),
        ] {
            for number in 1..=last {
                assert!(all.knows(&format!("{prefix}{number}")), "{prefix}{number} is missing");
            }
        }
    }
}
