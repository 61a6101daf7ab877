//! One language's messages, as the build reads them: which there are, and what each takes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey},
    parser,
};

/// What a message wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Takes {
    /// Something to show.
    Shown,
    /// Something to count: it chooses a plural form.
    Counted,
    /// A word that chooses between variants.
    Chosen,
}

/// A message.
pub struct Message {
    /// Its text with its places.
    pub pattern: Pattern<String>,
    /// Its arguments in alphabetical order.
    pub takes: BTreeMap<String, Takes>,
}

/// All messages of a language, and its terms.
#[derive(Default)]
pub struct Catalogue {
    /// By id.
    pub messages: BTreeMap<String, Message>,
    /// Words that messages share (`-card`), by id without the dash.
    pub terms: BTreeMap<String, Pattern<String>>,
}

/// Reads every `.ftl` of a directory.
pub fn read(dir: &Path) -> Result<Catalogue, String> {
    let listed = fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut files: Vec<_> = listed.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "ftl"));
    files.sort();
    let mut all = Catalogue::default();
    for path in files {
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).map_err(|e| format!("{name}: {e}"))?;
        let resource = parser::parse(text).map_err(|(_, errors)| format!("{name}: {errors:?}"))?;
        for entry in resource.body {
            all.take(entry).map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(all)
}

impl Catalogue {
    fn take(&mut self, entry: Entry<String>) -> Result<(), String> {
        match entry {
            Entry::Message(message) => {
                let id = message.id.name;
                let pattern = message.value.ok_or_else(|| format!("{id} says nothing"))?;
                let mut takes = BTreeMap::new();
                arguments(&pattern, &mut takes).map_err(|why| format!("{id}: {why}"))?;
                if !message.attributes.is_empty() {
                    return Err(format!("{id}: attributes are not used here; make it a message"));
                }
                if self.messages.insert(id.clone(), Message { pattern, takes }).is_some() {
                    return Err(format!("{id} is said twice"));
                }
            }
            Entry::Term(term) => {
                self.terms.insert(term.id.name, term.value);
            }
            Entry::Junk { content } => return Err(format!("not understood: {content}")),
            _ => {}
        }
        Ok(())
    }
}

/// Is this the name of a plural form (CLDR)?
pub fn is_plural(name: &str) -> bool {
    matches!(name, "zero" | "one" | "two" | "few" | "many" | "other")
}

fn arguments(pattern: &Pattern<String>, takes: &mut BTreeMap<String, Takes>) -> Result<(), String> {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else {
            continue;
        };
        match expression {
            Expression::Inline(inline) => inlined(inline, takes)?,
            Expression::Select { selector, variants } => {
                let InlineExpression::VariableReference { id } = selector else {
                    return Err("only an argument chooses".to_owned());
                };
                let plural = variants.iter().all(|variant| match &variant.key {
                    VariantKey::NumberLiteral { .. } => true,
                    VariantKey::Identifier { name } => is_plural(name),
                });
                let wanted = if plural { Takes::Counted } else { Takes::Chosen };
                let known = takes.entry(id.name.clone()).or_insert(wanted);
                *known = (*known).max(wanted);
                for variant in variants {
                    arguments(&variant.value, takes)?;
                }
            }
        }
    }
    Ok(())
}

fn inlined(inline: &InlineExpression<String>, takes: &mut BTreeMap<String, Takes>) -> Result<(), String> {
    match inline {
        InlineExpression::VariableReference { id } => {
            takes.entry(id.name.clone()).or_insert(Takes::Shown);
            Ok(())
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::TermReference { arguments: None, .. } => Ok(()),
        _ => Err("only arguments, texts and terms can be placed".to_owned()),
    }
}

/// What keeps two languages from saying the same.
pub fn differences(english: &Catalogue, japanese: &Catalogue) -> Vec<String> {
    let ids: BTreeSet<_> = english.messages.keys().chain(japanese.messages.keys()).collect();
    let mut found = Vec::new();
    for id in ids {
        match (english.messages.get(id), japanese.messages.get(id)) {
            (Some(en), Some(ja)) => {
                // A language without plural forms places the number and chooses nothing.
                let names = |message: &Message| message.takes.keys().cloned().collect::<Vec<_>>();
                if names(en) != names(ja) {
                    found.push(format!("{id}: en takes {:?}, ja takes {:?}", names(en), names(ja)));
                }
            }
            (Some(_), None) => found.push(format!("{id}: not said in ja")),
            _ => found.push(format!("{id}: not said in en")),
        }
    }
    found
}
