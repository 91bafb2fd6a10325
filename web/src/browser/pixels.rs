//! Drawing a picture of raw pixels into a canvas.

use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Makes the canvas `width` pixels wide and as high as the pixels (four bytes each) reach, and draws them.
pub fn draw(canvas: &HtmlCanvasElement, width: u32, pixels: &[u8]) {
    let height = (pixels.len() as u32 / 4).checked_div(width).unwrap_or(0);
    if height == 0 {
        return;
    }
    resize(canvas, width, height);
    draw_part(canvas, width, 0, pixels);
}

/// Makes the canvas so large, and empty.
pub fn resize(canvas: &HtmlCanvasElement, width: u32, height: u32) {
    canvas.set_width(width);
    canvas.set_height(height);
}

/// Draws whole rows of pixels, `width` to a row, from a row on.
pub fn draw_part(canvas: &HtmlCanvasElement, width: u32, top: u32, pixels: &[u8]) {
    let height = (pixels.len() as u32 / 4).checked_div(width).unwrap_or(0);
    if height == 0 {
        return;
    }
    let context = canvas.get_context("2d").ok().flatten().and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok());
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(pixels), width, height);
    if let (Some(context), Ok(image)) = (context, image) {
        // It fails only for an image that was detached.
        drop(context.put_image_data(&image, 0.0, f64::from(top)));
    }
}
