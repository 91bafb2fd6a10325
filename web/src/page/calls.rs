//! The calls' pane: what every lane sends, and what varies.

use leptos::prelude::*;

use super::{
    field::{HexArea, TextField, VaryingField},
    session::{FieldDraft, Session},
    state_rows::{Accounts, Slots},
};

/// The pane.
#[component]
pub(crate) fn CallsPane() -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    view! {
        <section class="pane calls" aria-label="Calls">
            <div class="pane-head">
                <h2>"Calls"</h2>
                <p class="hint">"raw message calls, a lane each"</p>
            </div>
            <div class="pane-body">
                <VaryingField label="Caller" name="caller" draft=draft.caller />
                <VaryingField label="Value, wei" name="value" draft=draft.value />
                <VaryingField label="Gas limit" name="gas" draft=draft.gas />
                <HexArea label="Call data, hex" name="data" text=draft.data rows=3 />
                <h3>"Laid over the call data"</h3>
                <For each=move || draft.fields.get() key=|row| row.key let:row>
                    <FieldRow row=row />
                </For>
                <button class="quiet" on:click=move |_| draft.add_field()>"Add a varying part"</button>
                <h3>"State before every call"</h3>
                <Accounts />
                <Slots />
                <h3>"Block"</h3>
                <div class="columns">
                    <TextField label="Number" name="number" text=draft.number />
                    <TextField label="Timestamp, seconds" name="timestamp" text=draft.timestamp />
                    <TextField label="Seed of random values" name="seed" text=draft.seed />
                    <TextField
                        label="Step limit a lane"
                        name="max_steps"
                        text=draft.max_steps
                        placeholder="none but gas"
                    />
                </div>
            </div>
        </section>
    }
}

#[component]
fn FieldRow(
    /// The row.
    row: FieldDraft,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let draft = session.draft;
    let key = row.key;
    view! {
        <div class="part">
            <div class="part-place">
                <TextField label="Name" name=format!("fields.{key}.name") text=row.name />
                <TextField label="At byte" name=format!("fields.{key}.offset") text=row.offset />
                <TextField label="Bytes" name=format!("fields.{key}.width") text=row.width />
                <button
                    class="quiet remove"
                    aria-label=move || format!("Remove {}", row.name.get())
                    on:click=move |_| {
                        session.removing(&format!("Removed {}", row.name.get_untracked()));
                        draft.fields.update(|rows| rows.retain(|other| other.key != key));
                    }
                >
                    "×"
                </button>
            </div>
            <VaryingField label="Value" name=format!("fields.{key}.value") draft=row.value />
        </div>
    }
}
