//! What of a run's lanes is looked at: filter, order, columns, groups, plots, and what the worker said of them. The lanes
//! themselves stay in the worker.

use std::sync::Arc;

use lanevm_core::Document;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{Session, Window, called};
use crate::form::Form;
use crate::page::{filter::sentence, heat::Heat};
use crate::protocol::{
    Answer, AxisWrong, CompareView, ExpectView, NoCover, NotTested, Overview, PaintView, QueryWrong, Question,
    ScatterView, SortBy, TestedView, ToEngine,
};

/// Milliseconds without a key before what is typed is asked for.
const PAUSE: i32 = 150;

/// Most own columns that a document brings.
const MOST_OWN: usize = 64;

/// What the results' pane shows below the lane map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Part {
    /// The table.
    #[default]
    Table,
    /// Groups of lanes.
    Groups,
    /// The gas histogram.
    Gas,
    /// One column against another.
    Scatter,
    /// The expectation.
    Expectation,
    /// This run and another.
    Compare,
    /// The runs so far.
    Runs,
}

/// Points of a plot with their bytes.
pub(crate) type Points = (ScatterView, Arc<Vec<u8>>);

/// What is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Looking {
    /// The filter, as it is typed.
    pub(crate) filter: RwSignal<String>,
    /// What is wrong with it, or with the order.
    pub(crate) wrong: RwSignal<Option<QueryWrong>>,
    /// The order; by lane where none.
    pub(crate) sort: RwSignal<Option<SortBy>>,
    /// Milliseconds that the last selection took; nothing while one is made.
    pub(crate) took: RwSignal<Option<f64>>,
    /// The selection that the table shows; 0 for all lanes in order.
    pub(crate) view: RwSignal<u32>,
    /// A bit a lane for those that pass; nothing where all do.
    pub(crate) passing: RwSignal<Option<Arc<Vec<u8>>>>,
    /// Groups, gas and columns.
    pub(crate) overview: RwSignal<Option<Overview>>,
    /// The columns that the table shows beside its own.
    pub(crate) columns: RwSignal<Vec<String>>,
    /// Why a column is not shown.
    pub(crate) column_wrong: RwSignal<Option<String>>,
    /// The row of the table that the keyboard is at.
    pub(crate) cursor: RwSignal<Option<usize>>,
    /// The part shown.
    pub(crate) part: RwSignal<Part>,
    /// The plot's columns, to the right and upwards.
    pub(crate) axes: RwSignal<(String, String)>,
    /// The plot.
    pub(crate) points: RwSignal<Option<Result<Points, AxisWrong>>>,
    /// The column that colours the map; the status where none.
    pub(crate) painted_by: RwSignal<Option<String>>,
    /// The colours.
    pub(crate) paint: RwSignal<Option<(PaintView, Arc<Vec<u8>>)>>,
    /// The expectation, as it is typed.
    pub(crate) expectation: RwSignal<String>,
    /// What came of it.
    pub(crate) expected: RwSignal<Option<Result<ExpectView, QueryWrong>>>,
    /// What came of the comparison with the run before.
    pub(crate) compared: RwSignal<Option<Result<CompareView, String>>>,
    /// What came of the state test.
    pub(crate) tested: RwSignal<Option<Result<TestedView, NotTested>>>,
    /// The user's own columns, as they were written.
    pub(crate) own: RwSignal<Vec<String>>,
    /// The one being written.
    pub(crate) writing: RwSignal<String>,
    /// What is wrong with it.
    pub(crate) own_wrong: RwSignal<Option<QueryWrong>>,
    /// Lanes by block of the program, or why not; nothing while they are counted.
    pub(crate) heat: RwSignal<Option<Result<Heat, NoCover>>>,
    /// The program whose blocks are wanted, by its hash; nothing while nobody looks.
    program: StoredValue<Option<String>>,
    number: StoredValue<u32>,
    latest: StoredValue<[u32; Question::KINDS]>,
    keys: StoredValue<u32>,
}

