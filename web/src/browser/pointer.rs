//! Dragging: a pointer that an element holds on to, and sizes to measure it by.

use wasm_bindgen::JsCast;
use web_sys::{Element, PointerEvent};

fn element(event: &PointerEvent) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}

/// Sends the pointer's events to the element that hears this one until the button is let go.
pub fn hold(event: &PointerEvent) {
    if let Some(element) = element(event) {
        // It fails only for a pointer that has gone.
        element.set_pointer_capture(event.pointer_id()).ok();
    }
}

/// Whether the element that hears this event holds the pointer.
pub fn is_held(event: &PointerEvent) -> bool {
    element(event).is_some_and(|element| element.has_pointer_capture(event.pointer_id()))
}

/// Where the pointer is within an element, as parts of its width and height.
fn place(event: &PointerEvent, element: &Element) -> (f64, f64) {
    let area = element.get_bounding_client_rect();
    let part = |at: i32, from: f64, size: f64| (f64::from(at) - from) / size.max(1.0);
    (part(event.client_x(), area.x(), area.width()), part(event.client_y(), area.y(), area.height()))
}

/// Where the pointer is within the parent of the element that hears this event, as parts of its width and height.
pub fn place_in_parent(event: &PointerEvent) -> Option<(f64, f64)> {
    Some(place(event, &element(event)?.parent_element()?))
}

/// Where the pointer is within the element that hears this event, as parts of its width and height.
pub fn place_in_self(event: &PointerEvent) -> Option<(f64, f64)> {
    Some(place(event, &element(event)?))
}
