//! Which calls the device takes, and what a call needs to start there. A call that it does not take goes to the CPU engine
//! with the reason.

use lanevm_shaders::Fork;

use super::decode::device_knows;
use crate::{
    Absent, Address, Batch, CallRef, Level, ProgramId, Reason, U256, cpu,
    outcome::{AccountChange, StateChanges},
};

/// A call the device takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceCall {
    /// The program that runs; `None` for no code.
    pub(crate) program: Option<ProgramId>,
    /// The account called.
    pub(crate) to: Address,
    /// Whether what the world does not hold is unknown.
    pub(crate) partial: bool,
    /// The account's balance, value received.
    pub(crate) balance: U256,
    /// The caller's balance after sending value, where value moves between two accounts.
    pub(crate) paid: Option<U256>,
}

/// The highest precompile of a fork, besides P256VERIFY at 0x100 (Osaka, EIP-7951).
const fn last_precompile(fork: Fork) -> u64 {
    match fork {
        Fork::Frontier | Fork::Homestead | Fork::Tangerine | Fork::SpuriousDragon => 4,
        Fork::Byzantium | Fork::Constantinople | Fork::Petersburg => 8,
        Fork::Istanbul | Fork::Berlin | Fork::London | Fork::Paris | Fork::Shanghai => 9,
        Fork::Cancun => 10,
        Fork::Prague | Fork::Osaka => 17,
    }
}

/// The number of the precompile at an address in a fork.
fn precompile(address: Address, fork: Fork) -> Option<u16> {
    let bytes = address.as_slice();
    if bytes[..18].iter().any(|byte| *byte != 0) {
        return None;
    }
    let number = u16::from_be_bytes([bytes[18], bytes[19]]);
    let exists = (1..=last_precompile(fork)).contains(&u64::from(number)) || (number == 0x100 && fork >= Fork::Osaka);
    exists.then_some(number)
}

/// Takes a call for the device, or says why not. What is taken here behaves on the device as on the CPU engine; whatever
/// is rare and intricate (empty accounts that a touch removes, delegated code, creates) is left.
pub(crate) fn classify(batch: &Batch, call: &CallRef<'_>) -> Result<DeviceCall, Reason> {
    if call.level != Level::Frame {
        return Err(Reason::Level);
    }
    if !device_knows(call.fork) {
        return Err(Reason::Fork);
    }
    let to = call.to.ok_or(Reason::Target)?;
    if let Some(number) = precompile(to, call.fork) {
        return Err(Reason::Precompile(number));
    }
    if cpu::block_blob_base_fee(call.fork, call.block).is_none() {
        return Err(Reason::Input);
    }
    let partial = batch.worlds[call.world as usize].absent == Absent::Unknown;
    let target = batch.account(call.world, &to);
    let caller = batch.account(call.world, &call.caller);
    if partial && (target.is_none() || caller.is_none()) {
        return Err(Reason::MissingState);
    }
    let program_is_empty = |id: ProgramId| batch.programs[id as usize].code().is_empty();
    let is_empty = |account: &crate::Account| {
        account.nonce == 0 && account.balance.is_zero() && account.code.is_none_or(program_is_empty)
    };
    // A touch removes an empty account (EIP-161); before that fork it creates an absent one.
    let clears = call.fork >= Fork::SpuriousDragon;
    let is_cleared = |account: Option<&crate::Account>| clears && account.is_some_and(is_empty);
    if is_cleared(target) || is_cleared(caller) || (target.is_none() && !clears) {
        return Err(Reason::Target);
    }
    let program = call.code.or_else(|| target.and_then(|account| account.code));
    if program.is_some_and(|id| batch.programs[id as usize].code().starts_with(&[0xef, 0x01, 0x00])) {
        return Err(Reason::Target);
    }
    let mut balance = target.map_or(U256::ZERO, |account| account.balance);
    let mut paid = None;
    if !call.value.is_zero() {
        let sender = caller.ok_or(Reason::Target)?;
        let left = sender.balance.checked_sub(call.value).ok_or(Reason::Target)?;
        if call.caller != to {
            if clears && left.is_zero() && sender.nonce == 0 && sender.code.is_none_or(program_is_empty) {
                return Err(Reason::Target);
            }
            balance = balance.checked_add(call.value).ok_or(Reason::Target)?;
            paid = Some(left);
        }
    }
    Ok(DeviceCall { program, to, partial, balance, paid })
}

impl DeviceCall {
    /// The state changes of the call's value, where it succeeded.
    pub(crate) fn value_changes(&self, caller: Address) -> StateChanges {
        let mut changes = StateChanges::new();
        if let Some(paid) = self.paid {
            changes.insert(caller, AccountChange { balance: Some(paid), ..AccountChange::default() });
            changes.insert(self.to, AccountChange { balance: Some(self.balance), ..AccountChange::default() });
        }
        changes
    }
}

/// GASPRICE of a call at level `frame`: what its transaction names, or zero.
pub(crate) fn gas_price(call: &CallRef<'_>) -> U256 {
    call.transaction.map_or(U256::ZERO, |tx| tx.gas_price)
}
