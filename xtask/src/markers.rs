//! Reads `proves: ID ID...` markers: a comment line directly above a test function or within it.
//!
//! A line reader, not a parser of Rust: it needs comments, which parsers drop, and it knows just enough to say which
//! function a comment belongs to. What it cannot place it reports, so that no proof is claimed by accident.

/// One test's claim to prove one id.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    pub id: String,
    /// `path::function`, or the path alone for a whole file of a `tests` directory.
    pub test: String,
}

/// What one file claims.
#[derive(Debug, Default)]
pub struct Found {
    pub proofs: Vec<Proof>,
    pub problems: Vec<String>,
}

/// The markers of one file; `path` decides the language and stands in the names.
pub fn read(path: &str, text: &str) -> Found {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Found::default();
    for (at, line) in lines.iter().enumerate() {
        let Some(claim) = claim(line) else { continue };
        let owner = if path.ends_with(".rs") {
            rust_owner(path, &lines, at)
        } else {
            Ok(script_owner(path, &lines, at))
        };
        match owner {
            Err(why) => found.problems.push(format!("{path}:{}: {why}", at + 1)),
            Ok(test) => {
                if claim.is_empty() {
                    found.problems.push(format!("{path}:{}: names no id", at + 1));
                }
                found
                    .proofs
                    .extend(claim.into_iter().map(|id| Proof { id, test: test.clone() }));
            }
        }
    }
    found
}

/// The ids a comment line claims; `None` for a line that is no marker. A remark in parentheses may follow the ids.
fn claim(line: &str) -> Option<Vec<String>> {
    let comment = line.trim_start();
    let text = comment.strip_prefix("//").or_else(|| comment.strip_prefix('#'))?;
    let text = text
        .trim_start_matches(['/', '!', '#'])
        .trim_start()
        .strip_prefix("proves:")?;
    let ids = text
        .split([' ', ',', '\t'])
        .map(|word| word.trim_end_matches(['.', ';']))
        .filter(|word| !word.is_empty());
    Some(
        ids.take_while(|word| !word.starts_with('('))
            .map(str::to_owned)
            .collect(),
    )
}

fn rust_owner(path: &str, lines: &[&str], at: usize) -> Result<String, String> {
    if lines[at].trim_start().starts_with("//!") {
        let whole_file = path.starts_with("tests/") || path.contains("/tests/");
        return if whole_file {
            Ok(path.to_owned())
        } else {
            Err("a whole file proves something only in tests/".to_owned())
        };
    }
    let below = (at + 1..lines.len()).find(|&line| !belongs_to_head(lines, line));
    if let Some((line, name)) = below.and_then(|line| function(lines[line]).map(|name| (line, name))) {
        return test_at(path, lines, line, name);
    }
    // In a body: climb out of the blocks around it until one of them is a test function.
    let mut depth = indent(lines[at]);
    for line in (0..at).rev() {
        let text = lines[line].trim_start();
        let opens_no_block =
            text.is_empty() || text.starts_with(['/', '#', ')', '}', ']']) || text.starts_with("where");
        if opens_no_block || indent(lines[line]) >= depth {
            continue;
        }
        depth = indent(lines[line]);
        if let Some(test) = function(text).and_then(|name| test_at(path, lines, line, name).ok()) {
            return Ok(test);
        }
    }
    Err("this marker stands at no test function".to_owned())
}

/// `path::name`, if the head of the function on this line makes it a test that runs.
fn test_at(path: &str, lines: &[&str], line: usize, name: &str) -> Result<String, String> {
    let head = (0..line)
        .rev()
        .take_while(|&above| belongs_to_head(lines, above))
        .map(|above| lines[above].trim());
    let attributes: Vec<&str> = head.filter(|it| it.starts_with("#[")).collect();
    if attributes.iter().any(|it| it.starts_with("#[ignore")) {
        return Err(format!("{name} is ignored and proves nothing"));
    }
    if attributes.iter().any(|it| is_test(it)) {
        Ok(format!("{path}::{name}"))
    } else {
        Err(format!("{name} is no test"))
    }
}

