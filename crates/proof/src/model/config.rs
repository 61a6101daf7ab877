//! A configuration: which cards, offers and servers there are, and how far the numbers go.

use std::collections::BTreeMap;

use deal::{Held, Kind, Profile, Slip, State, Status, Value, ValueKind, fact::Bought};
use license::{Bind, Modes, Rights, Route};
use units::{Moment, Span};

use super::kept::Kept;
use super::names::{SHOP, first_license, offer, publisher, slip_inside, title, value, yen};
use super::world::{Books, Past, Said, World};

/// Who wins the deals between cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Winners {
    /// Whoever the rule names from the cards' own facts.
    ByRule,
    /// The adversary chooses the giver's facts, and so the winner of each deal. Needs [`Route::Latest`].
    Any,
}

/// What must have happened somewhere, or the configuration checks nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A copy or move finished and freed on both cards.
    Transfer,
    /// A deal in which more than the fare went home with the receiver.
    Hop,
    /// A giver won fare and escrow.
    GiverWins,
    /// A payment came back.
    Refund,
    /// Two deals in opposite directions finished.
    Crossing,
    /// A key came by the issuer, after a report.
    BelowFloor,
    /// The issuer ruled a payment void.
    Ruled,
    /// Money was loaded.
    Load,
    /// Money was redeemed.
    Redeem,
    /// A license was bought.
    Sale,
    /// Slips were collected.
    Collect,
    /// A locked copy was unlocked against its fee.
    Unlock,
    /// A refund order was used.
    RefundUsed,
    /// A coupon was used.
    CouponUsed,
    /// A coupon came back with a void.
    CouponBack,
    /// A receipt was bought and used.
    ReceiptUsed,
    /// A charge was paid, and its license opened.
    ChargePaid,
    /// A charge was refused, and its license cleared.
    Cleared,
    /// A refused license was handed back.
    RefusedBack,
    /// A slip was presented before its deal was given.
    Presented,
    /// A restored card was resumed, paid, and got its key.
    ResumedPays,
    /// A restored card was resumed and gave.
    ResumedGives,
    /// Plays were lent, and what was not played came back.
    LentAndReturned,
    /// A restored card spent twice.
    DoubleSpend,
}

/// One offer.
#[derive(Debug, Clone, Copy)]
pub struct OfferSpec {
    /// Whose.
    pub publisher: u8,
    /// How its licenses may be handed on.
    pub modes: Modes,
    /// How its fares travel.
    pub route: Route,
    /// How deep copies may go.
    pub generations: u8,
}

/// How one card starts.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Money in its purse.
    pub purse: i64,
    /// Offers it holds a license of.
    pub holds: Vec<u8>,
    /// Slips in escrow: offers they are for.
    pub escrow: Vec<u8>,
    /// Values it has, made by the shop, of worth 1; a receipt is for the first offer.
    pub values: Vec<ValueKind>,
}

/// A card that may be copied once and put back once.
#[derive(Debug, Clone, Copy)]
pub struct Restore {
    /// Which.
    pub card: usize,
    /// Its copy is its first state, not one of any instant.
    pub first: bool,
    /// It may be resumed.
    pub resume: bool,
}

/// One world to walk through.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name in tables.
    pub name: &'static str,
    /// The cards.
    pub cards: Vec<Start>,
    /// The offers.
    pub offers: Vec<OfferSpec>,
    /// Deals with servers that may be asked for.
    pub kinds: Vec<Kind>,
    /// Price of a sale or receipt.
    pub price: i64,
    /// Money at the bank.
    pub bank: i64,
    /// Most payments a card makes.
    pub pays: usize,
    /// Most numbers a card gives under.
    pub gives: u64,
    /// Order ids per kind of deal with a server.
    pub orders: u8,
    /// Who wins.
    pub winners: Winners,
    /// Quotes may state any number of slips up to the capacity, not only what is held now.
    pub stated_any: bool,
    /// Givers may cancel.
    pub cancel: bool,
    /// A certificate may have ended when a payment is decided.
    pub expiry: bool,
    /// Reports each card may make.
    pub reports: usize,
    /// How many licenses may be owing on a card; 0: nothing is paid by a charge.
    pub credit: u16,
    /// Plays of every license at the start; 0: nothing is counted.
    pub plays: u32,
    /// Cards that are players, paired with the first card, which is a wallet's.
    pub players: Vec<usize>,
    /// The shop presents a slip before it decides.
    pub present: bool,
    /// Capacities of every card: open payments, unfinished gifts, evidence, licenses, slips.
    pub room: (u16, u16, u16, u32, u16),
    /// The restored card, if there is one.
    pub restore: Option<Restore>,
    /// Check recovery from every state.
    pub recover: bool,
    /// Look at this one property alone.
    pub only: Option<&'static str>,
    /// What must be reached.
    pub goals: &'static [Goal],
}

/// May be copied, as deep as the small worlds go.
pub const COPY: OfferSpec = OfferSpec {
    publisher: 0,
    modes: Modes {
        copy: true,
        move_: false,
        locked: false,
    },
    route: Route::Chain,
    generations: 9,
};
/// May be moved.
pub const MOVE: OfferSpec = OfferSpec {
    modes: Modes {
        copy: false,
        move_: true,
        locked: false,
    },
    ..COPY
};

impl OfferSpec {
    /// The same under another rule.
    pub const fn by(self, route: Route) -> Self {
        Self { route, ..self }
    }
    /// The same of another publisher.
    pub const fn of(self, publisher: u8) -> Self {
        Self { publisher, ..self }
    }
}

