//! A text as a picture that a camera reads.

use qrcode::QrCode;
use qrcode::render::svg::Color;

/// Pixels of a module of a QR code.
const MODULE_PX: u32 = 4;

/// A QR code as SVG; `None` for a text that is too long for one.
pub fn qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let (dark, light) = (Color("#000"), Color("#fff"));
    let mut image = code.render::<Color>();
    Some(image.dark_color(dark).light_color(light).module_dimensions(MODULE_PX, MODULE_PX).build())
}
