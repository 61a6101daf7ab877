//! What the stories are about: a shop by the sea that sells seven works, drawn by the real pages.

use face::{Lang, Story};
use license::{Delivery, Modes, Offer, OfferSheet, Policy, RefundRule, Rights, Route, TenderKind, WorkKind};
use minicbor::bytes::ByteVec;
use party::shop::{Approved, ByMedium, Charged, Paid, Refunded, Sale, State, WindowOffer, WindowWork};
use units::{ContentId, Currency, DealId, Hash, Moment, Money, OfferNo, OrderId, PartyId, RealmId, Share, Span, Tag};

use crate::{
    frame::Problem,
    shop::{
        ledger,
        pages::{Sign, about, draw_refused, front, receipt, tile::Fronted, work},
        paid::{Payers, Through},
        visit::Visit,
        window::Standing,
    },
};

type Drawn = Result<String, askama::Error>;

/// 20 November 2026.
const NOW: Moment = Moment(1_795_132_800_000);

const fn story(name: &'static str, page: &'static str, state: &'static str, draw: fn(Lang) -> Drawn) -> Story {
    Story {
        name,
        page,
        state,
        draw,
    }
}

/// All stories of a shop.
pub(crate) const STORIES: &[Story] = &[
    story("front", "Front", "works of every kind", |lang| {
        front_of(lang, &works(), "", "")
    }),
    story("front-empty", "Front", "nothing published yet", |lang| {
        front_of(lang, &[], "", "")
    }),
    story("front-pages", "Front", "ten thousand works", many),
    story("front-found", "Front", "found", |lang| {
        front_of(lang, &works()[..1], "ferry", "")
    }),
    story(
        "front-nothing",
        "Front",
        "nothing found, somebody meant another word",
        |lang| front_of(lang, &[], "ferri", ""),
    ),
    story("records-none", "Records", "nothing yet", |lang| {
        ledger::told(lang, &sign(), false, false)
    }),
    story("records", "Records", "some wait, some are settled", |lang| {
        ledger::told(lang, &sign(), true, false)
    }),
    story(
        "records-odd",
        "Records",
        "one waits too long, money matches nothing, refused",
        |lang| ledger::told(lang, &sign(), true, true),
    ),
    story("front-kind-empty", "Front", "nothing of this kind", |lang| {
        front_of(lang, &[], "", "video")
    }),
    story(
        "front-script",
        "Front",
        "a title with a script in it stays text",
        |lang| front_of(lang, &[scripted()], "", ""),
    ),
    story("front-sold-out", "Front", "an edition is sold out", sold_out),
    story("front-preview-failed", "Front", "a preview did not load", |lang| {
        front_of(lang, &works()[..2], "", "")
    }),
    story("front-refused", "Front", "the shelf cannot be read", |lang| {
        refused_with(lang, store::Fault::Disk("story".to_owned()))
    }),
    story("work", "Work", "several licenses", |lang| work_of(lang, 0, |_| {})),
    story("work-album", "Work", "an album", |lang| {
        work_of(lang, 0, |chosen| {
            let titles = ["Night Ferry", "Engine Room", "港の灯", "Last Boat Home"];
            chosen.work.title = "Harbour Songs".to_owned();
            chosen.work.tracks = Some(titles.map(str::to_owned).to_vec());
        })
    }),
    story("work-text", "Work", "a text's beginning", |lang| {
        work_of(lang, 2, |_| {})
    }),
    story("work-picture", "Work", "moves, never copies; numbered", |lang| {
        work_of(lang, 4, |_| {})
    }),
    story("work-free", "Work", "free license", |lang| {
        work_of(lang, 0, |chosen| {
            chosen.offers.truncate(1);
            chosen.offers.iter_mut().for_each(|one| one.offer.price = yen(0));
        })
    }),
    story("work-sold-out", "Work", "sold out", |lang| {
        work_of(lang, 4, |chosen| {
            chosen.offers.iter_mut().for_each(|one| one.left = Some(0))
        })
    }),
    story("work-not-sold", "Work", "not sold at the moment", |lang| {
        work_of(lang, 1, |chosen| chosen.offers.clear())
    }),
    story("work-unique", "Work", "sealed anew for every buyer", |lang| {
        work_of(lang, 2, |chosen| chosen.work.unique = true)
    }),
    story(
        "work-script",
        "Work",
        "a title with a script in it stays text",
        |lang| work_of(lang, 0, |chosen| chosen.work = scripted()),
    ),
    story("nothing", "Work", "there is nothing here", |lang| {
        draw_refused(&sign(), &Visit::told(lang), &Problem::nothing_here())
    }),
    story("publishers", "Publishers", "three publishers", publishers),
    story("publishers-empty", "Publishers", "none yet", |lang| {
        about::draw_publishers(&sign(), &Visit::told(lang), &[])
    }),
    story("publisher", "Publishers", "one publisher's works", |lang| {
        let found = found(&works());
        about::draw_publisher(
            &sign(),
            &Visit::told(lang),
            &found,
            (PartyId([3; 16]), "Lantern Records", 1),
        )
    }),
    story("order-way", "Order", "payment on its way", |lang| {
        order(lang, State::Presenting, false)
    }),
    story("order-given", "Order", "delivered", |lang| {
        order(lang, State::Given, true)
    }),
    story("order-twice", "Order", "delivered twice is shown once", |lang| {
        order(lang, State::Given, true)
    }),
    story("order-void", "Order", "did not happen", |lang| {
        order(lang, State::Void(deal::VoidReason::QuoteEnded), false)
    }),
    story("order-refunded", "Order", "handed back", |lang| {
        order(lang, State::Refunded, true)
    }),
    story("order-unknown", "Order", "unknown", |lang| {
        order(lang, State::Open, false)
    }),
    story("receipt", "Receipt", "paid with money and a coupon", |lang| {
        receipt_of(lang, &bought(State::Given, true))
    }),
    story("receipt-back", "Receipt", "handed back", |lang| {
        receipt_of(lang, &bought(State::Refunded, true))
    }),
    story("receipt-telephone", "Receipt", "paid with the telephone bill", |lang| {
        paid_by(lang, Through::Telephone, charge)
    }),
    story("receipt-bank", "Receipt", "debited by a bank", |lang| {
        paid_by(lang, Through::Bank, charge)
    }),
    story(
        "receipt-cleared",
        "Receipt",
        "the charge was refused, and paid with money then",
        |lang| paid_by(lang, Through::Cleared, charge),
    ),
    story("receipt-approved", "Receipt", "paid by approval", |lang| {
        paid_by(lang, Through::Telephone, |paid| {
            paid.approved = Some(Approved {
                by: PartyId([4; 16]),
                amount: yen(1_200),
            });
        })
    }),
    story("receipt-medium", "Receipt", "paid with a medium", |lang| {
        paid_by(lang, Through::Telephone, |paid| {
            paid.values = yen(1_200);
            paid.medium = Some(ByMedium {
                name: [5; 16],
                amount: yen(1_200),
            });
        })
    }),
    story("receipt-free", "Receipt", "it was free", |lang| {
        paid_by(lang, Through::Telephone, |_| {})
    }),
    story("refund-open", "Refund", "may be handed back", |lang| {
        refund_of(lang, &bought(State::Given, true))
    }),
    story("refund-late", "Refund", "too late", |lang| {
        let mut bought = bought(State::Given, true);
        bought.now = NOW.plus(Span::days(60));
        refund_of(lang, &bought)
    }),
    story("refund-none", "Refund", "sold without a refund", |lang| {
        let mut bought = bought(State::Given, true);
        bought.refundable = None;
        refund_of(lang, &bought)
    }),
    story("refund-done", "Refund", "already handed back", |lang| {
        refund_of(lang, &bought(State::Refunded, true))
    }),
    story("help", "Help", "no wallet found", |lang| {
        about::draw_help(&sign(), &Visit::told(lang))
    }),
    story(
        "help-plain",
        "Help",
        "the shop does not say where the program comes from",
        |lang| {
            let sign = Sign { source: None, ..sign() };
            about::draw_help(&sign, &Visit::told(lang))
        },
    ),
];

