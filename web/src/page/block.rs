//! The block that calls run in; each of its values may vary.

use leptos::prelude::*;

use super::{field::VaryingField, session::Session};

/// The block's fields: two always in sight, the others on request.
#[component]
pub(crate) fn Block() -> impl IntoView {
    let block = expect_context::<Session>().draft.block;
    view! {
        <VaryingField label="Number" name="block.number" draft=block.number />
        <VaryingField label="Timestamp" name="block.timestamp" draft=block.timestamp />
        <details class="more">
            <summary>"More of the block"</summary>
            <VaryingField label="Coinbase" name="block.coinbase" draft=block.coinbase />
            <VaryingField label="Base fee, wei" name="block.base_fee" draft=block.base_fee />
            <VaryingField label="Block’s most gas" name="block.gas_limit" draft=block.gas_limit />
            <VaryingField label="Prevrandao" name="block.prev_randao" draft=block.prev_randao />
            <VaryingField label="Chain id" name="block.chain_id" draft=block.chain_id />
        </details>
    }
}
