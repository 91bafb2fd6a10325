//! The messages between the page and the engine's worker. A message is a pair: one of these values as JSON, and bytes
//! where it has some. Numbers that can pass 2^53 are decimal text, because people read them and JavaScript may too.
//!
//! The page sends [`ToEngine`], the worker [`ToPage`]. The worker speaks first, with `Ready`; what is posted before that
//! is lost. Every answer names the run it is about, so that what comes late is known to be late.

mod questions;
mod reading;
mod running;
mod tracing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use lanevm_core::DocumentError;

pub use self::questions::{
    Answer, AxisWrong, ColumnView, CompareView, CoverView, ExpectView, Group, NoCover, NotTested, Overview, PaintView,
    QueryWrong, Question, ScatterView, Selected, SortBy, TestedView,
};
pub use self::reading::{ReadAs, Reading, TestChoice, ToReader};
pub use self::running::{Comparison, Difference, RunNotes, Side};
pub use self::tracing::{
    FrameView, LinePart, SlotView, StepLog, StepView, TraceAnswer, TraceAsk, TraceStep, TraceView, WalkView,
};
use crate::form::{FieldError, Form, pictures::Picture};

/// Which engine the user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngineChoice {
    /// The GPU where there is one, and the CPU until it is ready.
    #[default]
    Auto,
    /// The GPU, or an error.
    Gpu,
    /// The CPU.
    Cpu,
    /// The CPU and the GPU, one after the other, and what they answer compared.
    Both,
}

/// A file of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LanesFile {
    /// RFC 4180.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

impl LanesFile {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON",
            Self::Parquet => "Parquet",
        }
    }

    /// How such files' names end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }

    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// What the page asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// Run this; a run under way is cancelled first.
    Run {
        /// The run's number, chosen by the page and rising.
        run: u32,
        /// What to run: a document as JSON.
        document: String,
        /// On what.
        engine: EngineChoice,
        /// Whether lanes are counted by block as they run.
        coverage: bool,
    },
    /// The user's own columns, which texts of the filter language may name from now on.
    Own {
        /// As people write them, with or without a name.
        columns: Vec<String>,
    },
    /// End the run with what it has.
    Cancel {
        /// The run.
        run: u32,
    },
    /// Run creation code; answered by [`ToPage::Deployed`].
    Deploy {
        /// What, as the page numbers it.
        ask: u32,
        /// It.
        what: Deploy,
    },
    /// Later runs are compared with this one, if its lanes are still here; with the run before each, where none is named.
    Pin {
        /// The run.
        run: Option<u32>,
    },
    /// Pictures of what varies in a form; answered by [`ToPage::Pictures`].
    Pictures {
        /// The question's number, chosen by the page and rising.
        number: u32,
        /// The form.
        form: Box<Form>,
    },
    /// The line that fetches what the first lane's call reads; answered by [`ToPage::CastLine`].
    CastLine {
        /// The form.
        form: Box<Form>,
        /// The step, counted from 0.
        step: usize,
        /// The account that is called where the step names none, as hex.
        contract: Option<String>,
    },
    /// Hold the run at its next slice or submit, or let it go on.
    Pause {
        /// The run.
        run: u32,
        /// Whether it is to be held.
        paused: bool,
    },
    /// Rows of the table; answered by [`ToPage::Rows`].
    Rows {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The number of the [`Question::Select`] whose rows are meant; 0 for all, in order.
        view: u32,
        /// First row, counted among those.
        from: usize,
        /// How many.
        count: usize,
        /// The columns wanted, as the filter language writes them.
        columns: Vec<String>,
    },
    /// A question about the lanes; answered by [`ToPage::Answer`].
    Ask {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The question's number, chosen by the page and rising from 1.
        number: u32,
        /// The question.
        question: Question,
    },
    /// Lanes as a file; answered by [`ToPage::LanesPart`] again and again, and then [`ToPage::LanesEnd`].
    Lanes {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The selection whose rows are written, in its order; 0 for all lanes.
        view: u32,
        /// The file.
        file: LanesFile,
        /// Where the part of the page is that writes it, where it is one that is loaded when it is wanted.
        chunk: Option<String>,
    },
    /// End the file of lanes that is being written; [`ToPage::LanesEnd`] comes all the same.
    StopLanes,
    /// All of one lane; answered by [`ToPage::Lane`].
    Lane {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The lane.
        lane: usize,
    },
    /// Record one lane; answered by [`ToPage::Trace`], unless another is asked for before that.
    Trace {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The lane.
        lane: usize,
    },
    /// One lane as a state test; answered by [`ToPage::Case`].
    Case {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The lane.
        lane: usize,
    },
    /// A question about the lane recorded last; answered by [`ToPage::Traced`].
    TraceAsk {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The lane.
        lane: usize,
        /// The question's number, chosen by the page and rising.
        number: u32,
        /// The question.
        ask: TraceAsk,
    },
    /// Replay one lane into a file; answered by [`ToPage::TraceFile`].
    TraceFile {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// The lane.
        lane: usize,
    },
}

