//! Lay: a bill's words on sheets, in the order of its page. What is to be paid stands once, at the end.

use face::{Said, Words};

use super::{
    super::sheet::Sheet,
    flow::{Cell, Column, Flow, LEFT, Mark, RIGHT, Style, height},
    wrap,
};

const TITLE: Style = Style::plain(18.0).bold();
const HEAD: Style = Style::plain(12.0).bold();
const BODY: Style = Style::plain(9.5);
const SMALL: Style = Style::plain(8.0).soft();
const TOTAL: Style = Style::plain(14.0).bold();
/// Most lines of one field of a table.
const FIELD_LINES: usize = 3;

/// The two halves of a sheet.
const HALVES: [Column; 2] = [Column::left(LEFT, 288.0), Column::left(308.0, RIGHT)];
/// Item, used, amount.
const TELEPHONE: [Column; 3] = [
    Column::left(LEFT, 270.0),
    Column::left(280.0, 420.0),
    Column::right(430.0, RIGHT),
];
/// Date, license, paid to, amount.
const CONTENT: [Column; 4] = [
    Column::left(LEFT, 112.0),
    Column::left(118.0, 310.0),
    Column::left(320.0, 440.0),
    Column::right(446.0, RIGHT),
];
/// A sum and its name.
const SUMS: [Column; 2] = [Column::left(LEFT, 360.0), Column::right(370.0, RIGHT)];

/// A field: the first lines of a text.
fn cell(column: Column, style: Style, text: &str) -> Cell {
    let wide = column.until - column.from;
    let lines = wrap::at_most(FIELD_LINES, text, style.size, style.bold, wide);
    lines.into_iter().map(|line| (style, line)).collect()
}

/// A row of texts in one style.
fn row<const N: usize>(columns: [Column; N], style: Style, texts: [&str; N]) -> Vec<(Column, Cell)> {
    let fields = columns.into_iter().zip(texts);
    fields
        .map(|(column, text)| (column, cell(column, style, text)))
        .collect()
}

/// A table whose head is repeated on every sheet it goes on to.
fn table(flow: &mut Flow, head: &[(Column, Cell)], rows: Vec<Vec<(Column, Cell)>>, sum: &[(Column, Cell)]) {
    let begin = |flow: &mut Flow| {
        flow.row(head);
        flow.rule();
        flow.gap(2.0);
    };
    begin(flow);
    for row in rows {
        if flow.room(height(&row) + 3.0) {
            begin(flow);
        }
        flow.row(&row);
        flow.gap(3.0);
    }
    if flow.room(height(sum) + 8.0) {
        begin(flow);
    }
    flow.rule();
    flow.row(sum);
    flow.gap(18.0);
}

fn heading(flow: &mut Flow, sheet: &Sheet<'_>, carrier: &str) {
    flow.text(Column::WHOLE, HEAD.soft(), carrier);
    flow.gap(10.0);
    flow.text(Column::WHOLE, TITLE, &sheet.title.plain());
    flow.text(Column::WHOLE, SMALL, &sheet.period.plain());
    flow.gap(14.0);
}

/// Whose bill it is, beside what is to be done about it.
fn parties(flow: &mut Flow, sheet: &Sheet<'_>, words: Words) {
    let [one, other] = HALVES;
    let mut whose = cell(one, HEAD, &words.bill_for().plain());
    whose.extend(cell(one, BODY, sheet.name));
    for line in sheet.address {
        whose.extend(cell(one, BODY, line));
    }
    whose.extend(cell(one, BODY, &sheet.number.plain()));
    let (head, lines) = &sheet.pay;
    let mut pay = cell(other, HEAD, &head.plain());
    for line in lines {
        pay.extend(cell(other, BODY, &line.plain()));
    }
    flow.row(&[(one, whose), (other, pay)]);
    flow.gap(20.0);
}

