//! Columns of a batch's lanes, for filters, tables and exports: what each call was, how it ended and what it left. What return
//! data means is the caller's to say ([`Decode`]); no ABI is read here.

use alloy_primitives::{Address, U256};
use lanevm_shaders::{Class, Status};

use crate::{
    batch::Batch,
    digest::{self, FoundChange, FoundLog},
    hexadecimal,
    outcome::{Executor, Keep, Outcomes},
    query::{Column, Columns, Field, Kind, STATUS_WORDS, Step, Value, Word},
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
    /// Of an account, or of the one called.
    Slot(Option<Address>, U256),
    Balance(Address),
    Nonce(Address),
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
}

impl std::fmt::Debug for LaneColumns<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LaneColumns").field("meanings", &self.meanings).finish_non_exhaustive()
    }
}

fn number(text: &str) -> Option<U256> {
    match text.strip_prefix("0x") {
        Some(hex) if hex.len() <= 64 => U256::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => U256::from_str_radix(text, 10).ok(),
    }
}

fn absent(value: Option<Value<'_>>) -> Value<'_> {
    value.unwrap_or(Value::Absent)
}

fn address(text: &str) -> Option<Address> {
    hexadecimal::parse_exact::<20>(text).ok().map(Address::new)
}

impl<'a> LaneColumns<'a> {
    /// Columns of these lanes. `inputs` are columns by their names; a name that is another column's is that other one.
    pub const fn new(
        batch: &'a Batch,
        outcomes: &'a Outcomes,
        inputs: Vec<Input>,
        decode: Option<&'a dyn Decode>,
    ) -> Self {
        Self { batch, outcomes, earlier: &[], inputs, decode, meanings: Vec::new() }
    }

    /// The same, of a step of a sequence: what it left untouched is as the steps before left it.
    #[must_use]
    pub const fn after(mut self, earlier: &'a [Outcomes]) -> Self {
        self.earlier = earlier;
        self
    }

    fn meaning(&self, field: &Field) -> Option<(Meaning, Kind, Keep)> {
        let simple = |meaning, kind, keep| Some((meaning, kind, keep));
        if let Some(arguments) = &field.arguments {
            let meaning = match (field.root.as_str(), arguments.as_slice()) {
                ("slot", [slot]) => Meaning::Slot(None, number(slot)?),
                ("slot", [account, slot]) => Meaning::Slot(Some(address(account)?), number(slot)?),
                ("balance", [account]) => Meaning::Balance(address(account)?),
                ("nonce", [account]) => Meaning::Nonce(address(account)?),
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

    /// What changed of an account, the latest first, unless the row did not end.
    fn changes(&self, row: usize, address: &Address) -> Option<impl Iterator<Item = FoundChange<'_>>> {
        let ended = !matches!(self.outcomes.status(row).class(), Class::Unfinished);
        let all = std::iter::once(self.outcomes).chain(self.earlier.iter().rev());
        ended.then(|| all.filter_map(move |it| digest::find_change(it.changes_encoded(row), address)))
    }

    fn world(&self, row: usize) -> u32 {
        *self.batch.calls.world.get(row)
    }

    fn closed(&self, world: u32) -> bool {
        self.batch.worlds[world as usize].absent == Absent::Empty
    }

    /// A storage word after the call; `None` where it is not known.
    fn slot(&self, row: usize, account: Option<&Address>, slot: &U256) -> Option<U256> {
        let to = *self.batch.calls.to.get(row);
        let address = account.copied().or(to).or_else(|| self.outcomes.created(row))?;
        for change in self.changes(row, &address)? {
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

    /// Balance and nonce after the call; `None` where they are not known.
    fn account(&self, row: usize, address: &Address) -> Option<(U256, u64)> {
        let (mut balance, mut nonce) = (None, None);
        for change in self.changes(row, address)? {
            balance = balance.or(change.balance);
            nonce = nonce.or(change.nonce);
            if change.removed {
                return Some((balance.unwrap_or_default(), nonce.unwrap_or_default()));
            }
        }
        let world = self.world(row);
        let before = self.batch.account(world, address);
        if before.is_none() && !self.batch.knows(world, address) {
            return None;
        }
        let (held, sent) = before.map_or((U256::ZERO, 0), |account| (account.balance, account.nonce));
        Some((balance.unwrap_or(held), nonce.unwrap_or(sent)))
    }
}

impl Columns for LaneColumns<'_> {
    fn find(&mut self, field: &Field) -> Option<Column> {
        let (meaning, kind, keep) = self.meaning(field)?;
        if self.outcomes.keep() < keep {
            return None;
        }
        self.meanings.push(meaning);
        Some(Column { id: self.meanings.len() - 1, kind })
    }

    fn why_not(&self, field: &Field) -> Option<String> {
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
            "slot" => "write slot(\"0x01\") or slot(\"0xaddress\", \"0x01\")",
            "balance" | "nonce" => "write balance(\"0xaddress\") or nonce(\"0xaddress\")",
            _ => return None,
        };
        Some(needs.into())
    }

    fn names(&self) -> Vec<String> {
        let fixed =
            ["lane", "status", "gas", "steps", "refund", "executed_on", "ret", "reason", "error", "caller", "to"];
        let more = ["value", "gas_limit", "logs"];
        let inputs = self.inputs.iter().map(|input| input.name.clone());
        fixed.into_iter().chain(more).map(str::to_owned).chain(inputs).collect()
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
            Meaning::Input(input) => {
                let input = &self.inputs[*input];
                let Some(word) = self.batch.calls.data.row(row).number(input.offset, input.width) else {
                    return Value::Absent;
                };
                if !input.signed || input.width == 0 || !word.bit(input.width * 8 - 1) {
                    return Value::Word(word);
                }
                let above = if input.width >= 32 { U256::ZERO } else { U256::MAX << (input.width * 8) };
                Value::Signed(word | above)
            }
            Meaning::Logs => Value::Number(digest::each_log(outcomes.logs_encoded(row)).count() as i128),
            Meaning::LogAddress(log) => self.log(row, *log).map_or(Value::Absent, |log| Value::Bytes(log.address)),
            Meaning::LogData(log) => self.log(row, *log).map_or(Value::Absent, |log| Value::Bytes(log.data)),
            Meaning::LogTopic(log, topic) => {
                let topic = self.log(row, *log).and_then(|log| log.topics.get(topic * 32..topic * 32 + 32));
                topic.map_or(Value::Absent, Value::Bytes)
            }
            Meaning::Slot(account, slot) => absent(self.slot(row, account.as_ref(), slot).map(Value::Word)),
            Meaning::Balance(account) => absent(self.account(row, account).map(|(balance, _)| Value::Word(balance))),
            Meaning::Nonce(account) => absent(self.account(row, account).map(|(_, nonce)| Value::Number(nonce.into()))),
        }
    }
}
