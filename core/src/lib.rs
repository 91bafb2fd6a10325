//! The engine of lanevm: a batch of EVM calls in, outcomes out, on the GPU or the CPU, bit for bit Ethereum's.
//!
//! It is a library of values: no DOM, no JavaScript, no printing. Start at [`batch::Batch`] and [`engine::Engine`].

pub mod abi;
pub mod assembly;
pub mod batch;
pub mod call_data;
pub mod case;
pub mod columns;
pub mod compiled;
pub mod cpu;
pub mod deployment;
pub mod digest;
pub mod document;
pub mod engine;
pub mod examples;
pub mod export;
pub mod gather;
pub mod generated;
pub mod gpu;
pub mod hexadecimal;
pub mod keeper;
pub mod lane_columns;
pub mod lane_file;
pub mod lane_meaning;
mod nearest;
pub mod observation;
pub mod outcome;
pub mod paths;
pub mod pool;
pub mod program;
pub mod query;
pub mod reading;
pub mod session;
pub mod state_root;
mod summary;
pub mod template;
pub mod verdict;
pub mod wire;
pub mod world;

pub use alloy_primitives::{self, Address, B256, Bytes, U256, keccak256};
pub use lanevm_shaders::{self as shaders, Class, Fork, Status, facts};

pub use crate::{
    batch::{Batch, BatchError, CallRef, Calls, ForkColumn, Level, Limits, ProgramId, Transaction},
    call_data::{CallData, DataRef},
    columns::{ByteColumn, Column},
    document::{Document, DocumentError, Prepared},
    engine::{Cancel, Control, Engine, EngineError, EngineInfo, Progress},
    examples::Example,
    observation::{Coverage, Observe},
    outcome::{Executor, GasHistogram, Keep, Outcome, Outcomes, Reason, StateChanges, Summary},
    program::Program,
    session::{Session, Snapshot, Stopped, run_sequence},
    template::{Axis, DataField, Distribution, Generator, Template},
    world::{Absent, Account, BlockEnv, BlockHashes, World},
};
