//! Where the project's files are, whoever calls from whichever directory.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The workspace's root: the directory above this crate's.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Text of a file of the project.
pub fn read(relative: &str) -> Result<String> {
    std::fs::read_to_string(root().join(relative)).with_context(|| format!("cannot read {relative}"))
}

/// Every file below `start` (relative to the root) with one of these endings, as paths relative to the root, sorted.
/// A `start` that does not exist holds no files. Build products, fixtures and vendored files are no sources.
pub fn files(start: &str, endings: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![root().join(start)];
    while let Some(directory) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                if !matches!(name, "target" | "node_modules" | "fixtures" | "vendor") {
                    open.push(path);
                }
            } else if path
                .extension()
                .and_then(|ending| ending.to_str())
                .is_some_and(|it| endings.contains(&it))
            {
                let relative = path.strip_prefix(root()).unwrap_or(&path);
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    Ok(found)
}
