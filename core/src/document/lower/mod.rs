//! A document made ready to run: tables, and the calls of each step as columns. What varies along lanes is computed when it
//! is asked for; only blocks and worlds that differ are made, once each. It runs nothing but what it is told to.

mod arguments;
pub(super) mod calldata;
mod sources;
mod tables;

use std::{cell::Cell, collections::HashMap};

use alloy_primitives::{Address, B256, Bytes};

use super::{
    Document, DocumentError, Mode, Step, To,
    error::{listed, quoted},
};
use crate::{
    batch::{Batch, Calls, ForkColumn, Level, Limits, MAX_CALLS, ProgramId},
    columns::Column,
    cpu::CpuEngine,
    engine::{Control, Engine, EngineError},
    outcome::Outcomes,
    program::Program,
    session::Session,
    template::{Template, TemplateError},
};

pub use self::{
    arguments::MAX_ENCODED,
    sources::{MAX_PICKED, MAX_TABLED},
    tables::{MAX_VARIANTS, MAX_VARIED},
};

/// Where a program runs that no account of the state holds, at level `frame`.
pub const PROGRAM_ADDRESS: Address = Address::repeat_byte(0xc0);

/// A document made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The tables, and the calls of the first step. What is kept and noted of lanes is the caller's to set.
    pub batch: Batch,
    /// The calls of the steps after the first.
    pub rest: Vec<Calls>,
    /// Whether steps follow one another.
    pub mode: Mode,
}

impl Prepared {
    /// How many steps there are.
    pub const fn steps(&self) -> usize {
        self.rest.len() + 1
    }

    /// The calls of a step.
    ///
    /// # Panics
    /// If there is no such step.
    pub fn step(&self, step: usize) -> &Calls {
        if step == 0 { &self.batch.calls } else { &self.rest[step - 1] }
    }

    /// One step as a batch of its own: each lane on its pre-state.
    ///
    /// # Panics
    /// If there is no such step.
    #[must_use]
    pub fn batch_of(&self, step: usize) -> Batch {
        if step == 0 {
            return self.batch.clone();
        }
        let Batch { programs, worlds, blocks, transactions, calls: _, limits, keep, digest, observe } = &self.batch;
        Batch {
            programs: programs.clone(),
            worlds: worlds.clone(),
            blocks: blocks.clone(),
            transactions: transactions.clone(),
            calls: self.step(step).clone(),
            limits: *limits,
            keep: *keep,
            digest: *digest,
            observe: *observe,
        }
    }

    /// The call of one step in one lane, as a batch of its own, on the state that the lane's earlier steps leave: they are
    /// run again on the CPU where steps follow one another. What a lane is replayed from.
    ///
    /// # Errors
    /// A table is wrong, or an earlier step comes to no answer.
    ///
    /// # Panics
    /// If there is no such step or lane.
    pub async fn lane(&self, step: usize, lane: usize) -> Result<Batch, EngineError> {
        let mut batch = self.batch_of(step);
        if step == 0 || self.mode == Mode::Independent {
            return Ok(batch.subset(&[lane]));
        }
        batch.calls = self.batch.calls.select(&[lane]);
        let mut session = Session::new(batch)?;
        let (mut engine, mut control) = (CpuEngine::new(1), Control::default());
        for earlier in 0..step {
            session.run(&mut engine, self.step(earlier).select(&[lane]), &mut control).await?;
        }
        if let Some(stopped) = session.stopped(0) {
            let why = format!("lane {lane} stopped at step {}: {}", stopped.step, stopped.status);
            return Err(EngineError::Worker(why));
        }
        let world = Column::All(session.world(0));
        let calls = Calls { world, ..self.step(step).select(&[lane]) };
        Ok(Batch { calls, ..session.tables().clone() }.subset(&[0]))
    }

