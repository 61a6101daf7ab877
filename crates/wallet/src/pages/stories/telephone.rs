//! Stories of what somebody else pays: at the confirm page, while it waits, when it is refused, and on the page of it all.

use card::Owing;
use deal::{Kind, PayRefusal, charge::WhyRefused};
use face::{Lang, Story, Words};
use units::{DealId, LicenseId, PartyId};

use super::made::{BASE, NOW, TO, asked, card, dry, empty, home_of, items, license_of, overview, page, short, yen};
use crate::{
    engine::{Agreement, ByBill, CreditNow, Due, Overview, Payer},
    pages::{
        confirm::{self, About},
        deals, figures, telephone,
        visit::Part,
    },
};

type Drawn = Result<String, askama::Error>;

macro_rules! stories {
    ($($name:literal, $page:literal, $state:literal, $draw:expr;)*) => {
        &[$(Story { name: $name, page: $page, state: $state, draw: $draw }),*]
    };
}

/// All of them.
pub(super) const STORIES: &[Story] = stories![
    "confirm-bill", "Confirm payment", "on the telephone bill", |l| confirm_of(l, by_bill);
    "confirm-bill-way", "Confirm payment", "the telephone bill is another way", |l| confirm_of(l, |a| a.1.bills = vec![bill(false)]);
    "confirm-debit", "Confirm payment", "from the account at the bank", |l| confirm_of(l, by_debit);
    "confirm-bill-short", "Confirm payment", "the purse is too short, the telephone bill pays", |l| confirm_of(l, |a| { short(a); by_bill(a); });
    "confirm-bill-credit", "Confirm payment", "too much is owed already", |l| confirm_of(l, |a| { by_bill(a); a.1.would = Err(PayRefusal::OwingFull(8)); });
    "confirm-bill-untrusted", "Confirm payment", "the carrier does not pay this seller", |l| confirm_of(l, |a| a.1.bills = vec![bill(true)]);
    "confirm-clear", "Confirm payment", "what the carrier did not pay", |l| confirm_of(l, clear);
    "deal-bill", "What became of it", "the carrier was asked", |l| deal(l, &waits(3));
    "deal-bill-refused", "What became of it", "the carrier does not pay", |l| deal(l, &refused(Some(WhyRefused::NotTrusted)));
    "license-owing", "License", "the carrier has not answered", |l| license_of(l, |w, told| { told.owed = Some(telephone::owed(w, &waits(2))); told.hand_on = false; });
    "license-owing-used", "License", "the plays before the answer are used up", |l| license_of(l, |w, told| { told.owed = Some(telephone::owed(w, &waits(0))); (told.playable, told.hand_on) = (false, false); });
    "license-refused", "License", "the carrier does not pay", |l| license_of(l, |w, told| { told.owed = Some(telephone::owed(w, &refused(Some(WhyRefused::NotTrusted)))); (told.playable, told.hand_on) = (false, false); });
    "home-owing", "Home", "one waits for the carrier, one was refused", |l| home_of(l, Overview { owed: vec![waits(2), refused(None)], ..overview() }, &items(l));
    "bill-empty", "Telephone bill", "nothing waits", |l| whole(l, &[], &carriers());
    "bill-nobody", "Telephone bill", "no carrier is known", |l| whole(l, &[], &[]);
    "bill-waits", "Telephone bill", "the carrier has not answered", |l| whole(l, &[waits(2)], &carriers());
    "bill-credit", "Telephone bill", "as much as may be", |l| whole(l, &many(), &carriers());
    "bill-refused", "Telephone bill", "refused, for each reason", |l| whole(l, &every_reason(), &carriers());
];

fn payer() -> Payer {
    Payer {
        id: PartyId([8; 16]),
        name: "Seto Mobile".into(),
        chosen: true,
        is_bank: false,
    }
}

