//! Flow: marks on sheets of A4, from above to below, and on to the next sheet where one is full. Measures are points.

use super::{face, wrap};

/// An A4 sheet.
pub(super) const SHEET: (f32, f32) = (595.0, 842.0);
/// Where text begins and ends.
pub(super) const LEFT: f32 = 56.0;
pub(super) const RIGHT: f32 = 539.0;
const TOP: f32 = 786.0;
const BOTTOM: f32 = 76.0;
/// Where the number of the sheet stands.
const FOOT: f32 = 44.0;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) bold: bool,
    /// Grey.
    pub(super) soft: bool,
}

impl Style {
    /// Text of a size.
    pub(super) const fn plain(size: f32) -> Self {
        Self {
            size,
            bold: false,
            soft: false,
        }
    }
    /// The same, heavy.
    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
    /// The same, grey.
    pub(super) const fn soft(self) -> Self {
        Self { soft: true, ..self }
    }
    /// From one line of it to the next.
    pub(super) fn step(self) -> f32 {
        self.size * 1.4
    }
}

/// One thing on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// A line of text from a point on.
    Text { at: (f32, f32), style: Style, text: String },
    /// A thin line from the left to the right edge.
    Rule {
        /// At this height.
        y: f32,
    },
}

/// A column: from, until, and on which of the two its text stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) from: f32,
    pub(super) until: f32,
    /// Its text ends at `until`.
    pub(super) right: bool,
}

impl Column {
    /// All the way.
    pub(super) const WHOLE: Self = Self {
        from: LEFT,
        until: RIGHT,
        right: false,
    };

    /// A column whose text begins at its left.
    pub(super) const fn left(from: f32, until: f32) -> Self {
        Self {
            from,
            until,
            right: false,
        }
    }
    /// A column whose text ends at its right.
    pub(super) const fn right(from: f32, until: f32) -> Self {
        Self {
            from,
            until,
            right: true,
        }
    }
}

/// What is in a field of a table: lines of a style.
pub(super) type Cell = Vec<(Style, String)>;

/// Sheets as they are filled.
#[derive(Debug)]
pub(super) struct Flow {
    sheets: Vec<Vec<Mark>>,
    /// Down to where the last of them is full.
    y: f32,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self {
            sheets: vec![Vec::new()],
            y: TOP,
        }
    }

    fn put(&mut self, mark: Mark) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(mark);
        }
    }

    /// Leaves room.
    pub(super) fn gap(&mut self, height: f32) {
        self.y -= height;
    }

    /// Goes on to the next sheet unless this one has room. Did it?
    pub(super) fn room(&mut self, height: f32) -> bool {
        if self.y - height >= BOTTOM {
            return false;
        }
        self.sheets.push(Vec::new());
        self.y = TOP;
        true
    }

    /// A line across.
    pub(super) fn rule(&mut self) {
        self.y -= 4.0;
        self.put(Mark::Rule { y: self.y });
    }

    fn line(&mut self, column: Column, style: Style, y: f32, text: String) {
        let x = if column.right {
            column.until - face::width(&text, style.size, style.bold)
        } else {
            column.from
        };
        self.put(Mark::Text {
            at: (x, y),
            style,
            text,
        });
    }

    /// A text, as many lines as it takes.
    pub(super) fn text(&mut self, column: Column, style: Style, text: &str) {
        for line in wrap::lines(text, style.size, style.bold, column.until - column.from) {
            self.room(style.step());
            self.y -= style.step();
            self.line(column, style, self.y, line);
        }
    }

    /// Fields side by side, on one sheet. A row is never torn.
    pub(super) fn row(&mut self, cells: &[(Column, Cell)]) {
        let top = self.y;
        let mut deepest = top;
        for (column, cell) in cells {
            let mut y = top;
            for (style, text) in cell {
                y -= style.step();
                self.line(*column, *style, y, text.clone());
            }
            deepest = deepest.min(y);
        }
        self.y = deepest;
    }

    /// The sheets, with this and their numbers at their feet.
    pub(super) fn numbered(mut self, text: &str) -> Vec<Vec<Mark>> {
        let style = Style::plain(8.0).soft();
        let count = self.sheets.len();
        for (at, sheet) in self.sheets.iter_mut().enumerate() {
            let number = format!("{} / {count}", at.saturating_add(1));
            let x = RIGHT - face::width(&number, style.size, style.bold);
            let marks = [((LEFT, FOOT), text.to_owned()), ((x, FOOT), number)];
            sheet.extend(marks.map(|(at, text)| Mark::Text { at, style, text }));
        }
        self.sheets
    }
}

/// How high a row of such fields is.
pub(super) fn height(cells: &[(Column, Cell)]) -> f32 {
    let heights = cells
        .iter()
        .map(|(_, cell)| cell.iter().map(|(style, _)| style.step()).sum::<f32>());
    heights.fold(0.0, f32::max)
}
