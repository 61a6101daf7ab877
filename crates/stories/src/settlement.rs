//! The settlement: content and license take different paths, and somebody else pays first. The carrier pays the seller
//! through a bank and bills its subscriber with the telephone (system 1); where it does not trust the seller, electronic money
//! clears what is owed (system 4).

use card::ChargeHeard;
use deal::enterprise::{EnterpriseNo, Unpaid};
use units::{Currency, LicenseId, Moment, Money, Span};

use crate::{
    Books, Counterpart, Figures, Holder, Parties, Settling, Stuck, Tale, Telephone, Work, sale,
    settling::{date, day, lines},
};

/// The figures of this story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which system: 1 or 4.
    pub system: u8,
    /// The seller's enterprise number.
    pub enterprise: u32,
    /// Whom the registry trusts (system 4).
    pub trusted: Vec<u32>,
    /// How often a license plays.
    pub plays: u32,
    /// What the telephone costs.
    pub telephone: Telephone,
    /// The day of the purchase.
    pub from: Moment,
    /// How many days later the carrier pays.
    pub pays_after: u16,
}

impl Settlement {
    /// The source's own figures for a system.
    pub fn of_source(system: u8) -> Self {
        // 2004-02-11 and 2005-03-22, nine in the morning in Tokyo.
        let from = if system == 1 {
            Moment(1_076_457_600_000)
        } else {
            Moment(1_111_449_600_000)
        };
        Self {
            system,
            enterprise: 2000,
            trusted: vec![2000, 2500, 2699],
            plays: 3,
            telephone: Telephone {
                calls: 2150,
                packets: 430,
                basic: 2000,
                service: 300,
            },
            from,
            pays_after: 7,
        }
    }
}

fn stuck(text: String) -> Stuck {
    Stuck::other("settlement", &text)
}

/// Tells it, over parties of its own.
pub fn settlement(figures: &Figures, story: &Settlement) -> Result<Tale, Stuck> {
    if !matches!(story.system, 1 | 4) {
        return Err(Stuck::other("system", "systems 1 and 4 are told"));
    }
    let asks = story.system == 4;
    let after = Span::days(u64::from(story.pays_after));
    let mut parties = Settling::found(&figures.seed, story.from, asks, after, story.telephone).map_err(stuck)?;
    Told::begin(&mut parties, figures, story)?.tell()
}

/// The telling so far.
struct Told<'a> {
    parties: &'a mut Settling,
    figures: &'a Figures,
    story: &'a Settlement,
    tale: Tale,
    buyer: Holder,
    bill: Option<carrier::Bill>,
}

impl<'a> Told<'a> {
    fn begin(parties: &'a mut Settling, figures: &'a Figures, story: &'a Settlement) -> Result<Self, Stuck> {
        let buyer = Holder::born("buyer", &mut parties.world, Currency::JPY, &figures.seed)?;
        Ok(Self {
            parties,
            figures,
            story,
            tale: Tale::new("settlement"),
            buyer,
            bill: None,
        })
    }

    fn books(&mut self) -> Books {
        let mut books = sale::books(&[&self.buyer], &mut self.parties.world);
        if let Some(bill) = &self.bill {
            books.parties.insert("bill".into(), lines(bill));
        }
        books
    }

    fn step(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }

    fn refusal(&mut self, who: &str, no: &Stuck, shows: &'static str) {
        let books = self.books();
        self.tale.refusal(who, &no.code, no.text.clone(), Some(shows), books);
    }

