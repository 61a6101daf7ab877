//! A seller that lives by its bank's files: a period or a notice settles the records whose charges it names, and whatever else came
//! in is kept where people see it. The documents are written here as a bank writes them, not by the program that reads them.

use std::sync::{Arc, Mutex};

use deal::charge::ChargeId;
use party::{
    Refused,
    shop::{HadPaid, Taken},
};
use stories::{Answer, Counterpart, Holder, Parties, Settling};
use units::{LicenseId, PartyId, Refusal, Span, TransferId};

use super::settlement::{bought, bought_by, found, yen};

/// An entry: its reference on the account, its side, and what else a bank says of it.
#[derive(Clone, Copy)]
struct Ntry<'a> {
    entry: &'a str,
    side: &'a str,
    status: &'a str,
    reversal: bool,
    amount: i64,
    currency: &'a str,
    end_to_end: &'a str,
    text: &'a str,
}

/// A booked credit in yen, of nobody's transfer.
const CREDIT: Ntry<'_> = Ntry {
    entry: "E1",
    side: "CRDT",
    status: "BOOK",
    reversal: false,
    amount: 0,
    currency: "JPY",
    end_to_end: "NOTPROVIDED",
    text: "",
};

/// The entry that takes another back.
fn back_of<'a>(of: Ntry<'a>, entry: &'a str) -> Ntry<'a> {
    Ntry {
        entry,
        side: "DBIT",
        reversal: true,
        ..of
    }
}

impl Ntry<'_> {
    fn xml(&self, payer: PartyId) -> String {
        let Self {
            entry,
            side,
            status,
            amount,
            currency,
            end_to_end,
            text,
            ..
        } = self;
        let reversal = if self.reversal { "<RvslInd>true</RvslInd>" } else { "" };
        let account = |name: &str| {
            format!("<{name}><Id><Othr><Id>{payer}</Id><SchmeNm><Prtry>PARTY</Prtry></SchmeNm></Othr></Id></{name}>")
        };
        format!(
            "<Ntry><NtryRef>{entry}</NtryRef><Amt Ccy=\"{currency}\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{reversal}\
             <Sts><Cd>{status}</Cd></Sts><BookgDt><DtTm>2004-02-18T03:00:00.000Z</DtTm></BookgDt>\
             <NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>\
             <RltdPties>{}</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            account("DbtrAcct")
        )
    }
}