/// What the worker says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToPage {
    /// The worker listens.
    Ready,
    /// The engines there are.
    Engines(Engines),
    /// The document cannot be run; nothing was.
    Refused {
        /// The run.
        run: u32,
        /// What is wrong, by its path in the document.
        error: Wrong,
    },
    /// The batch is made and an engine has it. Said again where another engine goes on.
    Started {
        /// The run.
        run: u32,
        /// The engine, as [`RunSummary::adapter`] will name it, and why it is this one.
        adapter: String,
    },
    /// How far a run is.
    Progress {
        /// The run.
        run: u32,
        /// How far.
        at: ProgressView,
    },
    /// Lanes that have ended, while a run is under way. The bytes are status codes of the lanes from the first on, of lanes
    /// that have not ended as well.
    Ended {
        /// The run.
        run: u32,
        /// The step, counted from 0.
        step: usize,
        /// Lanes there are.
        lanes: usize,
        /// The first lane.
        from: usize,
        /// Points to the right, where lanes fill a plane.
        columns: Option<usize>,
    },
    /// A run ended, or was cancelled. The bytes are a status code a lane.
    Done {
        /// The run.
        run: u32,
        /// What came of it.
        summary: Box<RunSummary>,
    },
    /// The engine could not run the batch.
    Failed {
        /// The run.
        run: u32,
        /// Why, in words.
        why: String,
    },
    /// Pictures of what varies, by field.
    Pictures {
        /// The question.
        number: u32,
        /// They.
        pictures: BTreeMap<String, Picture>,
    },
    /// The line that fetches a state, or why there is none.
    CastLine(Result<String, String>),
    /// A contract was created, or why not.
    Deployed {
        /// What, as the page numbers it.
        ask: u32,
        /// It.
        result: Result<Box<DeployedView>, String>,
    },
    /// Rows of the table.
    Rows {
        /// The run.
        run: u32,
        /// The selection asked for.
        view: u32,
        /// First row.
        from: usize,
        /// Rows of the selection, in all.
        total: usize,
        /// The rows.
        rows: Vec<Row>,
        /// Columns asked for that there are not, with why.
        refused: Vec<(String, String)>,
    },
    /// The answer to [`ToEngine::Ask`], with bytes where it says so.
    Answer {
        /// The run.
        run: u32,
        /// The question's number.
        number: u32,
        /// The answer.
        answer: Answer,
    },
    /// A part of a file of lanes, as bytes.
    LanesPart {
        /// Lanes written so far.
        written: usize,
    },
    /// The end of a file of lanes.
    LanesEnd {
        /// The run.
        run: u32,
        /// The file.
        file: LanesFile,
        /// How many lanes it holds, or why there is none.
        lanes: Result<usize, String>,
    },
    /// One lane.
    Lane {
        /// The run.
        run: u32,
        /// The lane.
        lane: Box<LaneView>,
    },
    /// One lane is recorded.
    Trace {
        /// The run.
        run: u32,
        /// The lane.
        lane: usize,
        /// What there is, or why there is nothing.
        trace: Result<Box<TraceView>, String>,
    },
    /// The answer to [`ToEngine::TraceAsk`].
    Traced {
        /// The run.
        run: u32,
        /// The lane.
        lane: usize,
        /// The question's number.
        number: u32,
        /// The answer.
        answer: TraceAnswer,
    },
    /// One lane's state test, as bytes, or why there is none.
    Case {
        /// The lane.
        lane: usize,
        /// What is otherwise in it than in the lane.
        result: Result<Vec<String>, String>,
    },
    /// One lane's EIP-3155 trace, as bytes, or why there is none.
    TraceFile {
        /// The lane.
        lane: usize,
        /// Whether it was cut at the file's limit.
        result: Result<bool, String>,
    },
}

