//! The lane map: a pixel a lane, coloured by how it ended. A click opens the lane under it.

use leptos::{html, prelude::*};

use super::{session::Session, text::status_kind};

/// Most pixels drawn; with more lanes a pixel stands for several.
const MOST: usize = 1 << 20;

/// Colours of the kinds, which the style sheet repeats as words' marks.
fn colour(code: u8) -> [u8; 4] {
    match status_kind(code) {
        "success" => [0x2f, 0x8f, 0x9d, 0xff],
        "revert" => [0xe0, 0x9f, 0x1f, 0xff],
        "gas" => [0xb2, 0x3a, 0x6f, 0xff],
        "unfinished" => [0x9a, 0xa0, 0xa6, 0xff],
        _ => [0x6b, 0x4f, 0xa8, 0xff],
    }
}

/// Columns and rows of the map, and lanes a pixel.
fn shape(lanes: usize) -> (usize, usize, usize) {
    let each = lanes.div_ceil(MOST).max(1);
    let pixels = lanes.div_ceil(each);
    // About five times as wide as high, as the pane is.
    let columns = ((pixels as f64 * 5.0).sqrt().ceil() as usize).max(1);
    (columns, pixels.div_ceil(columns), each)
}

/// The map.
#[component]
pub(crate) fn LaneMap() -> impl IntoView {
    let session = expect_context::<Session>();
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let Some(canvas) = canvas.get() else { return };
        session.statuses.with(|statuses| {
            let (columns, rows, each) = shape(statuses.len());
            let mut pixels = vec![0; columns * rows * 4];
            for (pixel, lane) in pixels.chunks_exact_mut(4).zip((0..statuses.len()).step_by(each)) {
                pixel.copy_from_slice(&colour(statuses[lane]));
            }
            crate::browser::pixels::draw(&canvas, columns as u32, &pixels);
        });
    });
    let open = move |event: leptos::ev::MouseEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let lanes = session.statuses.with_untracked(Vec::len);
        let (columns, rows, each) = shape(lanes);
        let place =
            |at: i32, size: i32, cells: usize| (f64::from(at.max(0)) / f64::from(size.max(1)) * cells as f64) as usize;
        let column = place(event.offset_x(), canvas.client_width(), columns).min(columns - 1);
        let row = place(event.offset_y(), canvas.client_height(), rows);
        let lane = (row * columns + column) * each;
        if lane < lanes {
            session.visit(lane);
        }
    };
    let words = move || {
        let (columns, _, each) = session.statuses.with(|statuses| shape(statuses.len()));
        if each > 1 {
            format!("Lane map: a pixel is the first of {each} lanes; rows of {columns}.")
        } else {
            format!("Lane map: a pixel a lane, in rows of {columns}; click one to open it.")
        }
    };
    view! {
        <figure class="map">
            <canvas node_ref=canvas on:click=open role="img" aria-label=words></canvas>
            <figcaption>{words}</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lane_has_its_pixel() {
        for lanes in [0, 1, 7, 10_000, 1_000_000, 50_000_000] {
            let (columns, rows, each) = shape(lanes);
            assert!(columns * rows * each >= lanes, "{lanes}");
            assert!(columns * rows <= MOST + columns, "{lanes}");
        }
    }
}