    /// Runs every step, and gives their outcomes in order, each with a row for each lane. A sequence of several steps runs in
    /// a [`Session`], whose outcomes keep everything.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub async fn run(self, engine: &mut dyn Engine, control: &mut Control) -> Result<Vec<Outcomes>, EngineError> {
        let mut all = Vec::with_capacity(self.steps());
        if self.mode == Mode::Sequence && !self.rest.is_empty() {
            let first = self.batch.calls.clone();
            let mut session = Session::new(self.batch)?;
            for calls in std::iter::once(first).chain(self.rest) {
                all.push(session.run(engine, calls, control).await?);
            }
            return Ok(all);
        }
        let mut batch = self.batch;
        all.push(engine.run(&batch, control).await?);
        for calls in self.rest {
            batch.calls = calls;
            all.push(engine.run(&batch, control).await?);
        }
        Ok(all)
    }
}

/// A document on its way to a batch.
struct Lowering<'d> {
    document: &'d Document,
    /// Lanes.
    lanes: usize,
    /// Count, seed, axes and columns, by which generators become sources. It has no fields of its own.
    template: Template,
    /// Programs by hash: equal code has one index.
    codes: HashMap<B256, ProgramId>,
    /// Programs by name, so that each is hashed once however often it is named.
    names: HashMap<&'d str, ProgramId>,
    /// Values in tables so far.
    tabled: Cell<usize>,
    batch: Batch,
}

impl<'d> Lowering<'d> {
    fn new(document: &'d Document) -> Result<Self, DocumentError> {
        let template = Template {
            seed: document.seed,
            axes: document.axes.clone(),
            columns: document.columns.clone(),
            ..Template::default()
        };
        let lanes = match (document.lanes, template.points()) {
            (Some(lanes), _) => lanes,
            (None, Some(points)) => usize::try_from(points).unwrap_or(usize::MAX),
            (None, None) => {
                return Err(DocumentError::at("lanes", "nothing", "how many lanes there are, where there are no axes"));
            }
        };
        if !(1..=MAX_CALLS).contains(&lanes) {
            let path = if document.lanes.is_some() { "lanes" } else { "axes" };
            return Err(DocumentError::at(path, format!("{lanes} lanes"), format!("1 to {MAX_CALLS}")));
        }
        let template = Template { count: lanes, ..template };
        template.validate().map_err(|error| match error {
            TemplateError::PastGrid { points, .. } => {
                DocumentError::at("lanes", lanes, format!("at most {points}, the points of the grid"))
            }
            error => DocumentError::at("axes", error, "1 to 16 axes of different names"),
        })?;
        let mut lowering = Self {
            document,
            lanes,
            template,
            codes: HashMap::new(),
            names: HashMap::new(),
            tabled: Cell::new(0),
            batch: Batch::default(),
        };
        // Every program is there, also one that nothing names yet: results speak of them.
        for (name, entry) in &document.programs {
            let id = lowering.program(&entry.code);
            lowering.names.insert(name, id);
        }
        Ok(lowering)
    }

    /// The index of a program; equal code has one.
    fn program(&mut self, code: &Bytes) -> ProgramId {
        let program = Program::new(code.clone());
        let programs = &mut self.batch.programs;
        *self.codes.entry(program.hash()).or_insert_with(|| {
            programs.push(program);
            (programs.len() - 1) as ProgramId
        })
    }

    /// The index of a named program.
    fn named(&self, name: &str, path: impl FnOnce() -> String) -> Result<ProgramId, DocumentError> {
        self.names.get(name).copied().ok_or_else(|| {
            let known: Vec<String> = self.document.programs.keys().take(20).map(|name| quoted(name)).collect();
            DocumentError::at(
                path(),
                quoted(name),
                format!("the name of a program; there is {}", listed(&known, "and")),
            )
        })
    }

    /// The account of the state that holds a program, where it is but one.
    fn holder(&self, name: &str, path: &str) -> Result<Option<Address>, DocumentError> {
        let holds = |account: &super::Account| account.program.as_deref() == Some(name);
        let mut holders = self.document.state.accounts.iter().filter(|(_, account)| holds(account));
        let first = holders.next().map(|(address, _)| *address);
        match holders.next() {
            None => Ok(first),
            Some(_) => Err(DocumentError::at(
                format!("{path}.program"),
                "a program that several accounts of the state hold",
                "the account called in `to` as well",
            )),
        }
    }

