//! Any goods (system 5): a machine that gives a cup, a can or a bag once for each request, and a bill or a purse that pays.
//!
//! Machine, operator, article and price stand in the machine's signed quote, and the wallet shows them before anything is
//! given. The write that decides the sale owes one piece; on the bill it is kept until the carrier's signed word, which the
//! wallet shows. The hatch gives it once, whenever the machine's power failed. The carrier pays the operator and bills the
//! buyer together with the rest.

use card::{ChargeHeard, Checked, Settled, Want};
use deal::enterprise::EnterpriseNo;
use party::{
    Step,
    mechanism::Jam,
    shop::{Fell, Hatch, Piece, Sold},
};
use units::{Currency, DealId, LicenseId, Moment, Money, Span};

use crate::{
    Books, Counterpart, Figures, Holder, Listing, Parties, Settlement, Settling, Stuck, Tale, Work, sale,
    settling::lines,
};

/// Slots that count what they gave, in a register that survives what the machine's disk does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slots {
    register: u64,
    ended: Fell,
    /// What came out, drop by drop: number and slot.
    pub out: Vec<(u64, u32)>,
    /// A slot that gives nothing.
    pub jammed: Option<u32>,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            register: 0,
            ended: Fell::Out,
            out: Vec::new(),
            jammed: None,
        }
    }
}

impl Hatch for Slots {
    fn register(&self) -> Result<u64, Jam> {
        Ok(self.register)
    }
    fn drop_from(&mut self, slot: u32, number: u64) -> Result<Fell, Jam> {
        if number > self.register {
            self.register = number;
            self.ended = Fell::Stuck;
            if self.jammed != Some(slot) {
                self.ended = Fell::Out;
                self.out.push((number, slot));
            }
        }
        Ok(self.ended)
    }
}

/// A vending machine in a realm in which carriers pay: the rules of a shop, and slots.
#[derive(Debug)]
pub struct Vending {
    /// Everybody, the machine among them: it is their seller.
    pub parties: Settling,
    /// Its slots.
    pub slots: Slots,
}

impl Vending {
    /// A machine of an operator whom the carrier pays for, or of one it has never heard of.
    pub fn found(
        seed: &[u8; 32],
        now: Moment,
        operator: EnterpriseNo,
        is_paid_for: bool,
        story: &Settlement,
    ) -> Result<Self, String> {
        let after = Span::days(u64::from(story.pays_after));
        let mut parties = Settling::found(seed, now, !is_paid_for, after, story.telephone)?;
        if is_paid_for {
            parties.list_seller(operator)?;
        }
        parties.world.numbered(operator, None);
        Ok(Self {
            parties,
            slots: Slots::default(),
        })
    }

    /// An article is put into a slot, so many pieces of it. Its paper is what the license opens.
    pub fn stock(&mut self, title: &str, price: i64, slot: u32, pieces: i32) -> Result<Listing, String> {
        let work = Work {
            title: title.into(),
            content: format!("{title}. One piece, from slot {slot}.\n").into_bytes(),
            media_type: "text/plain".into(),
            price,
            unique: false,
            handing: None,
        };
        let listing = self.parties.world.publish(&work)?;
        let (shop, number) = (self.parties.world.shop(), listing.number);
        let at = self.parties.world.seller();
        self.parties
            .world
            .within(at, move |tx| Ok(shop.fill(tx, number, slot, pieces)?))?;
        Ok(listing)
    }

    /// The machine's driver, once: the hatch is told what the disk says, and the disk how it ended. Answers what stopped it.
    pub fn turn(&mut self) -> Result<bool, String> {
        let (shop, at, now) = (
            self.parties.world.shop(),
            self.parties.world.seller(),
            self.parties.world.now(),
        );
        let register = self.slots.register().map_err(|no| no.to_string())?;
        let next = shop.clone();
        let told = self
            .parties
            .world
            .within(at, move |tx| Ok(next.next_drop(tx, register, now)?))?;
        let Some((number, slot)) = told else { return Ok(false) };
        let fell = self.slots.drop_from(slot, number).map_err(|no| no.to_string())?;
        self.parties
            .world
            .within(at, move |tx| Ok(shop.dropped(tx, number, fell)?))?;
        Ok(true)
    }

    /// The piece of a deal.
    pub fn piece(&self, deal: DealId) -> Option<Sold> {
        let (shop, at) = (self.parties.world.shop(), self.parties.world.seller());
        let found = self.parties.world.within(at, move |tx| Ok(shop.sold_piece(tx, deal)?));
        found.ok().flatten()
    }

    /// People have found out whether the piece of a deal fell.
    pub fn settle_doubt(&self, deal: DealId, fell: bool) -> Result<Piece, String> {
        let (shop, at) = (self.parties.world.shop(), self.parties.world.seller());
        let told = self
            .parties
            .world
            .within(at, move |tx| Ok(shop.settle_doubt(tx, deal, fell)?));
        told.map(|sold| sold.piece)
    }

