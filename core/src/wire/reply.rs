//! A worker's reply as bytes: outcomes, or why there are none.

use std::borrow::Cow;

use alloy_primitives::{Address, B256};
use lanevm_shaders::Status;
use serde::{Deserialize, Serialize};

use super::{Kind, Place, WireError, Word, malformed, seal, unseal};
use crate::{
    digest,
    engine::EngineError,
    observation::Deed,
    outcome::{Executor, Keep, Outcome, Outcomes, Reason},
};

#[derive(Serialize, Deserialize)]
struct WireRow<'a> {
    status: u8,
    gas_used: u64,
    refund: i64,
    refund_granted: u64,
    steps: u64,
    on_gpu: bool,
    reason: (u8, u16),
    #[serde(borrow, with = "serde_bytes")]
    output: Cow<'a, [u8]>,
    #[serde(borrow, with = "serde_bytes")]
    logs: Cow<'a, [u8]>,
    #[serde(borrow, with = "serde_bytes")]
    changes: Cow<'a, [u8]>,
    created: Option<Place>,
    leaf: Option<Word>,
    detail: Option<Cow<'a, str>>,
    path: Option<u32>,
}

#[derive(Serialize, Deserialize)]
enum WireReply<'a> {
    Outcomes {
        keep: u8,
        leaves: bool,
        #[serde(borrow)]
        rows: Vec<WireRow<'a>>,
        host_services: Vec<(u16, u64)>,
        host_served: Vec<u64>,
        escalated: Vec<((u8, u16), u64)>,
        /// Program by hash, place, deed, lanes.
        coverage: Vec<(Word, u32, u8, u64)>,
    },
    Failed(String),
}

const fn reason_code(reason: Reason) -> (u8, u16) {
    match reason {
        Reason::None => (0, 0),
        Reason::Fork => (1, 0),
        Reason::Level => (2, 0),
        Reason::Opcode(byte) => (3, byte as u16),
        Reason::Precompile(number) => (4, number),
        Reason::Target => (5, 0),
        Reason::Stack => (6, 0),
        Reason::Memory => (7, 0),
        Reason::Slots => (8, 0),
        Reason::Logs => (9, 0),
        Reason::Input => (10, 0),
        Reason::MissingState => (11, 0),
        Reason::Probes => (12, 0),
        Reason::Straggler => (13, 0),
        Reason::Device => (14, 0),
        Reason::Frames => (15, 0),
        Reason::Accounts => (16, 0),
        Reason::Journal => (17, 0),
        Reason::Code => (18, 0),
    }
}

fn reason((code, number): (u8, u16)) -> Option<Reason> {
    Some(match code {
        0 => Reason::None,
        1 => Reason::Fork,
        2 => Reason::Level,
        3 => Reason::Opcode(u8::try_from(number).ok()?),
        4 => Reason::Precompile(number),
        5 => Reason::Target,
        6 => Reason::Stack,
        7 => Reason::Memory,
        8 => Reason::Slots,
        9 => Reason::Logs,
        10 => Reason::Input,
        11 => Reason::MissingState,
        12 => Reason::Probes,
        13 => Reason::Straggler,
        14 => Reason::Device,
        15 => Reason::Frames,
        16 => Reason::Accounts,
        17 => Reason::Journal,
        18 => Reason::Code,
        _ => return None,
    })
}

const KEEPS: [Keep; 4] = [Keep::Summary, Keep::Status, Keep::Return, Keep::All];

pub(super) fn keep_of(code: u8) -> Result<Keep, WireError> {
    KEEPS.get(usize::from(code)).copied().ok_or_else(|| malformed("what is kept is unknown"))
}