/// Comments and attributes, also attributes over several lines: what may stand between a marker and its function.
fn belongs_to_head(lines: &[&str], line: usize) -> bool {
    let text = lines[line].trim();
    if text.starts_with("//") || text.starts_with("#[") {
        return true;
    }
    // Inside `#[...` that was not closed on its first line?
    let start = (line.saturating_sub(8)..line)
        .rev()
        .find(|&above| lines[above].trim().starts_with("#["));
    start.is_some_and(|start| {
        let open: String = lines[start..line].concat();
        open.matches('[').count() > open.matches(']').count()
    })
}

/// `#[test]`, `#[tokio::test(...)]` and their like.
fn is_test(attribute: &str) -> bool {
    let path = attribute
        .trim_start_matches("#[")
        .split(['(', ']', ' ', '='])
        .next()
        .unwrap_or_default();
    matches!(
        path.rsplit("::").next(),
        Some("test" | "rstest" | "test_case" | "wasm_bindgen_test")
    )
}

/// The name of the function declared on this line.
fn function(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("fn ") {
            let end = after
                .find(|it: char| !it.is_alphanumeric() && it != '_')
                .unwrap_or(after.len());
            return (end > 0).then(|| &after[..end]);
        }
        let word = ["pub(crate) ", "pub ", "async ", "const ", "unsafe "]
            .iter()
            .find(|word| rest.starts_with(**word))?;
        rest = &rest[word.len()..];
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A script's marker belongs to the next named test, or to the whole file.
fn script_owner(path: &str, lines: &[&str], at: usize) -> String {
    let next = lines[at + 1..]
        .iter()
        .map(|line| line.trim())
        .find(|line| !line.starts_with("//") && !line.starts_with('#'));
    let name = next.and_then(|line| {
        if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("async def ")) {
            return rest.split('(').next();
        }
        let call = ["test(", "it(", "await test("]
            .iter()
            .find_map(|call| line.strip_prefix(call))?;
        call.split(['"', '\'', '`']).nth(1)
    });
    name.map_or_else(|| path.to_owned(), |name| format!("{path}::{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("fixtures/markers.rs.txt");

    #[test]
    fn markers_find_their_tests_above_and_within() {
        let found = read("crates/x/src/y.rs", SAMPLE);
        let pairs: Vec<(&str, &str)> = found
            .proofs
            .iter()
            .map(|proof| {
                (
                    proof.id.as_str(),
                    proof.test.strip_prefix("crates/x/src/y.rs::").unwrap(),
                )
            })
            .collect();
        let expected = [
            ("SD-2", "above"),
            ("XD-4", "above_its_attributes"),
            ("row-39", "above_its_attributes"),
            ("S1", "between_long_attributes"),
            ("ST-4", "within"),
            ("ST-5", "within_an_inner_function"),
            ("R1", "generated"),
        ];
        assert_eq!(pairs, expected);
    }

    #[test]
    fn markers_that_prove_nothing_are_reported() {
        let found = read("crates/x/src/y.rs", include_str!("fixtures/bad-markers.rs.txt"));
        assert_eq!(found.proofs, []);
        let expected = [
            "y.rs:1: a whole file",
            "y.rs:3: helper is no test",
            "y.rs:6: sleeper is ignored",
            "y.rs:11: names no id",
            "y.rs:16: this marker",
        ];
        assert_eq!(found.problems.len(), expected.len(), "{:?}", found.problems);
        for (problem, expected) in found.problems.iter().zip(expected) {
            assert!(problem.contains(expected), "{problem}");
        }
    }

    #[test]
    fn a_whole_file_may_prove_in_tests_only() {
        let text = format!("//! {} XD-1\nfn main() {{}}\n", "proves:");
        let found = read("crates/x/tests/forged/a.rs", &text);
        assert_eq!(
            found.proofs,
            [Proof {
                id: "XD-1".into(),
                test: "crates/x/tests/forged/a.rs".into()
            }]
        );
    }

    #[test]
    fn scripts_name_their_tests() {
        let text = format!(
            "// {0} XD-3\ntest('browse and buy', () => {{}});\n# {0} XD-2\ndef test_preview():\n",
            "proves:"
        );
        let names: Vec<String> = read("tests/a.js", &text)
            .proofs
            .into_iter()
            .map(|proof| proof.test)
            .collect();
        assert_eq!(names, ["tests/a.js::browse and buy", "tests/a.js::test_preview"]);
    }
}
