//! The first page of a PDF, drawn small.

use std::{fs::File, io::Read};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings, hayro_interpret::InterpreterSettings, hayro_syntax::Pdf, render,
    vello_cpu::color::palette::css::WHITE,
};

use super::{NoPreview, PICTURE_EDGE_MAX, Preview, picture};

const FILE_LEN_MAX: u64 = 128 << 20;

/// The first page, twice as large as it will be shown and then made smaller.
pub(super) fn first_page(file: File) -> Result<Preview, NoPreview> {
    let mut bytes = Vec::new();
    file.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LEN_MAX {
        return Err(NoPreview::Supply("a PDF of more than 128 MiB"));
    }
    let pdf = Pdf::new(bytes).map_err(|_| NoPreview::Damaged("the PDF cannot be read, or takes a password"))?;
    let page = pdf.pages().first().ok_or(NoPreview::Damaged("the PDF has no pages"))?;
    let (wide, high) = page.render_dimensions();
    let longer = wide.max(high);
    if !longer.is_finite() || longer < 1.0 || wide.min(high) < 1.0 {
        return Err(NoPreview::Damaged("its first page has no size"));
    }
    let scale = 2.0 * PICTURE_EDGE_MAX as f32 / longer;
    let pixels = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    let drawn = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &pixels,
    );
    let png = drawn
        .into_png()
        .map_err(|_| NoPreview::Damaged("its first page cannot be drawn"))?;
    let page = image::load_from_memory(&png).map_err(|_| NoPreview::Damaged("its first page cannot be drawn"))?;
    picture::small(&page)
}
