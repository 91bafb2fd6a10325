//! The columns of a file of lanes, whatever its format: the one schema. How values are written is `export`'s.

use crate::{
    export::{Field, Form},
    lane_columns::{Input, LaneColumns},
    lane_meaning::Meanings,
    query::{Kind, Terms, own_name},
};

/// Every run's columns, in order, and how they are written.
const FIXED: [(&str, Form); 8] = [
    ("lane", Form::Count),
    ("status", Form::Code),
    ("gas_used", Form::Count),
    ("steps", Form::Count),
    ("executed_on", Form::Code),
    ("caller", Form::Plain),
    ("to", Form::Plain),
    ("value", Form::Integer),
];

/// Those between arguments and what they returned.
const RETURNED: [(&str, Form); 1] = [("ret", Form::Plain)];

/// Those behind what was returned.
const LAST: [(&str, Form); 3] = [("error", Form::Plain), ("reason", Form::Plain), ("logs", Form::Count)];

/// How values of a kind are written that are not counted.
const fn form_of(kind: Kind) -> Form {
    match kind {
        Kind::Number => Form::Integer,
        Kind::Codes(_) => Form::Code,
        Kind::Bool | Kind::Bytes | Kind::Text => Form::Plain,
    }
}

/// The columns there are of these lanes, each with its name, type ([`Field::ty`]) and form: what every run has, what varies,
/// the other arguments that are single words, the return values, and the user's own columns (texts as
/// [`Terms::column`] reads them, by their name or by the text itself). Own columns that these lanes do not have are left out.
pub fn fields(
    columns: &mut Terms<LaneColumns<'_>>,
    inputs: &[Input],
    meanings: &Meanings,
    own: &[String],
) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut add = |columns: &mut Terms<LaneColumns<'_>>, name: String, text: &str, form: Option<Form>| {
        // A name twice would be a key twice.
        if fields.iter().all(|field| field.name != name)
            && let Ok(column) = columns.column(text)
        {
            fields.push(Field { name, column, form: form.unwrap_or_else(|| form_of(column.kind)) });
        }
    };
    for (name, form) in FIXED {
        add(columns, name.into(), name, Some(form));
    }
    for input in inputs {
        add(columns, input.name.clone(), &input.name, Some(Form::Integer));
    }
    for (name, offset) in meanings.argument_columns() {
        // Under its bare name it stands there already.
        if !inputs.iter().any(|input| (input.offset, input.width) == (offset, 32)) {
            add(columns, name.clone(), &name, None);
        }
    }
    for (name, form) in RETURNED {
        add(columns, name.into(), name, Some(form));
    }
    for name in meanings.returned_columns() {
        add(columns, name.clone(), &name, None);
    }
    for (name, form) in LAST {
        add(columns, name.into(), name, Some(form));
    }
    for text in own {
        match own_name(text) {
            // A filter may know the name already; then it stands for the same.
            Some((name, _)) => {
                let known = if columns.is_own(name) { name } else { text };
                add(columns, name.into(), known, None);
            }
            None => add(columns, text.clone(), text, None),
        }
    }
    fields
}
