//! Columns of a batch's lanes, for filters, tables and exports: what each call was, how it ended and what it left. What return
//! data means is the caller's to say ([`Decode`]); no ABI is read here.

mod places;

use alloy_primitives::{Address, U256};
use lanevm_shaders::{Class, Status};

use self::places::{Key, Place, Slot, number};
use crate::{
    batch::Batch,
    call_data::DataRef,
    digest::{self, FoundChange, FoundLog},
    outcome::{Executor, Keep, Outcomes},
    query::{Column, Columns, Field, Int, Kind, STATUS_WORDS, Step, Value, Word},
    world::Absent,
};

/// What return and revert data mean.
pub trait Decode {
    /// The return value that steps behind `ret` name, such as `.amountOut` or `[0]`: a number for it, and its kind.
    fn find(&self, steps: &[Step]) -> Option<(usize, Kind)>;

    /// That value in the data of a call that succeeded.
    fn returned<'a>(&'a self, output: &'a [u8], id: usize) -> Value<'a>;

    /// What revert data say, in words.
    fn reason<'a>(&'a self, output: &'a [u8]) -> Option<&'a str>;

    /// The name of the error that revert data are.
    fn error<'a>(&'a self, output: &'a [u8]) -> Option<&'a str>;

    /// The argument that steps behind `arg` name, such as `.amountIn` or `[0]`: a number for it, and its kind.
    fn find_argument(&self, steps: &[Step]) -> Option<(usize, Kind)> {
        let _ = steps;
        None
    }

    /// That argument in a call's data.
    fn argument(&self, data: DataRef<'_>, id: usize) -> Value<'static> {
        let _ = (data, id);
        Value::Absent
    }
}

/// An input that varies: a place in the call data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// First byte.
    pub offset: usize,
    /// Bytes, at most 32.
    pub width: usize,
    /// Whether it is of a signed type of that width.
    pub signed: bool,
}

/// The words of `executed_on`.
pub static EXECUTORS: [Word; 2] = [Word { name: "cpu", codes: 1 }, Word { name: "gpu", codes: 2 }];

#[derive(Clone, Debug)]
enum Meaning {
    Lane,
    Status,
    Gas,
    Steps,
    Refund,
    ExecutedOn,
    Output,
    Returned(usize),
    Reason,
    Error,
    Caller,
    To,
    Value,
    GasLimit,
    Input(usize),
    Logs,
    LogAddress(u32),
    LogTopic(u32, usize),
    LogData(u32),
    Argument(usize),
    Slot(Place, Slot),
    Balance(Place),
    BalanceChange(Place),
    Nonce(Place),
    /// A column of the run that this one is compared with.
    Other(usize),
    Differs,
    GasDelta,
}

/// The lanes of a batch that was run.
pub struct LaneColumns<'a> {
    batch: &'a Batch,
    outcomes: &'a Outcomes,
    /// Outcomes of the steps before, on whose state this one began.
    earlier: &'a [Outcomes],
    inputs: Vec<Input>,
    decode: Option<&'a dyn Decode>,
    meanings: Vec<Meaning>,
    /// The run that this one is compared with.
    other: Option<Box<Self>>,
}

impl std::fmt::Debug for LaneColumns<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneColumns").field("meanings", &self.meanings).finish_non_exhaustive()
    }
}