/// The reply of a worker: outcomes, or why there are none.
pub fn encode_reply(reply: &Result<Outcomes, String>) -> Vec<u8> {
    let outcomes = match reply {
        Ok(outcomes) => outcomes,
        Err(reason) => return seal(Kind::Reply, &WireReply::Failed(reason.clone())),
    };
    // A summary alone is nobody's answer to a part of a batch: see `Batch::part`.
    let keep = outcomes.keep().max(Keep::Status);
    let leaves = outcomes.keep() != Keep::All && outcomes.has_digest();
    let row = |row: usize| WireRow {
        status: outcomes.status(row) as u8,
        gas_used: outcomes.gas_used(row),
        refund: outcomes.refund(row),
        refund_granted: outcomes.refund_granted(row),
        steps: outcomes.steps(row),
        on_gpu: outcomes.executor(row) == Executor::Gpu,
        reason: reason_code(outcomes.reason(row)),
        output: Cow::Borrowed(if keep >= Keep::Return { outcomes.output(row) } else { &[] }),
        logs: Cow::Borrowed(if keep == Keep::All { outcomes.logs_encoded(row) } else { &[] }),
        changes: Cow::Borrowed(if keep == Keep::All { outcomes.changes_encoded(row) } else { &[] }),
        created: outcomes.created(row).map(|created| created.0.0),
        leaf: if leaves { outcomes.leaf(row).map(|leaf| leaf.0) } else { None },
        detail: outcomes.detail(row).map(Cow::Borrowed),
        path: outcomes.path(row),
    };
    seal(
        Kind::Reply,
        &WireReply::Outcomes {
            keep: keep as u8,
            leaves,
            rows: (0..outcomes.len()).map(row).collect(),
            host_services: outcomes.host_services.iter().map(|(number, count)| (*number, *count)).collect(),
            host_served: outcomes.host_served_rows().map(|row| row as u64).collect(),
            escalated: outcomes.escalated.iter().map(|(reason, count)| (reason_code(*reason), *count)).collect(),
            coverage: outcomes
                .coverage
                .counts()
                .map(|(hash, pc, deed, lanes)| (hash.0, pc, deed as u8, lanes))
                .collect(),
        },
    )
}

/// Reads a worker's reply.
///
/// # Errors
/// [`EngineError::Worker`] for bytes that [`encode_reply`] did not write, and for the worker's own error.
pub fn decode_reply(message: &[u8]) -> Result<Outcomes, EngineError> {
    let worker = |error: WireError| EngineError::Worker(error.to_string());
    match unseal::<WireReply<'_>>(Kind::Reply, message).map_err(worker)? {
        WireReply::Failed(reason) => Err(EngineError::Worker(reason)),
        WireReply::Outcomes { keep, leaves, rows, host_services, host_served, escalated, coverage } => {
            let keep = keep_of(keep).map_err(worker)?;
            let mut outcomes = Outcomes::keeping(rows.len(), keep, leaves);
            for row in host_served {
                let row = usize::try_from(row).ok().filter(|row| *row < rows.len());
                outcomes.set_host_served(row.ok_or_else(|| worker(malformed("a row is none of the outcomes")))?);
            }
            for (at, row) in rows.into_iter().enumerate() {
                decode_row(&mut outcomes, at, row).ok_or_else(|| worker(malformed(format!("outcome {at}"))))?;
            }
            outcomes.host_services = host_services.into_iter().collect();
            outcomes.escalated = escalated
                .into_iter()
                .map(|(code, count)| reason(code).map(|reason| (reason, count)))
                .collect::<Option<_>>()
                .ok_or_else(|| worker(malformed("a reason is unknown")))?;
            for (hash, pc, deed, lanes) in coverage {
                let deed = Deed::ALL.get(usize::from(deed)).ok_or_else(|| worker(malformed("a deed is unknown")))?;
                outcomes.coverage.add(B256::new(hash), pc, *deed, lanes);
            }
            Ok(outcomes)
        }
    }
}

fn decode_row(outcomes: &mut Outcomes, at: usize, row: WireRow<'_>) -> Option<()> {
    digest::try_decode_logs(&row.logs)?;
    digest::try_decode_changes(&row.changes)?;
    let outcome = Outcome {
        status: Some(Status::from_code(row.status)?),
        gas_used: row.gas_used,
        refund: row.refund,
        refund_granted: row.refund_granted,
        steps: row.steps,
        created: row.created.map(Address::new),
        detail: row.detail.map(Cow::into_owned),
        executor: if row.on_gpu { Executor::Gpu } else { Executor::Cpu },
        reason: reason(row.reason)?,
        ..Outcome::default()
    };
    outcomes.set_encoded(at, &outcome, &row.output, &row.logs, &row.changes);
    if let Some(leaf) = row.leaf {
        outcomes.set_leaf(at, leaf.into());
    }
    if let Some(path) = row.path {
        outcomes.set_path(at, path);
    }
    Some(())
}
