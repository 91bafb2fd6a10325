//! The statuses a lane can end with, as data: codes, names, classes and the order of precedence. Nothing here decides
//! one; engines do.

/// What a status means to somebody who does not care why. This is what the digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// The lane did not end: the run was cancelled, or its budget was spent.
    Unfinished = 0,
    /// The call returned; its effects stand.
    Success = 1,
    /// The call reverted with return data; unspent gas is returned, its effects are undone.
    Revert = 2,
    /// Exceptional halt: all gas is consumed, effects are undone (Yellow Paper, section 9.4.2).
    Halt = 3,
    /// The transaction was refused before execution.
    Rejected = 4,
    /// The lane touched state that a partial world does not hold.
    MissingState = 5,
    /// The host's own limit (memory) was reached; no answer about Ethereum is made.
    HostLimit = 6,
}

impl Class {
    /// The word for it, as tables and files print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Success => "success",
            Self::Revert => "revert",
            Self::Halt => "halt",
            Self::Rejected => "rejected",
            Self::MissingState => "missing_state",
            Self::HostLimit => "host_limit",
        }
    }
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal, $class:ident;)*) => {
        /// How a lane ended, with the field's own reasons. `docs/status.md` lists them with the order of precedence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Status { $($(#[$doc])* $name = $code,)* }

        impl Status {
            /// Every status, by code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name used in files, tables and the shaders' constants.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The coarse class.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }

            /// The status with this code, if there is one.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

statuses! {
    /// Not run to its end.
    Unfinished = 0, "unfinished", Unfinished;
    /// STOP, or running off the end of the code.
    Stop = 1, "stop", Success;
    /// RETURN.
    Return = 2, "return", Success;
    /// SELFDESTRUCT.
    SelfDestruct = 3, "selfdestruct", Success;
    /// REVERT.
    Revert = 16, "revert", Revert;
    /// Out of gas, whatever the gas was for (static cost, memory, dynamic cost, EIP-2200's stipend rule).
    OutOfGas = 32, "out_of_gas", Halt;
    /// An instruction needed more items than the stack held.
    StackUnderflow = 33, "stack_underflow", Halt;
    /// The stack would hold more than 1,024 items.
    StackOverflow = 34, "stack_overflow", Halt;
    /// JUMP or JUMPI to something that is no JUMPDEST.
    InvalidJump = 35, "invalid_jump", Halt;
    /// The designated INVALID instruction, 0xfe (EIP-141).
    InvalidOpcode = 36, "invalid_opcode", Halt;
    /// A byte that is no instruction in this fork.
    UndefinedOpcode = 37, "undefined_opcode", Halt;
    /// A state change inside STATICCALL (EIP-214).
    StaticViolation = 38, "static_violation", Halt;
    /// RETURNDATACOPY past the end (EIP-211).
    ReturnDataOutOfBounds = 39, "return_data_out_of_bounds", Halt;
    /// A create met an account that is in use (EIP-684, EIP-7610).
    CreateCollision = 40, "create_collision", Halt;
    /// Deployed code over the limit (EIP-170).
    CodeSizeLimit = 41, "code_size_limit", Halt;
    /// Init code over the limit (EIP-3860).
    InitcodeSizeLimit = 42, "initcode_size_limit", Halt;
    /// Deployed code begins with 0xef (EIP-3541).
    CodeStartsWithEf = 43, "code_starts_with_ef", Halt;
    /// Depth over 1,024.
    CallDepth = 44, "call_depth", Halt;
    /// The caller cannot pay the value.
    InsufficientBalance = 45, "insufficient_balance", Halt;
    /// A create by an account whose nonce is 2^64-1 (EIP-2681).
    NonceOverflow = 46, "nonce_overflow", Halt;
    /// A precompile refused its input.
    PrecompileError = 47, "precompile_error", Halt;
    /// Refused before execution; the reason stands beside it.
    Rejected = 64, "rejected", Rejected;
    /// State was read that a partial world does not hold; address and slot stand beside it.
    MissingState = 65, "missing_state", MissingState;
    /// The host's memory limit was reached.
    HostLimit = 66, "host_limit", HostLimit;
    /// The batch's `max_steps` was reached.
    StepLimit = 67, "step_limit", Unfinished;
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
