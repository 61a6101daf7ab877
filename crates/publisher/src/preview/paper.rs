//! The first page of a PDF, drawn small. How papers are drawn is in `crate::paper`.

use std::fs::File;

use super::{NoPreview, PICTURE_EDGE_MAX, Preview, picture};
use crate::paper::{NotDrawn, draw, open};

/// The first page, twice as large as it will be shown and then made smaller.
pub(super) fn first_page(file: File) -> Result<Preview, NoPreview> {
    let told = |no| match no {
        NotDrawn::TooLong => NoPreview::Supply("a PDF of more than 128 MiB"),
        NotDrawn::Damaged(why) => NoPreview::Damaged(why),
        NotDrawn::NoSuchPage => NoPreview::Damaged("the PDF has no pages"),
    };
    let pdf = open(file).map_err(told)?;
    let drawn = draw(&pdf, 0, 2.0 * PICTURE_EDGE_MAX as f32).map_err(told)?;
    let cannot = NoPreview::Damaged("its first page cannot be drawn");
    let Ok(png) = drawn.into_png() else { return Err(cannot) };
    let page = image::load_from_memory(&png).map_err(|_| cannot)?;
    picture::small(&page)
}