impl Looking {
    pub(super) fn new() -> Self {
        Self {
            filter: RwSignal::default(),
            wrong: RwSignal::default(),
            sort: RwSignal::default(),
            took: RwSignal::default(),
            view: RwSignal::default(),
            passing: RwSignal::default(),
            overview: RwSignal::default(),
            columns: RwSignal::default(),
            column_wrong: RwSignal::default(),
            cursor: RwSignal::default(),
            part: RwSignal::default(),
            axes: RwSignal::default(),
            points: RwSignal::default(),
            painted_by: RwSignal::default(),
            paint: RwSignal::default(),
            expectation: RwSignal::default(),
            expected: RwSignal::default(),
            compared: RwSignal::default(),
            tested: RwSignal::default(),
            own: RwSignal::default(),
            writing: RwSignal::default(),
            own_wrong: RwSignal::default(),
            heat: RwSignal::default(),
            program: StoredValue::default(),
            number: StoredValue::new(0),
            latest: StoredValue::default(),
            keys: StoredValue::default(),
        }
    }
}

impl Session {
    pub(super) fn ask(self, question: Question) {
        let looking = self.looking;
        let number = looking.number.get_value() + 1;
        looking.number.set_value(number);
        looking.latest.update_value(|latest| latest[question.kind()] = number);
        let (run, step) = (self.shown_run.get_untracked(), self.step.get_untracked());
        self.send(&ToEngine::Ask { run, step, number, question });
    }

    fn select(self) {
        let looking = self.looking;
        looking.took.set(None);
        self.ask(Question::Select { filter: looking.filter.get_untracked(), sort: looking.sort.get_untracked() });
    }

    /// The filter is being typed: it is asked for when the keys rest.
    pub(crate) fn type_filter(self, text: String) {
        let looking = self.looking;
        looking.filter.set(text);
        let key = looking.keys.get_value() + 1;
        looking.keys.set_value(key);
        leptos::task::spawn_local(async move {
            crate::browser::turn::after(PAUSE).await;
            if looking.keys.get_value() == key {
                self.select();
            }
        });
    }

    /// Sets the filter and shows what passes.
    pub(crate) fn set_filter(self, text: &str) {
        let looking = self.looking;
        looking.keys.update_value(|keys| *keys += 1);
        looking.filter.set(text.to_owned());
        self.select();
    }

    /// Sorts by a column: first upwards, then downwards, then by lane again.
    pub(crate) fn sort_by(self, column: &str) {
        let looking = self.looking;
        looking.sort.update(|sort| {
            *sort = match sort.take() {
                Some(by) if by.column == column && by.descending => None,
                Some(by) if by.column == column => Some(SortBy { descending: true, ..by }),
                _ => Some(SortBy { column: column.to_owned(), descending: false }),
            };
        });
        self.select();
    }

    /// Shows a column in the table, or takes it out.
    pub(crate) fn toggle_column(self, text: &str) {
        self.looking.column_wrong.set(None);
        self.looking.columns.update(|columns| match columns.iter().position(|column| column == text) {
            Some(at) => {
                columns.remove(at);
            }
            None => columns.push(text.to_owned()),
        });
        self.window.set(Window::default());
        self.want(0, true);
    }

    /// Columns that there are not go, and it is said why.
    pub(super) fn drop_columns(self, refused: &[(String, String)]) {
        if refused.is_empty() {
            return;
        }
        self.looking.columns.update(|columns| columns.retain(|column| refused.iter().all(|(gone, _)| gone != column)));
        let words = refused.iter().map(|(column, why)| format!("{column}: {}", sentence(why)));
        self.looking.column_wrong.set(Some(words.collect::<Vec<_>>().join(" ")));
        self.window.set(Window::default());
        self.want(0, true);
    }

    /// Plots two columns.
    pub(crate) fn plot(self, x: String, y: String) {
        self.looking.axes.set((x.clone(), y.clone()));
        self.ask(Question::Scatter { x, y });
    }

    /// Colours the map by a column, or by status again.
    pub(crate) fn paint_by(self, column: Option<String>) {
        self.looking.painted_by.set(column.clone());
        self.looking.paint.set(None);
        if let Some(column) = column {
            self.ask(Question::Paint { column });
        }
    }

    /// Blocks of the program with this hash are looked at, or of none any more.
    pub(crate) fn look_at_blocks(self, program: Option<String>) {
        if self.looking.program.with_value(|now| *now != program) {
            self.looking.program.set_value(program);
            self.count_blocks();
        }
    }

    /// Counts the lanes that the table shows by block, where blocks are looked at.
    fn count_blocks(self) {
        let looking = self.looking;
        looking.heat.set(None);
        let shown = self.summary.with_untracked(Option::is_some);
        if let Some(program) = looking.program.get_value().filter(|_| shown) {
            // An order alone leaves out no lane.
            let all = looking.passing.with_untracked(Option::is_none);
            let view = if all { 0 } else { looking.view.get_untracked() };
            self.ask(Question::Cover { view, program });
        }
    }

