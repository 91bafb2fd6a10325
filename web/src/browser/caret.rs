//! Selecting a place in a text area, by line and columns.

use web_sys::HtmlTextAreaElement;

/// Selects the characters from column `from` to `to` of a line (all from 1), and brings them into sight.
pub fn select(area: &HtmlTextAreaElement, line: u32, from: u32, to: u32) {
    let text = area.value();
    // The browser counts in UTF-16.
    let units = |text: &str| text.encode_utf16().count() as u32;
    let above = line.saturating_sub(1) as usize;
    let start: u32 = text.split('\n').take(above).map(|line| units(line) + 1).sum();
    let here = text.split('\n').nth(above).unwrap_or_default();
    let at = |column: u32| units(&here.chars().take(column.saturating_sub(1) as usize).collect::<String>());
    // It fails only where the element is no text field.
    drop(area.focus());
    drop(area.set_selection_range(start + at(from), start + at(to.max(from + 1))));
    let rows = text.split('\n').count().max(1) as i32;
    area.set_scroll_top(area.scroll_height() / rows * (above as i32 - 2).max(0));
}
