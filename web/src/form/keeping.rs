//! A form as it is kept: what is typed, as it is typed, read or not, and the document it makes where it makes one. Where it is
//! kept is the page's.

use lanevm_core::{Document, Fork, document::Step};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Accounts, Columns, Form};

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// What the form makes: what later versions read where they do not read the form.
    document: Option<Value>,
    /// What is typed.
    form: Option<Value>,
    /// What the form has no field for, as a document.
    base: Option<Value>,
    /// What is too much for fields, as a document: accounts, columns, and of each step, after a first that means nothing, what
    /// it has no field for.
    bulk: Option<Value>,
}

/// A document of nothing.
pub(super) fn nothing() -> Document {
    Document::new(Fork::LATEST, Vec::new())
}

impl Default for Form {
    fn default() -> Self {
        Self::of(&nothing())
    }
}

fn written(document: &Document) -> Option<Value> {
    serde_json::to_value(document).ok()
}

fn read(value: &Value) -> Result<Document, String> {
    Document::from_json(&value.to_string()).map_err(|error| error.to_string())
}

impl Form {
    /// The form as a text to keep.
    pub fn to_kept(&self) -> String {
        let mut bulk = nothing();
        bulk.steps = std::iter::once(Step::default()).chain(self.steps.iter().map(|step| step.base.clone())).collect();
        bulk.state.accounts.clone_from(&self.state.bulk);
        bulk.columns.clone_from(&self.columns);
        // A document has a step.
        let steps = if self.base.steps.is_empty() { vec![Step::default()] } else { Vec::new() };
        let base = Document { steps: [self.base.steps.clone(), steps].concat(), ..self.base.clone() };
        let kept = Kept {
            document: self.document().ok().as_ref().and_then(written),
            form: serde_json::to_value(self).ok(),
            base: written(&base),
            bulk: written(&bulk),
        };
        // Every key is text.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Reads what [`Self::to_kept`] wrote, in this version or another.
    ///
    /// # Errors
    /// In words, where neither form nor document can be read.
    pub fn of_kept(text: &str) -> Result<Self, String> {
        let Kept { document, form, base, bulk } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let typed: Option<Self> = form.and_then(|form| serde_json::from_value(form).ok());
        if let (Some(mut form), Some(Ok(base)), Some(Ok(bulk))) =
            (typed, base.as_ref().map(read), bulk.as_ref().map(read))
        {
            form.base = base;
            for (step, base) in form.steps.iter_mut().zip(bulk.steps.into_iter().skip(1)) {
                step.base = base;
            }
            form.state.bulk = bulk.state.accounts.into();
            form.columns = bulk.columns.into();
            return Ok(form);
        }
        let document = document.ok_or("it holds no document")?;
        read(&document).map(|document| Self::of(&document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_survives_whether_it_reads_or_not() {
        for example in lanevm_core::examples::all() {
            let mut form = Form::of(&example.document());
            assert_eq!(Form::of_kept(&form.to_kept()).unwrap(), form, "{}", example.id);
            form.code = "0x60zz, not yet \u{202e} a program".into();
            form.steps[0].gas.fixed = "lots".into();
            assert_eq!(Form::of_kept(&form.to_kept()).unwrap(), form, "{}", example.id);
        }
        let form = Form::default();
        assert_eq!(Form::of_kept(&form.to_kept()).unwrap(), form);
    }

    #[test]
    fn a_form_of_another_version_is_read_by_its_document() {
        let form = Form::of(&lanevm_core::examples::all()[0].document());
        let mut kept: Value = serde_json::from_str(&form.to_kept()).unwrap();
        kept["form"]["code"] = 7.into();
        assert_eq!(Form::of_kept(&kept.to_string()).unwrap(), form);
        kept["document"] = Value::Null;
        assert!(Form::of_kept(&kept.to_string()).is_err());
        for text in ["", "{}", "[]", "null", "{\"form\":{\"base\":{}}}"] {
            assert!(Form::of_kept(text).is_err(), "{text}");
        }
    }
}