    /// Holds every lane to the expectation.
    pub(crate) fn expect(self) {
        let test = self.looking.expectation.get_untracked();
        self.looking.expected.set(None);
        if !test.trim().is_empty() {
            self.ask(Question::Expect { test });
        }
    }

    /// Compares with the run before.
    pub(crate) fn compare(self) {
        self.looking.compared.set(None);
        self.ask(Question::Compare);
    }

    /// Takes what a state test expects out of the document.
    pub(crate) fn forget_test(self) {
        self.removing(crate::words::verdict::FORGOT);
        self.draft.forget_test();
        self.summary.update(|summary| {
            if let Some(summary) = summary {
                summary.expects = false;
            }
        });
    }

    /// Shows a part of the results; what it needs is asked for.
    pub(crate) fn show_part(self, part: Part) {
        let looking = self.looking;
        looking.part.set(part);
        match part {
            Part::Scatter if looking.points.with_untracked(Option::is_none) => self.plot_something(),
            Part::Compare if looking.compared.with_untracked(Option::is_none) => self.compare(),
            _ => {}
        }
    }

    /// Plots what was plotted, or the first input against the first output.
    fn plot_something(self) {
        let (x, y) = self.looking.axes.get_untracked();
        let known = |text: &String| {
            self.looking.overview.with_untracked(|overview| {
                overview
                    .as_ref()
                    .is_some_and(|it| it.columns.iter().any(|column| column.number && column.text == *text))
            })
        };
        if known(&x) && known(&y) {
            self.plot(x, y);
            return;
        }
        let found = self.looking.overview.with_untracked(|overview| {
            let columns = || overview.iter().flat_map(|it| &it.columns).filter(|column| column.number);
            // Addresses are numbers too, but say little as places.
            let inputs = || columns().filter(|column| column.input);
            let telling = inputs().find(|column| !column.text.starts_with("arg_"));
            let x = telling.or_else(|| inputs().next()).map_or("lane", |column| column.text.as_str());
            let output = |text: &str| text.starts_with("ret");
            let y = columns().find(|column| !column.input && output(&column.text));
            (x.to_owned(), y.map_or("gas", |column| column.text.as_str()).to_owned())
        });
        self.plot(found.0, found.1);
    }

    /// Shows another step.
    pub(crate) fn show_step(self, step: usize) {
        if self.step.get_untracked() != step {
            self.step.set(step);
            self.look_anew();
        }
    }

    /// A run or a step is shown: what is looked at is asked for again.
    pub(super) fn look_anew(self) {
        let looking = self.looking;
        let lanes = self.summary.with_untracked(|summary| summary.as_ref().map_or(0, |summary| summary.lanes));
        let inputs = self.summary.with_untracked(|summary| {
            let step = self.step.get_untracked();
            summary.as_ref().and_then(|summary| summary.inputs.get(step).cloned()).unwrap_or_default()
        });
        self.total.set(lanes);
        self.window.set(Window::default());
        self.lane.set(None);
        looking.view.set(0);
        looking.passing.set(None);
        looking.wrong.set(None);
        looking.cursor.set(None);
        looking.points.set(None);
        looking.compared.set(None);
        looking.expected.set(None);
        // Columns that were chosen stay while there are such inputs; two inputs stand there by themselves.
        if looking.columns.with_untracked(Vec::is_empty) {
            let own = looking.own.get_untracked();
            let own = own.iter().map(|text| called(text).to_owned());
            looking.columns.set(inputs.into_iter().take(2).chain(own).collect());
        }
        self.asked.set(None);
        self.want(0, true);
        if lanes > 0 {
            self.open(0);
        }
        self.ask(Question::Overview);
        self.count_blocks();
        if !looking.filter.with_untracked(|filter| filter.trim().is_empty())
            || looking.sort.with_untracked(Option::is_some)
        {
            self.select();
        }
        self.paint_by(looking.painted_by.get_untracked());
        looking.tested.set(None);
        if self.summary.with_untracked(|summary| summary.as_ref().is_some_and(|summary| summary.expects)) {
            self.ask(Question::Test);
        }
        self.expect();
        if looking.part.get_untracked() == Part::Compare {
            self.compare();
        }
    }

