//! The one table of instruction facts: byte, name, immediate, stack effect, gas by fork, kernel family. Disassembler,
//! documentation, decoder and the shaders' constants come from it. It holds no dynamic costs; those are instructions'.

use crate::fork::Fork::{self, *};

/// Which kernel runs an instruction (see the shaders' entry files).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Family {
    /// The step kernel itself.
    Light = 0,
    /// Multiplication, division and remainders.
    Arith = 1,
    /// EXP.
    Exp = 2,
    /// KECCAK256.
    Keccak = 3,
    /// Copies into memory, and growing it by more than the step kernel does.
    Copy = 4,
    /// SLOAD, SSTORE, TLOAD and TSTORE.
    Storage = 5,
    /// LOG0 to LOG4.
    Log = 6,
    /// Reads of accounts and blocks, and SELFDESTRUCT.
    Account = 7,
    /// CALL, CALLCODE, DELEGATECALL, STATICCALL.
    Call = 8,
    /// CREATE and CREATE2.
    Create = 9,
    /// Ends of frames: no instruction names it.
    Ending = 10,
    /// Code made at run time: no instruction names it.
    Decode = 11,
    /// Precompiles that the device runs: no instruction names it. Its queue has a kernel for each precompile.
    Precompile = 12,
    /// Left to the CPU engine.
    Host = 15,
}

impl Family {
    /// Every family, by number.
    pub const ALL: [Self; 14] = [
        Self::Light,
        Self::Arith,
        Self::Exp,
        Self::Keccak,
        Self::Copy,
        Self::Storage,
        Self::Log,
        Self::Account,
        Self::Call,
        Self::Create,
        Self::Ending,
        Self::Decode,
        Self::Precompile,
        Self::Host,
    ];

    /// The family's name: also that of its kernel.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Arith => "arith",
            Self::Exp => "exp",
            Self::Keccak => "keccak",
            Self::Copy => "copy",
            Self::Storage => "storage",
            Self::Log => "log",
            Self::Account => "account",
            Self::Call => "call",
            Self::Create => "create",
            Self::Ending => "ending",
            Self::Decode => "decode",
            Self::Precompile => "precompile",
            Self::Host => "host",
        }
    }
}

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The byte.
    pub byte: u8,
    /// The mnemonic.
    pub name: &'static str,
    /// Bytes of immediate data after it.
    pub immediate: u8,
    /// Items it needs on the stack.
    pub pops: u8,
    /// Items it leaves in their place.
    pub pushes: u8,
    /// The fork that brought it.
    pub since: Fork,
    /// Static gas, by the fork that set it, oldest first.
    pub gas: &'static [(Fork, u16)],
    /// The kernel that runs it.
    pub family: Family,
}

impl Instruction {
    /// Static gas in a fork, which must not be older than [`Self::since`].
    pub fn gas_in(&self, fork: Fork) -> u16 {
        self.gas.iter().rev().find(|(since, _)| *since <= fork).map_or(0, |(_, gas)| *gas)
    }

    /// The kernel that runs it in a fork. Before London the device runs single frames only: what looks at other accounts
    /// is left to the CPU engine.
    pub const fn family_in(&self, fork: Fork) -> Family {
        match self.family {
            Family::Account | Family::Call | Family::Create if (fork as u8) < London as u8 => Family::Host,
            family => family,
        }
    }

    /// Items without which it fails before anything else of it is looked at. The reference takes LOG's topics and CREATE2's salt
    /// only when it has looked at their memory. `light.wesl` has the same by families.
    pub const fn needs(&self) -> u8 {
        match self.byte {
            0xa0..=0xa4 => 2,
            0xf5 => 3,
            _ => self.pops,
        }
    }

    /// Whether a static frame must not run it, whatever its operands (EIP-214). CALL with value is the instruction's own.
    pub const fn changes_state(&self) -> bool {
        matches!(self.byte, 0x55 | 0x5d | 0xa0..=0xa4 | 0xf0 | 0xf5 | 0xff)
    }
}

