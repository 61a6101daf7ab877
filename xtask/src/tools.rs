//! What the chores need from the system's packages (Debian and its kin), and how it gets there.

use crate::process;
use anyhow::{Result, bail};

/// A need, the sign that it is met, and the packages that meet it.
struct Tool {
    /// Programs in the path, or absolute paths, that are all there once it is installed.
    signs: &'static [&'static str],
    packages: &'static [&'static str],
    for_what: For,
    why: &'static str,
}

/// Which chore needs it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    Tests,
    Benchmarks,
}

/// One line per need. Only what a chore or a test uses today.
const TOOLS: &[Tool] = &[
    Tool {
        signs: &["cc"],
        packages: &["gcc", "libc6-dev"],
        for_what: For::Tests,
        why: "SQLite and the bulk cipher are C",
    },
    Tool {
        signs: &[
            "/usr/bin/rustc",
            "/usr/lib/rustlib/src/rust/library",
            "/usr/bin/ld.lld-22",
        ],
        packages: &["cargo-web", "rustc-web", "rust-web-src", "lld-22"],
        for_what: For::Tests,
        why: "the heart compiles for the browser: rustup's toolchains bring no wasm standard library",
    },
    Tool {
        signs: &["node", "npm"],
        packages: &["nodejs", "npm"],
        for_what: For::Tests,
        why: "the walk through the pages is a script",
    },
    Tool {
        signs: &["/usr/bin/python3", "/usr/lib/python3/dist-packages/pip"],
        packages: &["python3", "python3-venv", "python3-pip"],
        for_what: For::Tests,
        why: "schemathesis makes requests out of descriptions, and statements are held against their types",
    },
    Tool {
        signs: &["xmllint"],
        packages: &["libxml2-utils"],
        for_what: For::Tests,
        why: "what is written for banks is held against their schemas",
    },
    Tool {
        signs: &["chromium"],
        packages: &["chromium"],
        for_what: For::Tests,
        why: "pages are walked in a real browser",
    },
    Tool {
        signs: &["/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"],
        packages: &["fonts-noto-core"],
        for_what: For::Tests,
        why: "pictures of the pages show what people see",
    },
    Tool {
        signs: &["/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"],
        packages: &["fonts-noto-cjk"],
        for_what: For::Tests,
        why: "pages are read in Japanese too",
    },
    Tool {
        signs: &["faketime"],
        packages: &["faketime"],
        for_what: For::Tests,
        why: "processes are run under clocks that stand still or were turned back",
    },
    Tool {
        signs: &[
            "/usr/sbin/pcscd",
            "opensc-tool",
            "pcsc_scan",
            "/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
        ],
        packages: &["pcscd", "vsmartcard-vpcd", "opensc", "pcsc-tools"],
        for_what: For::Tests,
        why: "cards are put into readers of the real smart-card service; its library is loaded, never linked",
    },
    Tool {
        signs: &["swtpm"],
        packages: &["swtpm"],
        for_what: For::Tests,
        why: "cards tied to a TPM are tested against an emulated one",
    },
    Tool {
        signs: &["ffmpeg"],
        packages: &["ffmpeg"],
        for_what: For::Tests,
        why: "players convert films with it, and films are made with it for that",
    },
    Tool {
        signs: &["age"],
        packages: &["age"],
        for_what: For::Benchmarks,
        why: "sealing is compared with it in one run",
    },
];

/// Python's packages that tests use: requests out of the interfaces' descriptions, and types out of the ISO's schemas.
const PYTHON: &[&str] = &["schemathesis==4.32.5", "pyiso20022==1.6.2", "xsdata==24.11"];

/// Puts them into an environment of its own under `target`. Does nothing when they are there.
fn python() -> Result<()> {
    let home = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python");
    let mark = std::path::Path::new(home).join(PYTHON.join("+"));
    if mark.exists() {
        return Ok(());
    }
    println!("tools: {} (into target/python)", PYTHON.join(" "));
    process::run("python3", &["-m", "venv", home])?;
    let install = ["install", "--quiet", "--disable-pip-version-check"];
    process::run(&format!("{home}/bin/pip"), &[&install[..], PYTHON].concat())?;
    // Written last: a mark that all is there.
    std::fs::write(mark, "")?;
    Ok(())
}

/// Installs whatever of this is missing, in one go. Does nothing, and asks for no rights, when nothing is.
pub fn install(what: For) -> Result<()> {
    packages(what)?;
    if what == For::Tests { python() } else { Ok(()) }
}

fn packages(what: For) -> Result<()> {
    let missing: Vec<&Tool> = TOOLS
        .iter()
        .filter(|tool| tool.for_what == what)
        .filter(|tool| !tool.signs.iter().all(|sign| process::exists(sign)))
        .collect();
    if missing.is_empty() {
        println!("tools: all there");
        return Ok(());
    }
    for tool in &missing {
        println!("tools: {} ({})", tool.packages.join(" "), tool.why);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|tool| tool.packages).copied().collect();
    if !process::exists("apt-get") {
        bail!(
            "no apt-get here: install what corresponds to {} by hand",
            packages.join(" ")
        );
    }
    as_root(&["apt-get", "update", "-qq"])?;
    let install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"];
    as_root(&[&install[..], &packages[..]].concat())
}

/// Runs it directly when this is root, else through a `sudo` that asks nothing.
fn as_root(words: &[&str]) -> Result<()> {
    let root = process::output("id", &["-u"])?.trim() == "0";
    let prefix: &[&str] = if root { &["env"] } else { &["sudo", "-n", "env"] };
    let words = [prefix, &["DEBIAN_FRONTEND=noninteractive"], words].concat();
    process::run(words[0], &words[1..])
}
