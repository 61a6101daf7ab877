//! `serve`: one party, or several, each with its own keys, database and address.

use anyhow::Result;
use server::{
    config::Config,
    running::{Running, start},
};

use crate::{
    cli::{RoleArg, Serve},
    place::Place,
    say::{Refused, Say},
};

/// The word of a role: its directory.
pub const fn word(role: RoleArg) -> &'static str {
    match role {
        RoleArg::Registry => "registry",
        RoleArg::Bank => "bank",
        RoleArg::Issuer => "issuer",
        RoleArg::Shop => "shop",
        RoleArg::Collector => "collector",
        RoleArg::Support => "support",
        RoleArg::Atm => "atm",
        RoleArg::Counter => "counter",
        RoleArg::Kiosk => "kiosk",
        RoleArg::Approver => "approver",
        RoleArg::Bureau => "bureau",
        RoleArg::Settlement => "settlement",
        RoleArg::Carrier => "carrier",
        RoleArg::TrustRegistry => "trust-registry",
        RoleArg::Content => "content",
        RoleArg::Licenses => crate::setup::LICENSES,
        RoleArg::Copying => "copying",
        RoleArg::Gateway => "gateway",
        RoleArg::Deposit => "deposit",
        RoleArg::Vending => "vending",
    }
}

/// Runs parties until Ctrl-C or a termination signal.
pub async fn run(place: &Place, say: Say, args: &Serve) -> Result<()> {
    if args.listen.is_some() && args.roles.len() != 1 {
        return Err(Refused::new(
            "one-role",
            "--listen is for one role; several take their addresses from the directory",
        )
        .into());
    }
    let mut running = Vec::new();
    for role in &args.roles {
        let mut config = config(place, word(*role))?;
        if let Some(listen) = args.listen {
            config.listen = listen;
        }
        config.behind_proxy |= args.behind_proxy;
        config.production |= args.production;
        config.selling.near |= args.near;
        let one = start(config).await.map_err(|no| Refused::of(&no))?;
        say.answer(
            format!("{:<10} {}", word(*role), one.address),
            &serde_json::json!({ "role": word(*role), "address": one.address, "id": one.id.to_string() }),
        );
        running.push(one);
    }
    until_told().await;
    stop(running).await;
    Ok(())
}

/// The configuration of one party of an installation.
pub fn config(place: &Place, word: &str) -> Result<Config> {
    let path = place.party(word).join("party.toml");
    if !path.exists() {
        return Err(Refused::new(
            "nothing-here",
            if place.exists() {
                format!(
                    "the installation in {} was laid out without a {word}: `keyfare up --fresh` lays a new one out, and deletes this one",
                    place.root().display()
                )
            } else {
                format!(
                    "there is no {word} in {}: `keyfare up` lays one out",
                    place.root().display()
                )
            },
        )
        .into());
    }
    let mut config = Config::load(&path).map_err(|no| Refused::of(&no))?;
    config.console.reader = Some(super::read_upload::reader()?);
    Ok(config)
}

/// Ends parties without losing what is under way, the registry last.
pub async fn stop(mut running: Vec<Running>) {
    while let Some(one) = running.pop() {
        one.stop().await;
    }
}

/// Waits for Ctrl-C or a request to end.
pub async fn until_told() {
    let mut ended = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match &mut ended {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        // A system that cannot tell of Ctrl-C still tells of termination.
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