/// Creation code to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// Creation code, as hex.
    pub creation: String,
    /// The constructor's arguments, encoded, as hex.
    pub arguments: String,
    /// The fork's name.
    pub fork: String,
    /// The ABI, for reasons of reverts.
    pub abi: String,
}

/// An account after a deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedAccount {
    /// Address, as hex.
    pub address: String,
    /// Balance, decimal.
    pub balance: String,
    /// Nonce, decimal.
    pub nonce: String,
    /// Code, as hex.
    pub code: String,
    /// Slots and values, as hex.
    pub storage: Vec<(String, String)>,
}

/// What a deployment made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedView {
    /// The contract.
    pub contract: DeployedAccount,
    /// Other accounts that the constructor made or changed.
    pub others: Vec<DeployedAccount>,
    /// Gas that it took.
    pub gas: u64,
}

/// What is wrong with what was to be run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Wrong {
    /// Something in the document.
    Document {
        /// Where, as a path.
        path: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A field of the page.
    Field(FieldError),
}

impl From<DocumentError> for Wrong {
    fn from(DocumentError { path, found, expected }: DocumentError) -> Self {
        Self::Document { path, found, expected }
    }
}

/// The engines a worker has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Engines {
    /// The GPU's adapter, or why there is none.
    pub gpu: Option<Result<Adapter, String>>,
    /// The CPU engine.
    pub cpu: String,
}

/// A GPU adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// Whether it is software.
    pub software: bool,
    /// Further facts, in order.
    pub details: Vec<(String, String)>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgressView {
    /// Lanes of the batch.
    pub lanes: u64,
    /// Lanes that ended.
    pub done: u64,
    /// Instructions so far, where the engine knows.
    pub steps: u64,
    /// Submits to the device.
    pub submits: u64,
    /// Milliseconds since the engine has the batch, pauses left out.
    pub milliseconds: f64,
    /// Whether it is held.
    pub paused: bool,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Lanes.
    pub lanes: usize,
    /// Steps of each lane. What else is said is of the last.
    pub steps: usize,
    /// Lanes that ended.
    pub finished: u64,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// `gpu` or `cpu`.
    pub engine: String,
    /// The adapter's name, or the CPU engine's.
    pub adapter: String,
    /// Whether the adapter is software.
    pub software: bool,
    /// Why the CPU engine ran although the GPU was wanted.
    pub instead: Option<String>,
    /// Statuses with their counts, by code.
    pub statuses: Vec<StatusCount>,
    /// Lanes that the GPU answered.
    pub on_gpu: u64,
    /// Lanes that the CPU answered, by reason.
    pub on_cpu: Vec<(String, u64)>,
    /// Precompile calls answered by the host for lanes on the device, by precompile.
    pub host_services: Vec<(u16, u64)>,
    /// Lanes handed from one tier of the device to the next, by reason.
    pub escalated: Vec<(String, u64)>,
    /// Lanes that went compiled paths.
    pub ways: u64,
    /// Least, median and most gas used; nothing where no lane ended.
    pub gas: Option<[u64; 3]>,
    /// Gas used by all lanes.
    pub gas_total: String,
    /// Instructions of all lanes.
    pub steps_total: String,
    /// Milliseconds the engine took.
    pub milliseconds: f64,
    /// The last step's digest, as hex.
    pub digest: String,
    /// What varies from lane to lane in each step, as the filter language writes it.
    pub inputs: Vec<Vec<String>>,
    /// The document's axes where lanes fill two: names and lengths, the last varying fastest.
    pub plane: Option<Plane>,
    /// The contract's address, as hex.
    pub contract: String,
    /// How the run went.
    pub notes: RunNotes,
    /// The run that it is compared with, whose lanes are kept beside its own.
    pub compared: Option<u32>,
    /// Whether the document has a state test's expectations.
    pub expects: bool,
}

