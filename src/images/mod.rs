//! A picture as it was sent -> the same picture drawn anew: nothing of what a camera or a program wrote beside it is left.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// A phone's camera has 12 or 16 million points, and pages send them scaled down.
pub const POINTS_MAX: u64 = 20_000_000;

/// A side that is longer is no photo.
const SIDE_MAX: u32 = 16_384;

/// What drawing one picture may take in memory: its points in four bytes, twice.
const MEMORY_MAX: u64 = 8 * POINTS_MAX;

/// The JPEG quality at which a photo of a shelf or a sign shows no difference.
const QUALITY: u8 = 85;

/// A picture that holds nothing but its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/jpeg` or `image/png`.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// Why something is not taken as a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    #[error("this is no photo: send a JPEG, PNG or WebP image of up to 2 MiB")]
    NotOne,
    #[error("the photo has {0} × {1} points: send one of up to 20 million, a phone's camera has 12")]
    TooLarge(u32, u32),
}

/// Draws a picture anew, turned as its camera meant it to be seen. JPEG stays JPEG; what may have holes becomes PNG.
///
/// # Errors
/// It is none, or has too many points; that is found out before it is unfolded.
pub fn drawn_anew(bytes: &[u8]) -> Result<Picture, BadPicture> {
    let format = image::guess_format(bytes).map_err(|_| BadPicture::NotOne)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP) {
        return Err(BadPicture::NotOne);
    }
    let (image, orientation) = unfolded(bytes, format)?;
    let mut image = image;
    image.apply_orientation(orientation);
    let keeps_holes = image.color().has_alpha();
    if format == ImageFormat::Jpeg || (format == ImageFormat::WebP && !keeps_holes) {
        let mut bytes = Vec::new();
        let image = DynamicImage::ImageRgb8(image.into_rgb8());
        image
            .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))
            .map_err(|_| BadPicture::NotOne)?;
        return Ok(Picture { kind: "image/jpeg", bytes });
    }
    let image = if keeps_holes {
        DynamicImage::ImageRgba8(image.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder).map_err(|_| BadPicture::NotOne)?;
    Ok(Picture { kind: "image/png", bytes })
}

fn unfolded(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), BadPicture> {
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    limits.max_alloc = Some(MEMORY_MAX);
    let (wide, high) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(|_| BadPicture::NotOne)?;
    if u64::from(wide) * u64::from(high) > POINTS_MAX || wide > SIDE_MAX || high > SIDE_MAX {
        return Err(BadPicture::TooLarge(wide, high));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| BadPicture::NotOne)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|_| BadPicture::NotOne)?;
    Ok((image, orientation))
}

#[cfg(test)]
mod tests;
