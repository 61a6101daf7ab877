//! Fine codes: the many squares of a long letter, as a camera or a picture has them: between pixels, a little askew.
//!
//! The reader of `rqrr` finds the far corner of a code by prolonging the short edges of its near ones, which misses by
//! squares where there are more than a hundred in a row. Here the three corners' centres are taken as exactly as pixels
//! allow, and the fourth is moved until the code's own known patterns fall into place.

use rqrr::{Grid, SimpleGrid};

/// The smallest code worth this: version 7, 45 squares wide. Smaller ones are read well as it is.
const SIDE_MIN: usize = 45;
const SIDE_MAX: usize = 177;
/// As many corners as are looked at, the clearest first.
const CORNERS_MAX: usize = 8;
/// How much of the known patterns must be right, in hundredths.
const GOOD: usize = 88;

/// Black and white: darker than its surroundings, or not.
struct Picture {
    width: usize,
    height: usize,
    dark: Vec<bool>,
}

impl Picture {
    /// Each pixel against the mean of a window around it.
    fn new(width: usize, height: usize, luma: &[u8]) -> Self {
        let stride = width + 1;
        let mut sums = vec![0_u32; stride * (height + 1)];
        for (y, row) in luma.chunks(width).enumerate() {
            let mut line = 0_u32;
            for (x, value) in row.iter().enumerate() {
                line += u32::from(*value);
                let above = sums.get(y * stride + x + 1).copied().unwrap_or(0);
                if let Some(sum) = sums.get_mut((y + 1) * stride + x + 1) {
                    *sum = above + line;
                }
            }
        }
        let at = |x: usize, y: usize| sums.get(y * stride + x).copied().map_or(0, i64::from);
        let reach = (width.max(height) / 20).max(8);
        let mut dark = Vec::with_capacity(width * height);
        for (y, row) in luma.chunks(width).enumerate() {
            let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
            for (x, value) in row.iter().enumerate() {
                let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
                let sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
                let count = i64::try_from((right - left) * (bottom - top)).unwrap_or(1);
                dark.push(i64::from(*value) * count < sum);
            }
        }
        Self { width, height, dark }
    }

    fn is_dark(&self, x: f64, y: f64) -> bool {
        if x < 0.0 || y < 0.0 {
            return false;
        }
        let (x, y) = (x as usize, y as usize);
        x < self.width && y < self.height && self.dark.get(y * self.width + x) == Some(&true)
    }

    /// Runs of one colour from a point on, in one direction, until `count` have ended: their lengths, the first one whole.
    fn runs(&self, x: f64, y: f64, (dx, dy): (f64, f64), count: usize) -> Option<Vec<f64>> {
        let (mut x, mut y, mut dark) = (x, y, self.is_dark(x, y));
        let mut runs = vec![0.0];
        for _ in 0..self.width.max(self.height) {
            x += dx;
            y += dy;
            if x < 0.0 || y < 0.0 || x >= self.width as f64 || y >= self.height as f64 {
                return None;
            }
            let now = self.is_dark(x, y);
            if now != dark {
                if runs.len() == count {
                    return Some(runs);
                }
                runs.push(0.0);
                dark = now;
            }
            if let Some(last) = runs.last_mut() {
                *last += 1.0;
            }
        }
        None
    }

    /// Is this the middle of a corner, seen along one direction? Answers how far the middle is from here, and how wide a
    /// square is.
    fn corner_along(&self, x: f64, y: f64, (dx, dy): (f64, f64)) -> Option<(f64, f64)> {
        let ahead = self.runs(x, y, (dx, dy), 3)?;
        let back = self.runs(x, y, (-dx, -dy), 3)?;
        let (&[a0, a1, a2], &[b0, b1, b2]) = (ahead.as_slice(), back.as_slice()) else {
            return None;
        };
        let middle = a0 + b0 + 1.0;
        let square = (middle + a1 + a2 + b1 + b2) / 7.0;
        let near = |run: f64, of: f64| (run - of * square).abs() <= (0.55 * square).max(1.0) * of.sqrt();
        let fits = square >= 1.5 && near(middle, 3.0) && [a1, a2, b1, b2].iter().all(|run| near(*run, 1.0));
        fits.then_some(((a0 - b0) / 2.0, square))
    }
}

/// The middle of one of the three big corners.
#[derive(Debug, Clone, Copy)]
struct Corner {
    x: f64,
    y: f64,
    square: f64,
    seen: f64,
}

