//! revm put together for one kind of state: what runs for every instruction, and for every frame. It knows neither batches nor
//! outcomes.
//!
//! It is a crate of its own for the sake of its optimisation. revm's instructions, journal and handler are generic over the
//! database, and so are compiled where a database is named; here they are, and nowhere else, so that profiles which make the
//! rest small can leave them fast. For that, what is public here has no type parameters, and the world's data come through a
//! trait object ([`Source`]), which is asked only for what a call has not touched before.

mod constantinople;
mod machine;
mod meter;
mod opening;
mod view;

pub use self::{
    machine::{Context, Fault, Machine, RIPEMD, create_result},
    meter::{Meter, Stretch},
    opening::{Fees, Message},
    view::{Scope, Source, Stop, View},
};
