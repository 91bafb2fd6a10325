//! A call of a batch as ways look at it: whether it may go one, what it brings, and the outcome it comes to. It opens calls as
//! the device's side does, and shares nothing with revm.

use alloy_primitives::{B256, Bytes, KECCAK256_EMPTY, U256};
use lanevm_shaders::{Class, Fork};

use super::{
    evaluate::{Leaves, Reached, Source, Walker, short},
    ssa::{Input, Look, MOST_LISTED, Visited, Way},
};
use crate::{
    Absent, Address, Batch, CallRef, Observe, Outcome, cpu,
    gpu::{FinalAccount, FinalCode, FinalState, Finished, FirstCode, KnownCode, Opened, Opening, open},
    outcome::Log,
};

/// A call whose first frame runs code.
#[derive(Debug)]
pub struct Lane<'a> {
    batch: &'a Batch,
    index: usize,
    call: CallRef<'a>,
    pub(super) opening: Opening,
    data: Vec<u8>,
    blob_base_fee: U256,
}

/// Why a lane does not go a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The way is not for lanes like it: other code, another fork, other contracts.
    Entry,
    /// It does something else on its way.
    Left(Leaves),
}

impl<'a> Lane<'a> {
    /// Opens a call of a valid batch; `None` where no way can begin: it ends before any code, creates a contract,
    /// begins with too many warm slots, or is not the device's.
    pub fn open(batch: &'a Batch, index: usize) -> Option<Self> {
        let call = batch.call(index);
        let Opened::Lane(opening) = open(batch, index) else { return None };
        let plain = !opening.creates
            && opening.slots.len() <= MOST_LISTED
            && matches!(opening.code, FirstCode::Program(_))
            && call.fork >= Fork::London;
        if !plain {
            return None;
        }
        let data = call.data.bytes().into_owned();
        let blob_base_fee = U256::from(cpu::block_blob_base_fee(call.fork, call.block)?);
        Some(Self { batch, index, call, opening: *opening, data, blob_base_fee })
    }

    /// The rules.
    pub const fn fork(&self) -> Fork {
        self.call.fork
    }

    /// Code of the first frame and its hash.
    pub(super) fn first_code(&self) -> (&Bytes, B256) {
        // Lanes without a program are not opened.
        let FirstCode::Program(id) = self.opening.code else { unreachable!("a lane has a program") };
        let program = &self.batch.programs[id as usize];
        (program.code(), program.hash())
    }

    /// The first frame's account.
    pub(super) fn address(&self) -> Address {
        self.opening.accounts[0].address
    }

    /// The code of another account as the first frame begins; `None` where the world does not say, or an authorisation has set
    /// it.
    pub(super) fn code_at(&self, address: &Address) -> Option<(Bytes, B256)> {
        let known = self.opening.accounts.iter().find(|known| known.address == *address);
        let set = known.and_then(|known| known.state).is_some_and(|state| state.code != KnownCode::AsInWorld);
        if set || !self.batch.knows(self.call.world, address) {
            return None;
        }
        let account = self.batch.account(self.call.world, address);
        Some(account.and_then(|account| account.code).map_or((Bytes::new(), KECCAK256_EMPTY), |id| {
            let program = &self.batch.programs[id as usize];
            (program.code().clone(), program.hash())
        }))
    }

    /// What the lane brings to a way with these accounts.
    pub(super) const fn source<'b>(&'b self, accounts: &'b [Visited]) -> LaneSource<'b> {
        LaneSource { lane: self, accounts }
    }

    /// Whether the lane may begin a way.
    pub fn may_enter(&self, way: &Way) -> bool {
        let visited = way.accounts.iter().skip(1).filter(|visited| visited.by.is_none());
        way.suits(Observe::default(), self.batch.limits)
            && way.fork == self.call.fork
            && way.code == self.first_code().1
            && (way.lists || self.opening.slots.is_empty())
            && visited
                .into_iter()
                .all(|visited| self.code_at(&visited.address).is_some_and(|(_, hash)| hash == visited.code))
    }

    /// Takes the lane along a way to its outcome.
    ///
    /// # Errors
    /// [`Refused`] where it does not go it.
    pub fn go(&self, way: &Way, walker: &Walker<'_>) -> Result<Outcome, Refused> {
        if !self.may_enter(way) {
            return Err(Refused::Entry);
        }
        let reached = walker.go(&self.source(&way.accounts)).map_err(Refused::Left)?;
        Ok(self.close(way, &reached))
    }

