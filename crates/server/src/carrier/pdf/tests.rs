//! What a bill must have as a PDF: every figure, sums once, nothing beyond the edge of a sheet.

use carrier::{Bill, Contract};
use face::{Lang, Words};
use hayro_syntax::{Pdf, content::ops::TypedInstruction};

use super::{
    super::{
        Sign,
        sheet::Sheet,
        stories::{contract, sign, together},
    },
    face::{Run, runs, width},
    lay, of,
    wrap::{at_most, lines},
};

fn drawn(lang: Lang, bill: &Bill, contract: &Contract) -> Vec<u8> {
    let (sign, words): (Sign, Words) = (sign(), Words(lang));
    of(&Sheet::of(&sign, words, bill, contract), words, &sign.name)
}

/// What a reader of the PDF sees: the lines of each sheet.
fn read(bytes: Vec<u8>) -> Vec<Vec<String>> {
    let pdf = Pdf::new(bytes).unwrap();
    let mut out = Vec::new();
    for page in pdf.pages().iter() {
        let (mut sheet, mut line, mut wide) = (Vec::new(), String::new(), false);
        let mut all = page.typed_operations();
        while let Some(one) = all.next() {
            match one {
                TypedInstruction::TextFont(font) => wide = font.0.as_str() == "F3",
                TypedInstruction::ShowText(shown) if wide => {
                    let pairs = shown
                        .0
                        .as_bytes()
                        .chunks(2)
                        .map(|two| u16::from_be_bytes([two[0], two[1]]));
                    line += &String::from_utf16(&pairs.collect::<Vec<_>>()).unwrap();
                }
                TypedInstruction::ShowText(shown) => {
                    let all = shown.0.as_bytes().iter();
                    line.extend(all.map(|b| if *b == 0x81 { '\u{2212}' } else { char::from(*b) }));
                }
                TypedInstruction::EndText(_) => sheet.push(core::mem::take(&mut line)),
                _ => {}
            }
        }
        out.push(sheet);
    }
    out
}

/// proves: ST-7 row-55
#[test]
fn every_figure_of_a_bill_stands_in_its_pdf_and_the_total_once() {
    for lang in Lang::ALL {
        let (bill, contract) = (together(), contract());
        let bytes = drawn(lang, &bill, &contract);
        assert_eq!(bytes, drawn(lang, &bill, &contract), "the same bill is the same bytes");
        let (sign, words) = (sign(), Words(lang));
        let sheet = Sheet::of(&sign, words, &bill, &contract);
        let sheets = read(bytes);
        assert_eq!(sheets.len(), 1);
        let lines = sheets.concat();
        let has = |text: &str| lines.iter().any(|line| line.contains(text));
        for line in &sheet.telephone {
            assert!(has(&line.amount.plain()) && has(&line.used.plain()), "{lines:?}");
        }
        for line in &sheet.content {
            assert!(has(&line.amount.plain()) && has(&line.purchase), "{lines:?}");
        }
        for text in [&sheet.telephone_sum, &sheet.content_sum, &sheet.pay.0, &sheet.title] {
            assert!(has(&text.plain()), "{text:?} in {lines:?}");
        }
        for text in [sheet.name, sheet.bill, "1 / 1"] {
            assert!(has(text), "{text} in {lines:?}");
        }
        let total = sheet.total.plain();
        assert_eq!(lines.iter().filter(|line| **line == total).count(), 1, "{lines:?}");
    }
}

/// proves: ST-7 row-55
#[test]
fn many_lines_make_several_sheets_and_sums_stand_once() {
    let mut bill = together();
    let line = bill.content.first().unwrap().clone();
    bill.content = vec![line; 300];
    let words = Words(Lang::En);
    let sheets = read(drawn(Lang::En, &bill, &contract()));
    assert!((7..=20).contains(&sheets.len()), "{}", sheets.len());
    let count = |text: &str| sheets.concat().iter().filter(|line| *line == text).count();
    for text in [words.bill_sum(), words.bill_content_sum(), words.bill_telephone_sum()] {
        assert_eq!(count(&text.plain()), 1, "{text:?}");
    }
    let purchase = carrier::reference(bill.content.first().unwrap().of);
    assert!(count(&purchase) == 300);
    // A reader of any sheet sees which bill it is, which sheet, and what its columns are.
    for (at, sheet) in sheets.iter().enumerate() {
        assert!(sheet.contains(&format!("{} / {}", at + 1, sheets.len())));
        assert!(sheet.contains(&bill.number));
    }
    let named = sheets
        .iter()
        .filter(|sheet| sheet.contains(&words.bill_license().plain()));
    assert!(named.count() + 1 >= sheets.len());
}

/// proves: row-69
#[test]
fn long_and_foreign_texts_stay_on_the_sheet() {
    let (mut bill, mut contract) = (together(), contract());
    contract.name = "港の灯を見に行く会".repeat(30);
    contract.address = vec!["\u{7}bell\\(parenthesis) ".repeat(40)];
    for line in &mut bill.content {
        line.name = "W".repeat(500);
        line.what = "Ünïcödé \u{1f431} — и другие ".repeat(20);
    }
    let (sign, words) = (sign(), Words(Lang::Ja));
    let sheets = lay::sheets(&Sheet::of(&sign, words, &bill, &contract), words, &sign.name);
    for mark in sheets.iter().flatten() {
        if let super::flow::Mark::Text { at, style, text } = mark {
            let end = at.0 + width(text, style.size, style.bold);
            assert!(
                at.0 >= super::flow::LEFT - 0.1 && end <= super::flow::RIGHT + 0.1,
                "{text}"
            );
            assert!(at.1 > 40.0 && !text.contains(char::is_control), "{text}");
        }
    }
    assert_eq!(read(drawn(Lang::Ja, &bill, &contract)).len(), sheets.len());
}

#[test]
fn a_text_is_set_in_the_faces_that_have_it_and_cut_where_it_is_too_long() {
    let set = runs("¥1\u{2212}円");
    assert_eq!(set, [Run::Latin(vec![0xa5, b'1', 0x81]), Run::Wide(vec![0x51, 0x86])]);
    assert!((width("10円", 10.0, false) - 21.12).abs() < 0.01);
    assert_eq!(lines("one two three", 10.0, false, 40.0), ["one two", "three"]);
    assert_eq!(lines("", 10.0, false, 40.0), [""]);
    assert_eq!(lines("あいう。", 10.0, false, 30.0), ["あい", "う。"]);
    let cut = at_most(1, "one two three", 10.0, false, 40.0);
    assert_eq!(cut, ["one tw…"]);
}