fn corners(picture: &Picture) -> Vec<Corner> {
    let mut found: Vec<Corner> = Vec::new();
    for y in 0..picture.height {
        let mut x = 0;
        while x < picture.width {
            let begin = x;
            let dark = picture.is_dark(x as f64, y as f64);
            while x < picture.width && picture.is_dark(x as f64, y as f64) == dark {
                x += 1;
            }
            // The middle of a dark run that might be the three squares of a corner.
            let run = x - begin;
            if dark && run >= 4 {
                let (middle, row) = ((begin + x) as f64 / 2.0, y as f64 + 0.5);
                found_at(picture, middle, row, &mut found);
            }
        }
    }
    found.retain(|c| c.seen >= 2.0);
    found.sort_by(|a, b| b.seen.total_cmp(&a.seen));
    found.truncate(CORNERS_MAX);
    found
}

fn found_at(picture: &Picture, x: f64, y: f64, found: &mut Vec<Corner>) {
    let Some((right, wide)) = picture.corner_along(x, y, (1.0, 0.0)) else {
        return;
    };
    let Some((down, high)) = picture.corner_along(x + right, y, (0.0, 1.0)) else {
        return;
    };
    let Some((again, _)) = picture.corner_along(x + right, y + down, (1.0, 0.0)) else {
        return;
    };
    if wide > high * 1.5 || high > wide * 1.5 {
        return;
    }
    let (x, y, square) = (x + right + again, y + down, (wide + high) / 2.0);
    let near = |c: &&mut Corner| (c.x - x).abs() < 2.0 * square && (c.y - y).abs() < 2.0 * square;
    match found.iter_mut().find(near) {
        Some(c) => {
            let mean = |old: f64, new: f64| (old * c.seen + new) / (c.seen + 1.0);
            (c.x, c.y, c.square) = (mean(c.x, x), mean(c.y, y), mean(c.square, square));
            c.seen += 1.0;
        }
        None => found.push(Corner {
            x,
            y,
            square,
            seen: 1.0,
        }),
    }
}

/// From squares to pixels: a perspective through the three corners' middles and a fourth point.
#[derive(Debug, Clone, Copy)]
struct View {
    side: usize,
    terms: [f64; 8],
}

impl View {
    fn new(side: usize, [top_left, top_right, bottom_left]: [Corner; 3], (dx, dy): (f64, f64)) -> Self {
        let (x0, y0, x1, y1, x3, y3) = (
            top_left.x,
            top_left.y,
            top_right.x,
            top_right.y,
            bottom_left.x,
            bottom_left.y,
        );
        let (x2, y2) = (x1 + x3 - x0 + dx, y1 + y3 - y0 + dy);
        let (dx1, dy1, dx2, dy2) = (x1 - x2, y1 - y2, x3 - x2, y3 - y2);
        let (dx3, dy3) = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3);
        let whole = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((dx3 * dy2 - dx2 * dy3) / whole, (dx1 * dy3 - dx3 * dy1) / whole);
        let terms = [
            x1 - x0 + g * x1,
            x3 - x0 + h * x3,
            x0,
            y1 - y0 + g * y1,
            y3 - y0 + h * y3,
            y0,
            g,
            h,
        ];
        Self { side, terms }
    }

    /// The middle of a square.
    fn at(&self, column: usize, row: usize) -> (f64, f64) {
        let span = self.side as f64 - 7.0;
        let (u, v) = ((column as f64 - 3.0) / span, (row as f64 - 3.0) / span);
        let [a, b, c, d, e, f, g, h] = self.terms;
        let w = g * u + h * v + 1.0;
        ((a * u + b * v + c) / w, (d * u + e * v + f) / w)
    }
}

