//! The tale: what is told, in order, and the books it ends with.

use std::collections::BTreeMap;

use serde::Serialize;

/// The figures of a story; its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Price of the work, in minor units.
    pub price: i64,
    /// Money on the card before the purchase.
    pub purse: i64,
    /// Fresh randomness of this telling. The same seed over parties in memory tells the same tale.
    pub seed: [u8; 32],
}

/// One card's books.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CardBooks {
    /// Spendable money.
    pub purse: i64,
    /// Money named in open payments.
    pub reserved: i64,
    /// Fares carried, of all publishers.
    pub escrow: i64,
    /// The same, per publisher.
    pub fares: BTreeMap<String, i64>,
    /// Licenses.
    pub licenses: usize,
    /// Values other than money.
    pub values: usize,
}

/// Everybody's books at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Books {
    /// By name.
    pub cards: BTreeMap<String, CardBooks>,
    /// By name; the figures a party keeps, in minor units or counts.
    pub parties: BTreeMap<String, BTreeMap<String, i64>>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its number, from 1.
    pub n: usize,
    /// Who acts.
    pub who: String,
    /// What happens, in a sentence.
    pub says: String,
    /// Stable code, if this step ended in a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Requirement the step shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shows: Option<&'static str>,
    /// The books after it.
    pub books: Books,
}

/// A story as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tale {
    /// Which story.
    pub story: &'static str,
    /// What happened.
    pub steps: Vec<Step>,
    /// The books at the end.
    pub books: Books,
    /// Does everything add up, by every party's own audit and by the sums of this tale?
    pub holds: bool,
    /// What does not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
}

impl Tale {
    /// A story begins.
    pub fn new(story: &'static str) -> Self {
        Self {
            story,
            steps: Vec::new(),
            books: Books::default(),
            holds: true,
            findings: Vec::new(),
        }
    }
    /// A step happened; `books` are everybody's after it.
    pub fn step(&mut self, who: &str, says: impl Into<String>, shows: Option<&'static str>, books: Books) {
        self.books = books.clone();
        let n = self.steps.len() + 1;
        self.steps.push(Step {
            n,
            who: who.into(),
            says: says.into(),
            refused: None,
            shows,
            books,
        });
    }
    /// A step was refused.
    pub fn refusal(
        &mut self,
        who: &str,
        code: &str,
        says: impl Into<String>,
        shows: Option<&'static str>,
        books: Books,
    ) {
        self.step(who, says, shows, books);
        if let Some(step) = self.steps.last_mut() {
            step.refused = Some(code.into());
        }
    }
    /// Something must be so.
    pub fn must(&mut self, so: bool, what: impl Into<String>) {
        if !so {
            self.holds = false;
            self.findings.push(what.into());
        }
    }
    /// For people: numbered steps with the figures that changed.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        let mut before = Books::default();
        for step in &self.steps {
            let mark = step
                .refused
                .as_ref()
                .map_or(String::new(), |code| format!("  [{code}]"));
            out.push_str(&format!("{:>3}  {:<10} {}{mark}\n", step.n, step.who, step.says));
            for line in changes(&before, &step.books) {
                out.push_str(&format!("                  {line}\n"));
            }
            before = step.books.clone();
        }
        out.push_str(if self.holds {
            "\nEverything adds up.\n"
        } else {
            "\nThis does not add up:\n"
        });
        for finding in &self.findings {
            out.push_str(&format!("  {finding}\n"));
        }
        out
    }
}

/// The figures that differ, as lines.
fn changes(before: &Books, after: &Books) -> Vec<String> {
    let mut out = Vec::new();
    for (name, card) in &after.cards {
        if before.cards.get(name) != Some(card) {
            out.push(format!(
                "{name}: {} to spend, {} on its way, {} in escrow, {} licenses",
                card.purse, card.reserved, card.escrow, card.licenses
            ));
        }
    }
    for (name, figures) in &after.parties {
        let old = before.parties.get(name);
        let moved: Vec<String> = figures
            .iter()
            .filter(|(key, value)| old.and_then(|o| o.get(*key)) != Some(value))
            .filter(|(key, value)| **value != 0 || old.is_some_and(|o| o.contains_key(*key)))
            .map(|(key, value)| format!("{key} {value}"))
            .collect();
        if !moved.is_empty() {
            out.push(format!("{name}: {}", moved.join(", ")));
        }
    }
    out
}
