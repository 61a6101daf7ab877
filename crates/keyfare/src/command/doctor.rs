//! `doctor`: looks for what would keep this machine from running Keyfare, and says what to do.

use std::net::TcpListener;

use anyhow::Result;
use serde_json::json;

use crate::{clock, place::Place, say::Say, setup::private_dir};

struct Finding {
    what: &'static str,
    good: bool,
    says: String,
}

/// Looks.
pub fn run(place: &Place, say: Say) -> Result<()> {
    let findings = [
        directory(place),
        time(),
        randomness(),
        ports(place),
        converter(),
        tpm(),
        card(place),
    ];
    let bad = findings.iter().filter(|f| !f.good).count();
    let mut lines: String = findings
        .iter()
        .map(|f| format!("{}  {:<12} {}\n", if f.good { "ok" } else { "!!" }, f.what, f.says))
        .collect();
    lines.push_str(if bad == 0 {
        "\nNothing is in the way."
    } else {
        "\nMend what is marked, then try again."
    });
    let document: Vec<_> = findings
        .iter()
        .map(|f| json!({ "what": f.what, "good": f.good, "says": f.says }))
        .collect();
    say.answer(lines, &json!({ "findings": document, "good": bad == 0 }));
    Ok(())
}

fn directory(place: &Place) -> Finding {
    let probe = place.root().join(".probe");
    let tried = private_dir(place.root()).and_then(|()| Ok(std::fs::write(&probe, b"probe")?));
    let _ = std::fs::remove_file(&probe);
    match tried {
        Ok(()) => Finding {
            what: "directory",
            good: true,
            says: format!("{} can be written", place.root().display()),
        },
        Err(no) => Finding {
            what: "directory",
            good: false,
            says: format!("{no:#}: choose another with --dir"),
        },
    }
}

fn time() -> Finding {
    // Nothing of Keyfare was ever signed before this.
    let good = clock::now() > units::Moment(1_790_000_000_000);
    let says = if good {
        format!("the clock says {}", clock::now())
    } else {
        "the clock is years behind: set it".into()
    };
    Finding {
        what: "clock",
        good,
        says,
    }
}

fn randomness() -> Finding {
    let good = clock::random().is_ok();
    Finding {
        what: "randomness",
        good,
        says: if good {
            "the system gives random numbers".into()
        } else {
            "the system gives no random numbers".into()
        },
    }
}

fn ports(place: &Place) -> Finding {
    let base: u16 = std::fs::read_to_string(place.root().join("port-base"))
        .ok()
        .and_then(|t| t.parse().ok())
        .unwrap_or(7400);
    let taken: Vec<u16> = [1, 2, 3, 4, 5, 11]
        .map(|n| base.saturating_add(n))
        .into_iter()
        .filter(|p| TcpListener::bind(("127.0.0.1", *p)).is_err())
        .collect();
    if taken.is_empty() {
        return Finding {
            what: "ports",
            good: true,
            says: format!("{} to {} are free", base + 1, base + 11),
        };
    }
    let taken: Vec<String> = taken.iter().map(u16::to_string).collect();
    Finding {
        what: "ports",
        good: true,
        says: format!(
            "in use: {}; fine if Keyfare runs, else try `keyfare up --port-base 9400`",
            taken.join(", ")
        ),
    }
}

fn converter() -> Finding {
    let found = std::env::var_os("PATH")
        .and_then(|path| publisher::preview::Converter::find(&path))
        .is_some();
    let says = if found {
        "ffmpeg makes previews of FLAC, Ogg, M4A and films"
    } else {
        "no ffmpeg: give a --preview when you publish FLAC, Ogg, M4A or a film; all else works"
    };
    Finding {
        what: "previews",
        good: true,
        says: says.into(),
    }
}

/// None of it is in the way: a card without a TPM is kept in a file that only its owner may read.
fn tpm() -> Finding {
    let says = match wallet::home::tpm_here() {
        Ok(maker) => format!("a TPM ({maker}) can keep the key of a new card: `keyfare wallet --tpm auto`"),
        Err(no) => format!("none to be used ({no}); a card's key is kept in a file of yours"),
    };
    Finding {
        what: "tpm",
        good: true,
        says,
    }
}

fn card(place: &Place) -> Finding {
    let home = wallet::Home::at(place.wallet());
    let says = match (home.has_card(), home.is_in_tpm()) {
        (true, true) => "there is a card, its key in the TPM; `keyfare card show` looks at it",
        (true, false) => "there is a card; `keyfare card show` looks at it",
        (false, _) => "no card yet; `keyfare up` or `keyfare card new` makes one",
    };
    Finding {
        what: "card",
        good: true,
        says: says.into(),
    }
}
