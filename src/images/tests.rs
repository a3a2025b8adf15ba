//! Pictures that carry more than their points.

use image::codecs::webp::WebPEncoder;
use image::{GenericImageView, ImageEncoder, RgbImage, RgbaImage};
use proptest::prelude::*;

use super::*;

/// What a camera writes about the place, at the head of an EXIF block, and in the words of others.
const PLACE: &[u8] = b"GPS 31.2304 N 121.4737 E";

/// An EXIF block (TIFF, little end first): turned by a quarter, and something that tells the place.
fn exif() -> Vec<u8> {
    let mut block = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    block.extend_from_slice(PLACE);
    block
}

fn stripes() -> RgbImage {
    RgbImage::from_fn(32, 16, |x, _| image::Rgb(if x < 16 { [220, 20, 20] } else { [20, 20, 220] }))
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(stripes()).write_with_encoder(JpegEncoder::new(&mut bytes)).unwrap();
    bytes
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker][..], &length, body].concat()
}

/// A JPEG with these bytes behind its first two.
fn jpeg_with(inserted: &[u8]) -> Vec<u8> {
    let plain = jpeg();
    [&plain[..2], inserted, &plain[2..]].concat()
}

#[track_caller]
fn check(name: &str, sent: &[u8], kind: &str) -> DynamicImage {
    assert!(holds(sent, PLACE), "{name}: the place is not in what is sent");
    let picture = drawn_anew(sent).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(picture.kind, kind, "{name}");
    for trace in [PLACE, b"Exif", b"EXIF", b"eXIf", b"tEXt", b"XMP "] {
        assert!(!holds(&picture.bytes, trace), "{name}: {} is left", String::from_utf8_lossy(trace));
    }
    image::load_from_memory(&picture.bytes).unwrap()
}

#[test]
fn nothing_beside_the_points_is_kept_wherever_it_stands() {
    let block = [b"Exif\0\0", &exif()[..]].concat();
    let app1 = segment(0xE1, &block);
    check("EXIF", &jpeg_with(&app1), "image/jpeg");
    check("behind a fill byte", &jpeg_with(&[&[0xFF][..], &app1].concat()), "image/jpeg");
    check("behind many", &jpeg_with(&[&[0xFF; 9][..], &app1].concat()), "image/jpeg");
    check("a comment", &jpeg_with(&segment(0xFE, PLACE)), "image/jpeg");
    check("an application's own segment", &jpeg_with(&segment(0xEF, PLACE)), "image/jpeg");
    check("a second image behind the first", &[jpeg(), jpeg_with(&app1)].concat(), "image/jpeg");
    check("bytes behind the end", &[&jpeg()[..], PLACE].concat(), "image/jpeg");

    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif()).unwrap();
    DynamicImage::ImageRgb8(stripes()).write_with_encoder(encoder).unwrap();
    check("PNG with EXIF", &png, "image/png");
    check("PNG with bytes behind the end", &[&png[..], PLACE].concat(), "image/png");

    let mut webp = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif()).unwrap();
    DynamicImage::ImageRgb8(stripes()).write_with_encoder(encoder).unwrap();
    check("WebP with EXIF", &webp, "image/jpeg");
}

#[test]
fn what_the_camera_meant_is_what_is_seen() {
    let block = [b"Exif\0\0", &exif()[..]].concat();
    let seen = check("turned", &jpeg_with(&segment(0xE1, &block)), "image/jpeg");
    assert_eq!(seen.dimensions(), (16, 32), "turned by a quarter");
    let (top, bottom) = (seen.get_pixel(8, 4).0, seen.get_pixel(8, 28).0);
    assert!(top[0] > 150 && top[2] < 90 && bottom[2] > 150 && bottom[0] < 90, "{top:?} {bottom:?}");
}

#[test]
fn holes_stay_holes() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::new(4, 4));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let mut sent = Cursor::new(Vec::new());
        clear.write_to(&mut sent, format).unwrap();
        let picture = drawn_anew(&sent.into_inner()).unwrap();
        assert_eq!(picture.kind, "image/png", "{format:?}");
        assert_eq!(image::load_from_memory(&picture.bytes).unwrap().get_pixel(1, 1).0[3], 0, "{format:?}");
    }
}

#[test]
fn a_picture_that_unfolds_to_gigabytes_is_refused_before_it_does() {
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(&[0; 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
    // The size stands in the first chunk; its check sum behind it.
    png[16..24].copy_from_slice(&[0, 0, 0x3F, 0xFF, 0, 0, 0x3F, 0xFF]);
    let sum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(drawn_anew(&png), Err(BadPicture::TooLarge(16_383, 16_383)));
    let mut jpeg = jpeg();
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x3F, 0xFF, 0x3F, 0xFF]);
    assert_eq!(drawn_anew(&jpeg), Err(BadPicture::TooLarge(16_383, 16_383)));
}

/// CRC-32 as PNG has it (W3C PNG, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (0u32.wrapping_sub(sum & 1))))
    })
}

#[test]
fn what_is_no_picture_is_refused() {
    let whole = jpeg();
    for other in
        [&b"GIF89a"[..], b"<svg/>", b"", b"RIFF\0\0\0\0WAVE", &[0xFF, 0xD8, 0xFF], b"BM", &whole[..20]]
    {
        assert_eq!(drawn_anew(other), Err(BadPicture::NotOne), "{other:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(at in 0usize..400, byte: u8, cut in 0usize..700) {
        let mut sent = jpeg();
        let length = sent.len();
        sent[at % length] = byte;
        sent.truncate(length.saturating_sub(cut % 300));
        let _ = drawn_anew(&sent);
    }
}