    /// The outcome of a lane that has gone a way to its end.
    fn close(&self, way: &Way, reached: &Reached) -> Outcome {
        let succeeded = reached.status.class() == Class::Success;
        let address = |place: u32| if place == 0 { self.address() } else { way.accounts[place as usize].address };
        let mut accounts: Vec<FinalAccount> = Vec::new();
        let mut slots = Vec::new();
        if succeeded && !(reached.slots.is_empty() && reached.touched.is_empty()) {
            accounts.extend(self.opening.accounts.iter().map(|known| FinalAccount {
                address: known.address,
                state: known.state.map(|state| FinalState {
                    nonce: state.nonce,
                    balance: state.balance,
                    code: FinalCode::AsInWorld,
                }),
                touched: false,
                destroyed: false,
            }));
            let mut known = |address: Address| {
                let at = accounts.iter().position(|account| account.address == address).unwrap_or_else(|| {
                    accounts.push(FinalAccount { address, state: None, touched: false, destroyed: false });
                    accounts.len() - 1
                });
                accounts[at].state.get_or_insert_with(|| {
                    let account = self.batch.account(self.call.world, &address);
                    let (nonce, balance) = account.map_or((0, U256::ZERO), |account| (account.nonce, account.balance));
                    FinalState { nonce, balance, code: FinalCode::AsInWorld }
                });
                at
            };
            slots.extend(reached.slots.iter().map(|(place, key, value)| (known(address(*place)) as u32, *key, *value)));
            let touched: Vec<_> =
                reached.touched.iter().map(|(address, balance)| (known(*address), *balance)).collect();
            for (at, balance) in touched {
                accounts[at].touched = true;
                if let Some(state) = &mut accounts[at].state {
                    state.balance = balance;
                }
            }
        }
        let finished = Finished {
            status: reached.status,
            gas_left: self.opening.gas.saturating_sub(reached.gas_used),
            refund: reached.refund,
            steps: reached.steps,
            output: &reached.output,
            accounts,
            slots,
        };
        let mut outcome = self.opening.close(self.batch, self.index, finished);
        if succeeded {
            outcome.logs = reached
                .logs
                .iter()
                .map(|log| Log {
                    address: address(log.account),
                    topics: log.topics.iter().map(|topic| B256::from(*topic)).collect(),
                    data: log.data.clone(),
                })
                .collect();
        }
        outcome
    }
}

/// A lane's answers to a way with certain accounts.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneSource<'a> {
    lane: &'a Lane<'a>,
    accounts: &'a [Visited],
}

impl LaneSource<'_> {
    fn address(&self, place: u32) -> Address {
        if place == 0 { self.lane.address() } else { self.accounts[place as usize].address }
    }
}

fn word(address: Address) -> U256 {
    U256::from_be_slice(address.as_slice())
}

impl Source for LaneSource<'_> {
    fn input(&self, input: Input) -> U256 {
        let Lane { call, opening, data, .. } = self.lane;
        let block = call.block;
        match input {
            Input::CallData(at) => {
                let mut bytes = [0; 32];
                let rest = data.get(at as usize..).unwrap_or_default();
                let count = rest.len().min(32);
                bytes[..count].copy_from_slice(&rest[..count]);
                U256::from_be_bytes(bytes)
            }
            Input::CallDataSize => U256::from(data.len()),
            Input::Address => word(self.lane.address()),
            Input::Caller => word(call.caller),
            Input::CallValue => call.value,
            Input::Origin => word(opening.origin),
            Input::GasPrice => opening.gas_price,
            Input::Coinbase => word(block.coinbase),
            Input::Timestamp => block.timestamp,
            Input::Number => block.number,
            Input::PrevRandao if call.fork >= Fork::Paris => block.prev_randao.into(),
            Input::PrevRandao => block.difficulty,
            Input::GasLimit => U256::from(block.gas_limit),
            Input::ChainId => U256::from(block.chain_id),
            Input::BaseFee => U256::from(block.base_fee),
            Input::BlobBaseFee => self.lane.blob_base_fee,
            Input::Gas => U256::from(opening.gas),
            Input::BlockHash(back) => block.hash_before(back.into()).into(),
            Input::BlobHash(at) => opening.blob_hashes.get(at as usize).copied().unwrap_or_default().into(),
        }
    }

    fn looked(&self, look: Look, account: u32, word: U256) -> U256 {
        let Lane { batch, call, opening, .. } = self.lane;
        if look == Look::WarmSlot {
            let address = self.address(account);
            let listed = |(at, key): &(u32, U256)| *key == word && opening.accounts[*at as usize].address == address;
            return U256::from(opening.slots.iter().any(listed));
        }
        let address = short(word);
        let known = opening.accounts.iter().find(|known| known.address == address);
        let of_world = || batch.account(call.world, &address).map(|account| (account.nonce, account.balance));
        let state = known.and_then(|known| known.state).map(|state| (state.nonce, state.balance)).or_else(of_world);
        let (nonce, balance) = state.unwrap_or_default();
        match look {
            Look::Balance => balance,
            Look::Nonce => U256::from(nonce),
            Look::Codeless => U256::from(self.lane.code_at(&address).is_some_and(|(bytes, _)| bytes.is_empty())),
            Look::Warm | Look::WarmSlot => U256::from(known.is_some_and(|known| known.warm)),
        }
    }

    fn stored(&self, account: u32, key: U256) -> Option<U256> {
        let Lane { batch, call, .. } = self.lane;
        let closed = batch.worlds[call.world as usize].absent == Absent::Empty;
        batch.storage(call.world, &self.address(account), &key).or_else(|| closed.then_some(U256::ZERO))
    }
}
