//! Write: sheets of marks as the bytes of a PDF.

use pdf_writer::{
    Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, TextRenderingMode},
};

use super::{
    face::{self, MINUS, Run},
    flow::{LEFT, Mark, RIGHT, SHEET, Style},
};

const PLAIN: Name<'_> = Name(b"F1");
const BOLD: Name<'_> = Name(b"F2");
const WIDE: Name<'_> = Name(b"F3");
/// How dark grey text is: dark enough for paper.
const SOFT: f32 = 0.33;

/// What a document is made of.
pub(super) struct Head<'a> {
    pub(super) title: &'a str,
    pub(super) author: &'a str,
    pub(super) lang: &'a str,
    pub(super) sheets: &'a [Vec<Mark>],
}

/// The fonts' objects.
struct Fonts {
    plain: Ref,
    bold: Ref,
    wide: Ref,
}

/// Helvetica, in the encoding of Windows and with a minus.
fn latin(pdf: &mut Pdf, id: Ref, name: &[u8]) {
    let mut font = pdf.type1_font(id);
    font.base_font(Name(name));
    let mut encoding = font.encoding_custom();
    encoding.base_encoding(Name(b"WinAnsiEncoding"));
    encoding.differences().consecutive(MINUS, [Name(b"minus")]);
}

/// A Japanese face that is not embedded, addressed by UTF-16.
fn wide(pdf: &mut Pdf, next: &mut Ref) -> Ref {
    let (id, cid, descriptor) = (next.bump(), next.bump(), next.bump());
    pdf.type0_font(id)
        .base_font(Name(b"HeiseiKakuGo-W5-UniJIS-UTF16-H"))
        .encoding_predefined(Name(b"UniJIS-UTF16-H"))
        .descendant_font(cid);
    let mut font = pdf.cid_font(cid);
    font.subtype(CidFontType::Type0)
        .base_font(Name(b"HeiseiKakuGo-W5"))
        .system_info(SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"Japan1"),
            supplement: 2,
        })
        .font_descriptor(descriptor)
        .default_width(1000.0);
    // Of Adobe-Japan1: 1 to 94 are Latin letters of their own width, 231 to 632 are half a square.
    font.widths()
        .consecutive(1, face::PLAIN.into_iter().take(94).map(f32::from))
        .same(231, 632, 500.0);
    font.finish();
    pdf.font_descriptor(descriptor)
        .name(Name(b"HeiseiKakuGo-W5"))
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-92.0, -250.0, 1010.0, 922.0))
        .italic_angle(0.0)
        .ascent(752.0)
        .descent(-271.0)
        .cap_height(737.0)
        .stem_v(114.0);
    id
}

/// A line of text: each run in its face, one after the other.
fn text(content: &mut Content, (x, y): (f32, f32), style: Style, text: &str) {
    content.set_fill_gray(if style.soft { SOFT } else { 0.0 });
    content.begin_text();
    content.next_line(x, y);
    for run in face::runs(text) {
        match run {
            Run::Latin(bytes) => {
                content.set_font(if style.bold { BOLD } else { PLAIN }, style.size);
                content.show(Str(&bytes));
            }
            // The face has one weight: a heavy text is drawn with an outline.
            Run::Wide(bytes) if style.bold => {
                content.set_font(WIDE, style.size);
                content.set_line_width(style.size / 40.0);
                content.set_text_rendering_mode(TextRenderingMode::FillStroke);
                content.show(Str(&bytes));
                content.set_text_rendering_mode(TextRenderingMode::Fill);
            }
            Run::Wide(bytes) => {
                content.set_font(WIDE, style.size);
                content.show(Str(&bytes));
            }
        }
    }
    content.end_text();
}

fn drawn(marks: &[Mark]) -> Vec<u8> {
    let mut content = Content::new();
    for mark in marks {
        match mark {
            Mark::Text { at, style, text: said } => text(&mut content, *at, *style, said),
            Mark::Rule { y } => {
                content.set_line_width(0.5);
                content.move_to(LEFT, *y).line_to(RIGHT, *y).stroke();
            }
        }
    }
    content.finish().into_vec()
}

fn sheet(pdf: &mut Pdf, next: &mut Ref, tree: Ref, fonts: &Fonts, marks: &[Mark]) -> Ref {
    let (id, contents) = (next.bump(), next.bump());
    let mut page = pdf.page(id);
    page.parent(tree)
        .media_box(Rect::new(0.0, 0.0, SHEET.0, SHEET.1))
        .contents(contents);
    let mut resources = page.resources();
    let mut names = resources.fonts();
    names
        .pair(PLAIN, fonts.plain)
        .pair(BOLD, fonts.bold)
        .pair(WIDE, fonts.wide);
    names.finish();
    resources.finish();
    page.finish();
    pdf.stream(contents, &drawn(marks));
    id
}

/// The bytes. They depend on nothing but the document.
pub(super) fn document(head: &Head<'_>) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut next = Ref::new(1);
    let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
    let fonts = Fonts {
        plain: next.bump(),
        bold: next.bump(),
        wide: wide(&mut pdf, &mut next),
    };
    latin(&mut pdf, fonts.plain, b"Helvetica");
    latin(&mut pdf, fonts.bold, b"Helvetica-Bold");
    let mut pages = Vec::new();
    for marks in head.sheets {
        pages.push(sheet(&mut pdf, &mut next, tree, &fonts, marks));
    }
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages).count(count);
    pdf.document_info(info)
        .title(TextStr(head.title))
        .author(TextStr(head.author));
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr(head.lang));
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    pdf.finish()
}