    fn tell(mut self) -> Result<Tale, Stuck> {
        let money = |minor| Money::new(minor, Currency::JPY).map_err(|e| stuck(e.to_string()));
        let (price, purse) = (money(self.figures.price)?, money(self.figures.purse)?);
        self.parties.sign_up(&self.buyer).map_err(stuck)?;
        self.buyer.first_money(&mut self.parties.world, purse)?;
        let telephone = money(self.story.telephone.basic)?;
        self.step(
            "buyer",
            format!("has a telephone of {telephone} a month, and a card with {purse} on it"),
            "ST-7",
        );
        // In the month that is billed, however long its payments take.
        self.parties.use_telephone().map_err(stuck)?;
        self.whom_to_trust()?;
        let license = self.buys(price)?;
        let heard = self.carrier_answers(license)?;
        match heard {
            ChargeHeard::Paid(_) => self.bank_settles(license, price)?,
            ChargeHeard::Refused(..) => self.clears(license, price)?,
            other => return Err(stuck(format!("{other:?}"))),
        }
        self.month_ends()?;
        let holders = [&self.buyer];
        let mut told = sale::finish(self.tale, &mut self.parties.world, &holders, self.figures);
        if let Some(bill) = &self.bill {
            told.books.parties.insert("bill".into(), lines(bill));
        }
        Ok(told)
    }

    fn whom_to_trust(&mut self) -> Result<(), Stuck> {
        let no = EnterpriseNo(self.story.enterprise);
        if self.story.system == 1 {
            self.parties.list_seller(no).map_err(stuck)?;
            self.step("carrier", format!("pays enterprise {no} for its subscribers"), "ST-6");
        } else {
            self.parties.trust(&self.story.trusted, no).map_err(stuck)?;
            let listed: Vec<String> = self.story.trusted.iter().map(u32::to_string).collect();
            self.step("registry", format!("trusts enterprises {}", listed.join(", ")), "ST-14");
        }
        self.parties.world.numbered(no, Some(self.story.plays));
        Ok(())
    }

    fn buys(&mut self, price: Money) -> Result<LicenseId, Stuck> {
        let work = Work {
            title: "Night Ferry".into(),
            content: sale::song(&self.figures.seed),
            media_type: "audio/wav".into(),
            price: self.figures.price,
            unique: false,
            handing: None,
        };
        let listing = self.parties.world.publish(&work).map_err(stuck)?;
        self.step(
            "publisher",
            format!(
                "offers \"Night Ferry\" under number {}: {} plays, {price}",
                listing.number, self.story.plays
            ),
            "ST-2",
        );
        let checked = self
            .buyer
            .ask(&mut self.parties.world, listing.number, &listing.sheet)?;
        let want = self.parties.by_bill();
        let (deal, pay) = self.buyer.commit(&self.parties.world, &checked, &want)?;
        let said_early = !self.buyer.card.charges().is_empty();
        self.tale.must(!said_early, "a charge left with the payment");
        let settled = self.buyer.finish(&mut self.parties.world, Counterpart::Shop, &pay)?;
        let card::Settled::Given {
            license: Some(license), ..
        } = settled
        else {
            return Err(Stuck::other("no-license", &format!("{settled:?}")));
        };
        let on = day(self.parties.world.now());
        self.step(
            "buyer",
            format!("buys it with the telephone bill: the license is on the card, owing; the seller's record is unsettled since {on}"),
            "ST-5",
        );
        let heard = sale::play(&mut self.buyer, &mut self.parties.world, &listing, deal, license)?;
        self.tale
            .must(heard == work.content, "what was played is not what was sealed");
        self.step(
            "player",
            "plays it once on credit: counted, and one of its plays",
            "ST-4",
        );
        Ok(license)
    }

