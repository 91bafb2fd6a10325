//! The kernels of lanevm and the tables they share with the host. It depends on no other crate of this workspace and knows no device.

use std::sync::OnceLock;

#[macro_use]
mod indices;

pub mod expansion;
pub mod facts;
mod fork;
pub mod kept;
pub mod layout;
pub mod records;
mod status;

pub use fork::Fork;
pub use status::{Class, Status};

/// A kernel: its name, by which its WGSL is found as it was linked from the WESL modules. The entry point is `main`.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// The name, also that of its entry module.
    pub name: &'static str,
}

/// Where each kernel's text stands in the text of all: name, first byte, bytes.
const PLACES: &[(&str, usize, usize)] = &include!(concat!(env!("OUT_DIR"), "/places.rs"));

/// The text of all kernels, one after another, deflated.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernels.deflate"));

static TEXT: OnceLock<String> = OnceLock::new();

impl Kernel {
    /// The WGSL text. All kernels are unpacked when one is first asked for.
    ///
    /// # Panics
    /// Never: what the build script packed can be unpacked.
    pub fn wgsl(&self) -> &'static str {
        let text = TEXT.get_or_init(|| {
            let bytes = miniz_oxide::inflate::decompress_to_vec(PACKED).expect("what the build script deflated");
            String::from_utf8(bytes).expect("what the build script deflated is text")
        });
        let place = PLACES.iter().find(|(name, ..)| *name == self.name);
        let (_, first, bytes) = place.expect("a kernel that the build script linked");
        &text[*first..*first + *bytes]
    }
}

macro_rules! kernels {
    ($($(#[$doc:meta])* $constant:ident $name:literal;)*) => {
        $($(#[$doc])* pub const $constant: Kernel =
            Kernel { name: $name };)*

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
    /// Puts slots that lanes carry from batch to batch into their overlays, and takes them from there.
    KEPT "kept";
    /// What kernels of ways are made from.
    WAY "way";
    /// Queues the lanes that have gone no way.
    ADMIT "admit";
    /// Word operations by themselves, for tests against the host's arithmetic.
    PROBE "probe";
}
