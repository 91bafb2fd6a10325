//! The worker that reads files and drafts for the page, where that takes long, and state tests, which only this program reads. It runs
//! nothing. The page ends it to cancel.

use lanevm_core::{
    Document,
    reading::{TestFile, read_program, read_state, read_state_tests, seems_state_tests},
    verdict::Expected,
};

use crate::{
    browser::scope,
    form::{Form, expected, packing},
    protocol::{ReadAs, Reading, TestChoice, ToReader},
    words::engine as words,
};

fn form_of(document: &Document) -> (Reading, Option<Vec<u8>>) {
    let title = document.ui.as_ref().and_then(|ui| ui.get("title")).and_then(|title| title.as_str());
    (Reading::Form { title: title.map(str::to_owned) }, Some(packing::pack(Form::of(document))))
}

fn choices(file: &TestFile) -> Vec<TestChoice> {
    let choice = |choice: &lanevm_core::reading::Choice| TestChoice {
        test: choice.test.clone(),
        fork: choice.fork.clone(),
        lanes: choice.cases.len(),
        rejected: choice.cases.iter().filter(|case| case.exception.is_some()).count(),
        refused: choice.refused.clone(),
    };
    file.choices().iter().map(choice).collect()
}

fn read(
    read_as: ReadAs,
    name: &str,
    bytes: Vec<u8>,
    tests: &mut Option<TestFile>,
) -> Result<(Reading, Option<Vec<u8>>), String> {
    let text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let read_as = match read_as {
        // Looking through a long text for what every state test has takes long, too.
        ReadAs::Document | ReadAs::Programs if seems_state_tests(&text) => ReadAs::Tests,
        other => other,
    };
    Ok(match read_as {
        ReadAs::Document => form_of(&Document::from_json(&text).map_err(|error| error.to_string())?),
        ReadAs::Draft => (Reading::Form { title: None }, Some(packing::pack(Form::of_kept(&text)?))),
        ReadAs::Tests => {
            let file = read_state_tests(&text).map_err(|error| error.to_string())?;
            let found = choices(&file);
            *tests = Some(file);
            (Reading::Tests(found), None)
        }
        ReadAs::Programs => {
            let found = read_program(name, &text).map_err(|error| error.to_string())?;
            (Reading::Programs, Some(packing::pack_programs(&found)))
        }
        ReadAs::State => {
            let found = read_state(&text).map_err(|error| error.to_string())?;
            (Reading::States { format: found.format.name().to_owned() }, Some(packing::pack_states(&found.states)))
        }
    })
}

fn kept(form: &[u8]) -> Result<(Reading, Option<Vec<u8>>), String> {
    let form = packing::unpack(form).ok_or(words::NO_FORM)?;
    Ok((Reading::Kept, Some(form.to_kept().into_bytes())))
}

fn post(answer: &Reading, bytes: Option<&[u8]>) {
    scope::post(&serde_json::to_string(answer).unwrap_or_default(), bytes);
}

/// Starts listening.
pub(super) fn start() {
    let mut tests = None;
    scope::listen(move |json, bytes| {
        let Ok(asked) = serde_json::from_str(&json) else { return };
        let answer = match asked {
            ToReader::Read(read_as, name) => read(read_as, &name, bytes.unwrap_or_default(), &mut tests),
            ToReader::Keep => kept(&bytes.unwrap_or_default()),
            ToReader::Open(choice) => match &tests {
                Some(file) => file.document(choice).map(|mut document| {
                    expected::keep(&mut document, file.choices()[choice].cases.iter().map(Expected::from));
                    form_of(&document)
                }),
                None => Err(words::NO_TESTS_READ.into()),
            },
        };
        match answer {
            Ok((answer, bytes)) => post(&answer, bytes.as_deref()),
            Err(why) => post(&Reading::Failed(why), None),
        }
    });
    post(&Reading::Ready, None);
}
