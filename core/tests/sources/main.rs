//! What people paste, drop and ask: assembly, program and state files, filters, exports.

mod assembly;
mod export;
mod query;
mod reading;