const ZERO: &[(Fork, u16)] = &[(Frontier, 0)];
const JUMPDEST: &[(Fork, u16)] = &[(Frontier, 1)];
const BASE: &[(Fork, u16)] = &[(Frontier, 2)];
const VERY_LOW: &[(Fork, u16)] = &[(Frontier, 3)];
const LOW: &[(Fork, u16)] = &[(Frontier, 5)];
const MID: &[(Fork, u16)] = &[(Frontier, 8)];
const HIGH: &[(Fork, u16)] = &[(Frontier, 10)];
const KECCAK_GAS: &[(Fork, u16)] = &[(Frontier, 30)];
const BLOCKHASH: &[(Fork, u16)] = &[(Frontier, 20)];
const CREATE_GAS: &[(Fork, u16)] = &[(Frontier, 32000)];
// From Berlin on (EIP-2929) this is the warm cost; what a cold account or slot costs on top is dynamic.
const BALANCE: &[(Fork, u16)] = &[(Frontier, 20), (Tangerine, 400), (Istanbul, 700), (Berlin, 100)];
const EXTCODE: &[(Fork, u16)] = &[(Frontier, 20), (Tangerine, 700), (Berlin, 100)];
const EXTCODEHASH: &[(Fork, u16)] = &[(Constantinople, 400), (Istanbul, 700), (Berlin, 100)];
const SLOAD: &[(Fork, u16)] = &[(Frontier, 50), (Tangerine, 200), (Istanbul, 800), (Berlin, 100)];
const CALL_GAS: &[(Fork, u16)] = &[(Frontier, 40), (Tangerine, 700), (Berlin, 100)];
const SELFDESTRUCT: &[(Fork, u16)] = &[(Frontier, 0), (Tangerine, 5000)];
const WARM: &[(Fork, u16)] = &[(Cancun, 100)];
const LOG_GAS: [&[(Fork, u16)]; 5] =
    [&[(Frontier, 375)], &[(Frontier, 750)], &[(Frontier, 1125)], &[(Frontier, 1500)], &[(Frontier, 1875)]];

const fn op(
    byte: u8,
    name: &'static str,
    pops: u8,
    pushes: u8,
    since: Fork,
    gas: &'static [(Fork, u16)],
    family: Family,
) -> Instruction {
    Instruction { byte, name, immediate: 0, pops, pushes, since, gas, family }
}

const fn push(n: u8, name: &'static str) -> Instruction {
    let (since, gas) = if n == 0 { (Shanghai, BASE) } else { (Frontier, VERY_LOW) };
    Instruction { immediate: n, ..op(0x5f + n, name, 0, 1, since, gas, Family::Light) }
}

const fn dup(n: u8, name: &'static str) -> Instruction {
    op(0x7f + n, name, n, n + 1, Frontier, VERY_LOW, Family::Light)
}

const fn swap(n: u8, name: &'static str) -> Instruction {
    op(0x8f + n, name, n + 1, n + 1, Frontier, VERY_LOW, Family::Light)
}

use Family::{Account, Arith, Call, Copy as Copies, Create, Exp, Keccak, Light, Log, Storage};

