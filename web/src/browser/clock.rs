//! The time of day. How long something took is not asked here.

use wasm_bindgen::JsValue;

/// Milliseconds since 1970.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// Such a time as this person writes it: the date, hours and minutes.
pub fn words(milliseconds: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(milliseconds));
    let two = |number: u32| format!("{number:02}");
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year}-{}-{} {}:{}", two(month), two(day), two(date.get_hours()), two(date.get_minutes()))
}
