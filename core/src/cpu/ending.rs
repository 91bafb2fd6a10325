//! From revm's result of the first frame to an outcome: `docs/status.md` in code.

use alloy_primitives::{Address, Bytes, U256, U512};
use lanevm_machine::{Fees, Stop};
use lanevm_shaders::{Class, Fork, Status};
use revm::{
    context::result::EVMError,
    context_interface::result::InvalidTransaction,
    handler::FrameResult,
    interpreter::{InstructionResult, InterpreterResult},
};

use super::{
    changes,
    lane::{Fault, Lane, Turn},
};
use crate::outcome::{Outcome, StateChanges};

impl Lane<'_> {
    /// The outcome of the first frame's result.
    pub(super) fn end(&mut self, mut result: FrameResult) -> Turn {
        let outcome = match self.fees.take() {
            None => Ok(self.frame_outcome(result)),
            Some(mut fees) => {
                self.machine.settle(&mut result, &mut fees).map(|()| self.transaction_outcome(result, &fees))
            }
        };
        match outcome {
            Ok(outcome) => {
                self.machine.clear();
                Turn::Done(Box::new(outcome))
            }
            Err(fault) => self.fail(fault),
        }
    }

    fn frame_outcome(&self, result: FrameResult) -> Outcome {
        let gas_limit = self.machine.context().tx.gas_limit;
        let (status, created, interpreted) = parts(result);
        let spent = gas_limit.saturating_sub(interpreted.gas.remaining());
        let mut outcome = self.outcome(status, created, interpreted.output);
        outcome.gas_used = if interpreted.result.is_halt() { gas_limit } else { spent };
        if status.class() == Class::Success {
            outcome.refund = interpreted.gas.refunded();
        }
        outcome
    }

    fn transaction_outcome(&self, result: FrameResult, fees: &Fees) -> Outcome {
        let (status, created, interpreted) = parts(result);
        let mut outcome = self.outcome(status, created, interpreted.output);
        let gas = &interpreted.gas;
        outcome.refund_granted = u64::try_from(gas.refunded()).unwrap_or_default();
        outcome.gas_used = gas.limit().saturating_sub(gas.remaining()).saturating_sub(outcome.refund_granted);
        outcome.refund = fees.refund;
        outcome
    }

    fn outcome(&self, status: Status, created: Option<Address>, output: Bytes) -> Outcome {
        let journal = &self.machine.context().journaled_state;
        let fork = self.setting.map_or(Fork::LATEST, |setting| setting.fork);
        let world = self.batch.call(self.index).world;
        let succeeded = status.class() == Class::Success;
        Outcome {
            status: Some(status),
            steps: self.steps(),
            output: if matches!(status.class(), Class::Success | Class::Revert) { output } else { Bytes::new() },
            logs: if succeeded { changes::logs(&journal.inner) } else { Vec::new() },
            changes: changes::changes(&journal.inner, self.codes, world, fork),
            created: created.filter(|_| succeeded),
            ..Outcome::default()
        }
    }

    /// The outcome of a call that came to no result.
    pub(super) fn fail(&mut self, fault: Fault) -> Turn {
        let (status, detail) = match fault {
            EVMError::Transaction(reason) => self.rejected(&reason),
            EVMError::Header(reason) => (Status::Rejected, Some(reason.to_string())),
            EVMError::Database(Stop::Steps) => (Status::StepLimit, None),
            EVMError::Database(stop @ (Stop::Account(_) | Stop::Slot { .. })) => {
                (Status::MissingState, Some(stop.to_string()))
            }
            EVMError::Database(stop) => (Status::HostLimit, Some(stop.to_string())),
            EVMError::Custom(reason) => (Status::Rejected, Some(reason)),
            EVMError::CustomAny(reason) => (Status::HostLimit, Some(reason.to_string())),
        };
        self.machine.clear();
        Turn::Done(Box::new(Outcome {
            status: Some(status),
            steps: self.steps(),
            changes: StateChanges::new(),
            detail,
            ..Outcome::default()
        }))
    }

    /// revm multiplies price and gas in 128 bits; where that overflows and the sender could still pay, the transaction is
    /// not refused but beyond this host.
    fn rejected(&mut self, reason: &InvalidTransaction) -> (Status, Option<String>) {
        let call = self.batch.call(self.index);
        if matches!(reason, InvalidTransaction::OverflowPaymentInTransaction) {
            let price = call.transaction.map_or(U256::ZERO, |tx| tx.gas_price);
            let cost = U512::from(price) * U512::from(call.gas) + U512::from(call.value);
            let balance = self.batch.account(call.world, &call.caller).map_or(U256::ZERO, |sender| sender.balance);
            if U512::from(balance) >= cost {
                return (Status::HostLimit, Some("gas limit times gas price is 2^128 wei or more".into()));
            }
        }
        (Status::Rejected, Some(reason.to_string()))
    }
}

fn parts(result: FrameResult) -> (Status, Option<Address>, InterpreterResult) {
    let status = frame_status(&result);
    match result {
        FrameResult::Call(call) => (status, None, call.result),
        FrameResult::Create(create) => (status, create.address, create.result),
    }
}

/// How a frame ended, the first or another.
pub(super) fn frame_status(result: &FrameResult) -> Status {
    match result {
        // revm lets a create whose creator's nonce is at its end return, without an address.
        FrameResult::Create(create) if create.address.is_none() && create.result.result.is_ok() => {
            Status::NonceOverflow
        }
        _ => status(result.interpreter_result().result),
    }
}

/// The status for revm's word of how a frame ended.
pub(super) const fn status(result: InstructionResult) -> Status {
    use InstructionResult as R;
    match result {
        R::Stop | R::Suspend => Status::Stop,
        R::Return => Status::Return,
        R::SelfDestruct => Status::SelfDestruct,
        R::Revert => Status::Revert,
        R::CallTooDeep => Status::CallDepth,
        // A balance over 2^256-1 has no rule in Ethereum, where supply is far smaller: the payment cannot be made.
        R::OutOfFunds | R::OverflowPayment => Status::InsufficientBalance,
        R::OutOfGas
        | R::MemoryOOG
        | R::MemoryLimitOOG
        | R::PrecompileOOG
        | R::InvalidOperandOOG
        | R::ReentrancySentryOOG => Status::OutOfGas,
        R::OpcodeNotFound | R::NotActivated | R::InvalidImmediateEncoding => Status::UndefinedOpcode,
        R::CallNotAllowedInsideStatic | R::StateChangeDuringStaticCall => Status::StaticViolation,
        R::InvalidFEOpcode => Status::InvalidOpcode,
        R::InvalidJump => Status::InvalidJump,
        R::StackUnderflow => Status::StackUnderflow,
        R::StackOverflow => Status::StackOverflow,
        R::OutOfOffset => Status::ReturnDataOutOfBounds,
        R::CreateCollision => Status::CreateCollision,
        R::PrecompileError => Status::PrecompileError,
        R::NonceOverflow => Status::NonceOverflow,
        R::CreateContractSizeLimit => Status::CodeSizeLimit,
        R::CreateContractStartingWithEF
        | R::CreateInitCodeStartingEF00
        | R::InvalidEOFInitCode
        | R::InvalidExtDelegateCallTarget => Status::CodeStartsWithEf,
        R::CreateInitCodeSizeLimit => Status::InitcodeSizeLimit,
        R::FatalExternalError => Status::HostLimit,
    }
}
