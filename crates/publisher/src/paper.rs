//! Paper: a PDF, drawn page by page, with the text of each page for those who do not see it or want to search it. Nothing in
//! it runs: scripts, forms and links of a PDF are not drawn.

use std::io::Read;

use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
        InterpreterSettings, SoftMask, TransformExt as _,
        font::{Glyph, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::{Pdf, page::Page},
    kurbo::{Affine, BezPath, Point, Rect},
    render,
    vello_cpu::{Pixmap, color::palette::css::WHITE},
};

use crate::read::{self, NotRead};

/// The longest PDF that is read.
pub(crate) const FILE_LEN_MAX: u64 = 128 << 20;
/// The longer edge of a page as a player shows it, in pixels.
const EDGE: f32 = 1800.0;
/// The longest text of a page.
const TEXT_MAX: usize = 256 << 10;

/// Why a page is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDrawn {
    TooLong,
    Damaged(&'static str),
    NoSuchPage,
}

/// Reads a whole PDF.
pub(crate) fn open(content: impl Read) -> Result<Pdf, NotDrawn> {
    let mut bytes = Vec::new();
    let read = content.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|_| NotDrawn::Damaged("it cannot be read to its end"))?;
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(NotDrawn::TooLong);
    }
    Pdf::new(bytes).map_err(|_| NotDrawn::Damaged("the PDF cannot be read, or takes a password"))
}

/// Draws a page so that its longer edge has that many pixels.
pub(crate) fn draw(pdf: &Pdf, number: usize, edge: f32) -> Result<Pixmap, NotDrawn> {
    let page = pdf.pages().get(number).ok_or(NotDrawn::NoSuchPage)?;
    let (wide, high) = page.render_dimensions();
    let longer = wide.max(high);
    if !longer.is_finite() || longer < 1.0 || wide.min(high) < 1.0 {
        return Err(NotDrawn::Damaged("a page of it has no size"));
    }
    let pixels = PixmapSettings {
        x_scale: edge / longer,
        y_scale: edge / longer,
        bg_color: WHITE,
    };
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    Ok(render(page, &cache, &settings, &RenderSettings::default(), &pixels))
}

/// A page for a player.
pub(crate) fn page(content: impl Read, number: u32) -> Result<read::Page, NotRead> {
    let told = |no: NotDrawn| match no {
        NotDrawn::TooLong => NotRead::TooLarge("a PDF of more than 128 MiB".to_owned()),
        NotDrawn::Damaged(why) => NotRead::Damaged(why.to_owned()),
        NotDrawn::NoSuchPage => NotRead::NoSuchPart,
    };
    let pdf = open(content).map_err(told)?;
    let of = u32::try_from(pdf.pages().len()).unwrap_or(u32::MAX);
    if of == 0 {
        return Err(NotRead::Damaged("the PDF has no pages".to_owned()));
    }
    let index = usize::try_from(number).unwrap_or(usize::MAX);
    let drawn = draw(&pdf, index, EDGE).map_err(told)?;
    let text = pdf.pages().get(index).map(text_of).unwrap_or_default();
    let (width, height) = (drawn.width().into(), drawn.height().into());
    let png = drawn.into_png();
    let png = png.map_err(|_| NotRead::Damaged("a page of it cannot be drawn".to_owned()))?;
    Ok(read::Page {
        of,
        width,
        height,
        png,
        text,
    })
}

/// The text of a page in the order in which it is drawn, a line for each line.
fn text_of(page: &Page<'_>) -> String {
    let cache = InterpreterCache::new();
    let transform: Affine = page.initial_transform(true).to_kurbo();
    let (wide, high) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, wide.into(), high.into());
    let mut context = Context::new(transform, area, &cache, page.xref(), InterpreterSettings::default());
    let mut listener = Listener::default();
    interpret_page(page, &mut context, &mut listener);
    let lines = listener
        .text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).map(|line| line + "\n").collect()
}

