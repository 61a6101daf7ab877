//! Codes: a text as a picture of squares (QR, ISO 18004), drawn as SVG for a page, and back from what a camera saw.

use image::ImageReader;
use qrcode::{Color, EcLevel, QrCode};
use units::{Again, Refusal};

/// The largest picture that is looked at, in pixels: four million, as of a good telephone's screen.
const PIXELS_MAX: usize = 4 << 20;
/// The largest file of a picture.
pub const PICTURE_MAX: usize = 8 << 20;

/// Why there is no text, or no picture. In order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// It does not fit.
    #[error("this text is too long for one code")]
    TooLong,
    /// The picture is too big.
    #[error("this picture is too big; take it smaller, or cut out the code")]
    TooBig,
    /// Not a picture, or not whole.
    #[error("this is no picture that can be read (PNG or JPEG), or it is damaged")]
    NotAPicture,
    /// None to be seen.
    #[error("there is no code to be seen in this picture; hold it steady, with light on it, and whole in view")]
    NoCode,
}

impl Refusal for CodeRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "code-too-long",
            Self::TooBig => "picture-too-big",
            Self::NotAPicture => "picture-unreadable",
            Self::NoCode => "no-code-seen",
        }
    }
    fn again(&self) -> Again {
        match self {
            Self::TooLong => Again::Never,
            _ => Again::AfterYouAct,
        }
    }
}

/// Quiet squares around a code, as its standard asks.
const QUIET: usize = 4;

/// Draws `text` as SVG: black squares on a white ground in every colour scheme, without script or style. The text of
/// `label` is what is said of it where it cannot be seen, and must be plain words: it is put in as it is.
pub fn draw(text: &str, label: &str) -> Result<String, CodeRefusal> {
    let code = made(text)?;
    let width = code.width();
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                path.push_str(&format!("M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()));
            }
            x += run.len();
        }
    }
    let side = width + 2 * QUIET;
    let label: String = label
        .chars()
        .filter(|c| !matches!(c, '<' | '>' | '&' | '"' | '\''))
        .collect();
    Ok(format!(
        "<svg class=\"qr\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" width=\"{0}\" height=\"{0}\" \
         shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"{label}\"><rect width=\"{side}\" height=\"{side}\" \
         fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>",
        side * 4
    ))
}

/// The widest code with the middle level of repair (version 25): beyond it coarse squares are worth more than repair, for
/// what is held up to a camera is a screen, whole and clean.
const WIDE: usize = 117;

fn made(text: &str) -> Result<QrCode, CodeRefusal> {
    let level = |level| QrCode::with_error_correction_level(text, level).ok();
    let repaired = level(EcLevel::M);
    match repaired {
        Some(code) if code.width() <= WIDE => Ok(code),
        wide => level(EcLevel::L).or(wide).ok_or(CodeRefusal::TooLong),
    }
}

/// Draws `text` with half blocks, for a terminal with a dark ground.
pub fn draw_text(text: &str) -> Result<String, CodeRefusal> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| CodeRefusal::TooLong)?;
    let width = code.width();
    let colors = code.to_colors();
    let light = |x: usize, y: usize| {
        let inside = |n: usize| n.checked_sub(QUIET).filter(|n| *n < width);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => colors.get(y.saturating_mul(width).saturating_add(x)) != Some(&Color::Dark),
            _ => true,
        }
    };
    let side = width.saturating_add(2 * QUIET);
    let mut out = String::new();
    for y in (0..side).step_by(2) {
        for x in 0..side {
            out.push(match (light(x, y), light(x, y.saturating_add(1))) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            });
        }
        out.push('\n');
    }
    Ok(out)
}