/// Lanes as a plane: lane `y * columns + x`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plane {
    /// Points to the right.
    pub columns: usize,
    /// Points downwards.
    pub rows: usize,
    /// What goes to the right: its name, its first and its last value.
    pub x: [String; 3],
    /// What goes downwards.
    pub y: [String; 3],
}

/// Lanes of one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusCount {
    /// The status' code.
    pub code: u8,
    /// Lanes.
    pub lanes: u64,
}

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The lane.
    pub lane: usize,
    /// The status' code.
    pub status: u8,
    /// Gas used.
    pub gas: String,
    /// Instructions.
    pub steps: String,
    /// The first 32 bytes returned, as hex.
    pub output: String,
    /// Bytes returned.
    pub output_len: usize,
    /// What the returned bytes mean, where they are a known kind of revert.
    pub meaning: Option<String>,
    /// The columns asked for, in words; of a column that there is not, and where the lane has no value, nothing.
    pub cells: Vec<Option<String>>,
    /// Whether the GPU answered.
    pub on_gpu: bool,
}

/// All of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneView {
    /// The table's row.
    pub row: Row,
    /// Why the CPU answered, where the GPU was asked.
    pub reason: Option<String>,
    /// The refund counter.
    pub refund: String,
    /// What a rejected or limited lane says in words.
    pub detail: Option<String>,
    /// Caller.
    pub caller: String,
    /// The account called.
    pub to: String,
    /// Value in wei.
    pub value: String,
    /// Gas limit.
    pub gas_limit: String,
    /// Call data.
    pub data: HexView,
    /// Return data.
    pub output: HexView,
    /// What they say by the program's interface: names and values.
    pub returned: Vec<(String, String)>,
    /// The arguments of the call by the interface, and the function's signature.
    pub arguments: Vec<(String, String)>,
    /// The function, as its signature.
    pub function: Option<String>,
    /// Logs.
    pub logs: Vec<LogView>,
    /// Logs there are, where not all are shown.
    pub logs_total: usize,
    /// Changes.
    pub changes: Vec<ChangeView>,
    /// Changes there are, where not all are shown.
    pub changes_total: usize,
}

/// Bytes, shortened for showing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HexView {
    /// The first bytes, as hex.
    pub hex: String,
    /// How many there are.
    pub len: usize,
}

/// A log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogView {
    /// Who logged.
    pub address: String,
    /// Topics.
    pub topics: Vec<String>,
    /// Data.
    pub data: HexView,
    /// The event by the program's interface: its signature, its inputs.
    pub event: Option<(String, Vec<(String, String)>)>,
}

/// One thing that changed of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeView {
    /// The account.
    pub address: String,
    /// `balance`, `nonce`, `code`, `removed`, `storage cleared`, or a slot as hex.
    pub what: String,
    /// Before, where it is known.
    pub before: String,
    /// After.
    pub after: String,
}
