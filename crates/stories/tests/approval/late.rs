//! Late: the time-out of every step runs out there, and the message that was late comes all the same. One table over every step
//! from the price to the license, by how long it takes, and by who settles and when he delivers. Whatever comes out: no charge
//! without delivery, no delivery without charge, and nothing of the limit lost.

use approver::Means;
use party::{
    Errand, Party, Verb,
    settlement::{Deliver, SettlementConfig},
};
use stories::{Answer, Counterpart, Parties};
use units::{Moment, PartyId, Span};

use super::world::{PRICE, Scene, found_with, scene_in};

const LIMIT: i64 = 5000;

/// Where it takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the approver is asked.
    Ask,
    /// Before its user looks.
    Show,
    /// The question to the bureau.
    Bureau,
    /// The bureau's answer.
    BureauAnswer,
    /// Before the terminal fetches the approval.
    Fetch,
    /// Before the card commits.
    Commit,
    /// The payment, on its way to the shop.
    Pay,
    /// The approval, from shop to settlement server.
    Hand,
    /// The settlement server's word, on its way back.
    HandAnswer,
    /// The question for permission.
    Permit,
    /// The permission.
    PermitAnswer,
    /// The word that it is settled.
    Settled,
    /// The charge's confirmation.
    SettledAnswer,
    /// The license, on its way to the card.
    License,
}

const STEPS: [At; 14] = [
    At::Ask,
    At::Show,
    At::Bureau,
    At::BureauAnswer,
    At::Fetch,
    At::Commit,
    At::Pay,
    At::Hand,
    At::HandAnswer,
    At::Permit,
    At::PermitAnswer,
    At::Settled,
    At::SettledAnswer,
    At::License,
];

/// Longer than a bureau is waited for; than a permission; than a question waits and an approval is good; than anything.
const SPANS: [Span; 4] = [Span::seconds(12), Span::seconds(45), Span::minutes(70), Span::days(3)];

impl Scene {
    /// What `from` has written down to ask, and has no answer to.
    fn open_errand(&self, from: PartyId, verb: Verb) -> Option<Errand> {
        let store = self.world.world.store_of(from)?;
        let due = store
            .read(|view| party::errand::due(view, Moment(u64::MAX), 99))
            .unwrap();
        due.into_iter().find(|errand| errand.verb == verb)
    }

    /// `to` decides about what `from` asks it, and its answer stays on the way.
    fn on_the_way(&mut self, from: PartyId, verb: Verb) -> Option<(Errand, Vec<u8>)> {
        let errand = self.open_errand(from, verb)?;
        self.world.world.hush(errand.to, false);
        let answer = self.world.world.tell(errand.to, errand.verb, &errand.body);
        self.world.world.hush(errand.to, true);
        match answer {
            Answer::Bytes(bytes) => Some((errand, bytes)),
            _ => None,
        }
    }

    fn arrives(&mut self, from: PartyId, (errand, answer): &(Errand, Vec<u8>)) {
        // Too late is an answer too; what it changes is looked at in the books.
        let _ = self.world.world.hear(from, errand.id, answer.clone());
    }

    /// The question to `to` is lost for so long, or its answer is: then it comes, and everybody goes on.
    fn takes(&mut self, (from, to, verb): (PartyId, PartyId, Verb), answer: bool, span: Span) {
        let late = if answer { self.on_the_way(from, verb) } else { None };
        self.world.wait(span);
        if let Some(late) = &late {
            self.arrives(from, late);
        }
        self.world.world.hush(to, false);
    }

