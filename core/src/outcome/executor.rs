//! Who answered a lane, and why it was not the device. It decides nothing.

/// Which engine answered a lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Executor {
    /// The CPU engine.
    #[default]
    Cpu,
    /// The device, every frame of it; a precompile may have been answered by a host service.
    Gpu,
}

/// Why a lane was answered by the CPU engine, or what took it from one tier of the device to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing took it away: the lane ran on the engine that was asked.
    #[default]
    None,
    /// The device does not know the fork's rules.
    Fork,
    /// The device does not run calls of this level.
    Level,
    /// An instruction that the device leaves to the CPU, by its byte.
    Opcode(u8),
    /// A precompile called directly, not from code, by its number.
    Precompile(u16),
    /// The account called delegates its code (EIP-7702), or is otherwise not plain code.
    Target,
    /// More stack than the largest tier holds.
    Stack,
    /// More memory than the largest tier holds.
    Memory,
    /// More storage slots than the largest tier holds.
    Slots,
    /// More log data than the largest tier holds.
    Logs,
    /// Call data or code that does not fit a device buffer.
    Input,
    /// State a partial world does not hold: the CPU engine names it.
    MissingState,
    /// More frames than the largest tier holds.
    Frames,
    /// More accounts than the largest tier holds.
    Accounts,
    /// More changes to be undone than the largest tier holds.
    Journal,
    /// More code made at run time than the device has room for.
    Code,
    /// A hash table needed more probes than the bound.
    Probes,
    /// Few lanes were left, and the CPU was predicted to end them sooner.
    Straggler,
    /// The device failed (lost, out of memory), and the lane was not finished.
    Device,
}

impl Reason {
    /// The reason as a word, with the opcode's or precompile's number.
    pub fn label(self) -> String {
        match self {
            Self::None => "none".into(),
            Self::Fork => "fork".into(),
            Self::Level => "level".into(),
            Self::Opcode(byte) => format!("opcode {}", lanevm_shaders::facts::name(byte)),
            Self::Precompile(number) => format!("precompile 0x{number:02x}"),
            Self::Target => "target".into(),
            Self::Stack => "stack".into(),
            Self::Memory => "memory".into(),
            Self::Slots => "slots".into(),
            Self::Logs => "logs".into(),
            Self::Input => "input".into(),
            Self::MissingState => "missing_state".into(),
            Self::Frames => "frames".into(),
            Self::Accounts => "accounts".into(),
            Self::Journal => "journal".into(),
            Self::Code => "code".into(),
            Self::Probes => "probes".into(),
            Self::Straggler => "straggler".into(),
            Self::Device => "device".into(),
        }
    }
}
