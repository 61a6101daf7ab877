//! Writes a method of `Words` for every message.

use std::{collections::BTreeMap, fmt::Write as _};

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};

use crate::catalogue::{Catalogue, Message, Takes};

/// The whole file.
pub fn write(english: &Catalogue, japanese: &Catalogue) -> Result<String, String> {
    let mut out = String::from("impl Words {\n");
    for (id, en) in &english.messages {
        let Some(ja) = japanese.messages.get(id) else { continue };
        method(&mut out, id, (en, english), (ja, japanese)).map_err(|why| format!("{id}: {why}"))?;
    }
    out.push_str("}\n");
    let ids: Vec<_> = english.messages.keys().collect();
    let _ = writeln!(
        out,
        "/// The ids of all messages.\npub const MESSAGES: &[&str] = &{ids:?};"
    );
    Ok(out)
}

fn method(
    out: &mut String,
    id: &str,
    (en, english): (&Message, &Catalogue),
    (ja, japanese): (&Message, &Catalogue),
) -> Result<(), String> {
    let takes = merged(en, ja);
    let list: Vec<_> = takes
        .iter()
        .map(|(name, takes)| format!("{}: {}", snake(name), bound(*takes)))
        .collect();
    let _ = writeln!(
        out,
        "    /// {}\n    ///\n    /// {}",
        plain(&en.pattern),
        plain(&ja.pattern)
    );
    let _ = writeln!(out, "    pub fn {}(self, {}) -> Said {{", snake(id), list.join(", "));
    out.push_str("        let mut said = Said::default();\n        match self.0 {\n");
    for (name, message, catalogue) in [("En", en, english), ("Ja", ja, japanese)] {
        let _ = writeln!(out, "            Lang::{name} => {{");
        pattern(out, &message.pattern, name, catalogue)?;
        out.push_str("            }\n");
    }
    out.push_str("        }\n        said\n    }\n");
    Ok(())
}

fn merged(en: &Message, ja: &Message) -> BTreeMap<String, Takes> {
    let mut takes = en.takes.clone();
    for (name, wanted) in &ja.takes {
        let known = takes.entry(name.clone()).or_insert(*wanted);
        *known = (*known).max(*wanted);
    }
    takes
}

const fn bound(takes: Takes) -> &'static str {
    match takes {
        Takes::Shown => "impl Shown",
        Takes::Counted => "impl Counted",
        Takes::Chosen => "&str",
    }
}

fn snake(id: &str) -> String {
    let name = id.replace('-', "_");
    match name.as_str() {
        "type" | "move" | "in" | "for" | "where" | "self" | "use" | "loop" => format!("{name}_"),
        _ => name,
    }
}

/// Text as it stands in HTML, between tags and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn pattern(out: &mut String, of: &Pattern<String>, lang: &str, catalogue: &Catalogue) -> Result<(), String> {
    for element in &of.elements {
        match element {
            PatternElement::TextElement { value } => fixed(out, value),
            PatternElement::Placeable { expression } => match expression {
                Expression::Inline(inline) => place(out, inline, lang, catalogue)?,
                Expression::Select { selector, variants } => select(out, selector, variants, lang, catalogue)?,
            },
        }
    }
    Ok(())
}

fn fixed(out: &mut String, text: &str) {
    let _ = writeln!(out, "            said.fixed({:?});", escaped(text));
}

fn place(out: &mut String, inline: &InlineExpression<String>, lang: &str, catalogue: &Catalogue) -> Result<(), String> {
    match inline {
        InlineExpression::VariableReference { id } => {
            let _ = writeln!(out, "            {}.show(Lang::{lang}, &mut said);", snake(&id.name));
            Ok(())
        }
        InlineExpression::StringLiteral { value } => {
            fixed(out, value);
            Ok(())
        }
        InlineExpression::TermReference { id, .. } => {
            let term = catalogue
                .terms
                .get(&id.name)
                .ok_or_else(|| format!("no term -{}", id.name))?;
            pattern(out, term, lang, catalogue)
        }
        _ => Err("only arguments, texts and terms can be placed".to_owned()),
    }
}

fn select(
    out: &mut String,
    selector: &InlineExpression<String>,
    variants: &[Variant<String>],
    lang: &str,
    catalogue: &Catalogue,
) -> Result<(), String> {
    let InlineExpression::VariableReference { id } = selector else {
        return Err("only an argument chooses".to_owned());
    };
    if let [only] = variants {
        return pattern(out, &only.value, lang, catalogue);
    }
    let name = snake(&id.name);
    let plural = variants.iter().all(|variant| match &variant.key {
        VariantKey::NumberLiteral { .. } => true,
        VariantKey::Identifier { name } => crate::catalogue::is_plural(name),
    });
    let value = if plural {
        format!("({name}.count(), plural(Lang::{lang}, {name}.count()))")
    } else {
        name
    };
    let _ = writeln!(out, "            match {value} {{");
    // Exact numbers first, the default last.
    let rank = |variant: &&Variant<String>| match (&variant.key, variant.default) {
        (_, true) => 2,
        (VariantKey::NumberLiteral { .. }, _) => 0,
        _ => 1,
    };
    let mut sorted: Vec<_> = variants.iter().collect();
    sorted.sort_by_key(rank);
    for variant in sorted {
        let arm = match (&variant.key, variant.default, plural) {
            (_, true, _) => "_".to_owned(),
            (VariantKey::NumberLiteral { value }, ..) => format!("({value}, _)"),
            (VariantKey::Identifier { name }, _, true) => format!("(_, {name:?})"),
            (VariantKey::Identifier { name }, _, false) => format!("{name:?}"),
        };
        let _ = writeln!(out, "            {arm} => {{");
        pattern(out, &variant.value, lang, catalogue)?;
        out.push_str("            }\n");
    }
    out.push_str("            }\n");
    Ok(())
}

/// A message in one line, for its documentation.
fn plain(of: &Pattern<String>) -> String {
    let mut out = String::new();
    for element in &of.elements {
        match element {
            PatternElement::TextElement { value } => out.push_str(value),
            PatternElement::Placeable { expression } => match expression {
                Expression::Inline(InlineExpression::StringLiteral { value }) => out.push_str(value),
                Expression::Inline(InlineExpression::VariableReference { id }) => {
                    let _ = write!(out, "`{}`", id.name);
                }
                Expression::Inline(InlineExpression::TermReference { id, .. }) => {
                    let _ = write!(out, "`-{}`", id.name);
                }
                Expression::Inline(_) => {}
                Expression::Select { variants, .. } => {
                    let shown = variants.iter().find(|variant| variant.default);
                    out.push_str(&shown.map(|variant| plain(&variant.value)).unwrap_or_default());
                }
            },
        }
    }
    out.replace('\n', " ")
        .replace('[', "\\[")
        .replace(']', "\\]")
        .replace('<', "\\<")
}