fn absent(value: Option<Value<'_>>) -> Value<'_> {
    value.unwrap_or(Value::Absent)
}

impl<'a> LaneColumns<'a> {
    /// Columns of these lanes. `inputs` are columns by their names; a name that is another column's is that other one.
    pub const fn new(
        batch: &'a Batch,
        outcomes: &'a Outcomes,
        inputs: Vec<Input>,
        decode: Option<&'a dyn Decode>,
    ) -> Self {
        Self { batch, outcomes, earlier: &[], inputs, decode, meanings: Vec::new(), other: None }
    }

    /// The same, of a step of a sequence: what it left untouched is as the steps before left it.
    #[must_use]
    pub const fn after(mut self, earlier: &'a [Outcomes]) -> Self {
        self.earlier = earlier;
        self
    }

    /// The same, beside the run that this one is compared with, row by row: what `other.` names.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.other = Some(Box::new(other));
        self
    }

    fn meaning(&self, field: &Field) -> Option<(Meaning, Kind, Keep)> {
        let simple = |meaning, kind, keep| Some((meaning, kind, keep));
        if let Some(arguments) = &field.arguments {
            let meaning = match (field.root.as_str(), arguments.as_slice()) {
                ("slot", [slot]) => Meaning::Slot(Place::Called, Slot::At(number(slot)?)),
                ("slot", [account, slot]) => Meaning::Slot(Place::of(account)?, Slot::At(number(slot)?)),
                ("mapping", arguments) => {
                    let (place, slot) = Slot::mapping(arguments, &self.inputs)?;
                    Meaning::Slot(place, slot)
                }
                ("balance", [account]) => Meaning::Balance(Place::of(account)?),
                ("balance_change", [account]) => Meaning::BalanceChange(Place::of(account)?),
                ("nonce", [account]) => Meaning::Nonce(Place::of(account)?),
                _ => return None,
            };
            return field.steps.is_empty().then_some((meaning, Kind::Number, Keep::All));
        }
        match (field.root.as_str(), field.steps.as_slice()) {
            ("lane", []) => simple(Meaning::Lane, Kind::Number, Keep::Summary),
            ("status", []) => simple(Meaning::Status, Kind::Codes(&STATUS_WORDS), Keep::Status),
            ("gas" | "gas_used", []) => simple(Meaning::Gas, Kind::Number, Keep::Status),
            ("steps", []) => simple(Meaning::Steps, Kind::Number, Keep::Status),
            ("refund", []) => simple(Meaning::Refund, Kind::Number, Keep::Status),
            ("executed_on", []) => simple(Meaning::ExecutedOn, Kind::Codes(&EXECUTORS), Keep::Status),
            ("ret", []) => simple(Meaning::Output, Kind::Bytes, Keep::Return),
            ("ret", steps) => {
                let (id, kind) = self.decode?.find(steps)?;
                simple(Meaning::Returned(id), kind, Keep::Return)
            }
            ("arg", steps) => {
                let (id, kind) = self.decode?.find_argument(steps)?;
                simple(Meaning::Argument(id), kind, Keep::Summary)
            }
            ("differs", []) if self.other.is_some() => simple(Meaning::Differs, Kind::Bool, Keep::All),
            ("gas_delta", []) if self.other.is_some() => simple(Meaning::GasDelta, Kind::Number, Keep::Status),
            ("reason", []) => self.decode.map(|_| (Meaning::Reason, Kind::Text, Keep::Return)),
            ("error", []) => self.decode.map(|_| (Meaning::Error, Kind::Text, Keep::Return)),
            ("caller", []) => simple(Meaning::Caller, Kind::Bytes, Keep::Summary),
            ("to", []) => simple(Meaning::To, Kind::Bytes, Keep::Summary),
            ("value", []) => simple(Meaning::Value, Kind::Number, Keep::Summary),
            ("gas_limit", []) => simple(Meaning::GasLimit, Kind::Number, Keep::Summary),
            ("logs", []) => simple(Meaning::Logs, Kind::Number, Keep::All),
            ("logs", [Step::Index(log), Step::Name(name)]) => {
                let meaning = match name.as_str() {
                    "address" => Meaning::LogAddress(*log),
                    "data" => Meaning::LogData(*log),
                    "topic0" => Meaning::LogTopic(*log, 0),
                    "topic1" => Meaning::LogTopic(*log, 1),
                    "topic2" => Meaning::LogTopic(*log, 2),
                    "topic3" => Meaning::LogTopic(*log, 3),
                    _ => return None,
                };
                simple(meaning, Kind::Bytes, Keep::All)
            }
            (name, []) => {
                let input = self.inputs.iter().position(|input| input.name == name)?;
                simple(Meaning::Input(input), Kind::Number, Keep::Summary)
            }
            _ => None,
        }
    }

    fn log(&self, row: usize, log: u32) -> Option<FoundLog<'_>> {
        digest::each_log(self.outcomes.logs_encoded(row)).nth(log as usize)
    }

    fn ended(&self, row: usize) -> bool {
        !matches!(self.outcomes.status(row).class(), Class::Unfinished)
    }

    /// What changed of an account by the steps before, the latest first.
    fn changes_before(&self, row: usize, address: Address) -> impl Iterator<Item = FoundChange<'a>> {
        self.earlier.iter().rev().filter_map(move |it| digest::find_change(it.changes_encoded(row), &address))
    }

    /// The same, with what the call itself changed.
    fn changes(&self, row: usize, address: Address) -> impl Iterator<Item = FoundChange<'a>> {
        let own = digest::find_change(self.outcomes.changes_encoded(row), &address);
        own.into_iter().chain(self.changes_before(row, address))
    }

    fn world(&self, row: usize) -> u32 {
        *self.batch.calls.world.get(row)
    }

    fn closed(&self, world: u32) -> bool {
        self.batch.worlds[world as usize].absent == Absent::Empty
    }

    fn address(&self, row: usize, place: Place) -> Option<Address> {
        place.address(self.batch, self.outcomes, row)
    }

    fn key(&self, row: usize, key: Key) -> Option<U256> {
        let word = |address: Address| U256::from_be_slice(address.as_slice());
        match key {
            Key::Fixed(value) => Some(value),
            Key::Caller => self.address(row, Place::Caller).map(word),
            Key::Called => self.address(row, Place::Called).map(word),
            Key::Input(input) => match self.input(row, input) {
                Value::Word(word) | Value::Signed(word) => Some(word),
                _ => None,
            },
        }
    }

    /// A storage word after the call; `None` where it is not known.
    fn slot(&self, row: usize, place: Place, slot: &Slot) -> Option<U256> {
        let address = self.address(row, place).filter(|_| self.ended(row))?;
        let slot = &slot.number(|key| self.key(row, key))?;
        for change in self.changes(row, address) {
            if let Some(value) = change.slot(slot) {
                return Some(value);
            }
            if change.removed || change.storage_cleared {
                return Some(U256::ZERO);
            }
        }
        let world = self.world(row);
        self.batch.storage(world, &address, slot).or_else(|| self.closed(world).then_some(U256::ZERO))
    }

    /// Balance and nonce after these changes; `None` where they are not known.
    fn account<'c>(
        &self,
        row: usize,
        address: Address,
        changes: impl Iterator<Item = FoundChange<'c>>,
    ) -> Option<(U256, u64)> {
        let (mut balance, mut nonce) = (None, None);
        for change in changes {
            balance = balance.or(change.balance);
            nonce = nonce.or(change.nonce);
            if change.removed {
                return Some((balance.unwrap_or_default(), nonce.unwrap_or_default()));
            }
        }
        let world = self.world(row);
        let before = self.batch.account(world, &address);
        if before.is_none() && !self.batch.knows(world, &address) {
            return None;
        }
        let (held, sent) = before.map_or((U256::ZERO, 0), |account| (account.balance, account.nonce));
        Some((balance.unwrap_or(held), nonce.unwrap_or(sent)))
    }

    /// Balance and nonce after the call; `None` where they are not known.
    fn account_after(&self, row: usize, place: Place) -> Option<(U256, u64)> {
        let address = self.address(row, place).filter(|_| self.ended(row))?;
        self.account(row, address, self.changes(row, address))
    }

    /// What the call added to a balance; `None` where that is not known.
    fn balance_change(&self, row: usize, place: Place) -> Option<Value<'static>> {
        let address = self.address(row, place).filter(|_| self.ended(row))?;
        let (after, _) = self.account(row, address, self.changes(row, address))?;
        let (before, _) = self.account(row, address, self.changes_before(row, address))?;
        Int::of_word(after).plus(Int::of_word(before).negated()).value()
    }

    fn input(&self, row: usize, input: usize) -> Value<'static> {
        let input = &self.inputs[input];
        let Some(word) = self.batch.calls.data.row(row).number(input.offset, input.width) else {
            return Value::Absent;
        };
        if !input.signed || input.width == 0 || !word.bit(input.width * 8 - 1) {
            return Value::Word(word);
        }
        let above = if input.width >= 32 { U256::ZERO } else { U256::MAX << (input.width * 8) };
        Value::Signed(word | above)
    }

    /// The run that this one is compared with, where it has the row and both came to an end there.
    fn beside_row(&self, row: usize) -> Option<&Self> {
        let other = self.other.as_deref().filter(|other| row < other.outcomes.len())?;
        (self.ended(row) && other.ended(row)).then_some(other)
    }

    /// Whether anything that the digest covers came out otherwise in the other run.
    fn differs(&self, row: usize) -> Option<bool> {
        let (now, before) = (self.outcomes, self.beside_row(row)?.outcomes);
        Some(
            now.status(row) != before.status(row)
                || now.gas_used(row) != before.gas_used(row)
                || now.refund(row) != before.refund(row)
                || now.output(row) != before.output(row)
                || now.logs_encoded(row) != before.logs_encoded(row)
                || now.changes_encoded(row) != before.changes_encoded(row),
        )
    }
}