fn sign() -> Sign {
    Sign {
        name: "Minato Tape Works".to_owned(),
        id: PartyId([9; 16]),
        address: "https://minato.example".to_owned(),
        dev: true,
        wallet: "http://127.0.0.1:7411".to_owned(),
        realm: RealmId([2; 16]),
        source: "https://git.example/keyfare".parse().ok(),
    }
}

fn yen(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap_or(Money::zero(Currency::JPY))
}

/// Copied against this fare so many generations deep; or never, and moved against it.
fn window_offer(number: u64, price: i64, fare: i64, generations: u8) -> WindowOffer {
    WindowOffer {
        number: OfferNo(number),
        price: yen(price),
        until: NOW.plus(Span::days(300)),
        edition: None,
        modes: Modes {
            copy: generations > 0,
            move_: true,
            locked: false,
        },
        fare_copy: yen(fare),
        fare_move: yen(fare),
        generations,
        unlock: None,
    }
}

fn a_work(seed: u8, title: &str, kind: WorkKind, preview: &str, offers: Vec<WindowOffer>) -> WindowWork {
    WindowWork {
        content: ContentId([seed; 16]),
        title: title.to_owned(),
        kind,
        publisher: PartyId([3; 16]),
        publisher_name: if seed.is_multiple_of(2) {
            "Salt Press"
        } else {
            "Lantern Records"
        }
        .to_owned(),
        package: Hash([seed; 32]),
        package_len: u64::from(seed) * 11_700_000,
        unique: false,
        preview_type: preview.to_owned(),
        since: NOW.less(Span::days(seed.into())),
        numbers: Vec::new(),
        offers,
        change: seed.into(),
        is_ready: true,
        tracks: None,
        credits: (kind == WorkKind::Sound || kind == WorkKind::Video).then(|| package::Credits {
            subtitle: Some("Songs for a slow crossing".to_owned()),
            performers: Some(vec!["Aiko Yamada".to_owned(), "港の合唱団".to_owned()]),
            creator: Some("Ken Shiohara".to_owned()),
            comment: Some("Recorded on the last boat of the day, between two islands and in one go.".to_owned()),
            cover: None,
        }),
    }
}

