//! The block that calls run in; each of its values may vary.

use leptos::prelude::*;

use crate::words::calls as words;

use super::{field::VaryingField, session::Session};

/// The block's fields: two always in sight, the others on request.
#[component]
pub(crate) fn Block() -> impl IntoView {
    let block = expect_context::<Session>().draft.block;
    view! {
        <VaryingField label=words::NUMBER name="block.number" draft=block.number />
        <VaryingField label=words::TIMESTAMP name="block.timestamp" draft=block.timestamp />
        <details class="more">
            <summary>{words::MORE_OF_THE_BLOCK}</summary>
            <VaryingField label=words::COINBASE name="block.coinbase" draft=block.coinbase />
            <VaryingField label=words::BASE_FEE_WEI name="block.base_fee" draft=block.base_fee />
            <VaryingField label=words::BLOCK_GAS_LIMIT name="block.gas_limit" draft=block.gas_limit />
            <VaryingField label=words::PREVRANDAO name="block.prev_randao" draft=block.prev_randao />
            <VaryingField label=words::CHAIN_ID name="block.chain_id" draft=block.chain_id />
        </details>
    }
}
