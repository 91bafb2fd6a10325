//! Where things stand in the device's buffers: registers, frames, environments, counters; [`crate::records`] has the records
//! of state. The shaders' constants are generated from these tables, and the host indexes with them. It holds numbers and no
//! code.

pub use crate::records::*;

macro_rules! constants {
    ($list:ident: $($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*
        const $list: &[(&str, u32)] = &[$((stringify!($name), $name),)*];
    };
}

indices! {
    /// Registers of a lane. Register `r` of lane `l` is word `r * lanes + l` of the buffer `lanes`. Those that say how a lane
    /// ended come first, so that the harvest reads no others: [`RESULT_REGISTERS`].
    Register, REGISTERS {
        /// What the lane waits for: [`STATE_RUN`], a family's number, or an end.
        R_STATE,
        /// The status code the lane, or the frame that is being ended, ended with.
        R_STATUS,
        /// Why the lane left this tier or the device: an `ESC_` code, and an argument in the upper 16 bits.
        R_REASON,
        /// A word the host checks: a device that ran out of memory does not write it.
        R_CANARY,
        /// Gas left to the running frame, low limb.
        R_GAS_LO,
        /// Gas left, high limb.
        R_GAS_HI,
        /// Refund counter (two's complement), low limb.
        R_REFUND_LO,
        /// Refund counter, high limb.
        R_REFUND_HI,
        /// Instructions executed in all frames, low limb.
        R_STEPS_LO,
        /// Instructions executed, high limb.
        R_STEPS_HI,
        /// Bytes of an ending frame's output; otherwise bytes of the running frame's return data (EIP-211), which stand at
        /// the end of the lane's memory arena, from a word of four bytes on.
        R_RET_LEN,
        /// Words used of the lane's log arena.
        R_LOG_USED,
        /// Storage slots in the overlay.
        R_SLOTS,
        /// Accounts in the overlay.
        R_ACCOUNTS,
        /// `SEEDED_` bits.
        R_SEEDED,
        /// The hash of the blocks that the lane entered, XORed with [`PATH_SEED`], where it is observed.
        R_PATH,
        /// The way by which the lane ended, its number in the shard (`core/src/gpu/ways.rs`); 0 where it has none.
        R_WAY,
        /// Program counter, in bytes.
        R_PC,
        /// Items on the stack of the running frame.
        R_SP,
        /// Active memory of the running frame, in words of 32 bytes.
        R_MEM,
        /// Words of the frame's memory that hold what they should; the rest up to `R_MEM` is still to be zeroed.
        R_ZEROED,
        /// Words that the copy kernel is asked to have zeroed for another kernel's instruction; 0 where it is not.
        R_GROW,
        /// Depth of the running frame; the first is 0.
        R_DEPTH,
        /// Where an ending frame's output begins in its memory, in bytes.
        R_RET_OFFSET,
        /// Logs written.
        R_LOGS,
        /// How far a resumable instruction is: 0 has not begun.
        R_PHASE,
        /// Words done in that phase.
        R_PROGRESS,
        /// Entries of the journal.
        R_JOURNAL,
        /// For whom keccak and decode kernels work: a `JOB_` code.
        R_JOB,
        /// First byte of the job's message in the lane's memory arena.
        R_JOB_AT,
        /// Bytes of the message.
        R_JOB_LEN,
        /// The code number that a job came to; the code that EXTCODECOPY reads.
        R_CODE,
        /// The lane's world.
        R_WORLD,
        /// First word of the lane's known accounts and slots (`N_`), in the buffer `inputs`.
        R_SEEDS,
    }
}

indices! {
    /// Fields of a frame record. Field `f` of frame `d` of a lane is word `(REGISTERS + d * FRAME_FIELDS + f) * lanes + l`
    /// of the buffer `lanes`. The first [`CALL_FIELDS`] come from the call record.
    Frame, FRAME_FIELDS {
        /// First decoded word of the code, in the buffer `code`.
        F_CODE,
        /// Bytes of the code.
        F_CODE_LEN,
        /// First raw word of the code, in the buffer `memory`.
        F_CODE_RAW,
        /// First word of the call data, in the buffer `memory`.
        F_DATA,
        /// Bytes of call data.
        F_DATA_LEN,
        /// First word of the frame's environment words (`ENV_`), in the buffer `memory`.
        F_ENV,
        /// First word of the transaction's environment words (`TX_`), in the buffer `memory`.
        F_TX,
        /// First word of the block's environment words (`BLOCK_`), in the buffer `memory`.
        F_BLOCK,
        /// The account whose storage the frame sees: its index in the lane's overlay.
        F_ACCOUNT,
        /// That account's number in the world tables plus one; 0 where the world does not hold it.
        F_WORLD_ACCOUNT,
        /// `FLAG_` bits.
        F_FLAGS,
        /// First word of the fork's facts, in the buffer `code`.
        F_FACTS,
        /// First word of the fork's parameters, in the buffer `code`.
        F_FORK,
        /// First item of the frame in the lane's stack arena.
        F_STACK,
        /// First word of 32 bytes of the frame in the lane's memory arena.
        F_MEMORY,
        /// Of a frame that waits for another: its program counter, at the instruction that called.
        F_PC,
        /// Its stack items, the instruction's operands taken.
        F_SP,
        /// Its gas, low limb.
        F_GAS_LO,
        /// Its gas, high limb.
        F_GAS_HI,
        /// Its active memory.
        F_MEM,
        /// Its zeroed memory.
        F_ZEROED,
        /// When the frame began: entries of the journal.
        F_JOURNAL,
        /// Logs.
        F_LOGS,
        /// Words of the log arena.
        F_LOG_USED,
        /// Refund counter, low limb.
        F_REFUND_LO,
        /// Refund counter, high limb.
        F_REFUND_HI,
        /// Where its caller wants the output: byte offset in the caller's memory.
        F_OUT,
        /// Bytes of it that the caller wants.
        F_OUT_LEN,
    }
}

/// Fields of a frame that a call record gives.
pub const CALL_FIELDS: u32 = F_MEMORY + 1;

/// Registers that say how a lane ended: the first ones.
pub const RESULT_REGISTERS: u32 = R_PATH + 1;

indices! {
    /// Words of a call record in the buffer `inputs`: the frame's first fields, then these.
    CallRecord, CALL_EXTRA {
        /// Gas, low limb.
        C_GAS_LO,
        /// Gas, high limb.
        C_GAS_HI,
        /// The world.
        C_WORLD,
        /// Known accounts and slots.
        C_SEEDS,
    }
}

/// Words of a call record.
pub const CALL_WORDS: u32 = CALL_FIELDS + CALL_EXTRA;

indices! {
    /// Head of a lane's known accounts and slots, in the buffer `inputs`. Accounts follow as [`ACCOUNT_WORDS`] words each,
    /// then slots: the account's index and eight limbs.
    Seed, SEED_HEAD {
        /// Accounts.
        N_ACCOUNTS,
        /// Warm slots.
        N_SLOTS,
    }
}

/// Words of a known slot.
pub const SEED_SLOT_WORDS: u32 = 9;

indices! {
    /// Environment words of a frame, 32 bytes each, big-endian.
    Env, ENV_WORDS {
        /// ADDRESS.
        ENV_ADDRESS,
        /// CALLER.
        ENV_CALLER,
        /// CALLVALUE.
        ENV_CALLVALUE,
    }
}

indices! {
    /// Environment words of a transaction, 32 bytes each, big-endian. The blob hashes follow.
    Tx, TX_WORDS {
        /// ORIGIN.
        TX_ORIGIN,
        /// GASPRICE.
        TX_GASPRICE,
        /// How many blob hashes follow.
        TX_BLOBS,
    }
}

indices! {
    /// Environment words of a block, 32 bytes each, big-endian.
    Block, BLOCK_WORDS {
        /// COINBASE.
        BLOCK_COINBASE,
        /// TIMESTAMP.
        BLOCK_TIMESTAMP,
        /// NUMBER.
        BLOCK_NUMBER,
        /// PREVRANDAO, or DIFFICULTY before the Merge.
        BLOCK_PREVRANDAO,
        /// GASLIMIT.
        BLOCK_GASLIMIT,
        /// CHAINID.
        BLOCK_CHAINID,
        /// BASEFEE.
        BLOCK_BASEFEE,
        /// BLOBBASEFEE.
        BLOCK_BLOBBASEFEE,
        /// In the last four bytes: first word of the hashes of the 256 blocks before, oldest first, in the buffer `memory`;
        /// 0 where all are zero.
        BLOCK_HASHES,
    }
}

indices! {
    /// Parameters of a fork that are no static gas, in the buffer `code`.
    ForkParameter, FORK_PARAMETERS {
        /// Gas for each byte of EXP's exponent.
        P_EXP_BYTE,
        /// Which SSTORE rule holds: an `SSTORE_` code.
        P_SSTORE,
        /// SSTORE that changes nothing, or a slot changed before: gas.
        P_SSTORE_NOOP,
        /// SSTORE from zero: gas.
        P_SSTORE_SET,
        /// SSTORE from other than zero: gas.
        P_SSTORE_RESET,
        /// A slot touched first: gas on top (EIP-2929).
        P_COLD_SLOT,
        /// SSTORE to zero: refund.
        P_SSTORE_CLEAR,
        /// What a cold slot costs SLOAD on top of its static gas.
        P_COLD_SLOAD,
        /// What a cold account costs on top (EIP-2929).
        P_COLD_ACCOUNT,
        /// The highest precompile from 1 on.
        P_PRECOMPILES,
        /// A further precompile; 0 where there is none.
        P_PRECOMPILE_FAR,
        /// Most bytes of init code (EIP-3860).
        P_INITCODE_MOST,
        /// Gas for each word of init code (EIP-3860).
        P_INITCODE_WORD,
        /// 1 where SELFDESTRUCT removes only what the same transaction created (EIP-6780).
        P_DESTROY_NEW_ONLY,
        /// 1 where code can be a delegation (EIP-7702).
        P_DELEGATIONS,
        /// 1 where MODEXP costs what EIP-7883 says, 0 where it is EIP-2565.
        P_MODEXP,
    }
}

indices! {
    /// Words of the counter block at the front of the buffer `queues`; the queues' entries follow, then the registry of codes.
    Counter, COUNTERS {
        /// Rounds begun. Its lowest bit says which half of each queue is read.
        Q_ROUND,
        /// Lanes that ended on the device.
        Q_DONE,
        /// Lanes that left this tier or the device.
        Q_LEFT,
        /// Light dispatches of lanes, each counted once per lane: shows that work is done.
        Q_TURNS,
        /// A word the planning kernel writes, so that a dead device is not read as an idle one.
        Q_CANARY,
        /// Words used of the room for decoded code made at run time.
        Q_CODE_USED,
        /// Words used of the room for its bytes.
        Q_RAW_USED,
        /// Entries of the registry claimed at run time.
        Q_CODES,
        /// Lanes that wait for the host to run a precompile; their numbers stand behind the registry.
        Q_SERVICES,
        /// Stops of lanes within ways: how often one was to go on in a further dispatch.
        Q_PAUSED,
        /// Counts of queue `q`, half `h`, are at `Q_COUNT + 2 * q + h`.
        Q_COUNT,
        /// Room for the counts.
        Q_COUNT_1,
        /// Room for the counts.
        Q_COUNT_2,
        /// Room for the counts.
        Q_COUNT_3,
        /// Room for the counts.
        Q_COUNT_4,
        /// Room for the counts.
        Q_COUNT_5,
        /// Room for the counts.
        Q_COUNT_6,
        /// Room for the counts.
        Q_COUNT_7,
        /// Room for the counts.
        Q_COUNT_8,
        /// Room for the counts.
        Q_COUNT_9,
        /// Room for the counts.
        Q_COUNT_10,
        /// Room for the counts.
        Q_COUNT_11,
        /// Room for the counts.
        Q_COUNT_12,
        /// Room for the counts.
        Q_COUNT_13,
        /// Room for the counts.
        Q_COUNT_14,
        /// Room for the counts.
        Q_COUNT_15,
        /// Room for the counts.
        Q_COUNT_16,
        /// Room for the counts.
        Q_COUNT_17,
        /// Room for the counts.
        Q_COUNT_18,
        /// Room for the counts.
        Q_COUNT_19,
        /// Room for the counts.
        Q_COUNT_20,
        /// Room for the counts.
        Q_COUNT_21,
        /// Room for the counts.
        Q_COUNT_22,
        /// Room for the counts.
        Q_COUNT_23,
        /// Room for the counts.
        Q_COUNT_24,
        /// Room for the counts.
        Q_COUNT_25,
    }
}

constants! { CONSTANTS:
    /// Queues: one for the light kernel (0), one for each family that has kernels (its number).
    QUEUES = 13;

    /// The lane runs in the light kernel.
    STATE_RUN = 0;
    /// The lane ended on the device; its status says how.
    STATE_DONE = 16;
    /// The lane left this tier or the device; its reason says why.
    STATE_LEFT = 17;
    /// The lane waits for the host to run a precompile: its number is in [`R_CODE`], the bytes passed in [`R_JOB_LEN`].
    STATE_SERVICE = 18;

    /// The lane needs an instruction that the device leaves to the CPU: argument is its byte.
    ESC_OPCODE = 1;
    /// The lane outgrew its stack.
    ESC_STACK = 2;
    /// The lane outgrew its memory.
    ESC_MEMORY = 3;
    /// The lane outgrew its storage slots.
    ESC_SLOTS = 4;
    /// The lane outgrew its log arena.
    ESC_LOGS = 5;
    /// The lane read what its partial world does not hold.
    ESC_MISSING = 6;
    /// A table needed more probes than the bound.
    ESC_PROBES = 7;
    /// The lane outgrew its frames.
    ESC_FRAMES = 8;
    /// The lane outgrew its accounts.
    ESC_ACCOUNTS = 9;
    /// The lane outgrew its journal.
    ESC_JOURNAL = 10;
    /// There is no room for more code made at run time.
    ESC_CODE = 11;

    /// No job.
    JOB_NONE = 0;
    /// The keccak and decode kernels work for CREATE or CREATE2.
    JOB_CREATE = 1;
    /// They work for the code that a create returned.
    JOB_DEPOSIT = 2;
    /// The keccak kernel works for ecrecover: it hashes a public key.
    JOB_RECOVER = 3;

    /// Bit of [`R_SEEDED`]: the accounts known at the begin stand in the overlay.
    SEEDED_ACCOUNTS = 1;
    /// Bit of [`R_SEEDED`]: the host has answered a precompile for the lane.
    SEEDED_SERVED = 2;

    /// In the precompiles' tables: round constants of SHA-256.
    T_SHA256 = 0;
    /// The first state of SHA-256, eight words.
    T_SHA256_STATE = 64;
    /// Of RIPEMD-160, for each of 80 steps: message words and rotations of both lines, four bits each.
    T_RIPEMD = 72;
    /// For each of its rounds the constants of both lines.
    T_RIPEMD_ADD = 152;
    /// Of BLAKE2b, for each half of its ten rounds: eight message words, four bits each.
    T_BLAKE = 162;
    /// Its first state, eight pairs, low half first.
    T_BLAKE_STATE = 182;
    /// Of ecrecover: instructions of its program, the first of its loop, how many the loop has, and how often it turns.
    T_RECOVER = 198;
    /// The first registers of its program, eight limbs each.
    T_RECOVER_CONSTANTS = 202;
    /// Its program.
    T_RECOVER_PROGRAM = 338;

    /// Registers that ecrecover's program begins with.
    RECOVER_CONSTANTS = 17;
    /// All registers of the program, each an item of the frame's stack.
    RECOVER_REGISTERS = 32;
    /// The register in which the program finds the hash, and leaves x.
    RECOVER_HASH = 17;
    /// The register in which it finds s, and leaves y.
    RECOVER_S = 18;
    /// The register in which it finds r.
    RECOVER_R = 19;
    /// Bits of the program's instructions: the kind in two bits (0 product, 1 sum, 2 difference).
    RECOVER_KIND = 15;
    /// The group's order is the modulus, not the field's.
    RECOVER_ORDER = 0x2_0000;
    /// The first operand is of the table's entry that the loop's turn asks for.
    RECOVER_ENTRY_A = 0x4_0000;
    /// The second operand is.
    RECOVER_ENTRY_B = 0x8_0000;
    /// The result must be zero.
    RECOVER_ZERO = 0x10_0000;
    /// The result must not be zero.
    RECOVER_NOT_ZERO = 0x20_0000;
    /// The second operand is the result where its parity is the one asked for.
    RECOVER_PARITY = 0x40_0000;

    /// A free entry of the registry.
    CODE_FREE = 0;
    /// The code can be run.
    CODE_READY = 1;
    /// A lane is decoding it.
    CODE_CLAIMED = 2;
    /// There was no room for it.
    CODE_FAILED = 3;

    /// SSTORE as it was before EIP-1283 and between it and EIP-2200.
    SSTORE_LEGACY = 0;
    /// SSTORE with net gas metering (EIP-2200, 2929, 3529).
    SSTORE_NET = 1;

    /// Bit of [`F_FLAGS`]: what the world does not hold is unknown.
    FLAG_PARTIAL = 1;
    /// Bit of [`F_FLAGS`]: the frame must not change state (EIP-214).
    FLAG_STATIC = 2;
    /// Bit of [`F_FLAGS`]: the frame runs init code.
    FLAG_CREATE = 4;
    /// Bit of [`F_FLAGS`]: environment and call data stand in the lane's own memory arena.
    FLAG_INNER = 8;

    /// Bit of [`A_FLAGS`]: warm (EIP-2929).
    ACCOUNT_WARM = 1;
    /// Bit of [`A_FLAGS`]: touched (EIP-161).
    ACCOUNT_TOUCHED = 2;
    /// Bit of [`A_FLAGS`]: created in this transaction (EIP-6780).
    ACCOUNT_CREATED = 4;
    /// Bit of [`A_FLAGS`]: self-destructed.
    ACCOUNT_DESTROYED = 8;
    /// Bit of [`A_FLAGS`]: nonce, balance and code stand in the overlay.
    ACCOUNT_LOADED = 16;

    /// Bit of [`S_FLAGS`]: warm (EIP-2929).
    SLOT_WARM = 1;
    /// Bit of [`S_FLAGS`]: the values stand in the overlay.
    SLOT_LOADED = 2;
    /// Bit of [`S_ACCOUNT`]: a transient slot.
    SLOT_TRANSIENT = 0x8000_0000;

    /// Most probes of the registry of codes.
    CODE_PROBES = 64;

    /// Loop iterations that one invocation may run, all loops together. Software adapters end loops silently after about
    /// 65,535.
    MAX_ITERATIONS = 60_000;

    /// Lanes that one invocation of the reduce kernel looks at.
    REDUCE_STRIP = 64;
    /// Words of its output before the counts by bin of gas: one for each status code.
    REDUCE_BINS = 256;
    /// Words before the strips.
    REDUCE_STRIPS = 752;
    /// Words of a strip.
    REDUCE_WORDS = 12;

    /// What [`R_CANARY`] and [`Q_CANARY`] hold, mixed with the run's nonce.
    CANARY = 0x6c61_6e65;
    /// What the hash of a lane's path begins with: see `docs/observation.md`.
    PATH_SEED = 0x811c_9dc5;
}

/// Invocations of a workgroup, where a kernel is not built with another number.
pub const WORKGROUP: u32 = 64;

/// Names and values of the constants above, for the generated WESL module.
pub fn published() -> impl Iterator<Item = (&'static str, u32)> {
    [
        Register::NAMES,
        Frame::NAMES,
        CallRecord::NAMES,
        Seed::NAMES,
        Env::NAMES,
        Tx::NAMES,
        Block::NAMES,
        ForkParameter::NAMES,
        Counter::NAMES,
        CONSTANTS,
        &[("CALL_FIELDS", CALL_FIELDS), ("CALL_WORDS", CALL_WORDS), ("SEED_SLOT_WORDS", SEED_SLOT_WORDS)],
    ]
    .into_iter()
    .chain(crate::records::NAMES.iter().copied())
    .chain(crate::expansion::NAMES.iter().copied())
    .chain(crate::kept::NAMES.iter().copied())
    .flatten()
    .copied()
}