impl Start {
    /// A card with this much money.
    pub fn with(purse: i64) -> Self {
        Self {
            purse,
            ..Self::default()
        }
    }
    /// It also holds a license of this offer.
    pub fn holds(mut self, offer: u8) -> Self {
        self.holds.push(offer);
        self
    }
    /// It also carries a slip of this offer.
    pub fn carries(mut self, offer: u8) -> Self {
        self.escrow.push(offer);
        self
    }
    /// It also has a value of this kind.
    pub fn has(mut self, kind: ValueKind) -> Self {
        self.values.push(kind);
        self
    }
}

impl Config {
    /// A world of these cards and offers with everything else at its least.
    pub fn new(name: &'static str, cards: Vec<Start>, offers: Vec<OfferSpec>) -> Self {
        Self {
            name,
            cards,
            offers,
            kinds: Vec::new(),
            price: 1,
            bank: 0,
            pays: 2,
            gives: 2,
            orders: 2,
            winners: Winners::ByRule,
            stated_any: false,
            cancel: true,
            expiry: false,
            reports: 0,
            credit: 0,
            plays: 0,
            players: Vec::new(),
            present: false,
            room: (3, 3, 16, 16, 16),
            restore: None,
            recover: true,
            only: None,
            goals: &[],
        }
    }

    /// The first moment.
    pub fn start(&self) -> World {
        let cards: Vec<_> = (0..self.cards.len()).map(|c| self.card(c)).collect();
        let image = self
            .restore
            .filter(|r| r.first)
            .and_then(|r| cards.get(r.card).cloned());
        let values = cards.iter().flat_map(|c| &c.values);
        let books = Books {
            made: values.map(|(value, _)| value.id).collect(),
            bank: self.bank,
            ..Books::default()
        };
        let past = Past {
            image,
            ..Past::default()
        };
        World {
            cards: cards.into_iter().map(Kept::new).collect(),
            books: Kept::new(books),
            said: Kept::new(Said::default()),
            past: Kept::new(past),
        }
    }

    fn profile(&self) -> Profile {
        let (paid_max, given_max, evidence_max, licenses_max, slips_max) = self.room;
        Profile {
            balance_max: yen(9),
            amount_max: yen(9),
            paid_max,
            given_max,
            evidence_max,
            licenses_max,
            slips_max,
            values_max: 9,
            owing_max: self.credit,
            silence_max: Span::days(1),
            links_max: None,
            credit: None,
        }
    }

    fn card(&self, card: usize) -> State {
        let start = &self.cards[card];
        let mut state = State::new(self.profile());
        state.purse = yen(start.purse);
        // Every card bought something once, so that the adversary can make either side the later buyer.
        if self.winners == Winners::Any {
            let bought = Bought {
                seller: SHOP,
                at: Moment(5),
                salt: [0; 16],
                signature: [0; 64],
            };
            let of = |o: &OfferSpec| (publisher(o.publisher), vec![bought.clone()]);
            state.proofs = Some(self.offers.iter().map(of).collect());
        }
        state.pairs = super::lends::pairs_of(self, card);
        state.licenses = start
            .holds
            .iter()
            .map(|n| {
                let held = self.license(*n, card);
                (held.id, held)
            })
            .collect();
        state.escrow = start
            .escrow
            .iter()
            .enumerate()
            .map(|(n, o)| self.first_slip(card, n, *o))
            .collect();
        state.values = start
            .values
            .iter()
            .enumerate()
            .map(|(n, kind)| (first_value(card, n, *kind), Vec::new().into()))
            .collect();
        state
    }

    /// What a license may do at the start.
    fn rights(&self) -> Rights {
        match self.plays {
            0 => Rights::default(),
            n => super::lends::plays(n),
        }
    }

    /// The licenses a card starts with.
    pub fn licenses_of(&self, card: usize) -> Vec<units::LicenseId> {
        let holds = self.cards[card].holds.iter();
        holds.map(|n| first_license(*n, card)).collect()
    }

    /// The license a card starts with.
    pub fn license(&self, n: u8, card: usize) -> Held {
        let spec = self.offers[usize::from(n)];
        Held {
            id: first_license(n, card),
            offer: offer(n),
            title: title(n),
            publisher: publisher(spec.publisher),
            seller: SHOP,
            payee: publisher(spec.publisher),
            status: Status::Usable,
            generation: 0,
            rights: self.rights(),
            first_play: None,
            copies_left: None,
            modes: spec.modes,
            generations: spec.generations,
            fare_copy: yen(1),
            fare_move: yen(1),
            copy_rights: Rights::default(),
            route: spec.route,
            policy: offer(n),
            bind: Bind::Free,
            tag: super::names::tag(card, 0),
            paid: yen(0),
            since: Moment(0),
            document: Vec::new().into(),
            opened: deal::Opened::default(),
        }
    }

    /// A slip that is in escrow at the start, drawn by somebody outside of the world.
    fn first_slip(&self, card: usize, n: usize, o: u8) -> Slip {
        let spec = self.offers[usize::from(o)];
        Slip {
            amount: yen(1),
            payee: publisher(spec.publisher),
            title: title(o),
            route: spec.route,
            sealed: slip_inside(100 + card, 0, 0, n as u64).into(),
        }
    }

    /// Licenses of every offer at the start.
    pub fn licenses_at_start(&self) -> BTreeMap<usize, usize> {
        let mut count = BTreeMap::new();
        for n in self.cards.iter().flat_map(|c| &c.holds) {
            *count.entry(usize::from(*n)).or_default() += 1;
        }
        count
    }
}

fn first_value(card: usize, n: usize, kind: ValueKind) -> Value {
    Value {
        kind,
        maker: SHOP,
        id: value(card, n),
        worth: yen(1),
        offer: (kind == ValueKind::Receipt).then_some(offer(0)),
        until: None,
        label: String::new(),
    }
}
