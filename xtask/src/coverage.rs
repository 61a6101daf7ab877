//! Which tests prove what, and what is still owed.

use crate::{markers, registers::Registers, tree};
use anyhow::{Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a report is printed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Every id with its sentence and its tests.
    Table,
    /// `[{"id", "tests"}]`.
    Json,
    /// One line.
    Brief,
}

/// Every proof of the tree: id to tests, sorted; and what is wrong with markers.
#[derive(Default)]
struct Proofs {
    tests: BTreeMap<String, Vec<String>>,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    tests: &'a [String],
}

/// Prints one register with its tests. Fails when a marker anywhere names an id of no register or stands at no test, and
/// when an id of this register is due and has no test.
pub fn report(name: &str, form: Form) -> Result<()> {
    let registers = Registers::load()?;
    let proofs = collect()?;
    let register = registers.register(name)?;
    let none = Vec::new();
    let lines: Vec<Line> = register
        .owed
        .iter()
        .map(|owed| Line {
            id: &owed.id,
            tests: proofs.tests.get(&owed.id).unwrap_or(&none),
        })
        .collect();

    if form == Form::Json {
        println!("{}", serde_json::to_string_pretty(&lines)?);
    }
    if form == Form::Table {
        for (line, owed) in lines.iter().zip(&register.owed) {
            println!(
                "{:8} {:16} {:3}  {}",
                line.id,
                owed.milestone,
                line.tests.len(),
                owed.says
            );
            for test in line.tests {
                println!("{:30}{test}", "");
            }
        }
    }
    if form != Form::Json {
        let proven = lines.iter().filter(|line| !line.tests.is_empty()).count();
        let due = register.owed.iter().filter(|owed| registers.is_due(owed)).count();
        println!("{name}: {proven} of {} have a test; {due} are due", lines.len());
    }
    conclude(&registers, name, proofs)
}

fn collect() -> Result<Proofs> {
    let mut proofs = Proofs::default();
    for start in ["crates", "tests", "xtask/src"] {
        for file in tree::files(start, &["rs", "js", "mjs", "ts", "py"])? {
            let found = markers::read(&file, &tree::read(&file)?);
            proofs.problems.extend(found.problems);
            for proof in found.proofs {
                proofs.tests.entry(proof.id).or_default().push(proof.test);
            }
        }
    }
    for tests in proofs.tests.values_mut() {
        tests.sort();
        tests.dedup();
    }
    Ok(proofs)
}

fn conclude(registers: &Registers, name: &str, proofs: Proofs) -> Result<()> {
    let mut problems = proofs.problems;
    for (id, tests) in &proofs.tests {
        if !registers.knows(id) {
            problems.push(format!(
                "{} proves {id}, which is in no register of docs/",
                tests.join(", ")
            ));
        }
    }
    for owed in &registers.register(name)?.owed {
        if registers.is_due(owed) && !proofs.tests.contains_key(&owed.id) {
            problems.push(format!(
                "{} has no test, though milestone {} is done: {}",
                owed.id, owed.milestone, owed.says
            ));
        }
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    match problems.len() {
        0 => Ok(()),
        count => bail!("{name}: {count} to mend"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registers(done: bool) -> Registers {
        let requirements = format!(
            "[milestones]\nsale={{done={done},says='x'}}\n[[requirement]]\nid='SD-1'\nsays='x'\nmilestone='sale'\n\
             [[requirement]]\nid='SD-2'\nsays='x'\nmilestone='sale'\n"
        );
        Registers::parse(&requirements, "attack=[]", "invariant=[]").unwrap()
    }

    fn proofs(ids: &[&str]) -> Proofs {
        Proofs {
            tests: ids
                .iter()
                .map(|id| (id.to_string(), vec!["a.rs::t".to_owned()]))
                .collect(),
            problems: vec![],
        }
    }

    #[test]
    fn only_what_is_due_must_have_a_test() {
        assert!(conclude(&registers(false), "requirements", proofs(&[])).is_ok());
        assert!(conclude(&registers(true), "requirements", proofs(&["SD-1"])).is_err());
        assert!(conclude(&registers(true), "requirements", proofs(&["SD-1", "SD-2"])).is_ok());
    }

    #[test]
    fn an_unknown_id_fails_whatever_is_due() {
        assert!(conclude(&registers(false), "requirements", proofs(&["SD-99"])).is_err());
    }
}
