//! `inspect`: what a sealed file says of itself, to anybody.

use anyhow::Result;
use serde_json::to_value;

use crate::{
    cli::Inspect,
    clock, market,
    place::Place,
    say::{Refused, Say},
};

/// Reads a package and says what it is.
pub fn run(place: &Place, say: Say, args: &Inspect) -> Result<()> {
    let file = std::fs::File::open(&args.file)
        .map_err(|no| Refused::new("file-unreadable", format!("cannot open {}: {no}", args.file.display())))?;
    // With a realm at hand its certificates say who signed; without one the file still says what it is.
    let trust = market::realm_of(place).ok().map(|realm| {
        let mut trust = seal::Trust::new(realm);
        for name in ["cards", "parties"] {
            if let Ok(certificate) = std::fs::read(place.root().join("certifiers").join(name)) {
                let _ = trust.learn(&certificate);
            }
        }
        trust
    });
    let summary = publisher::inspect(file, trust.as_ref().map(|t| (t, clock::now()))).map_err(|no| Refused::of(&no))?;
    let mut lines = format!("\"{}\"\n", summary.title);
    let mut line = |name: &str, value: String| lines.push_str(&format!("  {name:<12} {value}\n"));
    line("kind", format!("{}, {}", summary.kind, summary.media_type));
    line(
        "publisher",
        summary
            .publisher_name
            .clone()
            .unwrap_or_else(|| summary.publisher.clone()),
    );
    line(
        "signature",
        summary
            .signature_problem
            .as_ref()
            .map_or(summary.signature.to_owned(), |(_, why)| {
                format!("{}: {why}", summary.signature)
            }),
    );
    line(
        "content",
        format!("{} bytes, sealed in {} bytes", summary.content_len, summary.package_len),
    );
    line(
        "shares",
        format!(
            "10 % opens {} bytes, 80 % {} bytes",
            summary.shares[0], summary.shares[1]
        ),
    );
    line(
        "key",
        format!("{} (edition {}, {})", summary.key_id, summary.edition, summary.delivery),
    );
    if let Some(preview) = &summary.preview {
        line(
            "preview",
            format!("{}, {} bytes, free", preview.media_type, preview.len),
        );
    }
    for (number, price) in &summary.prices {
        line(
            "offer",
            format!("{number}: {price} (when it was sealed; the shop's price counts)"),
        );
    }
    line("sold by", format!("{} {}", summary.seller, summary.seller_hint));
    say.answer(lines, &to_value(&summary)?);
    Ok(())
}
