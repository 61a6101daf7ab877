//! `tour`: tells a story, in memory or against processes of its own.

use anyhow::Result;
use license::Route;
use party::collector::Path;
use stories::{Approving, Cash, Deposits, Figures, InMemory, Line, Locks, Media, Mood, Order, Permit, Stuck, Tale};
use units::{Currency, Share};

use crate::{
    cli::{BureauArg, CollectArg, IdsArg, OrderArg, RouteArg, Story, Tour},
    clock,
    live::Live,
    say::{Refused, Say},
};

/// Tells one story.
pub fn run(say: Say, args: &Tour) -> Result<()> {
    let (price, purse) = match args.story {
        Story::Settlement if args.system == 2 => (args.price.unwrap_or(1000), args.purse.unwrap_or(1000)),
        Story::Settlement if args.system == 5 => (args.price.unwrap_or(130), args.purse.unwrap_or(3000)),
        Story::Settlement => (args.price.unwrap_or(1000), args.purse.unwrap_or(3000)),
        _ => (args.price.unwrap_or(300), args.purse.unwrap_or(500)),
    };
    if price < 0 || purse < 0 || args.fare < 0 {
        return Err(Refused::new("amount", "prices, purses and fares are not negative").into());
    }
    let figures = Figures {
        price,
        purse,
        seed: clock::random()?,
    };
    let told = if matches!(args.story, Story::CopyManagement) {
        if args.live {
            Ok(crate::live_media::tell(say, &figures, &media(args))?)
        } else {
            stories::copy_management(&figures, &media(args))
        }
    } else if matches!(args.story, Story::Settlement) {
        if args.live && (args.family || matches!(args.system, 2 | 3)) {
            return Err(Refused::new("not-live", "systems 2 and 3 and the family are told in memory only").into());
        }
        if args.live && args.pays_after.is_some() {
            let text = "processes have the clock of this machine, so nobody waits for days there; tell it in memory";
            return Err(Refused::new("not-live", text).into());
        }
        if args.family {
            stories::family(&figures, &family(args)?)
        } else if args.system == 3 {
            stories::small(&figures, args.plays)
        } else if args.live {
            let seed = args.seed.unwrap_or_else(|| u64::from_be_bytes([figures.seed[0]; 8]));
            Ok(crate::live_settlement::tell(
                say,
                &figures,
                &settlement(args),
                args.kills,
                seed,
            )?)
        } else if args.system == 2 {
            electronic_money(args, &figures)?
        } else if args.system == 5 {
            stories::goods(&figures, &settlement(args), &args.article)
        } else {
            stories::settlement(&figures, &settlement(args))
        }
    } else if matches!(args.story, Story::Approval) {
        approval(say, args, &figures)?
    } else if args.live {
        let mut parties = Live::start(say)?;
        tell(args, &mut parties, &figures)
    } else {
        let mut parties = InMemory::found(&clock::random()?, Currency::JPY, clock::now())
            .map_err(|text| Refused::new("tour", text))?;
        tell(args, &mut parties, &figures)
    };
    let tale = told.map_err(|stuck| Refused::new(&stuck.code, stuck.text))?;
    say.answer(tale.lines(), &serde_json::to_value(&tale)?);
    if tale.holds {
        Ok(())
    } else {
        Err(Refused::new("tour-does-not-hold", "the story does not add up").into())
    }
}

/// The line of people these options describe.
fn line(args: &Tour) -> Line {
    Line {
        users: usize::from(args.users),
        fare: args.fare,
        route: match args.route {
            RouteArg::Chain => Route::Chain,
            RouteArg::History => Route::Latest,
            RouteArg::Count => Route::Count,
            RouteArg::Provider => Route::Provider,
        },
        collect: args.collect.map(|way| match way {
            CollectArg::Online => Path::Online,
            CollectArg::Shop => Path::Shop,
            CollectArg::AtmBefore => Path::AtmBefore,
            CollectArg::AtmAfter => Path::AtmAfter,
            CollectArg::Application => Path::Application,
            CollectArg::Kiosk => Path::Kiosk,
        }),
    }
}

/// The line of locked copies these options describe.
fn locks(args: &Tour) -> Result<Locks, Stuck> {
    Ok(Locks {
        users: usize::from(args.users),
        fee: args.fare,
        arrives: share(args.arrives).ok_or(Stuck {
            code: "share".into(),
            text: format!("a locked copy plays 0, 10 or 80 percent at once, not {}", args.arrives),
        })?,
        order: match args.order {
            OrderArg::PayUnlock => Order::PayThenUnlock,
            OrderArg::UnlockPay => Order::UnlockThenPay,
        },
    })
}