/// Every instruction of every fork, by byte (Yellow Paper, appendix H, and the EIPs named at [`Fork`]).
pub const INSTRUCTIONS: &[Instruction] = &[
    op(0x00, "STOP", 0, 0, Frontier, ZERO, Light),
    op(0x01, "ADD", 2, 1, Frontier, VERY_LOW, Light),
    op(0x02, "MUL", 2, 1, Frontier, LOW, Arith),
    op(0x03, "SUB", 2, 1, Frontier, VERY_LOW, Light),
    op(0x04, "DIV", 2, 1, Frontier, LOW, Arith),
    op(0x05, "SDIV", 2, 1, Frontier, LOW, Arith),
    op(0x06, "MOD", 2, 1, Frontier, LOW, Arith),
    op(0x07, "SMOD", 2, 1, Frontier, LOW, Arith),
    op(0x08, "ADDMOD", 3, 1, Frontier, MID, Arith),
    op(0x09, "MULMOD", 3, 1, Frontier, MID, Arith),
    op(0x0a, "EXP", 2, 1, Frontier, HIGH, Exp),
    op(0x0b, "SIGNEXTEND", 2, 1, Frontier, LOW, Light),
    op(0x10, "LT", 2, 1, Frontier, VERY_LOW, Light),
    op(0x11, "GT", 2, 1, Frontier, VERY_LOW, Light),
    op(0x12, "SLT", 2, 1, Frontier, VERY_LOW, Light),
    op(0x13, "SGT", 2, 1, Frontier, VERY_LOW, Light),
    op(0x14, "EQ", 2, 1, Frontier, VERY_LOW, Light),
    op(0x15, "ISZERO", 1, 1, Frontier, VERY_LOW, Light),
    op(0x16, "AND", 2, 1, Frontier, VERY_LOW, Light),
    op(0x17, "OR", 2, 1, Frontier, VERY_LOW, Light),
    op(0x18, "XOR", 2, 1, Frontier, VERY_LOW, Light),
    op(0x19, "NOT", 1, 1, Frontier, VERY_LOW, Light),
    op(0x1a, "BYTE", 2, 1, Frontier, VERY_LOW, Light),
    op(0x1b, "SHL", 2, 1, Constantinople, VERY_LOW, Light),
    op(0x1c, "SHR", 2, 1, Constantinople, VERY_LOW, Light),
    op(0x1d, "SAR", 2, 1, Constantinople, VERY_LOW, Light),
    op(0x1e, "CLZ", 1, 1, Osaka, LOW, Light),
    op(0x20, "KECCAK256", 2, 1, Frontier, KECCAK_GAS, Keccak),
    op(0x30, "ADDRESS", 0, 1, Frontier, BASE, Light),
    op(0x31, "BALANCE", 1, 1, Frontier, BALANCE, Account),
    op(0x32, "ORIGIN", 0, 1, Frontier, BASE, Light),
    op(0x33, "CALLER", 0, 1, Frontier, BASE, Light),
    op(0x34, "CALLVALUE", 0, 1, Frontier, BASE, Light),
    op(0x35, "CALLDATALOAD", 1, 1, Frontier, VERY_LOW, Light),
    op(0x36, "CALLDATASIZE", 0, 1, Frontier, BASE, Light),
    op(0x37, "CALLDATACOPY", 3, 0, Frontier, VERY_LOW, Copies),
    op(0x38, "CODESIZE", 0, 1, Frontier, BASE, Light),
    op(0x39, "CODECOPY", 3, 0, Frontier, VERY_LOW, Copies),
    op(0x3a, "GASPRICE", 0, 1, Frontier, BASE, Light),
    op(0x3b, "EXTCODESIZE", 1, 1, Frontier, EXTCODE, Account),
    op(0x3c, "EXTCODECOPY", 4, 0, Frontier, EXTCODE, Account),
    op(0x3d, "RETURNDATASIZE", 0, 1, Byzantium, BASE, Light),
    op(0x3e, "RETURNDATACOPY", 3, 0, Byzantium, VERY_LOW, Copies),
    op(0x3f, "EXTCODEHASH", 1, 1, Constantinople, EXTCODEHASH, Account),
    op(0x40, "BLOCKHASH", 1, 1, Frontier, BLOCKHASH, Account),
    op(0x41, "COINBASE", 0, 1, Frontier, BASE, Light),
    op(0x42, "TIMESTAMP", 0, 1, Frontier, BASE, Light),
    op(0x43, "NUMBER", 0, 1, Frontier, BASE, Light),
    op(0x44, "PREVRANDAO", 0, 1, Frontier, BASE, Light),
    op(0x45, "GASLIMIT", 0, 1, Frontier, BASE, Light),
    op(0x46, "CHAINID", 0, 1, Istanbul, BASE, Light),
    op(0x47, "SELFBALANCE", 0, 1, Istanbul, LOW, Account),
    op(0x48, "BASEFEE", 0, 1, London, BASE, Light),
    op(0x49, "BLOBHASH", 1, 1, Cancun, VERY_LOW, Account),
    op(0x4a, "BLOBBASEFEE", 0, 1, Cancun, BASE, Light),
    op(0x50, "POP", 1, 0, Frontier, BASE, Light),
    op(0x51, "MLOAD", 1, 1, Frontier, VERY_LOW, Light),
    op(0x52, "MSTORE", 2, 0, Frontier, VERY_LOW, Light),
    op(0x53, "MSTORE8", 2, 0, Frontier, VERY_LOW, Light),
    op(0x54, "SLOAD", 1, 1, Frontier, SLOAD, Storage),
    op(0x55, "SSTORE", 2, 0, Frontier, ZERO, Storage),
    op(0x56, "JUMP", 1, 0, Frontier, MID, Light),
    op(0x57, "JUMPI", 2, 0, Frontier, HIGH, Light),
    op(0x58, "PC", 0, 1, Frontier, BASE, Light),
    op(0x59, "MSIZE", 0, 1, Frontier, BASE, Light),
    op(0x5a, "GAS", 0, 1, Frontier, BASE, Light),
    op(0x5b, "JUMPDEST", 0, 0, Frontier, JUMPDEST, Light),
    op(0x5c, "TLOAD", 1, 1, Cancun, WARM, Storage),
    op(0x5d, "TSTORE", 2, 0, Cancun, WARM, Storage),
    op(0x5e, "MCOPY", 3, 0, Cancun, VERY_LOW, Copies),
    push(0, "PUSH0"),
    push(1, "PUSH1"),
    push(2, "PUSH2"),
    push(3, "PUSH3"),
    push(4, "PUSH4"),
    push(5, "PUSH5"),
    push(6, "PUSH6"),
    push(7, "PUSH7"),
    push(8, "PUSH8"),
    push(9, "PUSH9"),
    push(10, "PUSH10"),
    push(11, "PUSH11"),
    push(12, "PUSH12"),
    push(13, "PUSH13"),
    push(14, "PUSH14"),
    push(15, "PUSH15"),
    push(16, "PUSH16"),
    push(17, "PUSH17"),
    push(18, "PUSH18"),
    push(19, "PUSH19"),
    push(20, "PUSH20"),
    push(21, "PUSH21"),
    push(22, "PUSH22"),
    push(23, "PUSH23"),
    push(24, "PUSH24"),
    push(25, "PUSH25"),
    push(26, "PUSH26"),
    push(27, "PUSH27"),
    push(28, "PUSH28"),
    push(29, "PUSH29"),
    push(30, "PUSH30"),
    push(31, "PUSH31"),
    push(32, "PUSH32"),
    dup(1, "DUP1"),
    dup(2, "DUP2"),
    dup(3, "DUP3"),
    dup(4, "DUP4"),
    dup(5, "DUP5"),
    dup(6, "DUP6"),
    dup(7, "DUP7"),
    dup(8, "DUP8"),
    dup(9, "DUP9"),
    dup(10, "DUP10"),
    dup(11, "DUP11"),
    dup(12, "DUP12"),
    dup(13, "DUP13"),
    dup(14, "DUP14"),
    dup(15, "DUP15"),
    dup(16, "DUP16"),
    swap(1, "SWAP1"),
    swap(2, "SWAP2"),
    swap(3, "SWAP3"),
    swap(4, "SWAP4"),
    swap(5, "SWAP5"),
    swap(6, "SWAP6"),
    swap(7, "SWAP7"),
    swap(8, "SWAP8"),
    swap(9, "SWAP9"),
    swap(10, "SWAP10"),
    swap(11, "SWAP11"),
    swap(12, "SWAP12"),
    swap(13, "SWAP13"),
    swap(14, "SWAP14"),
    swap(15, "SWAP15"),
    swap(16, "SWAP16"),
    op(0xa0, "LOG0", 2, 0, Frontier, LOG_GAS[0], Log),
    op(0xa1, "LOG1", 3, 0, Frontier, LOG_GAS[1], Log),
    op(0xa2, "LOG2", 4, 0, Frontier, LOG_GAS[2], Log),
    op(0xa3, "LOG3", 5, 0, Frontier, LOG_GAS[3], Log),
    op(0xa4, "LOG4", 6, 0, Frontier, LOG_GAS[4], Log),
    op(0xf0, "CREATE", 3, 1, Frontier, CREATE_GAS, Create),
    op(0xf1, "CALL", 7, 1, Frontier, CALL_GAS, Call),
    op(0xf2, "CALLCODE", 7, 1, Frontier, CALL_GAS, Call),
    op(0xf3, "RETURN", 2, 0, Frontier, ZERO, Light),
    op(0xf4, "DELEGATECALL", 6, 1, Homestead, CALL_GAS, Call),
    op(0xf5, "CREATE2", 4, 1, Constantinople, CREATE_GAS, Create),
    op(0xfa, "STATICCALL", 6, 1, Byzantium, CALL_GAS, Call),
    op(0xfd, "REVERT", 2, 0, Byzantium, ZERO, Light),
    op(0xfe, "INVALID", 0, 0, Frontier, ZERO, Light),
    op(0xff, "SELFDESTRUCT", 1, 0, Frontier, SELFDESTRUCT, Account),
];

/// The instruction of a byte in a fork; `None` where the fork does not define it.
pub fn instruction(byte: u8, fork: Fork) -> Option<&'static Instruction> {
    INSTRUCTIONS.iter().find(|op| op.byte == byte && op.since <= fork)
}

/// The mnemonic of a byte in the newest fork; `0x..` for a byte that is no instruction.
pub fn name(byte: u8) -> String {
    INSTRUCTIONS.iter().find(|op| op.byte == byte).map_or_else(|| format!("0x{byte:02x}"), |op| op.name.to_owned())
}