fn works() -> [WindowWork; 7] {
    let numbered = WindowOffer {
        edition: Some(200),
        ..window_offer(201, 2_400, 0, 0)
    };
    let locked = WindowOffer {
        modes: Modes {
            locked: true,
            ..Modes::default()
        },
        unlock: Some(yen(50)),
        ..window_offer(401, 0, 0, 0)
    };
    [
        a_work(
            1,
            "Night Ferry",
            WorkKind::Sound,
            "audio/wav",
            vec![window_offer(102, 300, 0, 0), window_offer(101, 1_200, 100, 3)],
        ),
        a_work(
            2,
            "Harbour Lights",
            WorkKind::Video,
            "video/mp4",
            vec![window_offer(103, 1_500, 300, 1)],
        ),
        a_work(
            4,
            "The Salt Clock",
            WorkKind::Text,
            "text/plain",
            vec![window_offer(104, 800, 80, 12)],
        ),
        a_work(
            5,
            "Kite Courier",
            WorkKind::Program,
            "text/plain",
            vec![window_offer(105, 1_800, 0, 2)],
        ),
        a_work(6, "Stairs, Numbered", WorkKind::Picture, "text/plain", vec![numbered]),
        a_work(
            7,
            "Island Radio Hour, part 4: what the lighthouse keeper heard",
            WorkKind::Sound,
            "audio/wav",
            vec![locked],
        ),
        a_work(
            8,
            "夜行フェリー",
            WorkKind::Mixed,
            "text/plain",
            vec![window_offer(107, 1_100, 150, 2)],
        ),
    ]
}

fn scripted() -> WindowWork {
    let title = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    a_work(
        1,
        title,
        WorkKind::Sound,
        "audio/wav",
        vec![window_offer(101, 1_200, 100, 3)],
    )
}

/// What a tile speaks of, with so many pieces left of each edition.
fn fronted(work: &WindowWork, left: u32) -> Fronted {
    let left_of = |number| {
        let offer = work.offers.iter().find(|offer| offer.number == number);
        Ok::<_, store::Fault>(offer.and_then(|offer| offer.edition).map(|_| left))
    };
    Fronted::of(work.offers.iter().map(|offer| offer.number), left_of).unwrap_or_default()
}

