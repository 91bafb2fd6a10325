//! A list of which the document holds only the rows in sight. Lists too high for a browser are scaled: the scroll bar
//! then stands for all rows, and every row can be reached.

use leptos::{html, prelude::*};
use leptos_use::use_element_size;

/// Browsers cut off elements higher than some 17 to 33 million pixels.
const HIGHEST: f64 = 8_000_000.0;

/// Which rows are in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sight {
    /// First row.
    pub(crate) first: usize,
    /// How many, with one that is cut on either side.
    pub(crate) count: usize,
    /// Pixels of the first row above the edge.
    above: f64,
}

/// The rows in sight at a scroll position.
fn sight(total: usize, row: f64, scrolled: f64, height: f64) -> Sight {
    let whole = total as f64 * row;
    let shown = whole.min(HIGHEST);
    let scale = if shown > height { (whole - height) / (shown - height) } else { 1.0 };
    let top = (scrolled * scale).clamp(0.0, (whole - height).max(0.0));
    let first = (top / row) as usize;
    let count = ((height / row) as usize + 2).min(total.saturating_sub(first));
    Sight { first, count, above: top - first as f64 * row }
}

/// The list.
#[component]
pub(crate) fn VirtualRows<V: IntoView + 'static>(
    /// Rows there are.
    #[prop(into)]
    total: Signal<usize>,
    /// Pixels a row.
    row_height: f64,
    /// The list's name.
    label: &'static str,
    /// Makes the rows in sight; it is run again when they change.
    rows: impl Fn(Sight) -> V + Send + Sync + 'static,
    /// Hears which rows are in sight.
    on_sight: impl Fn(Sight) + Send + Sync + 'static,
    /// Brings a row into sight when it changes.
    #[prop(optional, into)]
    target: Option<Signal<Option<usize>>>,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let size = use_element_size(list);
    let scrolled = RwSignal::new(0.0);
    let now = Memo::new(move |_| sight(total.get(), row_height, scrolled.get(), size.height.get()));
    Effect::new(move |_| on_sight(now.get()));
    // A shorter list moves the scroll bar without an event.
    Effect::new(move |_| {
        total.track();
        if let Some(list) = list.get() {
            scrolled.set(f64::from(list.scroll_top()));
        }
    });
    Effect::new(move |_| {
        let Some(row) = target.and_then(|target| target.get()) else { return };
        let (at, height) = (now.get_untracked(), size.height.get_untracked());
        let inside = at.first < row && row + 2 < at.first + at.count;
        if let Some(list) = list.get_untracked()
            && !inside
        {
            let whole = total.get_untracked() as f64 * row_height;
            let shown = whole.min(HIGHEST);
            let scale = if shown > height { (whole - height) / (shown - height) } else { 1.0 };
            let top = (row as f64 * row_height - height / 2.0).max(0.0) / scale;
            list.set_scroll_top(top as i32);
        }
    });
    view! {
        <div
            class="virtual"
            node_ref=list
            role="rowgroup"
            aria-label=label
            tabindex="0"
            on:scroll:target=move |event| scrolled.set(f64::from(event.target().scroll_top()))
        >
            <div
                class="virtual-all"
                style:height=move || format!("{}px", (total.get() as f64 * row_height).min(HIGHEST))
            >
                <div class="virtual-sight">
                    <div style:transform=move || format!("translateY({}px)", -now.get().above)>
                        {move || rows(now.get())}
                    </div>
                </div>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_million_rows_are_reached() {
        for total in [1_usize, 30, 100_000, 1_000_000, 100_000_000] {
            let shown = (total as f64 * 24.0).min(HIGHEST);
            let height = 500.0;
            assert_eq!(sight(total, 24.0, 0.0, height).first, 0);
            let end = sight(total, 24.0, (shown - height).max(0.0), height);
            assert_eq!(end.first + end.count, total, "{total}");
        }
    }

    #[test]
    fn an_empty_list_has_nothing_in_sight() {
        assert_eq!(sight(0, 24.0, 0.0, 500.0).count, 0);
    }
}
