//! A form as it is kept: what is typed, as it is typed, read or not, and the document it makes where it makes one. Where it is
//! kept is the page's.

use std::sync::Arc;

use lanevm_core::{
    Absent, Document, Fork, Level,
    document::{Mode, Step},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::words::form as words;

use super::{Accounts, Columns, Form};

/// What is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// What the form makes: what later versions read where they do not read the form.
    document: Option<Value>,
    /// The form.
    form: Option<Value>,
}

impl Default for Form {
    fn default() -> Self {
        Self::of(&Document::new(Fork::LATEST, Vec::new()))
    }
}

impl Form {
    /// The form as a text to keep.
    pub fn to_kept(&self) -> String {
        let document = self.document().ok().and_then(|document| serde_json::to_value(document).ok());
        let kept = Kept { document, form: serde_json::to_value(self).ok() };
        // Every key is text.
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Reads what [`Self::to_kept`] wrote, in this version or another.
    ///
    /// # Errors
    /// In words, where neither form nor document can be read.
    pub fn of_kept(text: &str) -> Result<Self, String> {
        let Kept { document, form } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if let Some(form) = form.and_then(|form| serde_json::from_value(form).ok()) {
            return Ok(form);
        }
        let document = document.ok_or(words::NO_DOCUMENT)?.to_string();
        Document::from_json(&document).map(|document| Self::of(&document)).map_err(|error| error.to_string())
    }
}

/// A word of a few, as documents write it.
macro_rules! words {
    ($name:ident, $type:ty, $all:expr) => {
        pub(super) mod $name {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(word: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                word.serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let value = Value::deserialize(deserializer)?;
                let known = $all.into_iter().find(|word| serde_json::to_value(word).is_ok_and(|known| known == value));
                known.ok_or_else(|| D::Error::custom(words::NO_SUCH_WORD))
            }
        }
    };
}

words!(level, Level, [Level::Frame, Level::Call, Level::Transaction]);
words!(mode, Mode, [Mode::Sequence, Mode::Independent]);
words!(absent, Absent, [Absent::Empty, Absent::Unknown]);

/// What only documents read is kept in one.
macro_rules! in_document {
    ($name:ident, $type:ty, $put:expr, $take:expr) => {
        pub(super) mod $name {
            use super::*;

            pub(crate) fn serialize<S: Serializer>(part: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                let mut document = Document::new(Fork::LATEST, vec![Step::default()]);
                let put: fn(&mut Document, &$type) = $put;
                put(&mut document, part);
                document.serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let document = base::deserialize(deserializer)?;
                let take: fn(Document) -> $type = $take;
                Ok(take(document))
            }
        }
    };
}

in_document!(step, Step, |document, step| document.steps = vec![step.clone()], |document| document
    .steps
    .into_iter()
    .next()
    .unwrap_or_default());
in_document!(
    accounts,
    Arc<Accounts>,
    |document, accounts| document.state.accounts = Accounts::clone(accounts),
    |document| Arc::new(document.state.accounts)
);
in_document!(columns, Arc<Columns>, |document, columns| document.columns = Columns::clone(columns), |document| {
    Arc::new(document.columns)
});

/// The form's base, as documents are written.
pub(super) mod base {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(base: &Document, serializer: S) -> Result<S::Ok, S::Error> {
        base.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        let value = Value::deserialize(deserializer)?;
        // A form made of nothing has a base without steps, which is no document.
        if value["steps"].as_array().is_some_and(Vec::is_empty) {
            return Ok(Document::new(Fork::LATEST, Vec::new()));
        }
        Document::from_json(&value.to_string()).map_err(D::Error::custom)
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
