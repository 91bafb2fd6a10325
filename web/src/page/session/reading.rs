//! Texts that are read beside the page: long ones, and state tests. One is read at a time; ending its worker cancels it, and
//! what was here stays until there is something to take its place.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use lanevm_core::reading::{StateFormat, StateFound, seems_state_tests};
use leptos::prelude::*;

use super::Session;
use crate::{
    browser::worker::Peer,
    engine::READING,
    form::packing,
    page::text::foreign,
    protocol::{ReadAs, Reading, TestChoice, ToReader},
    words::reading as words,
};

/// A text shorter than this is read where it is, if the page can read it: a worker would take longer to start.
const LONG: usize = 200_000;

/// A file of state tests that waits for a choice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TestsFound {
    /// The file's name.
    pub(crate) name: String,
    /// What can be opened.
    pub(crate) choices: Vec<TestChoice>,
}

/// What is being read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReadingNow {
    /// Its name.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: usize,
}

/// Its signals.
#[derive(Clone, Copy)]
pub(crate) struct Reader {
    /// What is being read.
    pub(crate) now: RwSignal<Option<ReadingNow>>,
    /// State tests that wait for a choice.
    pub(crate) tests: RwSignal<Option<Arc<TestsFound>>>,
    /// The choice.
    pub(crate) chosen: RwSignal<usize>,
    worker: StoredValue<Option<Worker>, LocalStorage>,
    number: StoredValue<u32>,
}

/// The worker, and what waits until it listens.
struct Worker {
    peer: Rc<RefCell<Option<Peer>>>,
    state: Rc<RefCell<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    listens: bool,
    held: Option<(ToReader, Option<Vec<u8>>)>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            now: RwSignal::default(),
            tests: RwSignal::default(),
            chosen: RwSignal::default(),
            worker: StoredValue::new_local(None),
            number: StoredValue::new(0),
        }
    }

    /// Forgets what is read, and its worker.
    fn end(self) {
        self.number.update_value(|number| *number += 1);
        self.now.set(None);
        // A worker that speaks is not dropped while its listener runs.
        let gone = self.worker.try_update_value(Option::take);
        wasm_bindgen_futures::spawn_local(async move { drop(gone) });
    }
}

impl Worker {
    fn send(&self, message: ToReader, bytes: Option<Vec<u8>>) {
        let mut state = self.state.borrow_mut();
        match &*self.peer.borrow() {
            Some(peer) if state.listens => peer.post(&json(&message), bytes.as_deref()),
            _ => state.held = Some((message, bytes)),
        }
    }
}

fn json(message: &ToReader) -> String {
    // These types have no map with keys that JSON refuses.
    serde_json::to_string(message).unwrap_or_default()
}

impl Session {
    /// Whether a text is read beside the page.
    pub(super) fn is_long(text: &str) -> bool {
        text.len() >= LONG
    }

    /// Reads a text beside the page; what is read already is given up.
    pub(super) fn read_beside(self, name: &str, text: String, read_as: ReadAs) {
        let reader = self.reader;
        reader.end();
        reader.tests.set(None);
        let number = reader.number.get_value();
        reader.now.set(Some(ReadingNow { name: name.to_owned(), bytes: text.len() }));
        let peer: Rc<RefCell<Option<Peer>>> = Rc::default();
        let state: Rc<RefCell<Waiting>> = Rc::default();
        let (waiting, own) = (Rc::clone(&state), Rc::downgrade(&peer));
        let (heard, failing) = (name.to_owned(), name.to_owned());
        let started = Peer::start(
            READING,
            move |json, bytes| {
                if reader.number.get_value() != number {
                    return;
                }
                let Ok(answer) = serde_json::from_str(&json) else { return };
                if answer == Reading::Ready {
                    let held = {
                        let mut waiting = waiting.borrow_mut();
                        waiting.listens = true;
                        waiting.held.take()
                    };
                    if let (Some((message, bytes)), Some(peer)) = (held, own.upgrade())
                        && let Some(peer) = &*peer.borrow()
                    {
                        peer.post(&self::json(&message), bytes.as_deref());
                    }
                    return;
                }
                self.was_read(&heard, read_as, answer, bytes.unwrap_or_default());
            },
            move |why| {
                if reader.number.get_value() == number {
                    self.was_read(&failing, read_as, Reading::Failed(words::its_reader_ended(why)), Vec::new());
                }
            },
        );
        match started {
            Ok(started) => {
                *peer.borrow_mut() = Some(started);
                let worker = Worker { peer, state };
                worker.send(ToReader::Read(read_as, name.to_owned()), Some(text.into_bytes()));
                reader.worker.set_value(Some(worker));
            }
            Err(why) => self.was_read(name, read_as, Reading::Failed(why), Vec::new()),
        }
    }

