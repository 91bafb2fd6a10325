//! The frames of a recorded lane: who was called how, from which step to which, and how it ended. What their
//! instructions did stands elsewhere.

use alloy_primitives::{Address, B256, U256};
use lanevm_shaders::Status;
use revm::{
    context_interface::CreateScheme,
    handler::FrameResult,
    interpreter::{CallScheme, FrameInput},
};

use crate::cpu::ending;

/// How a frame came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FrameKind {
    /// The lane's own call, or CALL.
    #[default]
    Call,
    /// STATICCALL.
    StaticCall,
    /// DELEGATECALL.
    DelegateCall,
    /// CALLCODE.
    CallCode,
    /// A creating transaction, or CREATE.
    Create,
    /// CREATE2.
    Create2,
}

impl FrameKind {
    /// The instruction's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::StaticCall => "STATICCALL",
            Self::DelegateCall => "DELEGATECALL",
            Self::CallCode => "CALLCODE",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
        }
    }
}

/// A frame of a lane, also one in which no instruction ran.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The frame that made it, by its number; the first frame has none.
    pub parent: Option<u32>,
    /// The step that made it; the first frame has none.
    pub made_by: Option<u32>,
    /// Frames open with it, the first being 1.
    pub depth: u32,
    /// How it came to be.
    pub kind: FrameKind,
    /// The account whose storage and balance it works on; none for a creation that came to no address.
    pub address: Option<Address>,
    /// The account whose code runs; none where that is creation code.
    pub code_address: Option<Address>,
    /// keccak-256 of the code that runs; none where no instruction ran.
    pub code_hash: Option<B256>,
    /// Who called, as the code sees it.
    pub caller: Address,
    /// Wei, as the code sees it.
    pub value: U256,
    /// Bytes of call data, or of creation code.
    pub input_len: u64,
    /// The first bytes of call data, at most four.
    pub selector: Vec<u8>,
    /// Gas it was given.
    pub gas: u64,
    /// Gas it took; all that it was given where it halted. 0 while it has not ended.
    pub gas_used: u64,
    /// Its first step, where it has steps: else the step that would have followed.
    pub first: u32,
    /// The step after its last, or after that of the frames it made.
    pub end: u32,
    /// How it ended; none where the recording, or the lane for want of state or steps, ended before.
    pub ended: Option<Status>,
    /// Bytes that it returned.
    pub output_len: u64,
}

impl Frame {
    /// Whether instructions ran in it.
    pub const fn has_steps(&self) -> bool {
        self.first < self.end
    }

    /// What is known of a frame that is about to open.
    pub(super) fn opening(input: &FrameInput) -> Self {
        match input {
            FrameInput::Call(inputs) => Self {
                kind: match inputs.scheme {
                    CallScheme::Call => FrameKind::Call,
                    CallScheme::CallCode => FrameKind::CallCode,
                    CallScheme::DelegateCall => FrameKind::DelegateCall,
                    CallScheme::StaticCall => FrameKind::StaticCall,
                },
                address: Some(inputs.target_address),
                code_address: Some(inputs.bytecode_address),
                caller: inputs.caller,
                value: inputs.value.get(),
                input_len: inputs.input.len() as u64,
                gas: inputs.gas_limit,
                ..Self::default()
            },
            FrameInput::Create(inputs) => Self {
                kind: match inputs.scheme() {
                    CreateScheme::Create2 { .. } => FrameKind::Create2,
                    _ => FrameKind::Create,
                },
                caller: inputs.caller(),
                value: inputs.value(),
                input_len: inputs.init_code().len() as u64,
                gas: inputs.gas_limit(),
                ..Self::default()
            },
            FrameInput::Empty => Self::default(),
        }
    }

    /// Writes down how it ended; the answer is whether what it changed stands.
    pub(super) fn close(&mut self, result: &FrameResult, steps: u32) -> bool {
        let status = ending::frame_status(result);
        let interpreted = result.interpreter_result();
        // What revm does not give back to the caller, the frame has used.
        let gives_back = interpreted.result.is_ok_or_revert();
        self.gas_used = self.gas.saturating_sub(if gives_back { interpreted.gas.remaining() } else { 0 });
        self.output_len = if gives_back { interpreted.output.len() as u64 } else { 0 };
        self.ended = Some(status);
        self.end = steps;
        if let FrameResult::Create(create) = result
            && create.address.is_some()
        {
            self.address = create.address;
        }
        interpreted.result.is_ok()
    }
}