    /// Another document is here: nothing that was looked at of the one before is kept.
    pub(crate) fn forget_looks(self, document: &Document) {
        let looking = self.looking;
        looking.filter.set(String::new());
        looking.sort.set(None);
        looking.columns.set(Vec::new());
        looking.axes.set(Default::default());
        looking.painted_by.set(None);
        looking.paint.set(None);
        let kept = document.ui.as_ref().and_then(|ui| ui.get("expect")).and_then(Value::as_str);
        looking.expectation.set(kept.unwrap_or_default().to_owned());
        let own = document.ui.as_ref().and_then(|ui| ui.get("columns")).and_then(Value::as_array);
        let own = own.into_iter().flatten().filter_map(Value::as_str).take(MOST_OWN).map(str::to_owned);
        looking.own.set(own.collect());
        looking.writing.set(String::new());
        looking.own_wrong.set(None);
        // They stand in the table, with the inputs that do so by themselves.
        self.tell_own();
    }

    /// What is typed, with the expectation and the user's own columns in its `ui`.
    pub(crate) fn form(self) -> Form {
        let mut form = self.draft.form();
        form.base.ui = self.ui(form.base.ui.take());
        form
    }

    /// The document's `ui` with the expectation and the user's own columns.
    fn ui(self, ui: Option<Value>) -> Option<Value> {
        let text = self.looking.expectation.get_untracked();
        let own = self.looking.own.get_untracked();
        let mut ui = match ui {
            Some(Value::Object(ui)) => ui,
            Some(other) if text.trim().is_empty() && own.is_empty() => return Some(other),
            _ => serde_json::Map::new(),
        };
        if own.is_empty() {
            ui.remove("columns");
        } else {
            ui.insert("columns".into(), json!(own));
        }
        if text.trim().is_empty() {
            ui.remove("expect");
        } else {
            ui.insert("expect".into(), json!(text));
        }
        (!ui.is_empty()).then_some(Value::Object(ui))
    }

    pub(super) fn hear_answer(self, run: u32, number: u32, answer: Answer, bytes: Option<Vec<u8>>) {
        let looking = self.looking;
        let kind = match &answer {
            Answer::Selected(_) => 0,
            Answer::Overview(_) => 1,
            Answer::Scatter(_) => 2,
            Answer::Paint(_) => 3,
            Answer::Expected(_) => 4,
            Answer::Compared(_) => 5,
            Answer::Covered(_) => Question::COVER,
            Answer::Tried(_) => 7,
            Answer::Tested(_) => 8,
        };
        if run != self.shown_run.get_untracked() || looking.latest.with_value(|latest| latest[kind]) != number {
            return;
        }
        match answer {
            Answer::Selected(Ok(selected)) => {
                looking.wrong.set(None);
                looking.took.set(Some(selected.milliseconds));
                // An order alone leaves every block as it is.
                let others = bytes.is_some() || looking.passing.with_untracked(Option::is_some);
                looking.passing.set(bytes.map(Arc::new));
                looking.view.set(number);
                looking.cursor.set(None);
                self.total.set(selected.total);
                if others {
                    self.count_blocks();
                }
                self.window.set(Window::default());
                self.asked.set(None);
                self.want(0, true);
            }
            Answer::Selected(Err(wrong)) => {
                looking.took.set(Some(0.0));
                looking.wrong.set(Some(wrong));
            }
            Answer::Overview(overview) => {
                if let Some(statuses) = bytes {
                    self.statuses.set(statuses);
                }
                looking.overview.set(Some(*overview));
                if looking.part.get_untracked() == Part::Scatter {
                    self.plot_something();
                }
            }
            Answer::Scatter(Ok(view)) => looking.points.set(Some(Ok((view, Arc::new(bytes.unwrap_or_default()))))),
            Answer::Scatter(Err(wrong)) => looking.points.set(Some(Err(wrong))),
            Answer::Paint(Ok(view)) => looking.paint.set(Some((view, Arc::new(bytes.unwrap_or_default())))),
            Answer::Paint(Err(_)) => {
                // The column went with the run it belonged to.
                looking.painted_by.set(None);
                looking.paint.set(None);
            }
            Answer::Expected(result) => looking.expected.set(Some(result)),
            Answer::Compared(result) => looking.compared.set(Some(result)),
            Answer::Covered(result) => looking.heat.set(Some(result.map(Heat::from))),
            Answer::Tested(result) => looking.tested.set(Some(result)),
            Answer::Tried(Ok(text)) => self.add_own(text),
            Answer::Tried(Err(wrong)) => looking.own_wrong.set(Some(wrong)),
        }
    }
}
