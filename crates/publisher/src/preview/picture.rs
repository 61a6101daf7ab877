//! A smaller picture. Only PNG, JPEG and WebP are decoded, as what they were recognised as, never as what they claim.

use std::{
    fs::File,
    io::{BufRead, BufReader, Cursor, Seek},
};

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};
use license::PREVIEW_LEN_MAX;

use super::{NoPreview, PICTURE_EDGE_MAX, PICTURE_PIXELS_MAX, Preview};
use crate::kind::Format;

/// The longest file that is read as a picture: decoders of JPEG hold the whole file.
const FILE_LEN_MAX: u64 = 128 << 20;
/// What a decoder may allocate: the largest picture in the deepest colour.
const ALLOC_MAX: u64 = 512 << 20;
const QUALITY: u8 = 84;

/// The picture at most [`PICTURE_EDGE_MAX`] wide and high: JPEG, or PNG where something shines through.
pub(super) fn smaller(file: File, format: Format) -> Result<Preview, NoPreview> {
    if file.metadata()?.len() > FILE_LEN_MAX {
        return Err(NoPreview::Supply("a picture file of more than 128 MiB"));
    }
    from(BufReader::new(file), format)
}

/// A picture that is read from anywhere, as a preview.
pub(super) fn from(content: impl BufRead + Seek, format: Format) -> Result<Preview, NoPreview> {
    small(&decoded(content, format)?)
}

/// A decoded picture as a preview.
pub(super) fn small(picture: &DynamicImage) -> Result<Preview, NoPreview> {
    let mut edge = PICTURE_EDGE_MAX;
    loop {
        let bytes = encoded(picture, edge).map_err(|_| NoPreview::Damaged("it cannot be shown smaller"))?;
        if bytes.len() <= PREVIEW_LEN_MAX || edge < 60 {
            return Ok(Preview {
                media_type: crate::recognise(&bytes).media_type(),
                bytes,
            });
        }
        edge = edge / 4 * 3;
    }
}

fn decoded(mut content: impl BufRead + Seek, format: Format) -> Result<DynamicImage, NoPreview> {
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Webp => ImageFormat::WebP,
        other => return Err(NoPreview::Supply(other.media_type())),
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(ALLOC_MAX);
    // The header is read first, without limits on what it may claim, so that a refusal can name the figures.
    let (width, height) = ImageReader::with_format(&mut content, format)
        .into_dimensions()
        .map_err(no_picture)?;
    if u64::from(width) * u64::from(height) > PICTURE_PIXELS_MAX {
        return Err(NoPreview::Picture { width, height });
    }
    content.rewind()?;
    let mut reader = ImageReader::with_format(content, format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(no_picture)?;
    let turned = decoder.orientation().map_err(no_picture)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(no_picture)?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn no_picture(error: ImageError) -> NoPreview {
    match error {
        ImageError::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => NoPreview::Read(e),
        ImageError::IoError(_) => NoPreview::Damaged("the picture ends too early"),
        ImageError::Limits(_) => NoPreview::Supply("a picture that takes so much memory"),
        _ => NoPreview::Damaged("the picture cannot be decoded"),
    }
}

fn encoded(picture: &DynamicImage, edge: u32) -> Result<Vec<u8>, ImageError> {
    let small = if picture.width() > edge || picture.height() > edge {
        // Averages first, as a filter alone would read every pixel of a large picture several times.
        let twice = edge.saturating_mul(2);
        let near = if picture.width().max(picture.height()) > twice.saturating_mul(2) {
            picture.thumbnail(twice, twice)
        } else {
            picture.clone()
        };
        near.resize(edge, edge, FilterType::CatmullRom)
    } else {
        picture.clone()
    };
    let mut out = Cursor::new(Vec::new());
    let rgba = small.to_rgba8();
    if rgba.pixels().any(|pixel| pixel.0[3] < 255) {
        rgba.write_to(&mut out, ImageFormat::Png)?;
    } else {
        JpegEncoder::new_with_quality(&mut out, QUALITY).encode_image(&small.to_rgb8())?;
    }
    Ok(out.into_inner())
}