impl Columns for LaneColumns<'_> {
    fn find(&mut self, field: &Field) -> Option<Column> {
        if field.other {
            let column = self.other.as_mut()?.find(&Field { other: false, ..field.clone() })?;
            self.meanings.push(Meaning::Other(column.id));
            return Some(Column { id: self.meanings.len() - 1, kind: column.kind });
        }
        let (meaning, kind, keep) = self.meaning(field)?;
        let kept = |columns: &Self| columns.outcomes.keep() >= keep;
        let beside = matches!(meaning, Meaning::Differs | Meaning::GasDelta);
        if !kept(self) || (beside && !self.other.as_deref().is_some_and(kept)) {
            return None;
        }
        self.meanings.push(meaning);
        Some(Column { id: self.meanings.len() - 1, kind })
    }

    fn why_not(&self, field: &Field) -> Option<String> {
        let compares = field.other || matches!(field.root.as_str(), "differs" | "gas_delta");
        if compares && self.other.is_none() {
            return Some("it compares with the run before; change something and run again".into());
        }
        if field.other {
            return self.other.as_deref()?.why_not(&Field { other: false, ..field.clone() });
        }
        if let Some((_, _, keep)) = self.meaning(field) {
            let kept = match keep {
                Keep::All => "logs and state changes are",
                Keep::Return => "return data are",
                _ => "single lanes are",
            };
            return Some(format!("{kept} not kept of this run; run it again and keep more"));
        }
        let needs = match field.root.as_str() {
            "ret" | "reason" | "error" if self.decode.is_none() => "return values are decoded with an ABI; give one",
            "ret" => "the function returns no such value, or none that is a single word",
            "logs" => "a log has `address`, `topic0` to `topic3` and `data`, as in `logs[0].topic0`",
            "arg" if self.decode.is_none() => "arguments are decoded with an ABI; give one",
            "arg" => "the function has no such argument, or none that is a single word",
            "slot" => "write slot(0x01) or slot(0xaddress, 0x01)",
            "mapping" => "write mapping(slot, key), such as mapping(3, caller), or mapping(0xaddress, slot, key)",
            "balance" | "nonce" | "balance_change" => "write balance(0xaddress), balance(caller) or balance(to)",
            _ => return None,
        };
        Some(needs.into())
    }

    fn names(&self) -> Vec<String> {
        let fixed =
            ["lane", "status", "gas", "steps", "refund", "executed_on", "ret", "reason", "error", "caller", "to"];
        let more = ["value", "gas_limit", "logs", "arg", "slot", "mapping", "balance", "balance_change", "nonce"];
        let beside = if self.other.is_some() { ["differs", "gas_delta"].as_slice() } else { &[] };
        let inputs = self.inputs.iter().map(|input| input.name.clone());
        fixed.into_iter().chain(more).chain(beside.iter().copied()).map(str::to_owned).chain(inputs).collect()
    }

    fn value(&self, row: usize, column: usize) -> Value<'_> {
        let outcomes = self.outcomes;
        let ended = |class| outcomes.status(row).class() == class;
        match &self.meanings[column] {
            Meaning::Lane => Value::Number(row as i128),
            Meaning::Status => Value::Code(outcomes.status(row) as u8),
            Meaning::Gas => Value::Number(outcomes.gas_used(row).into()),
            Meaning::Steps => Value::Number(outcomes.steps(row).into()),
            Meaning::Refund => Value::Number(outcomes.refund(row).into()),
            Meaning::ExecutedOn => Value::Code(u8::from(outcomes.executor(row) == Executor::Gpu)),
            Meaning::Output => Value::Bytes(outcomes.output(row)),
            Meaning::Returned(id) => match self.decode {
                Some(decode) if ended(Class::Success) => decode.returned(outcomes.output(row), *id),
                _ => Value::Absent,
            },
            Meaning::Reason | Meaning::Error if outcomes.status(row) != Status::Revert => Value::Absent,
            Meaning::Reason => {
                let reason = self.decode.and_then(|decode| decode.reason(outcomes.output(row)));
                reason.map_or(Value::Absent, Value::Text)
            }
            Meaning::Error => {
                let error = self.decode.and_then(|decode| decode.error(outcomes.output(row)));
                error.map_or(Value::Absent, Value::Text)
            }
            Meaning::Caller => Value::address(&self.batch.calls.caller.get(row)),
            Meaning::To => absent(self.batch.calls.to.get(row).as_ref().as_ref().map(Value::address)),
            Meaning::Value => Value::Word(*self.batch.calls.value.get(row)),
            Meaning::GasLimit => Value::Number((*self.batch.calls.gas.get(row)).into()),
            Meaning::Input(input) => self.input(row, *input),
            Meaning::Argument(id) => match self.decode {
                Some(decode) => decode.argument(self.batch.calls.data.row(row), *id),
                None => Value::Absent,
            },
            Meaning::Other(id) => match self.other.as_deref() {
                Some(other) if row < other.outcomes.len() => other.value(row, *id),
                _ => Value::Absent,
            },
            Meaning::Differs => absent(self.differs(row).map(Value::Bool)),
            Meaning::GasDelta => {
                let gas = |columns: &Self| i128::from(columns.outcomes.gas_used(row));
                absent(self.beside_row(row).map(|other| Value::Number(gas(self) - gas(other))))
            }
            Meaning::Logs => Value::Number(digest::each_log(outcomes.logs_encoded(row)).count() as i128),
            Meaning::LogAddress(log) => self.log(row, *log).map_or(Value::Absent, |log| Value::Bytes(log.address)),
            Meaning::LogData(log) => self.log(row, *log).map_or(Value::Absent, |log| Value::Bytes(log.data)),
            Meaning::LogTopic(log, topic) => {
                let topic = self.log(row, *log).and_then(|log| log.topics.get(topic * 32..topic * 32 + 32));
                topic.map_or(Value::Absent, Value::Bytes)
            }
            Meaning::Slot(place, slot) => absent(self.slot(row, *place, slot).map(Value::Word)),
            Meaning::Balance(place) => absent(self.account_after(row, *place).map(|(balance, _)| Value::Word(balance))),
            Meaning::BalanceChange(place) => absent(self.balance_change(row, *place)),
            Meaning::Nonce(place) => {
                absent(self.account_after(row, *place).map(|(_, nonce)| Value::Number(nonce.into())))
            }
        }
    }
}
