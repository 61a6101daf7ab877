//! The purchase approval: a person buys without telling the seller who he is, because somebody who knows him permits it.

use approver::{Means, RequestState};
use units::{Currency, Money, Span};

use crate::{Approving, Counterpart, Figures, Holder, Parties, Stuck, Tale, Work, sale};

/// How the bureau behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It answers, and says good things.
    #[default]
    Good,
    /// It does not answer.
    Silent,
    /// It answers, and does not say good things.
    Refuses,
}

/// The figures of this story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// How much the user may owe.
    pub limit: i64,
    /// How the bureau behaves.
    pub bureau: Mood,
}

fn stuck(text: String) -> Stuck {
    Stuck::other("approval", &text)
}

/// Tells it. A limit too low, a bureau that refuses or is silent end in a refusal, and the books are as they were.
pub fn approval(parties: &mut Approving, figures: &Figures, permit: Permit) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("approval");
    let money = |minor| Money::new(minor, Currency::JPY).map_err(|e| stuck(e.to_string()));
    let (price, limit) = (money(figures.price)?, money(permit.limit)?);
    let books = |holders: &[&Holder], parties: &mut Approving| sale::books(holders, &mut parties.world);

    let mut buyer = Holder::born("buyer", &mut parties.world, Currency::JPY, &figures.seed)?;
    let good_for = if permit.bureau == Mood::Refuses {
        0
    } else {
        i64::from(i32::MAX)
    };
    let user = parties
        .subscribe("aiko@example.jp", "a ferry at nine", permit.limit, good_for)
        .map_err(stuck)?;
    let says = format!("has a card with no money on it, and is a user of an approver: {limit} may be owed");
    tale.step("buyer", says, Some("PA-4"), books(&[&buyer], parties));

    let work = Work {
        title: "Night Ferry".into(),
        content: sale::song(&figures.seed),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: false,
        handing: Some(crate::Handing {
            fare: 100,
            generations: 3,
            route: license::Route::Latest,
            locked: None,
        }),
    };
    let content = work.content.clone();
    let listing = parties.world.publish(&work).map_err(stuck)?;
    let checked = buyer.ask(&mut parties.world, listing.number, &listing.sheet)?;
    let said = buyer.card.purchase(&checked).map_err(|e| Stuck::of(&e))?;
    let says = format!(
        "signs what may be shown to an approver: a work of the kind \"{}\" for {}, and no title",
        said.what, said.price
    );
    tale.step("shop", says, Some("PA-1"), books(&[&buyer], parties));

    let (asked, id) = parties.ask(&mut buyer, &checked)?;
    let wrong = parties.sign_in("aiko@example.jp", "a ferry at ten").map_err(stuck)?;
    let nobody = parties.sign_in("nobody@example.jp", "a ferry at nine").map_err(stuck)?;
    tale.must(
        wrong.is_none() && nobody.is_none(),
        "a wrong password or an unknown name let somebody in",
    );
    tale.step(
        "stranger",
        "tries an unknown name, and a known one with a wrong password: the same answer to both",
        Some("PA-3"),
        books(&[&buyer], parties),
    );
    let signed_in = parties.sign_in("aiko@example.jp", "a ferry at nine").map_err(stuck)?;
    tale.must(signed_in == Some(user), "the right password did not let the user in");
    let shown = parties.show(id, user).map_err(stuck)?;
    let says = format!(
        "signs in at the approver alone, and is shown: {} at {}, {} (code {})",
        shown.what, shown.seller, shown.amount, shown.code
    );
    tale.step("buyer", says, Some("PA-2"), books(&[&buyer], parties));

    if permit.bureau == Mood::Silent {
        parties.world.hush(party::Party::id(&*parties.bureau), true);
    }
    let before = books(&[&buyer], parties);
    let decided = parties.agree(id, user, Means::Credit).map_err(stuck)?;
    if let RequestState::Denied(why) = decided {
        let after = books(&[&buyer], parties);
        tale.must(
            after.parties.get("approver") == before.parties.get("approver"),
            "a refused approval left something reserved",
        );
        tale.refusal("approver", why.code(), why.to_string(), Some("PA-4"), after);
        return Ok(finish(tale, parties, &[&buyer], figures));
    }
    tale.step(
        "approver",
        format!("asks the bureau about a file number and a rounded sum, permits, and holds {price}"),
        Some("PA-5"),
        books(&[&buyer], parties),
    );
    let approved = parties.fetch(&buyer, &checked, &asked, id)?;
    let copy = approved.clone();
    let (deal, pay) = parties.commit(&mut buyer, &checked, approved)?;
    let settled = buyer.finish(&mut parties.world, Counterpart::Shop, &pay)?;
    let card::Settled::Given {
        license: Some(license), ..
    } = settled
    else {
        return Err(Stuck::other("no-license", &format!("{settled:?}")));
    };
    parties.wait(Span::seconds(20));
    let who = if parties.settler.is_some() {
        "settlement"
    } else {
        "shop"
    };
    let shows = if parties.settler.is_some() { "PA-6" } else { "PA-11" };
    tale.step(
        who,
        "holds the approval against its own record, asks permission once, settles, delivers and says so; the user is charged",
        Some(shows),
        books(&[&buyer], parties),
    );
    tale.must(
        parties.figure("held") == 0 && parties.figure("approvals charged") == 1,
        "it was not charged exactly once",
    );

    let again = buyer.finish(&mut parties.world, Counterpart::Shop, &pay);
    tale.step(
        "terminal",
        format!(
            "sends the same payment again: the same answer, nothing further happens ({})",
            again.err().map_or("taken again".into(), |no| no.code)
        ),
        Some("PA-6"),
        books(&[&buyer], parties),
    );
    let second = buyer.ask(&mut parties.world, listing.number, &listing.sheet)?;
    let (other, pay) = match parties.commit(&mut buyer, &second, copy) {
        Ok(committed) => committed,
        Err(no) => {
            // The card itself: the approval is bound to a tag that is used up.
            tale.refusal("card", &no.code, no.text, Some("PA-9"), books(&[&buyer], parties));
            return played(tale, parties, buyer, &listing, deal, license, &content, figures);
        }
    };
    let void = buyer.finish(&mut parties.world, Counterpart::Shop, &pay)?;
    let code = parties.declined(other).map_err(stuck)?.unwrap_or_default();
    tale.must(
        matches!(void, card::Settled::Void { .. }),
        "a used approval bought something",
    );
    let says = "tries the used approval for another purchase: void";
    tale.refusal("shop", &code, says, Some("PA-9"), books(&[&buyer], parties));
    played(tale, parties, buyer, &listing, deal, license, &content, figures)
}