    /// People have looked into a slot, put pieces in or taken some out, and closed it again. Answers with what is for sale.
    pub fn fill(&self, listing: &Listing, slot: u32, pieces: i32) -> Result<u32, String> {
        let (shop, at, number) = (self.parties.world.shop(), self.parties.world.seller(), listing.number);
        let filled = self
            .parties
            .world
            .within(at, move |tx| Ok(shop.fill(tx, number, slot, pieces)?));
        filled.map(|goods| goods.left)
    }

    /// The machine was put back to a backup: it asks its issuer what it forgot, and serves again.
    pub fn reconcile(&mut self) -> Result<(), String> {
        let (shop, at, now) = (
            self.parties.world.shop(),
            self.parties.world.seller(),
            self.parties.world.now(),
        );
        let mut step = self.parties.world.within(at, move |tx| Ok(shop.reconcile(tx, now)?))?;
        while let Step::Errand(errand) = step {
            step = self.parties.world.carry(at, errand)?;
        }
        let store = self.parties.world.store_of(at).ok_or("no such machine")?;
        party::epoch::settle(&store).map(drop).map_err(|no| no.to_string())
    }

    /// Pieces of an article that can be bought.
    pub fn left(&self, listing: &Listing) -> Option<u32> {
        let (shop, at, number) = (self.parties.world.shop(), self.parties.world.seller(), listing.number);
        let left = self
            .parties
            .world
            .within(at, move |tx| Ok(shop.goods_left(tx, number)?));
        left.ok().flatten()
    }

    /// The buyer says that he stands before the machine.
    pub fn is_here(&self, deal: DealId) -> Result<(), String> {
        let (shop, at, now) = (
            self.parties.world.shop(),
            self.parties.world.seller(),
            self.parties.world.now(),
        );
        let told = self
            .parties
            .world
            .within(at, move |tx| Ok(shop.is_here(tx, deal, now)?));
        told.map(drop)
    }
}

fn stuck(text: String) -> Stuck {
    Stuck::other("vending", &text)
}

/// Tells system 5: an article from a machine, on the telephone bill or, where the carrier does not pay its operator, with
/// electronic money.
pub fn goods(figures: &Figures, story: &Settlement, article: &str) -> Result<Tale, Stuck> {
    let no = EnterpriseNo(story.enterprise);
    let is_paid_for = story.trusted.contains(&story.enterprise);
    let mut world = Vending::found(&figures.seed, story.from, no, is_paid_for, story).map_err(stuck)?;
    let mut buyer = Holder::born("buyer", &mut world.parties.world, Currency::JPY, &figures.seed)?;
    world.parties.sign_up(&buyer).map_err(stuck)?;
    let money = |minor| Money::new(minor, Currency::JPY).map_err(|e| stuck(e.to_string()));
    buyer.first_money(&mut world.parties.world, money(figures.purse)?)?;
    let mut told = Told {
        tale: Tale::new("settlement"),
        world,
        buyer,
        bill: None,
    };
    told.tell(figures, story, article, is_paid_for)
}

struct Told {
    tale: Tale,
    world: Vending,
    buyer: Holder,
    bill: Option<carrier::Bill>,
}

impl Told {
    fn books(&mut self) -> Books {
        let mut books = sale::books(&[&self.buyer], &mut self.world.parties.world);
        if let Some(bill) = &self.bill {
            books.parties.insert("bill".into(), lines(bill));
        }
        let out = i64::try_from(self.world.slots.out.len()).unwrap_or(i64::MAX);
        books
            .parties
            .insert("hatch".into(), [("pieces out".to_owned(), out)].into());
        books
    }

    fn step(&mut self, who: &str, says: impl Into<String>, shows: &'static str) {
        let books = self.books();
        self.tale.step(who, says, Some(shows), books);
    }

    fn tell(&mut self, figures: &Figures, story: &Settlement, article: &str, is_paid_for: bool) -> Result<Tale, Stuck> {
        let listing = self.world.stock(article, figures.price, 1, 1).map_err(stuck)?;
        let price = listing_price(figures)?;
        self.step(
            "operator",
            format!(
                "puts one {article} into the machine, as number {} for {price}",
                listing.number
            ),
            "ST-15",
        );
        let checked = self
            .buyer
            .ask(&mut self.world.parties.world, listing.number, &listing.sheet)?;
        self.step(
            "wallet",
            format!(
                "shows the machine's signed promise before anything is given: {} sells {}, {price}",
                checked.giver_name(),
                checked.title()
            ),
            "ST-15",
        );
        let (deal, license) = self.pays(&checked, is_paid_for)?;
        if let Some(license) = license {
            self.charged(story, license)?;
        }
        self.falls(article, &listing, deal)?;
        match license {
            Some(_) => self.billed(story)?,
            None => self.step(
                "operator",
                format!("has {price} of electronic money, and no bill is made of it"),
                "ST-15",
            ),
        }
        let mut tale = sale::finish(
            std::mem::replace(&mut self.tale, Tale::new("settlement")),
            &mut self.world.parties.world,
            &[&self.buyer],
            figures,
        );
        if let Some(bill) = &self.bill {
            tale.books.parties.insert("bill".into(), lines(bill));
        }
        let out = i64::try_from(self.world.slots.out.len()).unwrap_or(i64::MAX);
        tale.books
            .parties
            .insert("hatch".into(), [("pieces out".to_owned(), out)].into());
        Ok(tale)
    }

