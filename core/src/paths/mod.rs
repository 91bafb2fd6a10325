//! Ways: what lanes do, compiled. A sample of a batch is gone through on the host, value by value; what comes out is a short
//! form of guards and sums that holds for every lane that does the same. It knows no device.

pub mod arithmetic;
mod build;
mod calls;
mod cycles;
mod engine;
mod evaluate;
mod find;
mod form;
mod instructions;
mod lane;
mod memory;
mod prune;
mod settle;
pub mod ssa;
mod state;
mod text;
mod value;
pub mod wgsl;
pub mod widths;

pub(crate) use self::find::{agree, spread};
pub use self::{
    build::{Unfit, build},
    engine::{Told, WayEngine},
    evaluate::{Leaves, Logged, Reached, Source, Walker},
    find::{Found, Search, Trodden, find},
    lane::{Lane, Refused},
    ssa::{
        AccountEnd, Binary, End, Input, Item, LogEnd, Look, Loop, Op, SlotEnd, Ternary, Unary, V, Variable, Visited,
        Way,
    },
};
