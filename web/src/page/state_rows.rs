//! The state every call starts from, as rows that can be edited: accounts and storage slots.

use leptos::prelude::*;

use super::{field::TextField, session::Session};

/// Balances and nonces.
#[component]
pub(crate) fn Accounts() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <div class="rows accounts" role="group" aria-label="Accounts">
            <div class="rows-head" aria-hidden="true">
                <span>"Account"</span>
                <span>"Balance, wei"</span>
                <span>"Nonce"</span>
            </div>
            <For each=move || draft.accounts.get() key=|row| row.key let:row>
                <div class="rows-row">
                    <TextField bare=true label="Account" name=format!("accounts.{}.address", row.key) text=row.address placeholder="0x…" />
                    <TextField bare=true label="Balance, wei" name=format!("accounts.{}.balance", row.key) text=row.balance />
                    <TextField bare=true label="Nonce" name=format!("accounts.{}.nonce", row.key) text=row.nonce />
                    <button
                        class="quiet remove"
                        aria-label=move || format!("Remove account {}", row.address.get())
                        on:click=move |_| {
                            session.removing(&format!("Removed account {}", row.address.get_untracked()));
                            draft.accounts.update(|rows| rows.retain(|other| other.key != row.key));
                        }
                    >
                        "×"
                    </button>
                </div>
            </For>
            <button class="quiet" on:click=move |_| draft.add_account()>"Add an account"</button>
        </div>
    }
}

/// Storage.
#[component]
pub(crate) fn Slots() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <div class="rows slots" role="group" aria-label="Storage">
            <div class="rows-head" aria-hidden="true">
                <span>"Storage slot"</span>
                <span>"Value"</span>
                <span>"Of account"</span>
            </div>
            <For each=move || draft.slots.get() key=|row| row.key let:row>
                <div class="rows-row">
                    <TextField bare=true label="Storage slot" name=format!("slots.{}.slot", row.key) text=row.slot />
                    <TextField bare=true label="Value" name=format!("slots.{}.value", row.key) text=row.value />
                    <TextField bare=true label="Of account" name=format!("slots.{}.address", row.key) text=row.address placeholder="the contract" />
                    <button
                        class="quiet remove"
                        aria-label=move || format!("Remove slot {}", row.slot.get())
                        on:click=move |_| {
                            session.removing(&format!("Removed slot {}", row.slot.get_untracked()));
                            draft.slots.update(|rows| rows.retain(|other| other.key != row.key));
                        }
                    >
                        "×"
                    </button>
                </div>
            </For>
            <button class="quiet" on:click=move |_| draft.add_slot()>"Add a slot"</button>
        </div>
    }
}