/// Hears what is written and sees nothing.
#[derive(Default)]
struct Listener {
    text: String,
    /// Where the last glyph ended, and how large it was.
    end: Option<(Point, f64)>,
}

impl Listener {
    fn hear(&mut self, glyph: &Glyph<'_>, placed: Affine) {
        let at = placed * Point::ZERO;
        let size = (placed * Point::new(0.0, 1000.0) - at).hypot().max(0.1);
        let advance = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        if let Some((end, last)) = self.end {
            let (gap, fall) = (at.x - end.x, (at.y - end.y).abs());
            if fall > 0.6 * last.max(size) {
                self.text.push('\n');
            } else if gap > 0.12 * size || gap < -size {
                self.text.push(' ');
            }
        }
        match glyph.as_unicode() {
            Some(BfString::Char(c)) if !c.is_control() => self.text.push(c),
            Some(BfString::String(text)) => self.text.extend(text.chars().filter(|c| !c.is_control())),
            _ => {}
        }
        let end = placed * Point::new(advance.unwrap_or(500.0).into(), 0.0);
        self.end = Some((end, size));
    }
}

impl<'a> Device<'a> for Listener {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.text.len() < TEXT_MAX {
                self.hear(glyph, props.transform * glyph.transform());
            }
        }
    }
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// A PDF of pages that say these lines.
    pub(crate) fn pdf(pages: &[&[&str]]) -> Vec<u8> {
        let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
        let kids: String = (0..pages.len()).map(|n| format!("{} 0 R ", 4 + 2 * n)).collect();
        objects.push(format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()));
        objects.push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned());
        for (n, lines) in pages.iter().enumerate() {
            objects.push(format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Resources << /Font << /F 3 0 R >> >> /Contents {} 0 R >>",
                5 + 2 * n
            ));
            let shown: String = lines.iter().map(|line| format!("({line}) Tj 0 -24 Td ")).collect();
            let content = format!("0.2 0.3 0.4 rg 20 20 60 40 re f BT /F 18 Tf 30 350 Td {shown}ET");
            objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
        }
        let (mut out, mut places) = (String::from("%PDF-1.4\n"), vec![]);
        for (n, object) in objects.iter().enumerate() {
            places.push(out.len());
            write!(out, "{} 0 obj\n{object}\nendobj\n", n + 1).unwrap();
        }
        let start = out.len();
        write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
        for place in places {
            writeln!(out, "{place:010} 00000 n ").unwrap();
        }
        let size = objects.len() + 1;
        write!(
            out,
            "trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        )
        .unwrap();
        out.into_bytes()
    }

    #[test]
    fn a_page_is_drawn_and_read_aloud() {
        let file = pdf(&[&["The salt stair", "goes down."], &["Last light"]]);
        let first = page(&file[..], 0).unwrap();
        assert_eq!((first.of, first.width, first.height), (2, 1350, 1800));
        assert_eq!(first.text, "The salt stair\ngoes down.\n");
        assert_eq!(page(&file[..], 1).unwrap().text, "Last light\n");
        let drawn = image::load_from_memory(&first.png).unwrap().to_rgb8();
        assert_eq!(drawn.get_pixel(200, 1650).0, [51, 77, 102]);
        assert_eq!(drawn.get_pixel(1300, 1700).0, [255, 255, 255]);
        assert_eq!(page(&file[..], 2).unwrap_err(), NotRead::NoSuchPart);
    }

    /// proves: row-88
    #[test]
    fn what_is_no_paper_is_refused() {
        assert_eq!(
            units::Refusal::code(&page(&b"%PDF-1.7 and nothing"[..], 0).unwrap_err()),
            "work-damaged"
        );
        assert!(page(&pdf(&[])[..], 0).is_err());
        let long = std::io::repeat(b'x');
        assert!(matches!(page(long, 0), Err(NotRead::TooLarge(_))));
    }
}
