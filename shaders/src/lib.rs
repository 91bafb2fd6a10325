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

/// What the build script packed.
struct Packed {
    /// The kernels' names, in the order of their texts.
    names: &'static [&'static str],
    /// Bytes of all parts of texts, which stand first.
    text: usize,
    /// How many parts there are.
    parts: usize,
}

const PACKED: Packed = include!(concat!(env!("OUT_DIR"), "/packed.rs"));

/// The parts of which the kernels' texts consist, and of which parts each does, deflated.
const DEFLATED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kernels.deflate"));

static TEXTS: OnceLock<Vec<String>> = OnceLock::new();

impl Packed {
    /// Every kernel's text.
    fn unpack(&self) -> Option<Vec<String>> {
        let bytes = miniz_oxide::inflate::decompress_to_vec(DEFLATED).ok()?;
        let (mut text, numbers) = std::str::from_utf8(bytes.get(..self.text)?).ok().zip(bytes.get(self.text..))?;
        let mut numbers = numbers.chunks_exact(2).map(|two| usize::from(u16::from_le_bytes([two[0], two[1]])));
        let mut parts = Vec::with_capacity(self.parts);
        for _ in 0..self.parts {
            let (part, rest) = text.split_at_checked(numbers.next()?)?;
            parts.push(part);
            text = rest;
        }
        self.names.iter().map(|_| (0..numbers.next()?).map(|_| parts.get(numbers.next()?).copied()).collect()).collect()
    }
}

impl Kernel {
    /// The WGSL text. All kernels are unpacked when one is first asked for.
    ///
    /// # Panics
    /// Never: what the build script packed can be unpacked.
    pub fn wgsl(&self) -> &'static str {
        let texts = TEXTS.get_or_init(|| PACKED.unpack().expect("what the build script packed"));
        let place = PACKED.names.iter().position(|name| *name == self.name);
        &texts[place.expect("a kernel that the build script linked")]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_unpacked_as_they_were_linked() {
        for kernel in KERNELS {
            let path = format!("{}/{}.wgsl", env!("OUT_DIR"), kernel.name);
            assert_eq!(
                kernel.wgsl(),
                std::fs::read_to_string(path).expect("the build script's text"),
                "{}",
                kernel.name
            );
        }
    }
}
