//! Pictures inside a page.

use super::document::Picture;
use super::escape::{escape, inline};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What every PNG file begins with.
const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
/// Pixels of the screen that a picture is enlarged to, at most.
const WIDE: u32 = 768;
/// Most pixels of the screen for one of the picture.
const LARGEST_PIXEL: u32 = 8;

/// A picture with its caption; only the caption where there are no bytes of a PNG file.
pub(super) fn element(picture: &Picture) -> String {
    let image = match size(&picture.png) {
        Some([width, height]) => {
            let factor = (WIDE / width).clamp(1, LARGEST_PIXEL);
            format!(
                "<img src=\"{}\" alt=\"{}\" width=\"{}\" height=\"{}\"/>",
                data_uri("image/png", &picture.png),
                escape(&picture.alternative),
                width.saturating_mul(factor),
                height.saturating_mul(factor),
            )
        }
        None => {
            let (file, shows) = (escape(&picture.file), escape(&picture.alternative));
            format!("<p class=\"note\">This page does not hold the picture <code>{file}</code>: {shows}</p>")
        }
    };
    format!("<figure class=\"picture\">{image}<figcaption>{}</figcaption></figure>\n", inline(&picture.caption))
}

/// Width and height of a PNG file, from its header.
fn size(png: &[u8]) -> Option<[u32; 2]> {
    let number = |at: usize| Some(u32::from_be_bytes(png.get(at..at + 4)?.try_into().ok()?));
    let [width, height] = [number(16)?, number(20)?];
    (png.starts_with(&SIGNATURE) && width > 0 && height > 0).then_some([width, height])
}

/// `bytes` as an address that holds them.
pub(super) fn data_uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", STANDARD.encode(bytes))
}
