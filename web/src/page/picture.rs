//! The small picture of a value's distribution, with words for those who do not see it.

use leptos::prelude::*;

use super::text::grouped;
use crate::{
    form::{decimal, pictures::Picture},
    words::varying as words,
};

/// The picture.
#[component]
pub(crate) fn PictureView(
    /// What is shown.
    label: String,
    /// The distribution.
    picture: Picture,
) -> impl IntoView {
    let most = picture.bins.iter().copied().max().unwrap_or(1).max(1);
    let scale = if picture.by_length { words::BY_LENGTH } else { "" };
    let words = words::picture(
        grouped(picture.different),
        grouped(picture.lanes),
        decimal(picture.min),
        decimal(picture.max),
        scale,
    );
    view! {
        <figure class="picture" role="img" aria-label=format!("{label}: {words}") title=words>
            {picture
                .bins
                .iter()
                .map(|count| {
                    let height = if *count == 0 { 0.0 } else { (f64::from(*count) / f64::from(most) * 100.0).max(6.0) };
                    view! { <span style:height=format!("{height:.0}%")></span> }
                })
                .collect_view()}
        </figure>
    }
}
