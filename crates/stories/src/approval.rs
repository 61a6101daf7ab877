//! The purchase approval: a person buys without telling the seller who he is, because somebody who knows him permits it.

use card::{ApprovalAsked, Approved, Checked};
use deal::approval::{NotPermitted, Redeem, RedeemOutcome, RedeemWord, Redeemed, quote_of};
use seal::{Audience, Kind};
use units::{ApprovalId, Currency, DealId, LicenseId, Money, Span};

use crate::{
    Books, Counterpart, Figures, Holder, Listing, Permitting, Said, Speaker, Stuck, Tale, Work,
    permitting::{bytes, commit},
    sale,
};

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

/// The user of the story, and the password.
const USER: (&str, &str) = ("aiko@example.jp", "a ferry at nine");
/// Longer than any quote lives, and so any approval.
const PAST: Span = Span::minutes(16);

fn stuck(text: String) -> Stuck {
    Stuck::other("approval", &text)
}

/// An approval as its terminal holds it, with the question it answers.
struct Held {
    asked: ApprovalAsked,
    approved: Approved,
}

/// The story while it is told.
struct Told<'a> {
    parties: &'a mut dyn Permitting,
    tale: Tale,
    buyer: Holder,
    friend: Option<Holder>,
}

/// Tells it. A limit too low, a bureau that refuses or is silent end in a refusal, and the books are as they were.
pub fn approval(parties: &mut dyn Permitting, figures: &Figures, permit: Permit) -> Result<Tale, Stuck> {
    let buyer = Holder::born("buyer", parties, Currency::JPY, &figures.seed)?;
    let told = Told {
        parties,
        tale: Tale::new("approval"),
        buyer,
        friend: None,
    };
    told.all(figures, permit)
}

fn yen(minor: i64) -> Result<Money, Stuck> {
    Money::new(minor, Currency::JPY).map_err(|e| stuck(e.to_string()))
}