#[allow(clippy::too_many_arguments)] // the end of one story
fn played(
    mut tale: Tale,
    parties: &mut Approving,
    mut buyer: Holder,
    listing: &crate::Listing,
    deal: units::DealId,
    license: units::LicenseId,
    content: &[u8],
    figures: &Figures,
) -> Result<Tale, Stuck> {
    let heard = sale::play(&mut buyer, &mut parties.world, listing, deal, license)?;
    tale.must(heard == content, "what was played is not what was sealed");
    let all = sale::books(&[&buyer], &mut parties.world);
    tale.step("player", "plays it to its end", Some("PA-7"), all);

    let mut friend = Holder::born("friend", &mut parties.world, Currency::JPY, &figures.seed)?;
    let fare = Money::new(100, Currency::JPY).map_err(|e| stuck(e.to_string()))?;
    friend.first_money(&mut parties.world, fare)?;
    buyer.hand_on(&mut friend, &parties.world, license, deal::Kind::Copy)?;
    let all = sale::books(&[&buyer, &friend], &mut parties.world);
    let says = "gets a copy from the buyer's card: a license bought by approval is like any other";
    tale.step("friend", says, Some("SD-9"), all);

    let user = parties.sign_in("aiko@example.jp", "a ferry at nine").map_err(stuck)?;
    if let Some(user) = user {
        let standing = parties.standing(user).map_err(stuck)?;
        let (id, now) = (parties.id("bill"), parties.world.now());
        let owed = standing.owed;
        parties
            .at_approver(move |approver, tx| Ok(approver.bill_paid(tx, id, user, owed, now)?))
            .map_err(stuck)?;
        let free = parties.standing(user).map_err(stuck)?.room;
        tale.must(free == standing.limit, "a paid bill did not free the limit");
        let all = sale::books(&[&buyer, &friend], &mut parties.world);
        tale.step(
            "user",
            format!("pays the bill of {owed}: the limit is free again"),
            Some("PA-10"),
            all,
        );
    }
    pay_seller(&mut tale, parties, &[&buyer, &friend])?;
    Ok(finish(tale, parties, &[&buyer, &friend], figures))
}

/// The approver pays what it owes, through the bank.
fn pay_seller(tale: &mut Tale, parties: &mut Approving, holders: &[&Holder]) -> Result<(), Stuck> {
    let seller = parties.settler.unwrap_or(parties.world.seller());
    let approver = parties.approver.id();
    let owed = parties
        .at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?))
        .map_err(stuck)?;
    parties.world.pay_in_at(approver, owed).map_err(stuck)?;
    let (id, now) = (parties.id("payout"), parties.world.now());
    let errand = parties
        .at_approver(move |approver, tx| Ok(approver.pay_out(tx, id, seller, owed, now)?))
        .map_err(stuck)?;
    let _ = parties.carry(approver, errand).map_err(stuck)?;
    let left = parties
        .at_approver(move |approver, tx| Ok(approver.owed_to(tx, seller)?))
        .map_err(stuck)?;
    tale.must(left.is_zero(), "the seller was not paid");
    let all = sale::books(holders, &mut parties.world);
    tale.step(
        "bank",
        format!("pays the seller {owed}, less the approver's part"),
        Some("PA-7"),
        all,
    );
    Ok(())
}

fn finish(tale: Tale, parties: &mut Approving, holders: &[&Holder], figures: &Figures) -> Tale {
    sale::finish(tale, &mut parties.world, holders, figures)
}
