//! A run that is kept, and what is asked of it later: columns by name, groups, files, decoded data. It runs nothing but
//! replays.

use std::{cell::OnceCell, rc::Rc};

use lanevm_core::{
    Batch, Document, Outcomes, Prepared, Status,
    abi::{Abi, Decoded, Function, Revert},
    document::Mode,
    lane_columns::{Input, LaneColumns},
    lane_meaning::Meanings,
    query::Terms,
};
use serde_json::{Value as Json, json};

use crate::{
    abi_values::returned,
    calls_by_name::NamedCalls,
    fault::{Fault, Kind},
};

/// How a run's lanes came to their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// All that they began with is in the batch.
    Whole,
    /// They carried state from runs before, which the batch does not hold.
    Carried,
}

/// A run.
pub(crate) struct Kept {
    pub(crate) prepared: Prepared,
    pub(crate) outcomes: Vec<Outcomes>,
    pub(crate) named: NamedCalls,
    pub(crate) origin: Origin,
    document: Option<Rc<Document>>,
    batches: Vec<OnceCell<Batch>>,
    facts: Vec<OnceCell<(Meanings, Vec<Input>)>>,
}

impl Kept {
    /// A run of a batch.
    pub(crate) fn of_batch(batch: Batch, outcomes: Outcomes, named: NamedCalls, origin: Origin) -> Self {
        let prepared = Prepared { batch, rest: Vec::new(), mode: Mode::Independent };
        Self { named, origin, ..Self::of(prepared, vec![outcomes], None) }
    }

    /// A run of a document's lanes.
    pub(crate) fn of_document(document: Rc<Document>, prepared: Prepared, outcomes: Vec<Outcomes>) -> Self {
        Self::of(prepared, outcomes, Some(document))
    }

    fn of(prepared: Prepared, outcomes: Vec<Outcomes>, document: Option<Rc<Document>>) -> Self {
        let steps = prepared.steps();
        Self {
            prepared,
            outcomes,
            named: NamedCalls::default(),
            origin: Origin::Whole,
            document,
            batches: (0..steps).map(|_| OnceCell::new()).collect(),
            facts: (0..steps).map(|_| OnceCell::new()).collect(),
        }
    }

    /// Outcomes of a step.
    pub(crate) fn step(&self, step: u32) -> Result<&Outcomes, Fault> {
        self.outcomes.get(step as usize).ok_or_else(|| Fault::new(Kind::Argument, format!("There is no step {step}.")))
    }

    /// A step's calls by themselves.
    fn batch(&self, step: usize) -> &Batch {
        match step {
            0 => &self.prepared.batch,
            _ => self.batches[step].get_or_init(|| self.prepared.batch_of(step)),
        }
    }

    fn facts(&self, step: usize) -> &(Meanings, Vec<Input>) {
        self.facts[step].get_or_init(|| match &self.document {
            Some(document) => {
                let calls = self.prepared.step(step);
                let meanings = Meanings::of(document, step, calls);
                let inputs = meanings.inputs(document, step, calls);
                (meanings, inputs)
            }
            None => (self.named.meanings(), Vec::new()),
        })
    }

    /// The columns of a step's lanes, its meanings and inputs. The step must be there.
    pub(crate) fn columns(&self, step: usize) -> (Terms<LaneColumns<'_>>, &Meanings, &[Input]) {
        let (meanings, inputs) = self.facts(step);
        let columns = LaneColumns::new(self.batch(step), &self.outcomes[step], inputs.clone(), Some(meanings));
        let columns =
            if self.prepared.mode == Mode::Sequence { columns.after(&self.outcomes[..step]) } else { columns };
        (Terms::new(columns), meanings, inputs)
    }

    /// The interface by which a lane's data are read, and the function called.
    fn called(&self, step: usize, lane: usize) -> (Option<&Abi>, Option<&Function>) {
        match self.named.get(lane) {
            Some(named) => (Some(&named.abi), Some(&named.function)),
            None => {
                let meanings = &self.facts(step).0;
                (meanings.abi(), meanings.function())
            }
        }
    }

    /// What the revert data of a lane say, as JSON: `words`, and `kind`.
    pub(crate) fn revert(&self, step: usize, lane: usize) -> Json {
        json!(Revert::describe(self.outcomes[step].output(lane), self.called(step, lane).0))
    }

    /// What a lane whose call named a function returned, as the front takes it (`node/ts/abi-value.ts`): `{"value": …}`, or
    /// `{"error": why}` where it is none of that; nothing where no function was named, or the call did not succeed.
    pub(crate) fn result(&self, step: usize, lane: usize) -> Option<String> {
        let named = self.named.get(lane)?;
        let outcomes = &self.outcomes[step];
        if !matches!(outcomes.status(lane), Status::Return | Status::Stop | Status::SelfDestruct) {
            return None;
        }
        let said = match named.function.decode_outputs(outcomes.output(lane)) {
            Decoded::Values(fields) => json!({ "value": returned(&fields, named.function.outputs.fields()) }),
            Decoded::Undecoded { reason, .. } => {
                json!({ "error": format!("{reason}"), "function": named.function.signature() })
            }
        };
        Some(said.to_string())
    }

    /// What a lane's data mean, as JSON: `functionName`, `signature`, `args`, `result` or `revert`, and `logs`.
    pub(crate) fn decoded(&self, step: usize, lane: usize) -> String {
        let outcomes = &self.outcomes[step];
        let output = outcomes.output(lane);
        let (abi, function) = self.called(step, lane);
        let mut found = json!({});
        if let Some(function) = function {
            let data = self.prepared.step(step).data.get(lane).into_owned();
            found["functionName"] = json!(function.name);
            found["signature"] = json!(function.signature());
            found["args"] = json!(function.decode_inputs(&data));
            if matches!(outcomes.status(lane), Status::Return | Status::Stop) {
                found["result"] = json!(function.decode_outputs(output));
            }
        }
        if outcomes.status(lane) == Status::Revert {
            found["revert"] = self.revert(step, lane);
        }
        if outcomes.keep() == lanevm_core::Keep::All {
            let logs = outcomes.logs(lane);
            found["logs"] =
                logs.iter().map(|log| json!(abi.and_then(|abi| abi.decode_log(&log.topics, &log.data)))).collect();
        }
        found.to_string()
    }
}