/// The newest work is an edition that is sold out; of another the cheapest offer is, and a dearer one is not.
fn sold_out(lang: Lang) -> Drawn {
    let [mut first, .., numbered, _, _] = works();
    first.offers.insert(
        0,
        numbered
            .offers
            .first()
            .cloned()
            .unwrap_or_else(|| window_offer(201, 200, 0, 0)),
    );
    let works = [numbered, first];
    let mut found = found(&works);
    found.works = works.iter().map(|work| (work.clone(), fronted(work, 0))).collect();
    found.feature = works.first().map(|work| {
        let mut offers = standing(work);
        offers.iter_mut().for_each(|one| one.left = one.left.map(|_| 0));
        (work.clone(), offers)
    });
    front::draw(&sign(), &Visit::told(lang), &found, ("", "", 1))
}

fn found(works: &[WindowWork]) -> front::Found {
    front::Found {
        works: works.iter().map(|work| (work.clone(), fronted(work, 61))).collect(),
        count: works.len(),
        feature: None,
        meant: None,
        now: NOW,
    }
}

fn front_of(lang: Lang, works: &[WindowWork], query: &str, kind: &'static str) -> Drawn {
    let mut found = found(works);
    if query.is_empty() && kind.is_empty() {
        found.feature = works.first().map(|work| (work.clone(), standing(work)));
    }
    found.meant = (works.is_empty() && !query.is_empty()).then(|| self::works()[0].clone());
    front::draw(&sign(), &Visit::told(lang), &found, (query, kind, 1))
}

fn many(lang: Lang) -> Drawn {
    let works = works();
    let mut all = found(&[]);
    all.works = works
        .iter()
        .cycle()
        .take(24)
        .map(|work| (work.clone(), fronted(work, 61)))
        .collect();
    all.count = 10_000;
    front::draw(&sign(), &Visit::told(lang), &all, ("", "", 7))
}

fn standing(work: &WindowWork) -> Vec<Standing> {
    let one = |offer: &WindowOffer| Standing {
        offer: offer_of(work, offer),
        policy: policy_of(offer),
        sheet: OfferSheet {
            publisher: ByteVec::from(Vec::new()),
            offer: ByteVec::from(Vec::new()),
            policy: ByteVec::from(Vec::new()),
        },
        left: offer.edition.map(|_| 61),
    };
    work.offers.iter().map(one).collect()
}

fn offer_of(work: &WindowWork, offer: &WindowOffer) -> Offer {
    Offer {
        number: offer.number,
        content: work.content,
        title: work.title.clone(),
        publisher: work.publisher,
        sellers: Vec::new(),
        payee: work.publisher,
        price: offer.price,
        tax_permille: 100,
        policy: Hash([0; 32]),
        delivery: Delivery::Shared(work.package),
        rights: Rights {
            plays: (offer.number == OfferNo(102)).then_some(3),
            ..Rights::UNLIMITED
        },
        tenders: vec![TenderKind::Slip, TenderKind::Value],
        refund: RefundRule {
            days: 14,
            unplayed: true,
            permille: 1000,
        },
        edition: offer.edition,
        until: offer.until,
        media_type: "audio/wav".to_owned(),
    }
}

fn policy_of(offer: &WindowOffer) -> Policy {
    Policy {
        publisher: PartyId([3; 16]),
        modes: offer.modes,
        fare_copy: offer.fare_copy,
        fare_move: offer.fare_move,
        generations: offer.generations,
        copies: None,
        route: Route::Chain,
        payee: PartyId([3; 16]),
        copy_rights: Rights {
            share: Share::Whole,
            ..Rights::UNLIMITED
        },
        hardware_only: false,
        as_file: false,
        players: 3,
        unlock: None,
        knows_buyers: None,
    }
}

const TEXT: &str = "The clock in the salt house had not been wound since the spring tide, and still it kept the hour.\n\n\
                    Every evening the keeper's daughter carried a bowl of brine up the stairs, and every morning it was dry.";