/// The name of a part; it stays with what begins below it.
fn part(flow: &mut Flow, name: &Said) {
    flow.room(90.0);
    flow.text(Column::WHOLE, HEAD, &name.plain());
    flow.gap(4.0);
}

fn telephone(flow: &mut Flow, sheet: &Sheet<'_>, words: Words) {
    part(flow, &words.bill_telephone());
    let names = [words.bill_item(), words.bill_used(), words.bill_amount()].map(|name| name.plain());
    let head = row(TELEPHONE, SMALL.bold(), names.each_ref().map(String::as_str));
    let rows = sheet.telephone.iter().map(|line| {
        let texts = [&line.what, &line.used, &line.amount].map(Said::plain);
        row(TELEPHONE, BODY, texts.each_ref().map(String::as_str))
    });
    let sum = [words.bill_telephone_sum(), sheet.telephone_sum.clone()].map(|text| text.plain());
    let sum = row(SUMS, BODY.bold(), sum.each_ref().map(String::as_str));
    table(flow, &head, rows.collect(), &sum);
}

fn content(flow: &mut Flow, sheet: &Sheet<'_>, words: Words) {
    part(flow, &words.bill_content());
    if sheet.content.is_empty() {
        flow.text(Column::WHOLE, BODY, &words.bill_no_content().plain());
        flow.gap(18.0);
        return;
    }
    let names = [
        words.bill_date(),
        words.bill_license(),
        words.bill_paid_to(),
        words.bill_amount(),
    ];
    let names = names.map(|name| name.plain());
    let head = row(CONTENT, SMALL.bold(), names.each_ref().map(String::as_str));
    let [day, what, to, amount] = CONTENT;
    let rows = sheet.content.iter().map(|line| {
        let mut named = cell(what, BODY, &line.what.plain());
        named.extend(cell(what, SMALL, &line.purchase));
        vec![
            (day, cell(day, BODY, &line.day.plain())),
            (what, named),
            (to, cell(to, BODY, &line.to)),
            (amount, cell(amount, BODY, &line.amount.plain())),
        ]
    });
    let sum = [words.bill_content_sum(), sheet.content_sum.clone()].map(|text| text.plain());
    let sum = row(SUMS, BODY.bold(), sum.each_ref().map(String::as_str));
    table(flow, &head, rows.collect(), &sum);
    flow.gap(-10.0);
    let note = format!("{} {}", words.bill_seller().plain(), sheet.question.plain());
    flow.text(Column::WHOLE, SMALL, &note);
    flow.gap(18.0);
}

/// What it comes to. It stands together on one sheet.
fn sums(flow: &mut Flow, sheet: &Sheet<'_>, words: Words) {
    let rows = sheet.sums.iter().map(|(name, sum)| {
        let texts = [name, sum].map(Said::plain);
        row(SUMS, BODY, texts.each_ref().map(String::as_str))
    });
    let rows: Vec<_> = rows.collect();
    let total = [words.bill_sum(), sheet.total.clone()].map(|text| text.plain());
    let total = row(SUMS, TOTAL, total.each_ref().map(String::as_str));
    let high: f32 = rows.iter().map(|row| height(row) + 2.0).sum();
    flow.room(high + height(&total) + 12.0);
    flow.rule();
    for row in rows {
        flow.row(&row);
        flow.gap(2.0);
    }
    flow.rule();
    flow.row(&total);
    flow.gap(8.0);
    flow.text(Column::WHOLE, SMALL, &sheet.foot.plain());
}

/// The sheets of a bill.
pub(super) fn sheets(sheet: &Sheet<'_>, words: Words, carrier: &str) -> Vec<Vec<Mark>> {
    let mut flow = Flow::new();
    heading(&mut flow, sheet, carrier);
    parties(&mut flow, sheet, words);
    if sheet.has_telephone {
        telephone(&mut flow, sheet, words);
    }
    if sheet.has_content {
        content(&mut flow, sheet, words);
    }
    sums(&mut flow, sheet, words);
    flow.numbered(sheet.bill)
}
