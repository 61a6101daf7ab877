//! Locked copies: free, offline, from friend to friend to friend; each plays its first part at once, and the whole of it
//! once its holder has paid the publisher's support centre, before or after the unlocking.

use card::{Checked, Settled, Want};
use deal::{Kind, Tender};
use license::Route;
use package::Header;
use units::{Currency, LicenseId, Money, Share, Span};

use crate::{
    Answer, Books, Counterpart, Figures, Handing, Holder, Listing, Locked, Parties, Stuck, Tale, Work,
    sale::{books, finish, heard, song},
};

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Pay, then unlock: a user who cancels before paying costs the centre no unlocking work (SD-26).
    PayThenUnlock,
    /// Unlock, then pay: the key came with the quote, under a secret that the answer to the payment brings (SD-27).
    UnlockThenPay,
}

/// The figures of a line of locked copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locks {
    /// How many people, the buyer among them.
    pub users: usize,
    /// What unlocking costs.
    pub fee: i64,
    /// How much of the work plays before.
    pub arrives: Share,
    /// What comes first.
    pub order: Order,
}

fn stuck(code: &str, text: impl Into<String>) -> Stuck {
    Stuck {
        code: code.into(),
        text: text.into(),
    }
}

impl Holder {
    /// Takes a locked copy from `giver`: free, and written down on this card alone.
    pub fn take_locked(
        &mut self,
        giver: &mut Holder,
        parties: &dyn Parties,
        license: LicenseId,
        header: &Header,
    ) -> Result<LicenseId, Stuck> {
        let now = parties.now();
        let seed = self.draw();
        let asked = self.card.ask_locked(None, &seed).map_err(|e| Stuck::of(&e))?;
        let permit = giver
            .card
            .permit(Kind::Locked, Some(license), now.plus(Span::minutes(10)));
        let permit = permit.ok_or_else(|| stuck("kind-unknown", "this card gives no locked copies"))?;
        let seed = giver.draw();
        let quoted = giver
            .card
            .quote(&asked.bytes(), &permit, Some(header), now, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let checked = self
            .card
            .read_quote(quoted.message.bytes(), Some(&asked), None, now)
            .map_err(|e| Stuck::of(&e))?;
        let locked = quoted
            .locked
            .ok_or_else(|| stuck("no-copy", "no locked copy came with the quote"))?;
        let seed = self.draw();
        let agreed = self
            .card
            .confirm(&checked, crate::holder::PIN, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let seed = self.draw();
        self.card
            .install_locked(&checked, agreed, locked.bytes(), now, &seed)
            .map_err(|e| Stuck::of(&e))
    }

    /// Asks the support centre what unlocking costs; unlock-then-pay brings the license along, under a secret.
    pub fn ask_unlocking(
        &mut self,
        parties: &mut dyn Parties,
        license: LicenseId,
        order: Order,
    ) -> Result<Checked, Stuck> {
        let seed = self.draw();
        let ahead = order == Order::UnlockThenPay;
        let asked = self.card.ask_unlock(license, ahead, &seed).map_err(|e| Stuck::of(&e))?;
        self.quote(parties, Counterpart::Support, &asked, None)
    }

    /// The license an unlocking brought, if its payment is closed.
    pub fn unlocked(&mut self, parties: &mut dyn Parties, pay: &[u8]) -> Result<LicenseId, Stuck> {
        match self.finish(parties, Counterpart::Support, pay)? {
            Settled::Given {
                license: Some(license), ..
            } => Ok(license),
            Settled::Void { reason, .. } => Err(stuck(reason.code(), reason.text())),
            other => Err(stuck("not-unlocked", format!("nothing was unlocked: {other:?}"))),
        }
    }
}

/// Money, or an order that is paid in cash at the centre's counter.
pub fn in_cash(checked: &Checked) -> Want {
    let deal::Number::Order(order) = checked.quote().number else {
        return Want::default();
    };
    Want {
        other: Some(Tender::Order(order, checked.quote().price)),
        ..Want::default()
    }
}

/// Everybody, with what the story goes on with.
struct Street<'a> {
    parties: &'a mut dyn Parties,
    people: Vec<Holder>,
    licenses: Vec<LicenseId>,
    listing: Listing,
    package: Option<(Header, Vec<u8>)>,
    content: Vec<u8>,
}

impl Street<'_> {
    fn books(&mut self) -> Books {
        let all: Vec<&Holder> = self.people.iter().collect();
        books(&all, self.parties)
    }
    fn package(&self) -> Result<(Header, Vec<u8>), Stuck> {
        self.package
            .clone()
            .ok_or_else(|| stuck("package", "nobody has the package yet"))
    }
    fn plays(&mut self, n: usize, len: u64) -> Result<Vec<u8>, Stuck> {
        let (header, sealed) = self.package()?;
        let now = self.parties.now();
        let license = self.licenses.get(n).copied().unwrap_or_default();
        let Some(one) = self.people.get_mut(n) else {
            return Err(stuck("nobody", "nobody of that number"));
        };
        heard(one, &header, sealed, license, now, len)
    }
}