fn work_of(lang: Lang, at: usize, change: fn(&mut work::Chosen)) -> Drawn {
    let [first, ..] = works();
    let work = works().into_iter().nth(at).unwrap_or(first);
    let mut chosen = work::Chosen {
        offers: standing(&work),
        text: (work.kind == WorkKind::Text).then(|| TEXT.as_bytes().to_vec()),
        work,
    };
    change(&mut chosen);
    work::draw(&sign(), &Visit::told(lang), &chosen)
}

fn publishers(lang: Lang) -> Drawn {
    let all = [
        (PartyId([3; 16]), "Lantern Records".to_owned(), 12),
        (PartyId([4; 16]), "Salt Press".to_owned(), 1),
        (PartyId([5; 16]), "たこ製作所".to_owned(), 4_210),
    ];
    about::draw_publishers(&sign(), &Visit::told(lang), &all)
}

fn bought(stands: State, is_sold: bool) -> receipt::Bought {
    let [work, ..] = works();
    let refunded = (stands == State::Refunded).then(|| Refunded {
        deal: DealId([8; 32]),
        amount: yen(1_100),
        at: NOW,
    });
    let sale = Sale {
        order: OrderId([6; 16]),
        offer: Hash([7; 32]),
        number: OfferNo(101),
        content: work.content,
        title: work.title.clone(),
        publisher: work.publisher,
        payee: work.publisher,
        price: yen(1_200),
        tax_permille: 100,
        tax: yen(1_200).tax_contained(100),
        publisher_part: yen(981),
        paid: Paid {
            money: yen(1_100),
            receipts: yen(0),
            values: yen(100),
            before: yen(0),
            approved: None,
            charged: None,
            borne: None,
            medium: None,
        },
        slip: None,
        buyer: None,
        receipt: 4_471,
        serial: Some(138),
        license: None,
        receiver: Tag([2; 16]),
        at: NOW.less(Span::days(3)),
        refunded,
    };
    receipt::Bought {
        deal: DealId([8; 32]),
        stands,
        offer: work.offers.last().map(|offer| offer_of(&work, offer)),
        publisher: work.publisher_name,
        is_unique: true,
        refundable: Some((yen(1_100), NOW.plus(Span::days(11)))),
        sale: is_sold.then_some(sale),
        payers: Payers::default(),
        now: NOW,
    }
}

fn order(lang: Lang, stands: State, is_sold: bool) -> Drawn {
    receipt::draw_order(&sign(), &Visit::told(lang), &bought(stands, is_sold))
}

fn receipt_of(lang: Lang, bought: &receipt::Bought) -> Drawn {
    receipt::draw_receipt(&sign(), &Visit::told(lang), bought).unwrap_or_else(|| Ok(String::new()))
}

/// A receipt of what was paid in one other way.
fn paid_by(lang: Lang, through: Through, with: fn(&mut Paid)) -> Drawn {
    let mut bought = bought(State::Given, true);
    bought.payers = Payers {
        approved: "Hinode Schools".to_owned(),
        charged: if through == Through::Bank {
            "Kita Bank"
        } else {
            "Seto Mobile"
        }
        .to_owned(),
        through,
    };
    if let Some(sale) = &mut bought.sale {
        (sale.paid.money, sale.paid.values) = (yen(0), yen(0));
        with(&mut sale.paid);
        let is_free = sale.paid.values.is_zero() && sale.paid.approved.is_none() && sale.paid.charged.is_none();
        if is_free {
            (sale.price, sale.tax) = (yen(0), yen(0));
        }
    }
    receipt_of(lang, &bought)
}

fn charge(paid: &mut Paid) {
    paid.charged = Some(Charged {
        by: PartyId([8; 16]),
        amount: yen(1_200),
        charge: [9; 16],
    });
}

fn refund_of(lang: Lang, bought: &receipt::Bought) -> Drawn {
    receipt::draw_refund(&sign(), &Visit::told(lang), bought).unwrap_or_else(|| Ok(String::new()))
}

fn refused_with(lang: Lang, fault: store::Fault) -> Drawn {
    draw_refused(&sign(), &Visit::told(lang), &Problem::by(&fault))
}
