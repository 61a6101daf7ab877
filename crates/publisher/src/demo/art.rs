//! The Last Boat In: a ferry at night between moon and harbour, drawn point by point. One moment of it is the picture;
//! many, one after another, are the film.

use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

use super::band::sine;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1000;
const HORIZON: f32 = 590.0;
const MOON: (f32, f32) = (1165.0, 205.0);

/// Colours as light: components are squared when the picture is done with, so that they add up as light does.
type Light = [f32; 3];

/// Where the ferry lies in the picture, in pixels from the left.
const BERTH: f32 = 470.0;

/// The picture as a PNG file.
pub(super) fn png() -> Vec<u8> {
    let mut canvas = Canvas::shore();
    canvas.afloat();
    let mut out = Vec::new();
    // Writing to memory fails only for a wrong number of bytes, which this is not.
    let _ =
        PngEncoder::new(&mut out).write_image(&canvas.bytes(), WIDTH as u32, HEIGHT as u32, ExtendedColorType::Rgb8);
    out
}

/// A number from 0 to 1 for a place, always the same.
fn chance(x: i32, y: i32, salt: u32) -> f32 {
    let mut h =
        (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ salt.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    (h ^ (h >> 15)) as f32 / u32::MAX as f32
}

fn ease(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Smooth noise, 0 to 1.
fn noise(x: f32, y: f32, salt: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (ease(x - left), ease(y - top));
    let at = |dx: i32, dy: i32| chance(left as i32 + dx, top as i32 + dy, salt);
    let row = |dy| at(0, dy) + (at(1, dy) - at(0, dy)) * u;
    row(0) + (row(1) - row(0)) * v
}

/// Noise upon noise, each half as large.
fn cloud(x: f32, y: f32, salt: u32) -> f32 {
    (0..4u32)
        .fold((0.0, 0.5, 1.0), |(sum, level, scale), n| {
            (
                sum + level * noise(x * scale, y * scale, salt + n),
                level * 0.5,
                scale * 2.0,
            )
        })
        .0
}

fn mix(a: Light, b: Light, t: f32) -> Light {
    [0, 1, 2].map(|n| a[n] + (b[n] - a[n]) * t.clamp(0.0, 1.0))
}

fn add(a: Light, b: Light, t: f32) -> Light {
    [0, 1, 2].map(|n| a[n] + b[n] * t)
}

/// From colour as people write it.
fn rgb(hex: u32) -> Light {
    [16, 8, 0].map(|shift| {
        let c = (hex >> shift & 0xff) as f32 / 255.0;
        c * c
    })
}

/// The scene as a film: the shore is drawn once, what moves is drawn anew for every frame.
#[derive(Debug)]
pub struct Film {
    shore: Canvas,
}

impl Film {
    /// Pixels in a row and rows of every frame.
    pub const SIZE: (usize, usize) = (WIDTH, HEIGHT);
    /// How long the crossing takes, in seconds.
    pub const SECONDS: f32 = 20.0;

    /// Draws the shore.
    #[must_use]
    pub fn new() -> Self {
        Self { shore: Canvas::shore() }
    }

    /// The frame at `seconds` after the beginning: rows of red, green, blue, a byte each.
    #[must_use]
    pub fn frame(&self, seconds: f32) -> Vec<u8> {
        let mut canvas = self.shore.clone();
        canvas.seconds = seconds;
        // She comes in from the right, slows down, and berths where the picture has her.
        let left = 1.0 - (seconds / Self::SECONDS).clamp(0.0, 1.0);
        canvas.ferry = BERTH + 1180.0 * left * left;
        canvas.afloat();
        let mut bytes = canvas.bytes();
        // Out of the dark and back into it.
        let light = ease(seconds / 1.5) * ease((Self::SECONDS - seconds) / 1.5);
        bytes.iter_mut().for_each(|b| *b = (f32::from(*b) * light) as u8);
        bytes
    }
}

impl Default for Film {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug, Clone)]
struct Canvas {
    points: Vec<Light>,
    /// How far the water has moved since the picture, in seconds.
    seconds: f32,
    /// Where the ferry's stem is.
    ferry: f32,
}

impl Canvas {
    /// What stands still: sky and hills.
    fn shore() -> Self {
        let mut canvas = Self {
            points: vec![[0.0; 3]; WIDTH * HEIGHT],
            seconds: 0.0,
            ferry: BERTH,
        };
        canvas.sky();
        canvas.hills();
        canvas
    }

    /// What moves: the sea, the lamps in it, the ferry.
    fn afloat(&mut self) {
        self.sea();
        self.harbour();
        self.ferry();
    }

    fn each(&mut self, rows: core::ops::Range<usize>, paint: impl Fn(f32, f32, Light) -> Light) {
        for y in rows.start.min(HEIGHT)..rows.end.min(HEIGHT) {
            for x in 0..WIDTH {
                if let Some(point) = self.points.get_mut(y * WIDTH + x) {
                    *point = paint(x as f32 + 0.5, y as f32 + 0.5, *point);
                }
            }
        }
    }

    /// Covers what lies within `shape` (below 0 inside, in pixels from its edge), within a box.
    fn cover(&mut self, (x0, y0, x1, y1): (f32, f32, f32, f32), shape: impl Fn(f32, f32) -> f32, light: Light) {
        for y in y0.max(0.0) as usize..(y1.max(0.0) as usize + 1).min(HEIGHT) {
            for x in x0.max(0.0) as usize..(x1.max(0.0) as usize + 1).min(WIDTH) {
                let inside = (0.5 - shape(x as f32 + 0.5, y as f32 + 0.5)).clamp(0.0, 1.0);
                if let Some(point) = self.points.get_mut(y * WIDTH + x).filter(|_| inside > 0.0) {
                    *point = mix(*point, light, inside);
                }
            }
        }
    }

    fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, light: Light) {
        let shape = |px: f32, py: f32| (x - px).max(px - x - w).max((y - py).max(py - y - h));
        self.cover((x - 1.0, y - 1.0, x + w + 1.0, y + h + 1.0), shape, light);
    }

    /// A soft light around a point.
    fn glow(&mut self, cx: f32, cy: f32, radius: f32, light: Light, strength: f32) {
        let (x0, x1) = (
            (cx - radius).max(0.0) as usize,
            ((cx + radius).max(0.0) as usize + 1).min(WIDTH),
        );
        let (y0, y1) = (
            (cy - radius).max(0.0) as usize,
            ((cy + radius).max(0.0) as usize + 1).min(HEIGHT),
        );
        for y in y0..y1 {
            for x in x0..x1 {
                let (dx, dy) = (x as f32 + 0.5 - cx, y as f32 + 0.5 - cy);
                let near = (1.0 - (dx * dx + dy * dy).sqrt() / radius).max(0.0);
                if let Some(point) = self.points.get_mut(y * WIDTH + x) {
                    *point = add(*point, light, strength * near * near * near);
                }
            }
        }
    }

    /// The trembling path of a light over the water, towards whoever looks.
    fn reflect(&mut self, cx: f32, from: f32, len: f32, width: f32, light: Light, strength: f32) {
        let t = self.seconds;
        for y in from.max(0.0) as usize..((from + len) as usize).min(HEIGHT) {
            let down = (y as f32 - from) / len;
            let near = 0.35 + (y as f32 - HORIZON) / (HEIGHT as f32 - HORIZON);
            let sway =
                (noise(y as f32 / (3.0 + 9.0 * near) - t * 1.9, cx + t * 0.6, 71) - 0.5) * width * 2.4 * (0.3 + down);
            let wide = width * (0.5 + down * 0.9);
            let broken = ease((noise(y as f32 / (2.0 + 4.0 * near) - t * 2.3, cx * 0.37 + t * 0.8, 72) - 0.28) * 2.2);
            let reach = wide * 2.5;
            for x in (cx + sway - reach).max(0.0) as usize..((cx + sway + reach).max(0.0) as usize).min(WIDTH) {
                let off = (x as f32 + 0.5 - cx - sway).abs() / reach;
                let near = (1.0 - off).max(0.0);
                if let Some(point) = self.points.get_mut(y * WIDTH + x) {
                    *point = add(
                        *point,
                        light,
                        strength * near * near * broken * (1.0 - down) * (1.0 - down),
                    );
                }
            }
        }
    }

    fn sky(&mut self) {
        let (top, middle, low, rim) = (rgb(0x060b1e), rgb(0x12244a), rgb(0x35507a), rgb(0x9a7f86));
        self.each(0..HORIZON as usize + 1, |x, y, _| {
            let t = y / HORIZON;
            let base = if t < 0.55 {
                mix(top, middle, ease(t / 0.55))
            } else {
                mix(middle, low, ease((t - 0.55) / 0.45))
            };
            let glow = ease((t - 0.72) / 0.28) * (0.25 + 0.5 * ease(1.0 - (x - 420.0).abs() / 900.0));
            let base = mix(base, rim, glow * 0.55);
            let (dx, dy) = (x - MOON.0, y - MOON.1);
            let away = (dx * dx + dy * dy).sqrt();
            let halo = (1.0 - away / 560.0).max(0.0);
            let lit = add(base, rgb(0xb9c8e6), 0.30 * halo * halo * halo);
            let veil = ease((cloud(x / 300.0 + 3.0, y / 62.0, 11) - 0.44) * 3.2) * ease(t * 1.5) * 0.5;
            mix(
                lit,
                add(mix(low, rim, t * 0.6), rgb(0xcfd8ee), 0.35 * halo * halo),
                veil * 0.75,
            )
        });
        for n in 0..900 {
            let (x, y) = (
                chance(n, 1, 5) * WIDTH as f32,
                chance(n, 2, 5) * chance(n, 3, 5) * HORIZON * 0.95,
            );
            let bright = chance(n, 4, 5);
            let strength = (0.10 + bright * bright * bright * 1.1) * (1.0 - y / HORIZON);
            let size = if bright > 0.97 { 4.2 } else { 1.6 + bright * 0.8 };
            self.glow(
                x,
                y,
                size,
                mix(rgb(0xbfd4ff), rgb(0xfff1d8), chance(n, 6, 5)),
                strength * 1.8,
            );
        }
        let disc = |x: f32, y: f32| ((x - MOON.0) * (x - MOON.0) + (y - MOON.1) * (y - MOON.1)).sqrt() - 54.0;
        self.cover(
            (MOON.0 - 60.0, MOON.1 - 60.0, MOON.0 + 60.0, MOON.1 + 60.0),
            disc,
            rgb(0xf7f1de),
        );
        self.each((MOON.1 - 60.0) as usize..(MOON.1 + 60.0) as usize, |x, y, before| {
            let inside = (-disc(x, y) / 3.0).clamp(0.0, 1.0);
            let stain = ease((cloud(x / 34.0, y / 34.0, 23) - 0.42) * 3.0);
            mix(before, rgb(0xd9d3c4), inside * stain * 0.75)
        });
        self.glow(MOON.0, MOON.1, 150.0, rgb(0xdfe6f5), 0.35);
    }

    /// Two ranges of hills; the nearer one carries the town.
    fn hills(&mut self) {
        for (salt, high, rise, light) in [(31, 92.0, 330.0, 0x22355a), (37, 58.0, 210.0, 0x121d38)] {
            let ridge = |x: f32| {
                let slope = ease((x - if salt == 31 { -200.0 } else { 1040.0 }).abs() / 900.0);
                HORIZON - 6.0 - high * (0.25 + 0.75 * slope) * (0.35 + cloud(x / rise, 0.5, salt))
            };
            self.each(380..HORIZON as usize + 1, |x, y, before| {
                let inside = (y - ridge(x) + 0.5).clamp(0.0, 1.0);
                let mist = ease((y - (HORIZON - 60.0)) / 70.0) * 0.35;
                mix(before, mix(rgb(light), rgb(0x4d5f86), mist), inside)
            });
        }
    }

    fn sea(&mut self) {
        let (far, near) = (rgb(0x3c5077), rgb(0x050b1b));
        let t = self.seconds;
        self.each(HORIZON as usize..HEIGHT, |x, y, _| {
            let depth = (y - HORIZON) / (HEIGHT as f32 - HORIZON);
            let scale = 2.0 + 26.0 * depth;
            let wave = noise(x / (scale * 5.0) + 7.0 + t * 0.21, y / scale * 1.7 - t * 0.9, 41) * 0.6
                + noise(x / (scale * 2.1) - t * 0.37, y / scale * 3.1 - t * 1.3, 43) * 0.4;
            let base = mix(far, near, ease(depth * 1.5).sqrt());
            let lit = add(base, rgb(0x5f78a8), (wave - 0.5) * 0.26 * (1.0 - depth * 0.55));
            // The moon's road: broken more and more towards whoever looks.
            let off = (x - MOON.0).abs() / (46.0 + 250.0 * depth);
            let road = (1.0 - off).max(0.0);
            let spark = ease((wave - 0.60 + 0.2 * road) * 6.0) * road * (1.0 - depth * 0.45);
            let lit = add(lit, rgb(0xf3ead2), spark * 0.85 + road * road * 0.10 * (1.0 - depth));
            lit.map(|c| c.max(0.0))
        });
    }

    /// The town's lamps along the shore, and their twins in the water.
    fn harbour(&mut self) {
        for n in 0..74 {
            let along = chance(n, 1, 91);
            let x = if n % 3 == 0 {
                20.0 + along * 1560.0
            } else {
                30.0 + along * along * 620.0
            };
            let up = chance(n, 2, 91) * chance(n, 3, 91) * 44.0;
            let warm = mix(rgb(0xffc56b), rgb(0xffe9c0), chance(n, 4, 91));
            let light = if n % 17 == 5 {
                rgb(0x7be0c0)
            } else if n % 23 == 7 {
                rgb(0xff6a5a)
            } else {
                warm
            };
            let strength = 0.35 + chance(n, 5, 91) * 0.8;
            self.glow(x, HORIZON - 3.0 - up, 3.0, light, strength * 1.6);
            self.glow(x, HORIZON - 3.0 - up, 15.0, light, strength * 0.22);
            if up < 16.0 {
                self.reflect(x, HORIZON + 1.0, 60.0 + 90.0 * strength, 2.2, light, strength * 0.5);
            }
        }
    }

    /// The ferry, lit, coming in from the right; drawn from the waterline up.
    fn ferry(&mut self) {
        let (x, water) = (self.ferry, 716.0 + 1.6 * sine(self.seconds / 5.3));
        let t = self.seconds;
        let (hull, shade, white) = (rgb(0x0d1527), rgb(0x070c18), rgb(0x2c3a57));
        let warm = rgb(0xffcf80);
        self.glow(x + 300.0, water - 70.0, 430.0, rgb(0xffb865), 0.07);
        // Below, what the water keeps of her: a dark shape, then her windows as ladders of light.
        for y in water as usize..(water + 128.0) as usize {
            let down = (y as f32 - water) / 128.0;
            let sway = (noise(y as f32 / 11.0 - t * 1.1, 1.0, 51) - 0.5) * 22.0 * down;
            self.rect(
                x + 18.0 + sway + 30.0 * down,
                y as f32,
                560.0 - 60.0 * down,
                1.0,
                mix(shade, rgb(0x0b1428), down * 0.8),
            );
        }
        for n in 0..24 {
            let at = x + 62.0 + n as f32 * 20.6;
            let bright = 0.35 + 0.65 * chance(n, 1, 61);
            self.reflect(at, water + 6.0, 150.0 + 60.0 * bright, 4.2, warm, 0.62 * bright);
        }
        // Hull: a straight stern, a bow that rises and leans out to the left.
        let sheer = |px: f32| water - 52.0 - 16.0 * ease(1.0 - (px - x) / 190.0);
        let body = |px: f32, py: f32| {
            let stem = x + 34.0 - (water - py) * 0.72;
            let stern = x + 606.0 + (water - py) * 0.10;
            (stem - px).max(px - stern).max((sheer(px) - py).max(py - water - 6.0))
        };
        self.cover((x - 40.0, water - 80.0, x + 630.0, water + 8.0), body, hull);
        let stripe = |px: f32, py: f32| body(px, py).max((py - sheer(px) - 12.0).abs() - 2.0);
        self.cover((x - 40.0, water - 80.0, x + 630.0, water + 8.0), stripe, rgb(0x9c4a44));
        // Three decks, each shorter than the one below, the bridge in front.
        for (left, top, wide, high) in [
            (78.0, 52.0, 506.0, 38.0),
            (108.0, 90.0, 436.0, 36.0),
            (132.0, 126.0, 128.0, 32.0),
        ] {
            self.rect(x + left, water - top - high, wide, high, white);
            self.rect(
                x + left - 7.0,
                water - top - high - 3.0,
                wide + 14.0,
                4.0,
                rgb(0x46577a),
            );
        }
        self.windows(x, water, warm);
        // Funnel with its band, mast, lamps.
        let funnel = |px: f32, py: f32| {
            let lean = (water - 126.0 - py) * 0.16;
            (x + 392.0 + lean - px)
                .max(px - x - 446.0 - lean)
                .max((water - 196.0 - py).max(py - water + 126.0))
        };
        self.cover(
            (x + 380.0, water - 200.0, x + 470.0, water - 120.0),
            funnel,
            rgb(0x1b2740),
        );
        let band = |px: f32, py: f32| funnel(px, py).max((py - water + 176.0).abs() - 9.0);
        self.cover(
            (x + 380.0, water - 200.0, x + 470.0, water - 120.0),
            band,
            rgb(0xa9534a),
        );
        self.rect(x + 194.0, water - 238.0, 4.0, 82.0, rgb(0x32415f));
        self.rect(x + 170.0, water - 208.0, 52.0, 2.0, rgb(0x32415f));
        self.rect(x + 556.0, water - 128.0, 3.0, 40.0, rgb(0x32415f));
        for (dx, dy, light, strong) in [
            (196.0, 242.0, 0xfff3d6, 1.5),
            (557.5, 130.0, 0xfff3d6, 0.8),
            (132.0, 140.0, 0xff5d50, 0.9),
            (-14.0, 70.0, 0xfff0cf, 0.5),
        ] {
            self.glow(x + dx, water - dy, 4.5, rgb(light), strong * 1.8);
            self.glow(x + dx, water - dy, 60.0, rgb(light), strong * 0.16);
        }
        self.reflect(x + 196.0, water + 70.0, 215.0, 5.0, rgb(0xfff3d6), 0.5);
        self.smoke(x + 430.0, water - 200.0);
        self.foam(x, water);
    }

    fn windows(&mut self, x: f32, water: f32, warm: Light) {
        for n in 0..23 {
            let light = mix(warm, rgb(0xfff0cf), chance(n, 2, 61)).map(|c| c * (0.45 + 0.75 * chance(n, 1, 61)));
            self.rect(x + 92.0 + n as f32 * 21.0, water - 80.0, 13.0, 15.0, light);
            self.glow(x + 98.0 + n as f32 * 21.0, water - 72.0, 24.0, light, 0.16);
        }
        for n in 0..14 {
            let light = warm.map(|c| c * (0.3 + 0.8 * chance(n, 3, 61)));
            self.rect(x + 124.0 + n as f32 * 29.5, water - 117.0, 19.0, 14.0, light);
            self.glow(x + 133.0 + n as f32 * 29.5, water - 110.0, 26.0, light, 0.13);
        }
        for n in 0..5 {
            self.rect(x + 138.0 + n as f32 * 24.0, water - 151.0, 20.0, 13.0, rgb(0x6f8fa8));
        }
        for n in 0..26 {
            self.glow(x + 84.0 + n as f32 * 19.6, water - 58.0, 2.6, warm, 0.5);
        }
    }

    /// A breath of smoke, drifting back.
    fn smoke(&mut self, x: f32, y: f32) {
        let t = self.seconds;
        self.each((y - 150.0) as usize..y as usize + 4, |px, py, before| {
            let along = (px - x) / 520.0;
            if !(0.0..1.0).contains(&along) {
                return before;
            }
            let middle = y - 96.0 * along.sqrt() - 12.0 * sine(along * 1.3);
            let wide = 9.0 + 52.0 * along;
            let near = (1.0 - (py - middle).abs() / wide).max(0.0);
            let thick = near * (1.0 - along) * ease((cloud(px / 46.0 - t * 0.9, py / 30.0 + t * 0.2, 67) - 0.22) * 2.2);
            mix(before, rgb(0x55617c), thick * 0.5)
        });
    }

    /// Foam at the bow and along the waterline, and the wake.
    fn foam(&mut self, x: f32, water: f32) {
        let t = self.seconds;
        self.each((water - 4.0) as usize..(water + 46.0) as usize, |px, py, before| {
            let down = (py - water) / 46.0;
            let bow = (1.0 - ((px - x - 20.0 + down * 70.0) / 70.0).abs()).max(0.0) * (1.0 - down);
            let side = if (x + 20.0..x + 612.0).contains(&px) {
                (1.0 - ((py - water - 5.0) / 5.0).abs()).max(0.0)
            } else {
                0.0
            };
            let behind = if px > x + 600.0 {
                (1.0 - (px - x - 600.0) / 520.0).max(0.0)
                    * (1.0 - ((py - water - 6.0 - down * 8.0) / 16.0).abs()).max(0.0)
            } else {
                0.0
            };
            let torn = ease((cloud(px / 11.0 + py * 0.13 - t * 2.1, py / 3.1 - t * 1.7, 83) - 0.26) * 2.0);
            add(before, rgb(0xc8d6ea), torn * (bow * 0.42 + side * 0.30 + behind * 0.26))
        });
    }

    /// Darker at the corners, a grain below what can be seen so that no gradient shows steps, and out of light into bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(WIDTH * HEIGHT * 3);
        for (n, point) in self.points.iter().enumerate() {
            let (x, y) = (
                (n % WIDTH) as f32 / WIDTH as f32 - 0.5,
                (n / WIDTH) as f32 / HEIGHT as f32 - 0.5,
            );
            let dark = 1.0 - 0.85 * (x * x + y * y) * (x * x + y * y).sqrt();
            let grain = chance((n % WIDTH) as i32, (n / WIDTH) as i32, 97) - 0.5;
            for c in point {
                // A soft shoulder: lamps glow and do not burn out.
                let light = c.max(0.0) * dark;
                let held = if light > 0.7 {
                    0.7 + 0.3 * (1.0 - 1.0 / (1.0 + (light - 0.7) / 0.3))
                } else {
                    light
                };
                out.push((held.sqrt() * 255.0 + grain).round().clamp(0.0, 255.0) as u8);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_picture_with_lights_and_darkness_and_always_the_same() {
        let file = png();
        assert_eq!(file, png());
        assert!(file.len() < 4 << 20, "{} bytes", file.len());
        let picture = image::load_from_memory(&file).unwrap().to_luma8();
        assert_eq!(picture.dimensions(), (WIDTH as u32, HEIGHT as u32));
        let (bright, dark) = (
            picture.pixels().filter(|p| p.0[0] > 200).count(),
            picture.pixels().filter(|p| p.0[0] < 40).count(),
        );
        assert!(bright > 3000 && dark > 100_000, "{bright} bright, {dark} dark");
    }
}