    /// Agrees and pays, the same message twice; answers with the license if a charge is to pay for it.
    fn pays(&mut self, checked: &Checked, by_bill: bool) -> Result<(DealId, Option<LicenseId>), Stuck> {
        let want = if by_bill {
            self.world.parties.by_bill()
        } else {
            Want::default()
        };
        let (deal, pay) = self.buyer.commit(&self.world.parties.world, checked, &want)?;
        let settled = self
            .buyer
            .finish(&mut self.world.parties.world, Counterpart::Shop, &pay)?;
        let license = match settled {
            Settled::Given { license, .. } => license.filter(|_| by_bill),
            Settled::Void { reason, .. } => return Err(Stuck::other(reason.code(), reason.text())),
            other => return Err(Stuck::other("not-given", &format!("{other:?}"))),
        };
        let again = self
            .buyer
            .finish(&mut self.world.parties.world, Counterpart::Shop, &pay)?;
        self.tale
            .must(matches!(again, Settled::Again(_)), "the same request was another sale");
        let says = if by_bill {
            "agrees, to be billed with the telephone; the machine decides, and says the same when it is asked again"
        } else {
            "agrees, from the purse; the machine decides, and says the same when it is asked again"
        };
        self.step("buyer", says, "ST-15");
        Ok((deal, license))
    }

    fn falls(&mut self, article: &str, listing: &Listing, deal: DealId) -> Result<(), Stuck> {
        while self.world.turn().map_err(stuck)? {}
        let piece = self.world.piece(deal).map(|sold| sold.piece);
        self.tale
            .must(matches!(piece, Some(Piece::Out(_))), "the piece did not come out");
        self.tale
            .must(self.world.slots.out.len() == 1, "not exactly one piece came out");
        self.step(
            "machine",
            format!("gives one {article}, and remembers that it has"),
            "ST-15",
        );
        let seed = self.buyer.draw();
        let asked = self
            .buyer
            .card
            .ask_sale(listing.number, &seed)
            .map_err(|e| Stuck::of(&e))?;
        let next = self.buyer.quote(
            &mut self.world.parties.world,
            Counterpart::Shop,
            &asked,
            Some(&listing.sheet),
        );
        let empty = next
            .err()
            .unwrap_or_else(|| stuck("it promises what it has not".into()));
        self.tale.must(empty.code == "sold-out", "an empty slot is promised");
        let books = self.books();
        self.tale.refusal(
            "machine",
            &empty.code,
            "the slot is empty: nothing more is promised",
            Some("ST-15"),
            books,
        );
        Ok(())
    }

    fn charged(&mut self, story: &Settlement, license: LicenseId) -> Result<(), Stuck> {
        let early = self.world.turn().map_err(stuck)?;
        self.tale.must(!early, "a piece falls before anybody has paid for it");
        let heard = self.world.parties.relay(&mut self.buyer, license)?;
        self.tale
            .must(matches!(heard, ChargeHeard::Paid(_)), "the carrier does not pay for it");
        self.step(
            "carrier",
            format!("pays operator {} for it, and notes it for the bill", story.enterprise),
            "ST-15",
        );
        Ok(())
    }

    fn billed(&mut self, story: &Settlement) -> Result<(), Stuck> {
        // In the month that is billed, however long its payments take.
        self.world.parties.use_telephone().map_err(stuck)?;
        let world = &mut self.world.parties.world;
        world.wait(Span::days(u64::from(story.pays_after)));
        world.hear_news().map_err(stuck)?;
        for _ in 0..4 {
            world.settle_down();
        }
        self.step(
            "bank",
            "moves it to the operator, and tells the machine: settled",
            "ST-15",
        );
        let bill = self.world.parties.bill(story.from).map_err(stuck)?;
        let says = format!(
            "bills it together with the rest: telephone {}, goods {}, to pay {}",
            bill.telephone_sum,
            bill.content_sum(),
            bill.total
        );
        self.bill = Some(bill);
        self.step("carrier", says, "ST-15");
        Ok(())
    }
}

fn listing_price(figures: &Figures) -> Result<Money, Stuck> {
    Money::new(figures.price, Currency::JPY).map_err(|e| stuck(e.to_string()))
}
