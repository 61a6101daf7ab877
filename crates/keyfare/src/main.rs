//! Keyfare: content is free to copy, keys carry their fare. One program; its commands are the tour of the product.

mod attached;
mod cli;
mod clock;
mod command;
mod copies;
mod hand;
mod join;
mod live;
mod live_media;
mod live_settlement;
mod market;
mod place;
mod ports;
mod processes;
mod say;
mod setup;
mod tied;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use crate::{
    cli::{Cli, Command},
    place::Place,
    say::{Refused, Say},
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(no) => return misused(&no),
    };
    let piped = match &cli.command {
        Command::Play(args) => args.pipe,
        Command::Player(args) => args.is_piped(),
        _ => false,
    };
    let say = Say { json: cli.json, piped };
    listen_to_logs();
    match run(&cli, say) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(say.failure(&error)),
    }
}

/// What cannot be understood: in words, or in a document for a program that asked for one. Help is no mistake.
fn misused(no: &clap::Error) -> ExitCode {
    if no.use_stderr() && std::env::args_os().any(|arg| arg == "--json") {
        let text = no.to_string();
        let refused = Refused::new("usage", text.trim_start_matches("error: ").trim());
        let say = Say {
            json: true,
            piped: false,
        };
        say.failure(&refused.into());
    } else {
        // Whoever closed the stream does not read it.
        let _ = no.print();
    }
    ExitCode::from(u8::try_from(no.exit_code()).unwrap_or(2))
}

/// Logs go to the error stream, warnings and worse unless `KEYFARE_LOG` asks for more.
fn listen_to_logs() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("KEYFARE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

fn run(cli: &Cli, say: Say) -> Result<()> {
    if let Command::ReadUpload(args) = &cli.command {
        return command::read_upload::run(args);
    }
    if let Command::ReadWork = &cli.command {
        return command::read_work::run();
    }
    if let Command::ConvertWork(args) = &cli.command {
        return command::convert_work::run(args);
    }
    let place = Place::new(cli.dir.clone())?;
    match &cli.command {
        Command::Tour(args) => return command::tour::run(say, args),
        Command::Inspect(args) => return command::inspect::run(&place, say, args),
        Command::Doctor => return command::doctor::run(&place, say),
        Command::Backup(args) => return command::vault::backup(&place, say, args),
        Command::Accept(args) => return command::vault::accept(&place, say, args),
        Command::Restore(args) => return command::vault::restore(&place, say, args),
        Command::Readers { command }
            if !matches!(
                command,
                Some(cli::ReadersCommand::Fill(_) | cli::ReadersCommand::Balance(_) | cli::ReadersCommand::Buy(_))
            ) =>
        {
            return command::readers::run(say, command.as_ref());
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "keyfare", &mut script);
            // A reader that has seen enough is no failure.
            let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
            return Ok(());
        }
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(later(cli, &place, say));
    // Whatever still waits for the network must not keep the program from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    done
}

async fn later(cli: &Cli, place: &Place, say: Say) -> Result<()> {
    match &cli.command {
        Command::Up(args) => command::up::run(place, say, args).await,
        Command::Serve(args) => command::serve::run(place, say, args).await,
        Command::Wallet(args) => command::wallet::run(place, say, args).await,
        Command::Publish(args) => command::publish::run(place, say, args).await,
        Command::Library => command::library::run(place, say).await,
        Command::Card(command) => command::card::run(place, say, command).await,
        Command::Buy(args) => command::buy::run(place, say, args).await,
        Command::Value(command) => command::value::run(place, say, command).await,
        Command::Bill { command } => command::bill::run(place, say, command.as_ref()).await,
        Command::Copy(args) => command::copy::copy(place, say, args).await,
        Command::Move(args) => command::copy::run(place, say, args, "move").await,
        Command::Receive(args) => command::receive::run(place, say, args).await,
        Command::Collect => command::collect::run(place, say).await,
        Command::Player(args) => command::player::run(place, say, args).await,
        Command::Players(args) => command::players::run(place, say, args).await,
        Command::Lend(args) => command::players::lend(place, say, args).await,
        Command::Return(args) => command::players::give_back(place, say, args).await,
        Command::Open(args) => command::open::run(place, say, args).await,
        Command::Refund(args) => command::refund::run(place, say, args).await,
        Command::Play(args) => match command::play_copy::meant(place, args) {
            Some(copy) => command::play_copy::run(say, args, copy).await,
            None => command::play::run(place, say, args).await,
        },
        Command::Press(command) => command::press::run(place, say, command).await,
        Command::Import(args) => command::import::run(place, say, args).await,
        Command::Device(command) => command::devices::run(place, say, command).await,
        Command::Unlock(args) => command::unlock::run(place, say, args).await,
        Command::Support(command) => command::support::run(place, say, command).await,
        Command::Console(command) => command::console::run(place, say, command).await,
        Command::Readers {
            command: Some(cli::ReadersCommand::Fill(args)),
        } => command::readers_fill::run(place, say, args).await,
        Command::Readers {
            command: Some(cli::ReadersCommand::Balance(args)),
        } => command::readers_fill::balance(place, say, args).await,
        Command::Readers {
            command: Some(cli::ReadersCommand::Buy(args)),
        } => command::readers_buy::run(place, say, args).await,
        Command::Audit => command::audit::run(place, say).await,
        // Everything else was answered before a runtime was started.
        _ => Ok(()),
    }
}