/// Tells it. A purse too small ends in a refusal, and the books are as they were.
pub fn locked_copy(parties: &mut dyn Parties, figures: &Figures, locks: &Locks) -> Result<Tale, Stuck> {
    let mut tale = Tale::new("locked-copy");
    let currency = Currency::new(&parties.realm().currency).unwrap_or(Currency::JPY);
    let money = |minor| Money::new(minor, currency).map_err(|e| stuck("amount", e.to_string()));
    let (fee, purse) = (money(locks.fee)?, money(figures.purse)?);
    let mut street = open(parties, figures, locks, currency)?;
    let says = format!("{} people get cards and load {purse} each", locks.users);
    let now = street.books();
    tale.step("everybody", says, Some("XD-8"), now);
    let says = format!(
        "sells \"Night Ferry\" at {}; locked copies are free, play their first {} and cost {fee} to unlock",
        money(figures.price)?,
        locks.arrives
    );
    let now = street.books();
    tale.step("publisher", says, Some("SD-4"), now);

    if let Err(no) = buy(&mut street) {
        let now = street.books();
        tale.refusal("card", &no.code, no.text, Some("SD-1"), now);
        return Ok(end(tale, &mut street, figures, None));
    }
    let now = street.books();
    tale.step("user 1", "buys it in the shop", Some("SD-1"), now);

    for n in 1..locks.users {
        hand_locked(&mut tale, &mut street, n, locks)?;
    }
    for n in 1..locks.users {
        if !unlock(&mut tale, &mut street, n, locks, fee)? {
            return Ok(end(tale, &mut street, figures, None));
        }
    }
    Ok(end(tale, &mut street, figures, Some(locks)))
}

fn open<'a>(
    parties: &'a mut dyn Parties,
    figures: &Figures,
    locks: &Locks,
    currency: Currency,
) -> Result<Street<'a>, Stuck> {
    let mut people = Vec::new();
    for n in 1..=locks.users {
        let mut one = Holder::born(&format!("user {n}"), parties, currency, &figures.seed)?;
        let purse = Money::new(figures.purse, currency).map_err(|e| stuck("amount", e.to_string()))?;
        one.first_money(parties, purse)?;
        people.push(one);
    }
    let content = song(&figures.seed);
    let work = Work {
        title: "Night Ferry".into(),
        content: content.clone(),
        media_type: "audio/wav".into(),
        price: figures.price,
        unique: false,
        handing: Some(Handing {
            fare: locks.fee,
            generations: u8::try_from(locks.users.saturating_sub(1)).unwrap_or(u8::MAX).max(1),
            route: Route::Chain,
            locked: Some(Locked {
                fee: locks.fee,
                arrives: locks.arrives,
            }),
        }),
    };
    let listing = parties.publish(&work).map_err(|text| stuck("publish", text))?;
    Ok(Street {
        parties,
        people,
        licenses: Vec::new(),
        listing,
        package: None,
        content,
    })
}

fn buy(street: &mut Street<'_>) -> Result<(), Stuck> {
    let Some(first) = street.people.first_mut() else {
        return Err(stuck("nobody", "nobody is there"));
    };
    let (number, sheet) = (street.listing.number, street.listing.sheet.clone());
    let (deal, license) = first.buy(street.parties, number, &sheet, &Want::default())?;
    street.licenses.push(license);
    let got = street.parties.package(&street.listing, deal);
    street.package = Some(got.map_err(|text| stuck("package", text))?);
    Ok(())
}

/// User `n` hands a locked copy to the next, who hears its first part and no more.
fn hand_locked(tale: &mut Tale, street: &mut Street<'_>, n: usize, locks: &Locks) -> Result<(), Stuck> {
    let before = street.books();
    let (header, _) = street.package()?;
    let license = street.licenses.get(n - 1).copied().unwrap_or_default();
    let (givers, takers) = street.people.split_at_mut(n);
    let (Some(giver), Some(taker)) = (givers.last_mut(), takers.first_mut()) else {
        return Err(stuck("nobody", "nobody of that number"));
    };
    let taken = taker.take_locked(giver, street.parties, license, &header)?;
    street.licenses.push(taken);
    let after = street.books();
    let money = |b: &Books| -> Vec<(i64, i64)> { b.cards.values().map(|c| (c.purse, c.reserved)).collect() };
    tale.must(money(&before) == money(&after), "a locked copy moved money");
    let who = format!("user {}", n + 1);
    let says = format!("takes a locked copy from user {n}, offline: free, and locked");
    tale.step(&who, says, Some(if n > 1 { "SD-30" } else { "SD-24" }), after);

    let part = header.geometry.share_len(locks.arrives);
    if part > 0 {
        let heard = street.plays(n, part)?;
        tale.must(
            street.content.starts_with(&heard) && heard.len() as u64 == part,
            "the first part of a locked copy is not the work's",
        );
    }
    let beyond = street.plays(n, header.geometry.content_len());
    tale.must(beyond.is_err(), "a locked copy played to its end");
    let code = beyond.err().map_or("played".to_owned(), |e| e.code);
    let now = street.books();
    let says = format!("plays {part} bytes, and not one more ({code})");
    tale.step(&who, says, Some("SD-25"), now);
    Ok(())
}