/// A document about an account: a period between two balances in a currency, or else a notice.
fn document(
    own: PartyId,
    payer: PartyId,
    number: u64,
    period: Option<(i64, i64, &str)>,
    entries: &[Ntry<'_>],
) -> String {
    let (version, message, part) = match period {
        Some(_) => ("camt.053.001.08", "BkToCstmrStmt", "Stmt"),
        None => ("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    let balance = |code: &str, amount: i64, currency: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"{currency}\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><DtTm>2004-02-18T15:00:00.000Z</DtTm></Dt></Bal>"
        )
    };
    let balances = period.map_or(String::new(), |(opening, closing, currency)| {
        balance("OPBD", opening, currency) + &balance("CLBD", closing, currency)
    });
    let entries: String = entries.iter().map(|entry| entry.xml(payer)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{version}\"><{message}>\
         <GrpHdr><MsgId>M{number}</MsgId><CreDtTm>2004-02-18T15:00:00.000Z</CreDtTm></GrpHdr>\
         <{part}><Id>M{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2004-02-18T15:00:00.000Z</CreDtTm>\
         <Acct><Id><Othr><Id>{own}</Id><SchmeNm><Prtry>PARTY</Prtry></SchmeNm></Othr></Id></Acct>\
         {balances}{entries}</{part}></{message}></Document>"
    )
}

/// A seller that is owed 101 for a license, and has heard nothing of it.
struct Scene {
    parties: Settling,
    charge: ChargeId,
    buyer: Holder,
    license: LicenseId,
}

impl Scene {
    fn set() -> Self {
        let mut parties = found(false);
        let no = deal::enterprise::EnterpriseNo(2000);
        parties.list_seller(no).unwrap();
        parties.world.numbered(no, None);
        let (buyer, license) = bought(&mut parties, 0);
        let charge = buyer.card.state().owed(license).unwrap().charge;
        Self {
            parties,
            charge,
            buyer,
            license,
        }
    }

    fn own(&self) -> PartyId {
        self.parties.world.seller()
    }

    fn payer(&self) -> PartyId {
        self.parties
            .world
            .keys_of(seal::Role::Carrier, "Harbour Mobile")
            .unwrap()
            .id()
    }

    fn period(&self, number: u64, balances: (i64, i64), entries: &[Ntry<'_>]) -> String {
        let balances = Some((balances.0, balances.1, "JPY"));
        document(self.own(), self.payer(), number, balances, entries)
    }

    /// The seller takes a document: how many entries were new, known and out; or the refusal's code.
    fn take(&self, document: &str) -> Result<(u32, u32, u32), &'static str> {
        self.taken(document).map(|all| (all.new, all.known, all.out))
    }

    /// The same, with what was taken back.
    fn taken(&self, document: &str) -> Result<Taken, &'static str> {
        let (shop, now, bytes) = (self.parties.world.shop(), self.parties.world.now(), document.to_owned());
        let code = Arc::new(Mutex::new(""));
        let heard = code.clone();
        let taken = self.parties.world.within(self.own(), move |tx| {
            shop.take_statement(tx, bytes.as_bytes(), now).map_err(|no| {
                *heard.lock().unwrap() = no.code();
                Refused::by(&no)
            })
        });
        taken.map_err(|_| *code.lock().unwrap())
    }

    /// Everything that waits for people: amount, why, and what its order said.
    fn suspense(&self) -> Vec<(i64, &'static str, String)> {
        let shop = self.parties.world.shop();
        let rows = self
            .parties
            .world
            .within(self.own(), move |tx| Ok(shop.unmatched(tx, 50)?));
        let mut rows: Vec<_> = rows
            .unwrap()
            .into_iter()
            .map(|(_, row)| (row.amount.minor(), row.why.code(), row.reference))
            .collect();
        rows.sort();
        rows
    }

    fn is_settled(&self) -> bool {
        let (open, settled) = self.parties.record(self.charge).unwrap();
        assert_ne!(open.is_some(), settled.is_some());
        settled.is_some()
    }

    /// What the bank took back: how much, and what it had paid.
    fn taken_back(&self) -> Vec<(i64, HadPaid)> {
        let shop = self.parties.world.shop();
        let rows = self
            .parties
            .world
            .within(self.own(), move |tx| Ok(shop.all_taken_back(tx, None, 50)?));
        let mut rows: Vec<_> = rows
            .unwrap()
            .into_iter()
            .map(|(_, row)| (row.amount.minor(), row.had_paid))
            .collect();
        rows.sort_by_key(|(minor, _)| *minor);
        rows
    }

    /// The seller's books.
    fn sheet(&self) -> Vec<(String, i64)> {
        let sheet = self.parties.world.within(self.own(), |tx| Ok(party::books::sheet(tx)?));
        sheet.unwrap()
    }

    /// What the seller's books say lies at its bank, and belongs to no record.
    fn sums(&self) -> (i64, i64) {
        let sheet = self.sheet();
        let sum = |name: &str| {
            let lines = sheet.iter().filter(|(line, _)| line.starts_with(name));
            lines.map(|(_, minor)| *minor).sum()
        };
        (sum("at bank"), sum("unmatched"))
    }

    fn is_whole(&mut self) {
        assert_eq!(self.parties.world.audit(), Vec::<String>::new());
    }
}

