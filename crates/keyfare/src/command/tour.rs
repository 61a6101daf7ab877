//! `tour`: tells a story, in memory or against processes of its own.

use anyhow::Result;
use stories::{Figures, InMemory, Stuck, Tale};
use units::Currency;

use crate::{
    cli::{Story, Tour},
    clock,
    live::Live,
    say::{Refused, Say},
};

/// Tells one story.
pub fn run(say: Say, args: &Tour) -> Result<()> {
    if args.price < 0 || args.purse < 0 {
        return Err(Refused::new("amount", "prices and purses are not negative").into());
    }
    let figures = Figures {
        price: args.price,
        purse: args.purse,
        seed: clock::random()?,
    };
    let told = if args.live {
        let mut parties = Live::start(say)?;
        tell(args.story, &mut parties, &figures)
    } else {
        let mut parties = InMemory::found(&clock::random()?, Currency::JPY, clock::now())
            .map_err(|text| Refused::new("tour", text))?;
        tell(args.story, &mut parties, &figures)
    };
    let tale = told.map_err(|stuck| Refused::new(&stuck.code, stuck.text))?;
    say.answer(tale.lines(), &serde_json::to_value(&tale)?);
    if tale.holds {
        Ok(())
    } else {
        Err(Refused::new("tour-does-not-hold", "the story does not add up").into())
    }
}

fn tell(story: Story, parties: &mut dyn stories::Parties, figures: &Figures) -> Result<Tale, Stuck> {
    match story {
        Story::Sale => stories::sale(parties, figures),
        Story::ExternalDevice => stories::external_device(parties, figures),
    }
}
