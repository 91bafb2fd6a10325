//! What the page asks of a form that is being typed: pictures of what varies, and the line that fetches what its first call
//! reads. Both make the form's first lanes, which the page's program cannot.

use std::collections::BTreeMap;

use lanevm_core::{
    Address,
    document::To,
    reading::{BlockTag, WantedCall, cast_commands},
};

use crate::{
    form::{
        Form,
        pictures::{self, Picture},
    },
    words::engine as words,
};

/// Pictures of every value that varies, by field; none where the form does not read.
pub(super) fn pictures(form: &Form) -> BTreeMap<String, Picture> {
    form.document().map(|document| pictures::pictures(form, &document)).unwrap_or_default()
}

/// The line that prints what the first lane's call of a step reads.
///
/// # Errors
/// In words, where the form does not read.
pub(super) fn cast_line(form: &Form, step: usize, contract: Option<Address>) -> Result<String, String> {
    let wrong = || words::NEEDS_CORRECTION.to_owned();
    let document = form.document().map_err(|_| wrong())?;
    let call = pictures::first_call(&document, step).ok_or_else(wrong)?;
    let to = match document.steps.get(step).map(|step| &step.to) {
        Some(To::Unsaid) => contract.or(call.to),
        Some(To::Create) => None,
        _ => call.to,
    };
    let wanted = WantedCall { from: Some(call.from), to, data: call.data, value: call.value, gas: Some(call.gas) };
    let block = if call.number == 0 { BlockTag::Latest } else { BlockTag::Number(call.number) };
    Ok(cast_commands(Some(&wanted), &[], block).trim_end().to_owned())
}