fn bank() -> Payer {
    Payer {
        id: PartyId([7; 16]),
        name: "Harbour Bank".into(),
        chosen: true,
        is_bank: true,
    }
}

fn bill(not_paid: bool) -> ByBill {
    ByBill {
        payer: payer(),
        would: Ok(dry(0, 2_350)),
        not_paid,
    }
}

fn by_bill(all: &mut (About, Agreement)) {
    all.1.bills = vec![bill(false)];
    all.1.by = Some((payer(), 3));
    all.1.would = Ok(dry(0, all.1.purse.minor()));
}

fn by_debit(all: &mut (About, Agreement)) {
    by_bill(all);
    all.1.by = Some((bank(), 3));
}

fn clear(all: &mut (About, Agreement)) {
    all.0.kind = Kind::Clear;
    all.0.terms.clear();
    (all.0.tax, all.0.refund, all.0.certified) = (None, None, None);
    all.1.instead = Some("Seto Mobile".into());
}

fn confirm_of(lang: Lang, change: fn(&mut (About, Agreement))) -> Drawn {
    let mut all = asked(lang);
    change(&mut all);
    confirm::draw(&card(lang, false), TO, &all.0, &all.1, None, None)
}

fn due(n: u8, title: &str, plays_left: Option<u32>, why: Option<WhyRefused>) -> Due {
    Due {
        owing: Owing {
            license: LicenseId([n; 16]),
            title: title.into(),
            amount: yen(1_200),
            payer: PartyId([8; 16]),
            seller: PartyId([3; 16]),
            at: NOW,
            plays_left,
            refused: plays_left.is_none(),
        },
        payer: "Seto Mobile".into(),
        seller: "Lantern Records".into(),
        why,
    }
}

fn waits(plays: u32) -> Due {
    due(1, "Night Ferry", Some(plays), None)
}

fn refused(why: Option<WhyRefused>) -> Due {
    due(2, "Harbour Lights", None, why)
}

fn many() -> Vec<Due> {
    let titles = ["Night Ferry", "Engine Room", "港の小さな本"];
    (1..)
        .zip(titles)
        .map(|(n, title)| due(n, title, Some(u32::from(n) % 3), None))
        .collect()
}

fn every_reason() -> Vec<Due> {
    let whys = [
        Some(WhyRefused::NoSubscriber),
        Some(WhyRefused::NotTrusted),
        Some(WhyRefused::Limit),
        Some(WhyRefused::NotCovered),
        None,
    ];
    whys.into_iter().map(refused).collect()
}

fn carriers() -> Vec<(Payer, String)> {
    let other = Payer {
        id: PartyId([9; 16]),
        name: "潮騒通信".into(),
        chosen: false,
        is_bank: false,
    };
    vec![
        (payer(), "5e".repeat(32)),
        (other, "c4".repeat(32)),
        (bank(), "07".repeat(32)),
    ]
}

fn whole(lang: Lang, owed: &[Due], carriers: &[(Payer, String)]) -> Drawn {
    let sum = owed
        .iter()
        .fold(yen(0), |sum, one| sum.plus(one.owing.amount).unwrap_or(sum));
    let credit = CreditNow {
        count: (owed.len(), 8),
        sum: (sum, yen(10_000)),
        plays: 3,
    };
    telephone::draw(&page(lang, Part::Telephone), BASE, "", (owed, credit), carriers)
}

fn deal(lang: Lang, due: &Due) -> Drawn {
    let w = Words(lang);
    let told = deals::Told {
        fate: deals::Fate::Done,
        text: w.way_done(due.owing.title.as_str()),
        why: None,
        receipt: Some((1_204, None)),
        pickup: None,
        license: Some((due.owing.license.to_string(), due.owing.title.clone())),
        deal: DealId([11; 32]).to_string(),
        owed: Some(telephone::owed(w, due)),
    };
    deals::draw(&page(lang, Part::Card), BASE, "", &told, figures::bar(&empty()))
}