/// Texts of all codes in a frame: `luma` has one byte of brightness for each of `width` times `height` pixels.
pub fn look(width: usize, height: usize, luma: &[u8]) -> Result<Vec<String>, CodeRefusal> {
    let pixels = width
        .checked_mul(height)
        .filter(|n| *n <= PIXELS_MAX)
        .ok_or(CodeRefusal::TooBig)?;
    if pixels == 0 || luma.len() != pixels {
        return Err(CodeRefusal::NotAPicture);
    }
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        luma.get(y.saturating_mul(width).saturating_add(x))
            .copied()
            .unwrap_or(255)
    });
    let mut texts: Vec<String> = seen
        .detect_grids()
        .iter()
        .filter_map(|grid| grid.decode().ok())
        .map(|(_, text)| text)
        .collect();
    if texts.is_empty() {
        texts = crate::fine::read(width, height, luma);
    }
    if texts.is_empty() {
        Err(CodeRefusal::NoCode)
    } else {
        Ok(texts)
    }
}

/// The same for a picture from a file.
pub fn look_at_picture(bytes: &[u8]) -> Result<Vec<String>, CodeRefusal> {
    if bytes.len() > PICTURE_MAX {
        return Err(CodeRefusal::TooBig);
    }
    let unreadable = |_| CodeRefusal::NotAPicture;
    let sized = || {
        let reader = ImageReader::new(std::io::Cursor::new(bytes));
        reader.with_guessed_format().map_err(|_| CodeRefusal::NotAPicture)
    };
    // Its size is believed only after its head said it, and before anything is unpacked.
    let (width, height) = sized()?.into_dimensions().map_err(unreadable)?;
    let pixels = usize::try_from(u64::from(width).saturating_mul(u64::from(height))).unwrap_or(usize::MAX);
    if pixels > PIXELS_MAX {
        return Err(CodeRefusal::TooBig);
    }
    let luma = sized()?.decode().map_err(|_| CodeRefusal::NotAPicture)?.into_luma8();
    let (width, height) = (luma.width() as usize, luma.height() as usize);
    look(width, height, luma.as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Collecting, Letter, Progress, Stage, split};

    /// Draws the SVG's squares, each `scale` pixels wide, as a screen would.
    fn screen(svg: &str, scale: usize) -> (usize, Vec<u8>) {
        let side: usize = svg
            .split("viewBox=\"0 0 ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let (wide, path) = (
            side * scale,
            svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap(),
        );
        let mut luma = vec![255; wide * wide];
        for run in path.split_terminator('z') {
            let (at, rest) = run.trim_start_matches('M').split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let len: usize = rest.split('v').next().unwrap().parse().unwrap();
            for py in y * scale..(y + 1) * scale {
                luma[py * wide + x * scale..py * wide + (x + len) * scale].fill(0);
            }
        }
        (wide, luma)
    }

    #[test]
    fn every_code_that_is_drawn_is_read_again() {
        for len in [0, 1, 200, 900, 1800, 1801, 2600] {
            let letter = Letter::new(Stage::Answer, (0..len).map(|n: u32| (n * 7 % 251) as u8).collect());
            let mut collecting = Collecting::default();
            let mut last = None;
            for text in split(&letter).unwrap() {
                let svg = draw(&text, "Code").unwrap();
                let (side, luma) = screen(&svg, 4);
                assert_eq!(look(side, side, &luma), Ok(vec![text.clone()]));
                last = Some(collecting.take(&text).unwrap());
            }
            assert_eq!(last, Some(Progress::Whole(letter)), "{len} bytes");
        }
    }

    /// What a camera sees of `picture`, held `turn` thousandths askew and leaning `lean` thousandths away, with grey around it.
    fn held(picture: &image::GrayImage, scale: f64, turn: f64, lean: f64) -> image::GrayImage {
        let side = f64::from(picture.width());
        let wide = (side * scale * 1.2) as u32;
        let (sin, cos) = (turn / 1000.0).sin_cos();
        image::GrayImage::from_fn(wide, wide, |x, y| {
            let mid = f64::from(wide) / 2.0;
            let grey = |dx: f64, dy: f64| {
                let (x, y) = (f64::from(x) + dx - mid, f64::from(y) + dy - mid);
                let away = 1.0 + lean / 1000.0 * (x / mid + y / mid / 2.0);
                let (u, v) = ((cos * x + sin * y) / away / scale, (cos * y - sin * x) / away / scale);
                let (u, v) = (u + side / 2.0, v + side / 2.0);
                let inside = (0.0..side).contains(&u) && (0.0..side).contains(&v);
                if inside {
                    u32::from(picture.get_pixel(u as u32, v as u32).0[0])
                } else {
                    150
                }
            };
            let sum: u32 = [(0.2, 0.2), (0.7, 0.2), (0.2, 0.7), (0.7, 0.7)]
                .iter()
                .map(|(a, b)| grey(*a, *b))
                .sum();
            image::Luma([(sum / 4) as u8])
        })
    }

    /// A page and a camera seldom agree on pixels: squares come out 3.4 or 4.3 wide, grey at their edges, and askew.
    #[test]
    fn the_finest_code_is_read_between_pixels_and_askew() {
        for (len, scale, turn, lean) in [
            (700, 0.85, 0.0, 0.0),
            (1300, 0.91, 0.0, 0.0),
            (1800, 1.17, 20.0, 0.0),
            (1800, 1.05, 0.0, 30.0),
        ] {
            let body = (0..len)
                .map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
                .collect();
            let text = split(&Letter::new(Stage::Answer, body)).unwrap().remove(0);
            let (side, luma) = screen(&draw(&text, "Code").unwrap(), 4);
            let drawn = image::GrayImage::from_raw(side as u32, side as u32, luma).unwrap();
            let seen = held(&drawn, scale, turn, lean);
            let read = look(seen.width() as usize, seen.height() as usize, seen.as_raw());
            assert_eq!(read, Ok(vec![text.clone()]), "{len} bytes, {scale} {turn} {lean}");
        }
    }

    #[test]
    fn a_picture_without_a_code_has_none() {
        let noise: Vec<u8> = (0..640 * 480_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 21) as u8)
            .collect();
        assert_eq!(look(640, 480, &noise), Err(CodeRefusal::NoCode));
        assert_eq!(look(640, 480, &vec![200; 640 * 480]), Err(CodeRefusal::NoCode));
        assert_eq!(look(1, 1, &[0]), Err(CodeRefusal::NoCode));
    }

    #[test]
    fn a_picture_from_a_file_is_read_and_a_hostile_one_is_not() {
        let (side, luma) = screen(&draw("KF1.O.AAAAAAAA.1.1.BB8", "Code").unwrap(), 5);
        let picture = image::GrayImage::from_raw(side as u32, side as u32, luma).unwrap();
        let mut png = std::io::Cursor::new(vec![]);
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let png = png.into_inner();
        assert_eq!(look_at_picture(&png), Ok(vec!["KF1.O.AAAAAAAA.1.1.BB8".to_owned()]));
        assert_eq!(look_at_picture(&png[..png.len() / 2]), Err(CodeRefusal::NotAPicture));
        assert_eq!(look_at_picture(b"GIF89a"), Err(CodeRefusal::NotAPicture));
        // A head that promises a picture of a thousand million pixels.
        let mut bomb = png.clone();
        bomb[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        assert!(matches!(
            look_at_picture(&bomb),
            Err(CodeRefusal::TooBig | CodeRefusal::NotAPicture)
        ));
        assert_eq!(look(10, 10, &[255; 100]), Err(CodeRefusal::NoCode));
        assert_eq!(look(10, 10, &[255; 99]), Err(CodeRefusal::NotAPicture));
        assert_eq!(look(1 << 20, 1 << 20, &[]), Err(CodeRefusal::TooBig));
    }

    #[test]
    fn a_label_cannot_end_its_attribute() {
        let svg = draw("A", "\"><script>").unwrap();
        assert!(svg.contains("aria-label=\"script\"") && !svg.contains("<script"));
        assert_eq!(draw(&"x".repeat(5000), ""), Err(CodeRefusal::TooLong));
    }
}