/// User `n + 1` has his copy unlocked. The line is cut after the payment, and asking again finishes it. False: the card
/// refused to pay.
fn unlock(tale: &mut Tale, street: &mut Street<'_>, n: usize, locks: &Locks, fee: Money) -> Result<bool, Stuck> {
    let who = format!("user {}", n + 1);
    let license = street.licenses.get(n).copied().unwrap_or_default();
    let before = street.books();
    let shows = match locks.order {
        Order::PayThenUnlock => "SD-26",
        Order::UnlockThenPay => "SD-27",
    };
    let Some(one) = street.people.get_mut(n) else {
        return Err(stuck("nobody", "nobody of that number"));
    };
    let checked = one.ask_unlocking(street.parties, license, locks.order)?;
    let asked = street.books();
    tale.must(before == asked, "a question changed somebody's books");
    let along = match locks.order {
        Order::PayThenUnlock => "nothing is unlocked yet",
        Order::UnlockThenPay => "it has unlocked already, under a secret that the payment's answer brings",
    };
    let says = format!("is asked, serves the work and says {}; {along}", checked.quote().price);
    tale.step("support", says, Some(shows), asked.clone());

    let Some(one) = street.people.get_mut(n) else {
        return Ok(false);
    };
    let pay = match one.commit(street.parties, &checked, &Want::default()) {
        Ok((_, pay)) => pay,
        Err(no) => {
            let after = street.books();
            tale.must(after == asked, "a refused payment changed somebody's books");
            tale.refusal("card", &no.code, no.text, Some(shows), after);
            return Ok(false);
        }
    };
    let now = street.books();
    tale.step(
        &who,
        format!("agrees; {fee} is set aside for the publisher"),
        Some(shows),
        now,
    );

    let first = lost(street, &pay);
    let Some(one) = street.people.get_mut(n) else {
        return Ok(false);
    };
    one.power_cut()?;
    let got = one.unlocked(street.parties, &pay)?;
    let again = lost(street, &pay);
    tale.must(first.is_some() && first == again, "the same payment got two answers");
    if let Some(kept) = street.licenses.get_mut(n) {
        *kept = got;
    }
    let now = street.books();
    let held = now.cards.get(&who).map_or(0, |c| c.licenses);
    tale.must(held == 1, format!("{who} holds {held} licenses of one work"));
    let says =
        "the line is cut after the payment and the power goes; asking again brings the same answer: one fee, one key";
    tale.step(&who, says, Some(shows), now);

    let (header, _) = street.package()?;
    let whole = street.plays(n, header.geometry.content_len())?;
    tale.must(
        whole == street.content,
        "the unlocked work is not the one that was sealed",
    );
    let now = street.books();
    tale.step(&who, "plays to the end", Some("SD-26"), now);
    Ok(true)
}

/// Sends a payment and loses the answer; what was lost, for comparison.
fn lost(street: &mut Street<'_>, pay: &[u8]) -> Option<Vec<u8>> {
    for _ in 0..16 {
        match street.parties.send(Counterpart::Support, "pay", pay) {
            Answer::Bytes(bytes) => return Some(bytes),
            Answer::NotYet => street.parties.settle_down(),
            Answer::Refused(..) | Answer::Silent => return None,
        }
    }
    None
}

/// Closes the tale: the publisher has the price and every fee, in real time.
fn end(mut tale: Tale, street: &mut Street<'_>, figures: &Figures, locks: Option<&Locks>) -> Tale {
    street.parties.settle_down();
    if let Some(locks) = locks {
        let now = street.books();
        let received = now
            .parties
            .get("publisher")
            .and_then(|b| b.get("received"))
            .copied()
            .unwrap_or(0);
        let unlocked = i64::try_from(locks.users).unwrap_or(0).saturating_sub(1);
        let expected = locks.fee.saturating_mul(unlocked).saturating_add(figures.price);
        tale.must(
            received == expected,
            format!("the publisher has {received}; the price and every fee make {expected}"),
        );
        tale.step(
            "publisher",
            format!("has the price and {unlocked} fees, each since the moment it was paid"),
            Some("SD-29"),
            now,
        );
    }
    let all: Vec<&Holder> = street.people.iter().collect();
    finish(tale, street.parties, &all, figures)
}
