//! What a state test expects of a document's lanes, as the page keeps it in the document: beside what is run, so that a link, a
//! file and a draft carry it. It says nothing of whether that was met.

use lanevm_core::{Document, verdict::Expected};
use serde_json::{Value, json};

/// The field of a document's `ui`: for each lane the state's root, the logs' hash and why the transaction must be refused.
const FIELD: &str = "test";

/// Keeps what is expected of each lane.
pub fn keep(document: &mut Document, cases: impl Iterator<Item = Expected>) {
    let case = |case: Expected| json!([case.root, case.logs, case.exception]);
    let ui = document.ui.get_or_insert_with(|| Value::Object(Default::default()));
    if let Some(fields) = ui.as_object_mut() {
        fields.insert(FIELD.into(), cases.map(case).collect());
    }
}

/// Expects nothing any more.
pub fn forget(document: &mut Document) {
    if let Some(fields) = document.ui.as_mut().and_then(Value::as_object_mut) {
        fields.remove(FIELD);
    }
}

/// What is expected of each lane; nothing where nothing is, or nothing that can be read.
pub fn of(document: &Document) -> Option<Vec<Expected>> {
    fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<Option<T>> {
        Option::<T>::deserialize(value).ok()
    }
    use serde::Deserialize;
    let cases = document.ui.as_ref()?.get(FIELD)?.as_array()?;
    let case = |case: &Value| match case.as_array()?.as_slice() {
        [root, logs, exception] => Some(Expected { root: read(root)?, logs: read(logs)?, exception: read(exception)? }),
        _ => None,
    };
    cases.iter().map(case).collect()
}

#[cfg(test)]
mod tests {
    use lanevm_core::{B256, Fork, document::Step};

    use super::*;
    use crate::form::Form;

    #[test]
    fn what_is_expected_travels_with_the_document() {
        let cases = vec![
            Expected { root: Some(B256::repeat_byte(1)), logs: Some(B256::repeat_byte(2)), exception: None },
            Expected { exception: Some("TransactionException.X".into()), ..Expected::default() },
        ];
        let mut document = Document::new(Fork::Osaka, vec![Step::default()]);
        document.lanes = Some(2);
        assert_eq!(of(&document), None);
        keep(&mut document, cases.clone().into_iter());
        assert_eq!(of(&document).unwrap(), cases);
        let made = Form::of(&document).document().unwrap();
        assert_eq!(of(&made).unwrap(), cases);
        let mut read = Document::from_json(&made.to_json()).unwrap();
        assert_eq!(of(&read).unwrap(), cases);
        forget(&mut read);
        assert_eq!(of(&read), None);
    }

    #[test]
    fn what_others_wrote_there_is_passed_over() {
        for test in ["7", "[7]", "[[null]]", r#"[["0x1", null, null]]"#, "[[null, null, 7]]"] {
            let text = format!(
                r#"{{"lanevm":1,"hardfork":"osaka","lanes":1,"steps":[{{"to":null}}],"ui":{{"test":{test}}}}}"#
            );
            assert_eq!(of(&Document::from_json(&text).unwrap()), None, "{test}");
        }
    }
}