/// The purchase approval these options describe, over parties of its own.
fn approval(say: Say, args: &Tour, figures: &Figures) -> Result<Result<Tale, Stuck>> {
    if args.limit < 0 || args.cap.is_some_and(|cap| cap < 0) {
        return Err(Refused::new("amount", "limits are not negative").into());
    }
    let permit = Permit {
        limit: args.limit,
        bureau: match args.bureau {
            BureauArg::Good => Mood::Good,
            BureauArg::Silent => Mood::Silent,
            BureauArg::Refuses => Mood::Refuses,
        },
    };
    if args.live {
        let setting = crate::live::Setting {
            combined: args.combined,
            cap: args.cap,
        };
        let mut parties = crate::live::LiveApproving::start(say, setting)?;
        return Ok(stories::approval(&mut parties, figures, permit));
    }
    let cap = |most: i64| units::Money::new(most, Currency::JPY).map_err(|e| Refused::new("amount", e.to_string()));
    let silent = match args.cap {
        Some(most) => approver::WhenSilent::OwnRecord(approver::Fallback {
            each: cap(most)?,
            all: cap(most)?,
        }),
        None => approver::WhenSilent::Refuse,
    };
    let wait = party::settlement::SettlementConfig::default();
    let mut parties = Approving::found(&clock::random()?, clock::now(), args.combined, wait, |config| {
        config.silent = silent;
    })
    .map_err(|text| Refused::new("tour", text))?;
    Ok(stories::approval(&mut parties, figures, permit))
}

/// System 2 with these options, over parties and a deposit machine of its own.
fn electronic_money(args: &Tour, figures: &Figures) -> Result<Result<Tale, Stuck>> {
    let cash = Cash {
        deposit: args.deposit,
        put_in: args.cash.unwrap_or(args.deposit),
    };
    if cash.deposit <= 0 || cash.put_in < 0 {
        return Err(Refused::new("amount", "a deposit is more than nothing, and cash not negative").into());
    }
    let parties = InMemory::found(&clock::random()?, Currency::JPY, clock::now());
    let world = parties.and_then(|parties| Deposits::found(parties, cash.deposit, cash.deposit));
    let mut world = world.map_err(|text| Refused::new("tour", text))?;
    Ok(stories::electronic_money(&mut world, figures, cash))
}

/// The settlement these options describe.
fn settlement(args: &Tour) -> stories::Settlement {
    let source = stories::Settlement::of_source(args.system);
    stories::Settlement {
        enterprise: args.enterprise,
        trusted: if args.trusted.is_empty() {
            source.trusted
        } else {
            args.trusted.clone()
        },
        plays: args.plays,
        telephone: stories::Telephone {
            calls: args.calls,
            packets: args.packets,
            basic: args.basic,
            service: args.service,
        },
        pays_after: args.pays_after.unwrap_or(source.pays_after),
        ..source
    }
}

/// The family these options describe.
fn family(args: &Tour) -> Result<stories::Family, Refused> {
    let lists = |text: &str| -> Option<Vec<Vec<usize>>> {
        let list = |part: &str| -> Option<Vec<usize>> {
            let numbers = part.split(',').map(str::trim).filter(|n| !n.is_empty());
            numbers.map(|n| n.parse().ok().filter(|n| *n >= 1)).collect()
        };
        text.split('/').map(list).collect()
    };
    let no = || {
        Refused::new(
            "lists",
            "lists are written like 1,2,3/2/3: for each device those it lets in, by number",
        )
    };
    let (wallets, players) = (
        lists(&args.wallets).ok_or_else(no)?,
        lists(&args.players).ok_or_else(no)?,
    );
    if wallets.len() != args.purses.len() || wallets.len().max(players.len()) > 9 {
        let text = "there is one purse and one list for each wallet, and at most nine of each";
        return Err(Refused::new("lists", text));
    }
    Ok(stories::Family {
        purses: args.purses.clone(),
        wallets,
        players,
        plays: args.plays,
        enterprise: args.enterprise,
    })
}

/// The media these options describe.
fn media(args: &Tour) -> Media {
    Media {
        count: args.media,
        gateway_permille: args.share,
        bound: match args.ids {
            IdsArg::Both => (true, true),
            IdsArg::Player => (true, false),
            IdsArg::Drive => (false, true),
            IdsArg::None => (false, false),
        },
        now: clock::now(),
    }
}

/// The share in which a locked copy arrives.
pub const fn share(percent: u8) -> Option<Share> {
    match percent {
        0 => Some(Share::Nothing),
        10 => Some(Share::Tenth),
        80 => Some(Share::Most),
        _ => None,
    }
}

fn tell(args: &Tour, parties: &mut dyn stories::Parties, figures: &Figures) -> Result<Tale, Stuck> {
    match args.story {
        Story::Superdistribution => stories::superdistribution(parties, figures, &line(args)),
        Story::LockedCopy => stories::locked_copy(parties, figures, &locks(args)?),
        Story::Sale => stories::sale(parties, figures),
        Story::ExternalDevice => stories::external_device(parties, figures),
        // Told by parties of their own.
        Story::CopyManagement | Story::Approval | Story::Settlement => Err(Stuck {
            code: "tour".into(),
            text: "this story is told by parties of its own".into(),
        }),
    }
}
