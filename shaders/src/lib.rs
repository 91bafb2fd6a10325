//! The kernels of lanevm and the tables they share with the host. It depends on nothing and knows no device.

#[macro_use]
mod indices;

pub mod expansion;
pub mod facts;
mod fork;
pub mod layout;
pub mod records;
mod status;

pub use fork::Fork;
pub use status::{Class, Status};

/// A kernel: its name, and its WGSL as linked from the WESL modules. The entry point is `main`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// The name, also that of its entry module.
    pub name: &'static str,
    /// The WGSL text.
    pub wgsl: &'static str,
}

macro_rules! kernels {
    ($($(#[$doc:meta])* $constant:ident $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: Kernel =
            Kernel { name: $name, wgsl: include_str!(concat!(env!("OUT_DIR"), "/", $name, ".wgsl")) };)*

        /// Every kernel.
        pub const KERNELS: &[Kernel] = &[$($constant,)*];
    };
}

kernels! {
    /// Sets a lane's registers from its call record.
    INIT "init";
    /// Makes call data of a template.
    EXPAND "expand";
    /// Turns queue counts into indirect arguments.
    PLAN "plan";
    /// The step kernel.
    LIGHT "light";
    /// The step kernel for lanes that are observed.
    LIGHT_OBSERVED "light_observed";
    /// MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD.
    ARITH "arith";
    /// EXP.
    EXP "exp";
    /// KECCAK256.
    KECCAK "keccak";
    /// Copies into memory and growing it.
    COPY "copy";
    /// SLOAD, SSTORE, TLOAD and TSTORE.
    STORAGE "storage";
    /// LOG0 to LOG4.
    LOG "log";
    /// Reads of accounts and blocks, and SELFDESTRUCT.
    ACCOUNT "account";
    /// Calls.
    CALL "call";
    /// Creates.
    CREATE "create";
    /// Ends of frames.
    ENDING "ending";
    /// Code made at run time.
    DECODE "decode";
    /// Precompiles that the host answers: what they are passed, and what comes of it.
    SERVICE "service";
    /// ecrecover.
    RECOVER "recover";
    /// SHA-256.
    SHA256 "sha256";
    /// RIPEMD-160.
    RIPEMD160 "ripemd160";
    /// The identity.
    IDENTITY "identity";
    /// MODEXP of numbers of up to 32 bytes.
    MODEXP "modexp";
    /// BLAKE2b's compression function.
    BLAKE2F "blake2f";
    /// Packs results.
    GATHER "gather";
    /// Reduces a shard's ends to a summary.
    REDUCE "reduce";
    /// Word operations by themselves, for tests against the host's arithmetic.
    PROBE "probe";
}