    /// What a step calls, and the program that runs there in the place of the account's code.
    #[expect(clippy::type_complexity, reason = "two columns as a batch has them")]
    fn target(
        &self,
        step: &Step,
        path: &str,
    ) -> Result<(Column<Option<Address>>, Column<Option<ProgramId>>), DocumentError> {
        let Some(name) = &step.program else {
            let to = match &step.to {
                To::Unsaid => return Err(DocumentError::at(path, "neither program nor to", "one of them")),
                To::Create => Column::All(None),
                To::Account(to) => self.column(&format!("{path}.to"), to, |word| Some(address(word)))?,
            };
            return Ok((to, Column::All(None)));
        };
        let id = self.named(name, || format!("{path}.program"))?;
        let frame = self.document.level == Level::Frame;
        let to = match &step.to {
            To::Unsaid => match self.holder(name, path)? {
                Some(holder) => Column::All(Some(holder)),
                None if frame => Column::All(Some(PROGRAM_ADDRESS)),
                None => {
                    let expected = "an account of the state that holds the program, or level `frame`";
                    return Err(DocumentError::at(
                        format!("{path}.program"),
                        "a program that no account holds",
                        expected,
                    ));
                }
            },
            To::Account(to) if frame => self.column(&format!("{path}.to"), to, |word| Some(address(word)))?,
            To::Account(_) => {
                let expected = "one of them; beside `to`, a program runs at level `frame` alone";
                return Err(DocumentError::at(format!("{path}.program"), "both program and to", expected));
            }
            To::Create => {
                let expected = "`to` null alone, with the init code as call data";
                return Err(DocumentError::at(format!("{path}.program"), "a program and `to` null", expected));
            }
        };
        Ok((to, Column::All(frame.then_some(id))))
    }

    fn step(&mut self, index: usize, step: &Step) -> Result<Calls, DocumentError> {
        let path = format!("steps[{index}]");
        let (to, code) = self.target(step, &path)?;
        Ok(Calls {
            count: self.lanes,
            fork: Column::All(ForkColumn(self.document.hardfork)),
            level: Column::All(self.document.level),
            caller: self.column(&format!("{path}.from"), &step.from, address)?,
            to,
            code,
            value: self.column(&format!("{path}.value"), &step.value, |word| word)?,
            gas: self.column(&format!("{path}.gas"), &step.gas, |word| word.saturating_to())?,
            data: calldata::lower(self, step, &format!("{path}.calldata"))?,
            transaction: match &step.transaction {
                Some(transaction) => tables::transactions(self, transaction, &format!("{path}.transaction"))?,
                None => Column::All(None),
            },
            ..Calls::default()
        })
    }
}

/// The address a word is.
fn address(word: alloy_primitives::U256) -> Address {
    Address::from_word(word.into())
}

impl Document {
    /// Makes the document ready to run. It takes the room and time of the document, and of the blocks and worlds that
    /// differ; not of the lanes.
    ///
    /// # Errors
    /// What does not fit together, by its path.
    pub fn prepare(&self) -> Result<Prepared, DocumentError> {
        let mut lowering = Lowering::new(self)?;
        let block = tables::blocks(&mut lowering)?;
        let world = tables::worlds(&mut lowering)?;
        let mut steps = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            let calls = lowering.step(index, step)?;
            steps.push(Calls { block: block.clone(), world: world.clone(), ..calls });
        }
        let mut steps = steps.into_iter();
        let first = steps.next().ok_or_else(|| DocumentError::at("steps", "an array of 0", "at least one step"))?;
        let limits = Limits { max_steps: self.limits.steps };
        let batch = Batch { calls: first, limits, ..lowering.batch };
        Ok(Prepared { batch, rest: steps.collect(), mode: self.mode })
    }
}