    /// From the price to a payment that the shop has, with one step taking `span`. Nothing: it ended before the card paid.
    fn buys(&mut self, at: At, span: Span) -> Option<Vec<u8>> {
        let (approver, bureau) = (self.world.approver.id(), self.world.bureau.id());
        let shop = stories::Parties::seller(&self.world.world);
        let settles = self.world.settler.unwrap_or(shop);
        let checked = self.quote();
        self.pause(at == At::Ask, span);
        let (asked, id) = self.world.ask(&mut self.buyer, &checked).ok()?;
        self.pause(at == At::Show, span);
        self.world.show(id, self.user).ok()?;
        let silent = matches!(at, At::Bureau | At::BureauAnswer);
        self.world.world.hush(bureau, silent);
        self.world.agree(id, self.user, Means::Credit).ok()?;
        if silent {
            self.takes((approver, bureau, Verb::Inquire), at == At::BureauAnswer, span);
        }
        self.pause(at == At::Fetch, span);
        let approved = self.world.fetch(&self.buyer, &checked, &asked, id).ok()?;
        self.pause(at == At::Commit, span);
        let (_, pay) = self.world.commit(&mut self.buyer, &checked, approved).ok()?;
        self.pause(at == At::Pay, span);
        let quiet = match at {
            At::Hand | At::HandAnswer => self.world.settler,
            At::Permit | At::PermitAnswer | At::Settled | At::SettledAnswer => Some(approver),
            _ => None,
        };
        if let Some(to) = quiet {
            self.world.world.hush(to, true);
        }
        // What the shop answers is lost, if it answers.
        let _ = self.world.world.send(Counterpart::Shop, "pay", &pay);
        match (at, self.world.settler) {
            (At::Hand | At::HandAnswer, Some(server)) => {
                self.takes((shop, server, Verb::Settle), at == At::HandAnswer, span);
            }
            (At::Permit | At::PermitAnswer, _) => {
                self.takes((settles, approver, Verb::Redeem), at == At::PermitAnswer, span);
            }
            (At::Settled | At::SettledAnswer, _) => {
                let permitted = self.on_the_way(settles, Verb::Redeem)?;
                self.arrives(settles, &permitted);
                self.takes((settles, approver, Verb::Redeem), at == At::SettledAnswer, span);
            }
            _ => self.pause(at == At::License, span),
        }
        Some(pay)
    }

    fn pause(&mut self, here: bool, span: Span) {
        if here {
            self.world.wait(span);
        }
    }
}

/// One purchase. Was it delivered?
fn late(combined: bool, deliver: Deliver, at: At, span: Span) -> bool {
    let what = format!("combined {combined}, {deliver:?}, {at:?} takes {span:?}");
    let settlement = SettlementConfig {
        deliver,
        ..SettlementConfig::default()
    };
    let mut scene = scene_in(
        found_with(combined, settlement, |config| config.prompts_a_minute = 100_000),
        LIMIT,
    );
    let pay = scene.buys(at, span);
    for span in [
        Span::seconds(30),
        Span::minutes(3),
        Span::minutes(10),
        Span::minutes(70),
    ] {
        scene.world.wait(span);
    }
    let given = pay.is_some_and(|pay| {
        let settled = scene.buyer.finish(&mut scene.world.world, Counterpart::Shop, &pay);
        matches!(
            settled.unwrap_or_else(|no| panic!("{what}: {no:?}")),
            card::Settled::Given { .. }
        )
    });
    for _ in 0..4 {
        scene.world.wait(Span::minutes(5));
    }
    let owed = if given { PRICE } else { 0 };
    assert_eq!(scene.buyer.books().licenses, usize::from(given), "{what}");
    assert_eq!(scene.owed(), owed, "charged as delivered: {what}");
    assert_eq!(scene.room(), LIMIT - owed, "nothing of the limit is lost: {what}");
    assert_eq!(scene.world.figure("held"), 0, "{what}");
    scene.adds_up();
    given
}

/// proves: PA-4 PA-5 PA-6 PA-7 PA-8 PA-9 PA-10 row-63 row-64
#[test]
fn whichever_step_takes_too_long_what_is_charged_is_delivered_and_the_limit_is_whole() {
    for (combined, deliver) in [
        (true, Deliver::Before),
        (false, Deliver::Before),
        (true, Deliver::After),
        (false, Deliver::After),
    ] {
        let (mut given, mut not) = (0, 0);
        for at in STEPS {
            for span in SPANS {
                if late(combined, deliver, at, span) {
                    given += 1;
                } else {
                    not += 1;
                }
            }
        }
        // The table is about both.
        assert!(given >= 10 && not >= 10, "{given} delivered, {not} not");
    }
}