/// proves: ST-5 ST-6 row-56
#[test]
fn a_period_settles_its_records_once_and_keeps_the_rest_where_people_see_it() {
    let mut scene = Scene::set();
    let reference = carrier::reference(scene.charge);
    let entries = [
        Ntry {
            entry: "E1",
            amount: 70,
            text: "RENT 2004-02",
            ..CREDIT
        },
        Ntry {
            entry: "E2",
            amount: 50,
            text: &reference,
            ..CREDIT
        },
        // Announced is not booked: it counts when it is.
        Ntry {
            entry: "E3",
            status: "PDNG",
            amount: 101,
            text: &reference,
            ..CREDIT
        },
        // A fee of the bank's that it gave back, with words that somebody hopes settle a record.
        Ntry {
            entry: "E4",
            reversal: true,
            amount: 101,
            text: &reference,
            ..CREDIT
        },
        Ntry {
            entry: "E5",
            side: "DBIT",
            amount: 21,
            text: "FEE",
            ..CREDIT
        },
    ];
    let first = scene.period(1, (0, 200), &entries);
    assert_eq!(scene.take(&first), Ok((3, 0, 1)));
    let suspense = vec![
        (50, "other-amount", reference.clone()),
        (70, "no-record", "RENT 2004-02".to_owned()),
        (101, "no-record", format!("reversal: {reference}")),
    ];
    assert_eq!((scene.suspense(), scene.is_settled()), (suspense.clone(), false));
    assert_eq!(scene.sums(), (221, 221));
    // The next period brings what is due, under the number of a transfer; and a notice told of it before.
    let transfer = TransferId([5; 16]).to_string();
    let due = Ntry {
        entry: "E6",
        amount: 101,
        end_to_end: &transfer,
        text: &reference,
        ..CREDIT
    };
    let notice = document(scene.own(), scene.payer(), 9, None, &[due]);
    assert_eq!(scene.take(&notice), Ok((1, 0, 0)));
    assert!(scene.is_settled());
    let second = scene.period(2, (200, 301), &[due]);
    for document in [&second, &first, &notice, &second] {
        let (new, ..) = scene.take(document).unwrap();
        assert_eq!(
            new, 0,
            "an entry counts once, however often and by whichever way it is told"
        );
    }
    assert_eq!((scene.suspense(), scene.sums()), (suspense, (322, 221)));
    // Paid once more, by another entry: it belongs to no record any more.
    let again = Ntry { entry: "E7", ..due };
    let again = Ntry {
        end_to_end: "NOTPROVIDED",
        ..again
    };
    let third = scene.period(3, (301, 402), &[again]);
    assert_eq!(scene.take(&third), Ok((1, 0, 0)));
    assert!(scene.suspense().contains(&(101, "settled-before", reference)));
    // The card's charge comes to the carrier late, which pays: that is nobody's either, and nothing is lost.
    scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
    scene.is_whole();
}