/// Columns and rows in which a code has the middles of its small corners (ISO 18004, annex E).
fn alignments(side: usize) -> Vec<usize> {
    let version = (side - 17) / 4;
    let count = version / 7 + 2;
    let step = match version {
        32 => 26,
        _ => (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2,
    };
    let mut out: Vec<usize> = (0..count - 1).map(|n| side - 7 - n * step).collect();
    out.push(6);
    out
}

/// Squares whose colour is known beforehand: the small corners and the two dotted lines.
fn known(side: usize) -> Vec<(usize, usize, bool)> {
    let lines = alignments(side);
    let mut out = Vec::new();
    let last = side - 7;
    for column in &lines {
        for row in &lines {
            let big = [(6, 6), (6, last), (last, 6)].contains(&(*column, *row));
            if big {
                continue;
            }
            for dx in 0..5_usize {
                for dy in 0..5_usize {
                    let rim = dx.abs_diff(2).max(dy.abs_diff(2));
                    out.push((column + dx - 2, row + dy - 2, rim != 1));
                }
            }
        }
    }
    for n in 8..side - 8 {
        out.push((n, 6, n % 2 == 0));
        out.push((6, n, n % 2 == 0));
    }
    out
}

fn score(picture: &Picture, view: &View, known: &[(usize, usize, bool)]) -> usize {
    let right = |(column, row, dark): &&(usize, usize, bool)| {
        let (x, y) = view.at(*column, *row);
        picture.is_dark(x, y) == *dark
    };
    known.iter().filter(right).count()
}

/// The view in which the known patterns fall into place, if there is one.
fn fit(picture: &Picture, corners: [Corner; 3], side: usize) -> Option<View> {
    let known = known(side);
    let [c, ..] = corners;
    let best = |around: (f64, f64), reach: i32, step: f64| {
        let places = (-reach..=reach).flat_map(|a| (-reach..=reach).map(move |b| (f64::from(a), f64::from(b))));
        let moved = places.map(|(a, b)| (around.0 + a * step, around.1 + b * step));
        moved.max_by_key(|by| score(picture, &View::new(side, corners, *by), &known))
    };
    // First as seen straight on, then more and more askew.
    for reach in [3_i32, (side / 12) as i32] {
        let rough = best((0.0, 0.0), reach, c.square)?;
        let finer = best(rough, 3, c.square / 3.0)?;
        let view = View::new(side, corners, finer);
        if score(picture, &view, &known) * 100 >= known.len() * GOOD {
            return Some(view);
        }
    }
    None
}

/// Puts three corners in order: the one at the right angle, then clockwise.
fn in_order(three: [Corner; 3]) -> Option<[Corner; 3]> {
    let far = |a: Corner, b: Corner| (a.x - b.x).hypot(a.y - b.y);
    let [a, b, c] = three;
    let (mid, one, two) = if far(b, c) >= far(a, b) && far(b, c) >= far(a, c) {
        (a, b, c)
    } else if far(a, c) >= far(a, b) {
        (b, a, c)
    } else {
        (c, a, b)
    };
    let (long, short) = (far(mid, one).max(far(mid, two)), far(mid, one).min(far(mid, two)));
    let alike = three
        .iter()
        .all(|c| c.square < 1.4 * mid.square && mid.square < 1.4 * c.square);
    if long > 1.4 * short || !alike {
        return None;
    }
    let turns = (one.x - mid.x) * (two.y - mid.y) - (one.y - mid.y) * (two.x - mid.x);
    Some(if turns > 0.0 { [mid, one, two] } else { [mid, two, one] })
}

/// Texts of the fine codes in a picture.
pub(crate) fn read(width: usize, height: usize, luma: &[u8]) -> Vec<String> {
    let picture = Picture::new(width, height, luma);
    let corners = corners(&picture);
    let mut out = Vec::new();
    for (n, a) in corners.iter().enumerate() {
        for (m, b) in corners.iter().enumerate().skip(n + 1) {
            for c in corners.iter().skip(m + 1) {
                let three = in_order([*a, *b, *c]);
                out.extend(three.and_then(|three| decode(&picture, three)));
            }
        }
        if !out.is_empty() {
            break;
        }
    }
    out
}

fn decode(picture: &Picture, three: [Corner; 3]) -> Option<String> {
    let [mid, one, two] = three;
    let far = |a: Corner, b: Corner| (a.x - b.x).hypot(a.y - b.y);
    let square = (mid.square + one.square + two.square) / 3.0;
    let span = (far(mid, one) + far(mid, two)) / 2.0 / square + 7.0;
    let guess = ((span - 17.0) / 4.0).round() as i32;
    [0, 1, -1, 2, -2].into_iter().find_map(|by| {
        let side = usize::try_from((guess + by) * 4 + 17).ok()?;
        if !(SIDE_MIN..=SIDE_MAX).contains(&side) {
            return None;
        }
        let view = fit(picture, three, side)?;
        let dark = |column, row| {
            let (x, y) = view.at(column, row);
            picture.is_dark(x, y)
        };
        Some(Grid::new(SimpleGrid::from_func(side, dark)).decode().ok()?.1)
    })
}
