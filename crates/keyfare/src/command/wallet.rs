//! `wallet`: the card in a process of its own, with its own pages, where payments are agreed to.

use std::sync::Arc;

use anyhow::Result;
use serde_json::json;
use units::Span;
use wallet::{
    Home, Wallet,
    drive::Os,
    engine::{BirthPlan, Rhythm},
    home::UseTpm,
    pages::{self, Address, Desk},
    player::Watch,
};

use super::serve::until_told;
use crate::{
    cli::WalletArgs,
    market::realm_of,
    place::Place,
    say::{Refused, Say},
};

/// Runs the wallet until Ctrl-C.
pub async fn run(place: &Place, say: Say, args: &WalletArgs) -> Result<()> {
    if !args.listen.ip().is_loopback() {
        return Err(Refused::new(
            "loopback-only",
            "a wallet answers on this machine only: use an address like 127.0.0.1:7411",
        )
        .into());
    }
    if let Some(shop) = &args.realm {
        crate::join::join(place, shop, say).await?;
    }
    let home = Home::at(place.wallet());
    let tpm = tpm_for(place, &home, args.tpm.clone())?;
    let home = home.with_tpm(tpm);
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|no| cannot_listen(args.listen, &no))?;
    let address = Address::of(listener.local_addr()?);
    let (rhythm, watch) = (Some(Rhythm::default()), Watch::this_process());
    let desk = if home.has_card() {
        let wallet = Wallet::open(home).await.map_err(|no| Refused::of(&no))?;
        wallet.ask_players_every(Span::seconds(args.ask_every)).await;
        let in_reader = match &args.reader {
            Some(reader) => Some(super::insert::alongside(&wallet, reader, args.pin_at_terminal).await),
            None => None,
        };
        let desk = Desk::new(wallet, address, rhythm, watch);
        if let (Ok(desk), Some(contacts)) = (&desk, in_reader) {
            desk.sits(contacts);
        }
        desk
    } else {
        Desk::first_start(
            home,
            BirthPlan::new(realm_of(place)?),
            address,
            Arc::new(Os),
            rhythm,
            watch,
        )
    };
    let desk = desk.map_err(|no| Refused::of(&no))?;
    desk.read_with(super::read_work::readers()?);
    desk.convert_with(super::convert_work::fenced()?);
    super::teller::sit(&desk, place)?;
    desk.attach(crate::attached::devices(place, args.player.clone(), args.drive.clone()));
    desk.copy_with(crate::copies::copies(place, args.player.clone(), args.drive.clone()));
    if args.stories {
        desk.show_stories();
    }
    let open = desk.invite();
    say.answer(
        format!("Your wallet: {open}\nOpen it once in the browser you buy with; Ctrl-C stops it."),
        &json!({ "wallet": open }),
    );
    pages::serve(Arc::clone(&desk), listener, until_told()).await?;
    desk.stop();
    Ok(())
}

/// The TPM that was asked for. Cards of the realm dev come and go, and a TPM has room for few: they use it when told to.
pub fn tpm_for(place: &Place, home: &Home, asked: UseTpm) -> Result<UseTpm> {
    Ok(match asked {
        UseTpm::Auto if !home.has_card() && realm_of(place)?.name == "dev" => UseTpm::Off,
        other => other,
    })
}

/// Why there is no listening at an address; codes and advice as the parties give them.
pub fn cannot_listen(at: std::net::SocketAddr, no: &std::io::Error) -> Refused {
    if no.kind() == std::io::ErrorKind::AddrInUse {
        let text = format!("cannot listen on {at}: address in use; choose another port, or stop what listens there");
        return Refused::new("bind-taken", text);
    }
    Refused::new("bind-failed", format!("cannot listen on {at}: {no}"))
}