/// proves: ST-5 ST-6 row-56
#[test]
fn what_the_bank_takes_back_is_unsettled_again_until_it_comes_again() {
    let mut scene = Scene::set();
    let reference = carrier::reference(scene.charge);
    let transfer = |n: u8| TransferId([n; 16]).to_string();
    let (first, second, third, fourth) = (transfer(5), transfer(6), transfer(7), transfer(8));
    let due = Ntry {
        entry: "E1",
        amount: 101,
        end_to_end: &first,
        text: &reference,
        ..CREDIT
    };
    let rent = Ntry {
        entry: "E2",
        amount: 70,
        text: "RENT 2004-02",
        end_to_end: &second,
        ..CREDIT
    };
    let took = |back: u32, known: u32| Taken {
        back,
        known,
        ..Taken::default()
    };
    let (own, payer) = (scene.own(), scene.payer());
    let notice = |number, entries: &[Ntry<'_>]| document(own, payer, number, None, entries);
    assert_eq!(scene.take(&notice(1, &[due, rent])), Ok((2, 0, 0)));
    assert!(scene.is_settled());
    assert_eq!(scene.sums(), (171, 70));
    let settled = scene.sheet();

    // Another amount than came takes back nothing that is known here.
    let part = Ntry {
        amount: 50,
        ..back_of(due, "E3")
    };
    assert_eq!(scene.taken(&notice(2, &[part])), Ok(took(1, 0)));
    assert_eq!((scene.is_settled(), scene.sums()), (true, (171, 70)));
    assert_eq!(scene.taken_back(), [(50, HadPaid::Unknown)]);

    // Both are taken back, by the transfer's number or, where the bank gives none, by the charge it names.
    let unnamed = Ntry {
        end_to_end: "NOTPROVIDED",
        ..back_of(due, "E4")
    };
    let both = notice(3, &[unnamed, back_of(rent, "E5")]);
    assert_eq!(scene.taken(&both), Ok(took(2, 0)));
    assert_eq!((scene.is_settled(), scene.sums()), (false, (0, 0)));
    assert_eq!(scene.suspense(), []);
    let charge = scene.charge;
    let known = [
        (50, HadPaid::Unknown),
        (70, HadPaid::Nobody),
        (101, HadPaid::Record(charge)),
    ];
    assert_eq!(scene.taken_back(), known);
    scene.is_whole();
    // Told again, in whichever order: neither what came nor what was taken counts twice.
    for again in [&both, &notice(1, &[due, rent]), &both, &notice(2, &[part])] {
        let Taken { new, back, out, .. } = scene.taken(again).unwrap();
        assert_eq!((new, back, out), (0, 0, 0));
    }
    assert_eq!((scene.is_settled(), scene.sums()), (false, (0, 0)));

    // Paid by a new transfer, taken back, and paid once more: the books stand as after the first.
    let anew = Ntry {
        entry: "E6",
        end_to_end: &third,
        ..due
    };
    assert_eq!(scene.take(&notice(4, &[anew])), Ok((1, 0, 0)));
    assert!(scene.is_settled());
    assert_eq!(scene.taken(&notice(5, &[back_of(anew, "E7")])), Ok(took(1, 0)));
    assert!(!scene.is_settled());
    // One that is taken back before it is told of never counts.
    let early = Ntry {
        entry: "E8",
        end_to_end: &fourth,
        ..due
    };
    assert_eq!(scene.taken(&notice(6, &[back_of(early, "E9")])), Ok(took(1, 0)));
    assert_eq!(scene.take(&notice(7, &[early])), Ok((0, 1, 0)));
    assert!(!scene.is_settled());
    let last = transfer(9);
    let last = Ntry {
        entry: "E10",
        end_to_end: &last,
        ..due
    };
    assert_eq!(scene.take(&notice(8, &[last])), Ok((1, 0, 0)));
    assert!(scene.is_settled());
    assert_eq!(scene.sums(), (101, 0));
    let after = scene.sheet();
    let without = |sheet: &[(String, i64)]| -> Vec<_> {
        let same = |(line, _): &&(String, i64)| !line.starts_with("at bank") && !line.starts_with("unmatched");
        sheet.iter().filter(same).cloned().collect()
    };
    assert_eq!(without(&after), without(&settled));
    scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
    scene.is_whole();
}

/// proves: ST-5 ST-6 row-56
#[test]
fn what_a_payment_set_off_stands_again_when_the_bank_takes_it_back() {
    let mut scene = Scene::set();
    let (buyer, license) = bought_by(&mut scene.parties, 0, 2);
    let nothing_for = buyer.card.state().owed(license).unwrap().charge;
    let before = scene.sheet();
    let pays = carrier::reference(scene.charge);
    let reference = format!("{pays} -21 0/{}", carrier::reference(nothing_for));
    let is_settled = |scene: &Scene, charge| scene.parties.record(charge).unwrap().1.is_some();
    for n in [5, 6] {
        let transfer = TransferId([n; 16]).to_string();
        let (came, went) = (format!("E{n}"), format!("R{n}"));
        let less = Ntry {
            entry: &came,
            amount: 80,
            end_to_end: &transfer,
            text: &reference,
            ..CREDIT
        };
        let notice = document(scene.own(), scene.payer(), n.into(), None, &[less]);
        assert_eq!(scene.take(&notice), Ok((1, 0, 0)));
        assert!(is_settled(&scene, scene.charge) && is_settled(&scene, nothing_for));
        assert_ne!(scene.sheet(), before);
        scene.is_whole();
        let back = document(scene.own(), scene.payer(), 10, None, &[back_of(less, &went)]);
        assert_eq!(scene.taken(&back).map(|all| all.back), Ok(1));
        assert!(!is_settled(&scene, scene.charge) && !is_settled(&scene, nothing_for));
        let charged = |sheet: Vec<(String, i64)>| -> Vec<_> {
            let mut sheet: Vec<_> = sheet.into_iter().filter(|(_, minor)| *minor != 0).collect();
            sheet.sort();
            sheet
        };
        assert_eq!(charged(scene.sheet()), charged(before.clone()));
        scene.is_whole();
    }
}

/// The bank itself tells a seller that lives by its documents of a payment with a set-off, which is its payer's word alone: the
/// document says whose account paid.
///
/// proves: ST-5 ST-6 row-56
#[test]
fn a_part_refund_is_set_off_by_the_banks_own_documents_alone() {
    let mut scene = Scene::set();
    let (bank, seller) = (scene.parties.world.house_bank(), scene.own());
    let teller = bank.clone();
    let untold = scene.parties.world.within(scene.parties.world.bank(), move |tx| {
        teller.tell(tx, seller, false)?;
        Ok(())
    });
    untold.unwrap();
    scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
    let (carrier, id, charge) = (scene.parties.carrier.clone(), scene.parties.id(), scene.charge);
    let now = scene.parties.world.now();
    let refunded = scene.parties.world.within(party::Party::id(&*carrier), move |tx| {
        let done = carrier.refund(tx, id, charge, yen(21), now);
        done.map(drop).map_err(|no| Refused::by(&no))
    });
    refunded.unwrap();
    scene.parties.world.wait(Span::days(8));
    scene.parties.world.hear_news().unwrap();
    for _ in 0..4 {
        scene.parties.world.settle_down();
    }
    assert!(!scene.is_settled(), "nobody told the seller yet");
    let now = scene.parties.world.now();
    let document = scene.parties.world.within(scene.parties.world.bank(), move |tx| {
        let holder = party::bank::Holder::Party(seller);
        let number = bank.close_period(tx, holder, now)?;
        let mut periods = Vec::new();
        for number in 1..=number {
            periods.push(bank.period(tx, holder, number).map_err(|no| Refused::by(&no))?);
        }
        let notice = bank.since(tx, holder, 0, now).map_err(|no| Refused::by(&no))?;
        Ok((periods, notice))
    });
    let (periods, notice) = document.unwrap();
    let payer = scene.payer().to_string();
    for document in [periods.last().unwrap(), &notice] {
        assert!(document.contains(&payer), "whose account paid: {document}");
    }
    let told: Vec<_> = periods.iter().map(|period| scene.take(period).unwrap().0).collect();
    assert_eq!(told.iter().sum::<u32>(), 1, "{told:?}");
    assert_eq!(scene.take(&notice), Ok((0, 1, 0)));
    assert!(scene.is_settled());
    assert_eq!((scene.suspense(), scene.sums()), (Vec::new(), (80, 0)));
    let shop = scene.parties.world.shop();
    let back = scene
        .parties
        .world
        .within(seller, move |tx| Ok(shop.given_back(tx, charge)?));
    assert_eq!(back.unwrap(), yen(21));
    scene.is_whole();
}

/// Whoever orders a transfer chooses the number it bears. A yen under the number of a carrier's payment is a yen, and takes
/// nothing from that payment, whichever comes first.
///
/// proves: ST-5 ST-6 row-56
#[test]
fn money_under_the_number_of_a_payment_displaces_nothing() {
    for first in [true, false] {
        let mut scene = Scene::set();
        let reference = carrier::reference(scene.charge);
        let number = TransferId([5; 16]).to_string();
        let due = Ntry {
            entry: "E2",
            amount: 101,
            end_to_end: &number,
            text: &reference,
            ..CREDIT
        };
        let yen = Ntry {
            entry: "E1",
            amount: 1,
            text: "A PRESENT",
            ..due
        };
        let notice = |entries: &[Ntry<'_>]| document(scene.own(), scene.payer(), 1, None, entries);
        let documents = match first {
            true => [notice(&[yen]), notice(&[due])],
            false => [notice(&[due]), notice(&[yen])],
        };
        for document in &documents {
            assert_eq!(scene.take(document), Ok((1, 0, 0)));
        }
        for document in &documents {
            assert_eq!(scene.take(document), Ok((0, 1, 0)));
        }
        assert!(scene.is_settled());
        assert_eq!(scene.suspense(), [(1, "no-record", "A PRESENT".to_owned())]);
        // The same amount for the same record, once more: nobody's, and people see it.
        let twice = notice(&[Ntry { entry: "E3", ..due }]);
        assert_eq!(scene.take(&twice), Ok((1, 0, 0)));
        assert_eq!((scene.suspense().len(), scene.sums()), (2, (203, 102)));
        // The bank contradicts itself about an entry: nothing of that is taken.
        let other = notice(&[Ntry { amount: 2, ..yen }]);
        assert_eq!(scene.take(&other), Err("entry-other-content"));
        // The yen is taken back; the payment stands.
        let back = notice(&[back_of(yen, "E4")]);
        assert_eq!(scene.taken(&back).map(|all| all.back), Ok(1));
        assert_eq!((scene.is_settled(), scene.sums()), (true, (202, 101)));
        scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
        scene.is_whole();
    }
}

/// proves: ST-5 ST-6 row-56
#[test]
fn a_payment_that_was_told_by_message_is_known_when_the_document_tells_of_it() {
    let mut scene = Scene::set();
    scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
    scene.parties.world.wait(Span::days(8));
    scene.parties.world.hear_news().unwrap();
    for _ in 0..4 {
        scene.parties.world.settle_down();
    }
    assert!(scene.is_settled(), "the bank's message told of it");
    let sums = scene.sums();
    let (bank, seller, now) = (scene.parties.world.house_bank(), scene.own(), scene.parties.world.now());
    let notice = scene.parties.world.within(scene.parties.world.bank(), move |tx| {
        let holder = party::bank::Holder::Party(seller);
        bank.since(tx, holder, 0, now).map_err(|no| Refused::by(&no))
    });
    let notice = notice.unwrap();
    for _ in 0..2 {
        assert_eq!(scene.take(&notice), Ok((0, 1, 0)));
    }
    assert_eq!((scene.suspense(), scene.sums()), (Vec::new(), sums));
    scene.is_whole();
}

/// proves: ST-5 ST-6 row-56
#[test]
fn what_a_bank_books_as_one_settles_part_by_part() {
    let mut scene = Scene::set();
    let reference = carrier::reference(scene.charge);
    let due = Ntry {
        amount: 101,
        text: &reference,
        ..CREDIT
    };
    let rent = Ntry {
        amount: 70,
        text: "RENT 2004-02",
        ..CREDIT
    };
    let whole = Ntry { amount: 171, ..due };
    let details = |one: Ntry<'_>| {
        let (_, rest) = document(scene.own(), scene.payer(), 1, None, &[one])
            .split_once("<TxDtls>")
            .map(|(head, rest)| (head.to_owned(), rest.to_owned()))
            .unwrap();
        let inner = rest.split_once("</TxDtls>").unwrap().0.to_owned();
        let amount = one.amount;
        let (refs, rest) = inner.split_once("</Refs>").unwrap();
        format!("<TxDtls>{refs}</Refs><Amt Ccy=\"JPY\">{amount}</Amt>{rest}</TxDtls>")
    };
    let notice = document(scene.own(), scene.payer(), 1, None, &[whole]);
    let (head, rest) = notice.split_once("<TxDtls>").unwrap();
    let (_, tail) = rest.split_once("</TxDtls>").unwrap();
    let batch = format!("{head}{}{}{tail}", details(rent), details(due));
    assert_eq!(scene.take(&batch), Ok((2, 0, 0)));
    assert_eq!(scene.take(&batch), Ok((0, 2, 0)));
    assert!(scene.is_settled());
    assert_eq!(scene.suspense(), [(70, "no-record", "RENT 2004-02".to_owned())]);
    assert_eq!(scene.sums(), (171, 70));
    scene.parties.relay(&mut scene.buyer, scene.license).unwrap();
    scene.is_whole();
}

/// A refused charge is cleared from the purse while the bank tells that its money has come after all: whoever paid second is
/// owed it, and people see it on the list.
///
/// proves: ST-5 ST-13 row-56
#[test]
fn what_comes_twice_because_two_words_crossed_is_on_the_list() {
    let mut parties = found(false);
    parties.world.numbered(deal::enterprise::EnterpriseNo(2000), None);
    let (mut buyer, license) = bought(&mut parties, 3000);
    let charge = buyer.card.state().owed(license).unwrap().charge;
    let heard = parties.relay(&mut buyer, license).unwrap();
    assert!(matches!(heard, card::ChargeHeard::Refused(..)), "{heard:?}");
    let seed = buyer.draw();
    let asked = buyer.card.ask_clear(license, &seed).unwrap();
    let checked = buyer
        .quote(&mut parties.world, Counterpart::Shop, &asked, None)
        .unwrap();
    let (_, pay) = buyer.commit(&parties.world, &checked, &card::Want::default()).unwrap();
    // The shop waits for the issuer, which is away.
    parties.world.silence(Counterpart::Issuer, true);
    let seller = parties.world.seller();
    let waits = parties.world.tell(seller, party::Verb::Pay, &pay);
    assert_eq!(waits, Answer::NotYet);
    let mut scene = Scene {
        parties,
        charge,
        buyer,
        license,
    };
    let reference = carrier::reference(charge);
    let due = Ntry {
        amount: 101,
        text: &reference,
        ..CREDIT
    };
    let notice = document(scene.own(), scene.payer(), 1, None, &[due]);
    assert_eq!(scene.take(&notice), Ok((1, 0, 0)));
    assert!(scene.is_settled());
    assert_eq!(scene.suspense(), []);
    scene.parties.world.silence(Counterpart::Issuer, false);
    let cleared = scene
        .buyer
        .finish(&mut scene.parties.world, Counterpart::Shop, &pay)
        .unwrap();
    assert!(matches!(cleared, card::Settled::Given { .. }), "{cleared:?}");
    assert_eq!(scene.suspense(), [(101, "settled-before", reference)]);
    assert_eq!(scene.sums(), (101, 101));
    assert!(scene.buyer.card.state().owed(scene.license).is_none());
    scene.is_whole();
}

/// proves: ST-5 row-56
#[test]
fn money_that_matched_nothing_and_is_off_the_list_is_noticed() {
    let mut scene = Scene::set();
    let rent = Ntry {
        amount: 70,
        text: "RENT 2004-02",
        ..CREDIT
    };
    let notice = document(scene.own(), scene.payer(), 1, None, &[rent]);
    assert_eq!(scene.take(&notice), Ok((1, 0, 0)));
    scene.is_whole();
    let gone = scene.parties.world.within(scene.own(), |tx| {
        let list = store::Table::new("shop_unmatched");
        let rows = tx.scan(list, &store::Range::all(), false, 1)?;
        for (key, _) in &rows {
            tx.delete(list, key)?;
        }
        Ok(rows.len())
    });
    assert_eq!(gone, Ok(1));
    let found = scene.parties.world.audit();
    assert!(
        found.iter().any(|line| line.contains("70 booked, 0 on the list")),
        "{found:#?}"
    );
}

/// proves: ST-5 ST-6 row-56 row-54
#[test]
fn a_document_about_anything_else_is_refused_and_changes_nothing() {
    let mut scene = Scene::set();
    let (own, payer) = (scene.own(), scene.payer());
    let reference = carrier::reference(scene.charge);
    let due = Ntry {
        amount: 101,
        text: &reference,
        ..CREDIT
    };
    let euros = Ntry {
        entry: "E2",
        currency: "EUR",
        ..due
    };
    let yen = |opening, closing| Some((opening, closing, "JPY"));
    for (words, document, code) in [
        (
            "another's account",
            document(payer, payer, 1, yen(0, 101), &[due]),
            "statement-other-account",
        ),
        (
            "another's, as a notice",
            document(payer, payer, 1, None, &[due]),
            "statement-other-account",
        ),
        (
            "an entry in euros",
            document(own, payer, 1, yen(0, 202), &[due, euros]),
            "statement-other-account",
        ),
        (
            "the same as a notice",
            document(own, payer, 1, None, &[due, euros]),
            "statement-other-account",
        ),
        (
            "balances in euros",
            document(own, payer, 1, Some((0, 101, "EUR")), &[due]),
            "statement-does-not-add-up",
        ),
        (
            "an entry left out",
            document(own, payer, 1, yen(0, 202), &[due]),
            "statement-does-not-add-up",
        ),
        (
            "a period left out",
            document(own, payer, 2, yen(0, 101), &[due]),
            "statement-gap",
        ),
        (
            "a half yen",
            document(own, payer, 1, None, &[due]).replace(">101<", ">100.5<"),
            "remit-wrong",
        ),
        (
            "no amount",
            document(own, payer, 1, None, &[due]).replace(">101<", "><"),
            "remit-wrong",
        ),
    ] {
        assert_eq!(scene.take(&document), Err(code), "{words}");
        assert_eq!((scene.suspense(), scene.sums()), (Vec::new(), (0, 0)), "{words}");
        assert!(!scene.is_settled(), "{words}");
    }
    // After the first period a second that begins with another balance is not the next one.
    assert_eq!(scene.take(&scene.period(1, (40, 40), &[])), Ok((0, 0, 0)));
    assert_eq!(scene.take(&scene.period(2, (41, 142), &[due])), Err("statement-gap"));
    assert_eq!(scene.take(&scene.period(2, (40, 141), &[due])), Ok((1, 0, 0)));
    assert!(scene.is_settled());
    scene.is_whole();
}
