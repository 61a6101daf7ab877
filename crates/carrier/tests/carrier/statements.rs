//! Statements: carrier and bank reconcile from the bank's own documents alone.

use carrier::{Paid, Reconciled, StatementRefused, Trust};
use party::{
    Party, Verb,
    bank::{Bank, BankAsk, BankDocument, BankSheet, Holder},
};
use seal::{Audience, Kind, Role, Seed};
use units::Refusal;

use crate::world::{FEBRUARY, SELLER, World, day, found, offer, yen};

impl World {
    /// The carrier asks its bank; the document that comes back.
    fn ask_bank(&mut self, ask: BankAsk) -> Result<Vec<u8>, &'static str> {
        let keys = self.keys(Role::Carrier, "Minato Mobile");
        let sheet = BankSheet {
            ask,
            by: keys.id(),
            certificate: keys.certificate().to_vec().into(),
        };
        let realm = self.trust().id();
        let body = seal::sign(
            keys.signer(),
            Kind::Transfer,
            realm,
            Audience::from(self.bank.id()),
            &sheet,
        );
        let (bank, now) = (self.bank.clone(), self.now);
        let answer = self
            .bank_store
            .write(move |tx| bank.serve(tx, Verb::BankFile, &body, now, &Seed::new([1; 32])))
            .map_err(|no| no.code())?
            .answer()
            .unwrap();
        let carrier = self.carrier.clone();
        let known = self.store.read(|view| carrier.desk().known(view)).unwrap();
        Ok(BankDocument::read(&answer, realm, &known, self.bank.id(), &keys).unwrap())
    }

    fn take(&self, document: &[u8]) -> Result<Reconciled, StatementRefused> {
        let (carrier, now, document) = (self.carrier.clone(), self.now, document.to_vec());
        self.store.write(move |tx| carrier.take_document(tx, &document, now))
    }

    fn open_orders(&self) -> Option<Vec<u8>> {
        let (carrier, now) = (self.carrier.clone(), self.now);
        self.store
            .read(|view| carrier.open_orders(view, now))
            .unwrap()
            .map(String::into_bytes)
    }

    fn bank_tends(&self) {
        let (bank, now) = (self.bank.clone(), self.now);
        self.bank_store
            .write(move |tx| bank.tend(tx, now, &Seed::new([2; 32])))
            .unwrap();
    }

    fn bank_adds_up(&self) {
        let bank = self.bank.clone();
        let found = self.bank_store.read(|view| bank.audit(view)).unwrap();
        assert!(found.is_empty(), "{found:#?}");
    }

    /// A subscriber pays a bill at the bank's counter.
    fn pay_in(&self, amount: i64, reference: &str) {
        self.deposit_with(amount, reference);
    }
}

fn matched(n: u32) -> Reconciled {
    Reconciled {
        matched: n,
        ..Reconciled::default()
    }
}