    /// Stops reading; nothing was changed.
    pub(crate) fn stop_reading(self) {
        self.reader.end();
        self.reader.tests.set(None);
    }

    fn was_read(self, name: &str, read_as: ReadAs, answer: Reading, bytes: Vec<u8>) {
        let reader = self.reader;
        let shown = foreign(name);
        let failed = |why: &str| {
            reader.end();
            self.unread(name, read_as, &foreign(why));
        };
        match answer {
            // Drafts have workers of their own.
            Reading::Ready | Reading::Kept => {}
            Reading::Failed(why) => failed(&why),
            Reading::Tests(choices) => {
                reader.now.set(None);
                self.leave_pasted();
                let open: Vec<usize> = (0..choices.len()).filter(|&at| choices[at].refused.is_none()).collect();
                reader.chosen.set(open.first().copied().unwrap_or_default());
                reader.tests.set(Some(Arc::new(TestsFound { name: name.to_owned(), choices })));
                if let ([one], 1) =
                    (open.as_slice(), reader.tests.with_untracked(|it| it.as_ref().map_or(0, |it| it.choices.len())))
                {
                    self.open_test(*one);
                }
            }
            Reading::Form { title } => {
                let found = reader.tests.get_untracked();
                let chosen = found.as_ref().and_then(|found| found.choices.get(reader.chosen.get_untracked()).cloned());
                let Some(form) = packing::unpack(&bytes) else {
                    failed(words::NO_ANSWER);
                    return;
                };
                reader.end();
                reader.tests.set(None);
                match chosen {
                    Some(choice) => {
                        let title = format!("{}, {}", test_title(&choice.test, name), choice.fork);
                        self.take_form(&form, &title, &words::opened(shown), &test_words(&choice));
                    }
                    None => {
                        let title = title.unwrap_or_else(|| super::keep::stem(name));
                        self.take_form(&form, &title, &words::opened(&shown), &words::is_open(&shown));
                    }
                }
            }
            Reading::Programs => {
                let found = packing::unpack_programs(&bytes);
                reader.end();
                match found {
                    Some(found) => self.found_programs(name, found),
                    None => self.unread(name, read_as, words::NO_ANSWER),
                }
            }
            Reading::States { format } => {
                let format = StateFormat::ALL.into_iter().find(|known| known.name() == format);
                let states = format.zip(packing::unpack_states(&bytes));
                reader.end();
                match states {
                    Some((format, states)) => self.found_state(name, StateFound { format, states }),
                    None => self.unread(name, read_as, words::NO_ANSWER),
                }
            }
        }
    }

    /// Opens a choice of the state tests that were read.
    pub(crate) fn open_test(self, choice: usize) {
        let reader = self.reader;
        let Some(found) = reader.tests.get_untracked() else { return };
        reader.chosen.set(choice);
        reader.now.set(Some(ReadingNow { name: found.name.clone(), bytes: 0 }));
        reader.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.send(ToReader::Open(choice), None);
            }
        });
    }

    /// Reads a text as state tests, where it seems to be some; says whether it does. Of a long text its reader finds out.
    pub(super) fn read_tests(self, name: &str, text: &str) -> bool {
        let tests = !Self::is_long(text) && seems_state_tests(text);
        if tests {
            self.read_beside(name, text.to_owned(), ReadAs::Tests);
        }
        tests
    }

    fn unread(self, name: &str, read_as: ReadAs, why: &str) {
        match read_as {
            ReadAs::State => {
                self.import.found.set(None);
                self.import.wrong.set(Some(format!("{}: {why}", foreign(name))));
            }
            ReadAs::Programs => {
                self.intake.file.set(None);
                self.intake.wrong.set(Some(format!("{}: {why}", foreign(name))));
            }
            _ => self.keep.wrong(words::not_opened(foreign(name), why)),
        }
    }
}

/// The last part of a test's name, which EEST begins with the path of its source; the file's where it has none.
fn test_title(test: &str, file: &str) -> String {
    let last = test.rsplit("::").next().unwrap_or(test);
    let name = if last.is_empty() { super::keep::stem(file) } else { last.to_owned() };
    foreign(&name.chars().take(60).collect::<String>())
}

fn test_words(choice: &TestChoice) -> String {
    words::test_is_open(choice.lanes, &foreign(&choice.fork), choice.rejected)
}