    /// Any relay brings the charge to the carrier; lost and doubled on the way, it is decided once.
    fn carrier_answers(&mut self, license: LicenseId) -> Result<ChargeHeard, Stuck> {
        let charge = self.parties.charge_of(&self.buyer, license)?;
        let lost = self.parties.carry_charge(&charge)?;
        let heard = self.parties.relay(&mut self.buyer, license)?;
        let again = self.parties.carry_charge(&charge)?;
        self.tale.must(lost == again, "the same charge got two answers");
        let no = self.story.enterprise;
        match heard {
            ChargeHeard::Refused(_, why) => {
                let (code, text) = why.map_or(("charge-refused", ""), |why| (why.code(), why.text()));
                let no = Stuck::other(code, text);
                self.refusal("carrier", &no, "ST-13");
                let list = self.parties.not_paid()?;
                let it = Unpaid {
                    enterprise: EnterpriseNo(self.story.enterprise),
                    party: self.parties.world.seller(),
                };
                let told = list.enterprises.contains(&it);
                self.tale.must(told, "wallets are not told beforehand");
                self.step("carrier", format!("tells every wallet that it does not pay enterprise {}", self.story.enterprise), "ST-25");
            }
            _ => self.step(
                "carrier",
                format!("pays enterprise {no} and notes it for the bill; the charge came three times and counts once: the license is the buyer's"),
                "ST-13",
            ),
        }
        Ok(heard)
    }

    /// The carrier pays through the bank, whose notice closes the record.
    fn bank_settles(&mut self, license: LicenseId, price: Money) -> Result<(), Stuck> {
        self.tale.must(
            self.buyer.card.state().owed(license).is_none(),
            "something is still owed",
        );
        self.parties.world.wait(Span::days(u64::from(self.story.pays_after)));
        self.parties.world.hear_news().map_err(stuck)?;
        for _ in 0..4 {
            self.parties.world.settle_down();
        }
        let now = self.parties.world.now();
        let books = self.books();
        let records = books.parties.get("records").cloned().unwrap_or_default();
        let figure = |name: &str| records.get(name).copied().unwrap_or(-1);
        self.tale.must(
            figure("unsettled") == 0 && figure("settled") == 1,
            "the record is not settled",
        );
        self.tale
            .must(figure("settled on") == date(now), "the record has another date");
        self.step(
            "bank",
            format!(
                "moves {price} from the carrier to the seller and tells the seller: settled on {}",
                day(now)
            ),
            "ST-6",
        );
        Ok(())
    }

    /// Not trusted: electronic money, or a license that stays unusable and is not lost.
    fn clears(&mut self, license: LicenseId, price: Money) -> Result<(), Stuck> {
        match self.parties.clear(&mut self.buyer, license) {
            Ok(()) => {
                self.step(
                    "buyer",
                    format!("pays {price} of electronic money instead; the seller's record is settled by it"),
                    "ST-13",
                );
                self.tale.must(
                    self.buyer.card.state().owed(license).is_none(),
                    "something is still owed",
                );
            }
            Err(no) => {
                self.refusal("card", &no, "ST-13");
                let here = self.buyer.card.state().licenses.contains_key(&license);
                let (now, seed) = (self.parties.world.now(), self.buyer.draw());
                let plays = self.buyer.card.begin_play(license, now, &seed).is_ok();
                self.tale.must(here && !plays, "the license is lost, or plays unpaid");
                self.step(
                    "card",
                    "keeps the license: unusable until it is paid for, and not lost",
                    "ST-13",
                );
            }
        }
        Ok(())
    }

    /// What was used is on the bill.
    fn telephone_is_billed(&mut self, bill: &carrier::Bill) {
        let (lines, used) = (lines(bill), self.story.telephone);
        for (name, used) in [("calls", used.calls), ("packets", used.packets)] {
            let billed = lines.get(name).copied().unwrap_or(0);
            self.tale
                .must((billed > 0) == (used > 0), "what was used is on no bill");
        }
    }

    fn month_ends(&mut self) -> Result<(), Stuck> {
        let bill = self.parties.bill(self.story.from).map_err(stuck)?;
        self.telephone_is_billed(&bill);
        let says = format!(
            "bills the month, twice, and made one bill: telephone {}, content {}, to pay {}",
            bill.telephone_sum,
            bill.content_sum(),
            bill.total
        );
        self.bill = Some(bill);
        self.step("carrier", says, "ST-7");
        Ok(())
    }
}