/// proves: ST-6 row-52 row-57
#[test]
fn sellers_are_paid_by_files_alone_and_each_once() {
    let mut world = found(|config| config.by_file = true);
    world.list(SELLER, 2000, Trust::Trusted);
    world.list("No Account", 2100, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    let lost = world.charge(&aiko, "No Account", offer(2100), 500);
    world.bring(&sent).unwrap();
    world.bring(&lost).unwrap();
    world.tend();
    let orders = world.open_orders().unwrap();
    let status = world.ask_bank(BankAsk::Orders(orders.clone().into())).unwrap();
    // The file is brought again before its status was read: nothing moves twice.
    assert_eq!(world.open_orders().unwrap(), orders);
    world.ask_bank(BankAsk::Orders(orders.into())).unwrap();
    assert_eq!(world.at_bank(SELLER), 1000);
    for _ in 0..2 {
        world.take(&status).unwrap();
        assert!(matches!(world.payable(&sent).paid, Paid::Done(_)));
        let refused = world.payable(&lost);
        assert_eq!(
            (refused.refused, refused.why),
            (1, Some(party::bank::WhyNot::NoAccount))
        );
        world.adds_up();
    }
    assert_eq!(world.open_orders(), None);
    world.bank_adds_up();
}

/// proves: ST-6 row-52 row-56
#[test]
fn a_lost_status_is_made_good_by_the_statement_and_told_entries_count_once() {
    let mut world = found(|config| config.by_file = true);
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.tend();
    let orders = world.open_orders().unwrap();
    let status = world.ask_bank(BankAsk::Orders(orders.into())).unwrap();
    world.bank_tends();
    world.now = day(20);
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    world.pay_in(3300, &number);
    world.pay_in(70, "for my bill");
    world.bank_tends();
    // Period 2 comes before period 1: it waits, for something would be missing.
    let (first, second) = (
        world.ask_bank(BankAsk::Period(1)).unwrap(),
        world.ask_bank(BankAsk::Period(2)).unwrap(),
    );
    assert_eq!(
        world.take(&second).unwrap_err(),
        StatementRefused::Gap { expected: 1, got: 2 }
    );
    // The opening cash of the carrier's account matches nothing; the payment it ordered does.
    let one = world.take(&first).unwrap();
    assert_eq!((one.matched, one.waiting, one.odd), (1, 1, 0));
    assert!(matches!(world.payable(&sent).paid, Paid::Done(_)));
    let notice = world.ask_bank(BankAsk::Since(2)).unwrap();
    let told = world.take(&notice).unwrap();
    assert_eq!((told.matched, told.waiting), (1, 1));
    for document in [&second, &notice, &first, &status] {
        let _ = world.take(document).unwrap();
    }
    assert_eq!(world.bills(&aiko)[0].paid, yen(3300));
    let carrier = world.carrier.clone();
    let waits = world.store.read(|view| carrier.suspense(view, 10)).unwrap();
    let mut says: Vec<_> = waits
        .iter()
        .map(|entry| (entry.reference.as_str(), entry.amount.minor()))
        .collect();
    says.sort_unstable();
    assert_eq!(says, [("OPENING", 1_000_000), ("for my bill", 70)]);
    assert_eq!(world.take(&status).unwrap(), matched(1));
    // What the carrier's books say stands at the bank is what stands there.
    let (bank, id) = (world.bank.clone(), world.carrier.id());
    let there = world
        .bank_store
        .read(|view| bank.balance(view, Holder::Party(id)))
        .unwrap()
        .unwrap();
    let here = world.store.read(|view| carrier.figures(view)).unwrap();
    let here = here.iter().find(|(name, _)| name == "at the bank").unwrap().1;
    assert_eq!(there.minor(), here);
    world.adds_up();
    world.bank_adds_up();
}

/// proves: row-56 row-54
#[test]
fn a_document_that_is_another_or_was_changed_moves_nothing() {
    let mut world = found(|config| config.by_file = true);
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.tend();
    let orders = world.open_orders().unwrap();
    world.ask_bank(BankAsk::Orders(orders.clone().into())).unwrap();
    world.bank_tends();
    let period = String::from_utf8(world.ask_bank(BankAsk::Period(1)).unwrap()).unwrap();
    let own = world.carrier.id().to_string();
    let seller = world.seller(SELLER).to_string();
    for (from, to, code) in [
        (">1000<", ">1001<", "remit-wrong"),
        (
            "<NtryRef>2</NtryRef><Amt Ccy=\"JPY\">1000<",
            "<NtryRef>2</NtryRef><Amt Ccy=\"JPY\">900<",
            "remit-wrong",
        ),
        ("CLBD", "CLAV", "remit-missing"),
        (&own, &seller, "statement-other-account"),
        (
            "<Cd>BOOK</Cd></Sts>",
            "<Cd>PDNG</Cd></Sts>",
            "statement-does-not-add-up",
        ),
        ("<?xml", "<!DOCTYPE x><?xml", "remit-forbidden"),
        ("camt.053.001.08", "camt.053.001.02", "remit-other-message"),
    ] {
        assert!(period.contains(from), "{from} in {period}");
        let no = world.take(period.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(no.code(), code, "{from}");
    }
    assert_eq!(world.payable(&sent).paid, Paid::Ordered);
    // Orders out of another's account, and another order under a known id.
    let text = String::from_utf8(orders).unwrap();
    let theirs = text.replacen(&own, &seller, 1);
    assert_eq!(
        world.ask_bank(BankAsk::Orders(theirs.into_bytes().into())),
        Err("account-not-yours")
    );
    let dearer = text.replace(">1000<", ">2000<");
    assert_eq!(
        world.ask_bank(BankAsk::Orders(dearer.into_bytes().into())),
        Err("transfer-other-content")
    );
    assert_eq!(world.ask_bank(BankAsk::Period(9)), Err("period-not-closed"));
    assert_eq!(world.at_bank(SELLER), 1000);
    world.take(period.as_bytes()).unwrap();
    assert!(matches!(world.payable(&sent).paid, Paid::Done(_)));
    world.adds_up();
    world.bank_adds_up();
}

/// proves: row-56
#[test]
fn a_reversal_pays_no_bill() {
    let mut world = found(|config| config.by_file = true);
    let aiko = world.subscribe("+819000004417", |_| {});
    world.now = day(20);
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    world.pay_in(2300, &number);
    let notice = String::from_utf8(world.ask_bank(BankAsk::Since(1)).unwrap()).unwrap();
    let reversed = notice.replace("</CdtDbtInd><Sts>", "</CdtDbtInd><RvslInd>true</RvslInd><Sts>");
    assert_ne!(reversed, notice);
    let done = world.take(reversed.as_bytes()).unwrap();
    assert_eq!((done.matched, done.waiting), (0, 1));
    assert_eq!(world.bills(&aiko)[0].paid, yen(0));
    world.adds_up();
}

/// Every number that the document says a transfer bears becomes this one.
fn all_under(document: &str, number: units::TransferId) -> String {
    let mut out = String::new();
    let mut parts = document.split("<EndToEndId>");
    out.push_str(parts.next().unwrap());
    for part in parts {
        let (_, rest) = part.split_once("</EndToEndId>").unwrap();
        out.push_str(&format!("<EndToEndId>{number}</EndToEndId>{rest}"));
    }
    out
}

/// Whoever orders a transfer chooses the number it bears: a yen under the number of a payment, or of somebody's payment of a
/// bill, is a yen, and holds no statement up.
///
/// proves: row-52 row-56
#[test]
fn entries_of_one_number_are_told_apart() {
    let mut world = found(|config| config.by_file = true);
    world.list(SELLER, 2000, Trust::Trusted);
    let aiko = world.subscribe("+819000004417", |_| {});
    let sent = world.charge(&aiko, SELLER, offer(2000), 1000);
    world.bring(&sent).unwrap();
    world.tend();
    let orders = world.open_orders().unwrap();
    world.ask_bank(BankAsk::Orders(orders.into())).unwrap();
    world.now = day(20);
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    world.pay_in(1, "A PRESENT");
    world.pay_in(3300, &number);
    world.bank_tends();
    let (carrier, charge) = (world.carrier.clone(), sent.charge.charge);
    let id = world
        .store
        .read(|view| carrier.transfer_of(view, charge))
        .unwrap()
        .unwrap();
    let period = String::from_utf8(world.ask_bank(BankAsk::Period(1)).unwrap()).unwrap();
    let period = all_under(&period, id);
    let done = world.take(period.as_bytes()).unwrap();
    // The opening cash and the present wait; the payment went out, and the bill is paid.
    assert_eq!((done.matched, done.waiting, done.odd), (2, 2, 0));
    assert!(matches!(world.payable(&sent).paid, Paid::Done(_)));
    assert_eq!(world.bills(&aiko)[0].paid, yen(3300));
    assert_eq!(world.take(period.as_bytes()).unwrap(), done);
    // The same payment once more, by another entry: it is on the list of odd ones.
    let twice = String::from_utf8(world.ask_bank(BankAsk::Since(1)).unwrap()).unwrap();
    let twice = all_under(&twice, id).replace("<NtryRef>2</NtryRef>", "<NtryRef>99</NtryRef>");
    let told = world.take(twice.as_bytes()).unwrap();
    assert_eq!((told.matched, told.waiting, told.odd), (1, 1, 1));
    let carrier = world.carrier.clone();
    let odd = world.store.read(|view| carrier.odd_entries(view)).unwrap();
    assert_eq!((odd.len(), odd[0].entry.as_str(), odd[0].amount), (1, "99", yen(1000)));
    // The next period is taken as ever.
    world.now = day(21);
    world.pay_in(5, "ANOTHER");
    world.bank_tends();
    let next = world.ask_bank(BankAsk::Period(2)).unwrap();
    assert_eq!(world.take(&next).unwrap().waiting, 1);
    world.adds_up();
    world.bank_adds_up();
}

/// proves: row-56
#[test]
fn what_a_message_told_of_is_known_when_a_document_tells_of_it() {
    let mut world = found(|config| config.by_file = true);
    let aiko = world.subscribe("+819000004417", |_| {});
    world.now = day(20);
    world.bill(FEBRUARY, 10).unwrap();
    let number = world.bills(&aiko)[0].number.clone();
    world.pay_in(2300, &number);
    let id = units::TransferId([7; 16]);
    let said = party::bank::Credited {
        bank: world.bank.id(),
        id,
        from: Some(world.seller(SELLER)),
        to: world.carrier.id(),
        amount: yen(2300),
        reference: number,
        at: world.now,
    };
    let message = world.notice(&said, "bank");
    let notice = String::from_utf8(world.ask_bank(BankAsk::Since(1)).unwrap()).unwrap();
    let notice = all_under(&notice, id);
    for _ in 0..2 {
        let heard = world.serve(Verb::Credited, message.clone()).unwrap();
        assert_eq!(heard, party::Step::Answer(Vec::new()));
        assert_eq!(world.take(notice.as_bytes()).unwrap().known, 1);
    }
    assert_eq!(world.bills(&aiko)[0].paid, yen(2300));
    let carrier = world.carrier.clone();
    assert!(world.store.read(|view| carrier.suspense(view, 10)).unwrap().is_empty());
    world.adds_up();
}