impl Told<'_> {
    fn books(&mut self) -> Books {
        let holders: Vec<&Holder> = [Some(&self.buyer), self.friend.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        sale::books(&holders, self.parties)
    }
    fn step(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }
    fn refusal(&mut self, who: &str, code: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.refusal(who, code, says, Some(shows), books);
    }
    fn figure(&mut self, name: &str) -> i64 {
        let books = self.parties.books();
        books.get("approver").and_then(|b| b.get(name)).copied().unwrap_or(0)
    }
    fn finish(mut self, figures: &Figures) -> Tale {
        let holders: Vec<&Holder> = [Some(&self.buyer), self.friend.as_ref()]
            .into_iter()
            .flatten()
            .collect();
        let tale = std::mem::replace(&mut self.tale, Tale::new("approval"));
        sale::finish(tale, self.parties, &holders, figures)
    }

    fn all(mut self, figures: &Figures, permit: Permit) -> Result<Tale, Stuck> {
        let listing = self.prepared(figures, permit)?;
        let checked = self.buyer.ask(self.parties, listing.number, &listing.sheet)?;
        let said = self.buyer.card.purchase(&checked).map_err(|e| Stuck::of(&e))?;
        let says = format!(
            "signs what may be shown to an approver: a work of the kind \"{}\" for {}, and no title",
            said.what, said.price
        );
        self.step("shop", says, "PA-1");

        let (asked, id) = self.parties.put(&mut self.buyer, &checked)?;
        self.signs_in(id)?;
        if permit.bureau == Mood::Silent {
            self.parties.silence_bureau().map_err(stuck)?;
        }
        let before = self.books();
        if let Said::Denied(code, text) = self.parties.say_yes(id).map_err(stuck)? {
            let after = self.books();
            self.tale.must(
                after.parties.get("approver") == before.parties.get("approver"),
                "a refused approval left something reserved",
            );
            self.refusal("approver", &code, text, "PA-4");
            return Ok(self.finish(figures));
        }
        let price = checked.quote().price;
        let says = format!("asks the bureau about a file number and a rounded sum, permits, and holds {price}");
        self.step("approver", says, "PA-5");
        let approved = self.parties.take(&self.buyer, &checked, &asked, id)?;
        let held = Held { asked, approved };
        self.tried_by_others(&checked, &held)?;

        let (deal, license) = self.bought(&checked, &held, &listing)?;
        self.expired(&listing)?;
        self.enjoyed(&listing, deal, license, figures)?;
        self.paid_for()?;
        Ok(self.finish(figures))
    }

    /// The buyer becomes a user, and the work goes on sale.
    fn prepared(&mut self, figures: &Figures, permit: Permit) -> Result<Listing, Stuck> {
        let limit = yen(permit.limit)?;
        let good_for = if permit.bureau == Mood::Refuses {
            0
        } else {
            i64::from(i32::MAX)
        };
        let joined = self.parties.join(USER.0, USER.1, permit.limit, good_for);
        joined.map_err(stuck)?;
        let says = format!("has a card with no money on it, and is a user of an approver: {limit} may be owed");
        self.step("buyer", says, "PA-4");
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
        self.parties.publish(&work).map_err(stuck)
    }

    fn signs_in(&mut self, id: approver::RequestId) -> Result<(), Stuck> {
        let wrong = self.parties.try_in(USER.0, "a ferry at ten").map_err(stuck)?;
        let nobody = self.parties.try_in("nobody@example.jp", USER.1).map_err(stuck)?;
        self.tale
            .must(!wrong && !nobody, "a wrong password or an unknown name let somebody in");
        let says = "tries an unknown name, and a known one with a wrong password: the same answer to both";
        self.step("stranger", says, "PA-3");
        let right = self.parties.try_in(USER.0, USER.1).map_err(stuck)?;
        self.tale.must(right, "the right password did not let the user in");
        let seen = self.parties.see(id).map_err(stuck)?;
        let says = format!(
            "signs in at the approver alone, and is shown: {} at {}, {} (code {})",
            seen.what, seen.seller, seen.amount, seen.code
        );
        self.step("buyer", says, "PA-2");
        Ok(())
    }

    /// What somebody hears who asks permission with this approval: the code of the refusal, and how long the answer is.
    fn heard(
        &mut self,
        who: Speaker,
        (checked, held): (&Checked, &Held),
        change: impl FnOnce(&mut Redeem),
    ) -> Result<(NotPermitted, usize), Stuck> {
        let keys = self.parties.speaker(who).map_err(stuck)?;
        let mut redeem = Redeem {
            word: RedeemWord::Permit,
            approval: held.approved.id(),
            deal: DealId([9; 32]),
            quote: quote_of(checked.quote()),
            amount: held.asked.amount,
            seller: self.parties.seller(),
            tag: held.asked.tag,
            by: keys.id(),
            certificate: keys.certificate().to_vec().into(),
        };
        change(&mut redeem);
        let (realm, to) = (self.parties.realm().id(), Audience::from(self.parties.approver()));
        let body = seal::sign(keys.signer(), Kind::Redeem, realm, to, &redeem);
        let answer = bytes(self.parties.tell_approver("redeem", &body))?;
        let said = seal::parse::<Redeemed>(&answer, Kind::Redeemed, realm).map_err(|e| stuck(e.to_string()))?;
        match said.claims().outcome {
            RedeemOutcome::Refused(why) => Ok((why, answer.len())),
            other => Err(stuck(format!("an approval was to be refused, and is {other:?}"))),
        }
    }

    /// Before it is used: guessed, altered and foreign. Whoever it is meant for hears what is wrong, a stranger one word.
    fn tried_by_others(&mut self, checked: &Checked, held: &Held) -> Result<(), Stuck> {
        let about = (checked, held);
        let guess = |redeem: &mut Redeem| redeem.approval = ApprovalId([1; 16]);
        let dearer = yen(held.asked.amount.minor().saturating_add(1))?;
        let alter = |redeem: &mut Redeem| redeem.amount = dearer;
        let seller = self.seller_side();
        let (guessed, _) = self.heard(Speaker::Entitled, about, guess)?;
        self.refusal(seller, guessed.code(), "asks with a number that was guessed", "PA-6");
        let (altered, _) = self.heard(Speaker::Entitled, about, alter)?;
        let says = "asks with the right number, for a yen more";
        self.refusal(seller, altered.code(), says, "PA-6");
        let foreign = self.heard(Speaker::Stranger, about, |_| {})?;
        let alike = [
            self.heard(Speaker::Stranger, about, guess)?,
            self.heard(Speaker::Stranger, about, alter)?,
        ];
        let says = "asks with the right number, with a guessed one, and for a yen more: the same answer to each";
        self.refusal("stranger", foreign.0.code(), says, "PA-6");
        self.tale.must(
            (guessed, altered) == (NotPermitted::Unknown, NotPermitted::Differs),
            "whoever settles does not hear what is wrong",
        );
        self.tale.must(
            foreign.0 == NotPermitted::Unknown && alike.iter().all(|one| *one == foreign),
            "a stranger can tell an approval from none",
        );
        Ok(())
    }

    /// Who settles this shop's sales.
    fn seller_side(&self) -> &'static str {
        if self.parties.settler().is_some() {
            "settlement"
        } else {
            "shop"
        }
    }

    /// Paid with the approval, once; again with it, refused.
    fn bought(&mut self, checked: &Checked, held: &Held, listing: &Listing) -> Result<(DealId, LicenseId), Stuck> {
        let (deal, pay) = commit(self.parties, &mut self.buyer, checked, held.approved.clone())?;
        let settled = self.buyer.finish(self.parties, Counterpart::Shop, &pay)?;
        let card::Settled::Given {
            license: Some(license), ..
        } = settled
        else {
            return Err(Stuck::other("no-license", &format!("{settled:?}")));
        };
        self.parties.until_charged();
        let who = self.seller_side();
        let shows = if who == "settlement" { "PA-6" } else { "PA-11" };
        let says = "holds the approval against its own record, asks permission once, settles, delivers and says so; the user is charged";
        self.step(who, says, shows);
        let once = self.figure("held") == 0 && self.figure("approvals charged") == 1;
        self.tale.must(once, "it was not charged exactly once");

        let again = self.buyer.finish(self.parties, Counterpart::Shop, &pay);
        let heard = again.err().map_or("taken again".into(), |no| no.code);
        let says = format!("sends the same payment again: the same answer, nothing further happens ({heard})");
        self.step("terminal", says, "PA-6");
        let second = self.buyer.ask(self.parties, listing.number, &listing.sheet)?;
        match commit(self.parties, &mut self.buyer, &second, held.approved.clone()) {
            // The card itself: the approval is bound to a tag that is used up.
            Err(no) => self.refusal("card", &no.code, no.text, "PA-9"),
            Ok((other, pay)) => {
                let void = self.buyer.finish(self.parties, Counterpart::Shop, &pay)?;
                let code = self.parties.why_not(other).map_err(stuck)?.unwrap_or_default();
                let is_void = matches!(void, card::Settled::Void { .. });
                self.tale.must(is_void, "a used approval bought something");
                self.refusal(
                    "shop",
                    &code,
                    "tries the used approval for another purchase: void",
                    "PA-9",
                );
            }
        }
        let about = (checked, held);
        let (used, _) = self.heard(Speaker::Entitled, about, |_| {})?;
        self.refusal(who, used.code(), "asks for another sale with the used approval", "PA-9");
        let (stranger, _) = self.heard(Speaker::Stranger, about, |_| {})?;
        let apart = (used, stranger) == (NotPermitted::Used, NotPermitted::Unknown);
        self.tale
            .must(apart, "used is not what whoever settles hears, or not hers alone");
        Ok((deal, license))
    }

    /// An approval that nobody uses ends, and its amount is free again. Told where time is the story's to move.
    fn expired(&mut self, listing: &Listing) -> Result<(), Stuck> {
        let room = self.parties.stands().map_err(stuck)?.room;
        let checked = self.buyer.ask(self.parties, listing.number, &listing.sheet)?;
        if checked.quote().price > room {
            return Ok(());
        }
        let (asked, id) = self.parties.put(&mut self.buyer, &checked)?;
        self.parties.see(id).map_err(stuck)?;
        if let Said::Denied(..) = self.parties.say_yes(id).map_err(stuck)? {
            return Ok(());
        }
        let approved = self.parties.take(&self.buyer, &checked, &asked, id)?;
        if !self.parties.pass(PAST) {
            return Ok(());
        }
        let held = Held { asked, approved };
        let (expired, _) = self.heard(Speaker::Entitled, (&checked, &held), |_| {})?;
        let (stranger, _) = self.heard(Speaker::Stranger, (&checked, &held), |_| {})?;
        let apart = (expired, stranger) == (NotPermitted::Expired, NotPermitted::Unknown);
        self.tale
            .must(apart, "expired is not what whoever settles hears, or not hers alone");
        let back = self.parties.stands().map_err(stuck)?.room == room;
        self.tale
            .must(back, "an approval that ended did not give the limit back");
        let says = "asks with an approval that nobody used in time; its amount is free again";
        let who = self.seller_side();
        self.refusal(who, expired.code(), says, "PA-8");
        Ok(())
    }

    /// It plays, and can be handed on.
    fn enjoyed(&mut self, listing: &Listing, deal: DealId, license: LicenseId, figures: &Figures) -> Result<(), Stuck> {
        let heard = sale::play(&mut self.buyer, self.parties, listing, deal, license)?;
        let same = heard == sale::song(&figures.seed);
        self.tale.must(same, "what was played is not what was sealed");
        self.step("player", "plays it to its end", "PA-7");
        let mut friend = Holder::born("friend", self.parties, Currency::JPY, &figures.seed)?;
        friend.first_money(self.parties, yen(100)?)?;
        self.buyer
            .hand_on(&mut friend, self.parties, license, deal::Kind::Copy)?;
        self.friend = Some(friend);
        let says = "gets a copy from the buyer's card: a license bought by approval is like any other";
        self.step("friend", says, "SD-9");
        Ok(())
    }

    /// The user pays the approver, and the approver the seller.
    fn paid_for(&mut self) -> Result<(), Stuck> {
        let owed = self.parties.bill().map_err(stuck)?;
        let after = self.parties.stands().map_err(stuck)?;
        // What an approval still holds, where no time could pass, is not free.
        let whole = after.owed.is_zero() && after.room.plus(after.held).ok() == Some(after.limit);
        self.tale.must(whole, "a paid bill did not free the limit");
        self.step(
            "user",
            format!("pays the bill of {owed}: the limit is free again"),
            "PA-10",
        );
        let paid = self.parties.pay_sellers().map_err(stuck)?;
        let says = format!("pays the seller {paid}, less the approver's part");
        self.step("bank", says, "PA-7");
        Ok(())
    }
}
