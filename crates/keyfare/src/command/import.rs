//! `import`: copies a medium to the drive: its key once, then decrypted and encrypted again piece by piece (CM-4). A copy that
//! was interrupted goes on with the same command, without a network if its key is here.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use copying::medium::Medium;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use units::Money;

use crate::{
    clock,
    place::Place,
    say::{Refused, Say},
};

use super::{
    devices::{Devices, at_home},
    gateway_line::currency,
};

/// Options of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The medium: its folder, or an image of it; with --batch the sealed file itself
    pub medium: PathBuf,
    /// Which devices
    #[command(flatten)]
    pub devices: Devices,
    /// The file came over the network, and is given away with this batch
    #[arg(long, value_name = "ID")]
    pub batch: Option<String>,
    /// Pay nothing if its key costs more than this
    #[arg(long, default_value_t = 0, value_name = "AMOUNT")]
    pub at_most: i64,
}

/// Copies one medium.
pub async fn run(place: &Place, say: Say, args: &Import) -> Result<()> {
    let medium = match &args.batch {
        Some(batch) => {
            let batch = batch
                .parse()
                .map_err(|no: copying::NotOnALabel| Refused::new("not-on-a-label", no.to_string()))?;
            Medium::given_away(&args.medium, batch)
        }
        None => Medium::open(&args.medium),
    };
    let medium = medium.map_err(|no| Refused::of(&no))?;
    let at_most = Money::new(args.at_most, currency(place)?).map_err(|no| Refused::new("amount", no.to_string()))?;
    let bar = if say.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(
        ProgressStyle::with_template("copying    {wide_bar} {bytes}/{total_bytes} {eta}")
            .unwrap_or(ProgressStyle::default_bar()),
    );
    let done = at_home(place, &args.devices, move |home, line, seed| {
        let telling = &mut |done: u64, of: u64| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let done = home.import(&medium, at_most, line, clock::now(), seed, telling);
        bar.finish_and_clear();
        done
    })
    .await?;
    let cost = done.charge.map(|charge| charge.amount);
    let mut lines = format!("\"{}\" is on your drive: {}", done.title, done.file.display());
    if let Some(cost) = cost {
        lines.push_str(&format!("\nIts key cost {cost}."));
    }
    if let Some(no) = &done.unreported {
        lines.push_str(&format!("\nNot reported yet ({no}); the same command does it later."));
    }
    lines.push_str(&format!("\nPlay it: keyfare play {}", done.file.display()));
    let document = json!({
        "title": done.title, "delivery": done.delivery.to_string(), "file": done.file,
        "charged": cost.map(|cost| cost.minor()), "reported": done.unreported.is_none(),
    });
    say.answer(lines, &document);
    Ok(())
}
