//! Where things stand in the device's buffers: register numbers, record fields, queue numbers, bindings. The shaders'
//! constants are generated from these tables, and the host indexes with them. It holds numbers and no code.

macro_rules! indices {
    ($(#[$doc:meta])* $table:ident, $len:ident { $($(#[$field:meta])* $name:ident,)* }) => {
        #[derive(Clone, Copy)]
        #[allow(non_camel_case_types, dead_code, clippy::upper_case_acronyms, reason = "counts the fields")]
        enum $table { $($name,)* LEN }
        $($(#[$field])* pub const $name: u32 = $table::$name as u32;)*
        $(#[$doc])*
        pub const $len: u32 = $table::LEN as u32;
    };
}

macro_rules! published {
    ($list:ident: $($name:ident),* $(,)?) => {
        /// Names and values of the constants above, for the generated WESL module.
        pub const $list: &[(&str, u32)] = &[$((stringify!($name), $name),)*];
    };
}

indices! {
    /// Registers of a lane. Register `r` of lane `l` is word `r * lanes + l` of the buffer `lanes`.
    Register, REGISTERS {
        /// What the lane waits for: [`STATE_RUN`], a family's number, or an end.
        R_STATE,
        /// The status code the lane ended with.
        R_STATUS,
        /// Why the lane left this tier or the device: an `ESC_` code, and an argument in the upper 16 bits.
        R_REASON,
        /// Program counter, in bytes.
        R_PC,
        /// Items on the stack of the running frame.
        R_SP,
        /// Gas left, low limb.
        R_GAS_LO,
        /// Gas left, high limb.
        R_GAS_HI,
        /// Refund counter (two's complement), low limb.
        R_REFUND_LO,
        /// Refund counter, high limb.
        R_REFUND_HI,
        /// Active memory of the running frame, in words of 32 bytes.
        R_MEM,
        /// Words of the frame's memory that hold what they should; the rest up to `R_MEM` is still to be zeroed.
        R_ZEROED,
        /// Instructions executed, low limb.
        R_STEPS_LO,
        /// Instructions executed, high limb.
        R_STEPS_HI,
        /// Depth of the running frame; the first is 0.
        R_DEPTH,
        /// Offset of the return data in the frame's memory, in bytes.
        R_RET_OFFSET,
        /// Length of the return data, in bytes.
        R_RET_LEN,
        /// Logs written.
        R_LOGS,
        /// Words used of the lane's log arena.
        R_LOG_USED,
        /// Storage slots in the overlay.
        R_SLOTS,
        /// How far a resumable instruction is: 0 has not begun.
        R_PHASE,
        /// Words done in that phase.
        R_PROGRESS,
        /// A word the host checks: a device that ran out of memory does not write it.
        R_CANARY,
    }
}

indices! {
    /// Fields of a frame record. Field `f` of frame `d` of a lane is word `(REGISTERS + d * FRAME_FIELDS + f) * lanes + l`
    /// of the buffer `lanes`.
    Frame, FRAME_FIELDS {
        /// First decoded word of the code, in the buffer `code`.
        F_CODE,
        /// Bytes of the code.
        F_CODE_LEN,
        /// First raw word of the code, in the buffer `memory`.
        F_CODE_RAW,
        /// First word of the code's push constants, in the buffer `memory`.
        F_CODE_POOL,
        /// First word of the call data, in the buffer `memory`.
        F_DATA,
        /// Bytes of call data.
        F_DATA_LEN,
        /// First word of the frame's environment words (`ENV_`), in the buffer `memory`.
        F_ENV,
        /// First word of the block's environment words (`BLOCK_`), in the buffer `memory`.
        F_BLOCK,
        /// The account whose storage the frame sees: its number in the world tables.
        F_ACCOUNT,
        /// Bit 0: what the world does not hold is unknown.
        F_FLAGS,
        /// First word of the fork's facts, in the buffer `code`.
        F_FACTS,
        /// First word of the fork's parameters, in the buffer `code`.
        F_FORK,
    }
}

indices! {
    /// Words of a call record in the buffer `inputs`: the frame's fields, then these.
    CallRecord, CALL_EXTRA {
        /// Gas, low limb.
        C_GAS_LO,
        /// Gas, high limb.
        C_GAS_HI,
    }
}

/// Words of a call record.
pub const CALL_WORDS: u32 = FRAME_FIELDS + CALL_EXTRA;

indices! {
    /// Environment words of a frame, 32 bytes each, big-endian.
    Env, ENV_WORDS {
        /// ADDRESS.
        ENV_ADDRESS,
        /// CALLER.
        ENV_CALLER,
        /// CALLVALUE.
        ENV_CALLVALUE,
        /// ORIGIN.
        ENV_ORIGIN,
        /// GASPRICE.
        ENV_GASPRICE,
        /// SELFBALANCE.
        ENV_SELFBALANCE,
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
    }
}

indices! {
    /// Words of a storage slot in a lane's overlay. Word `w` of slot `s` is word `(s * SLOT_WORDS + w) * lanes + l` of the
    /// buffer `overlay`.
    Slot, SLOT_WORDS {
        /// The account's number.
        S_ACCOUNT,
        /// Bit 0: written.
        S_FLAGS,
        /// The slot's number, eight limbs.
        S_KEY,
        /// Its further limbs.
        S_KEY_1,
        /// As above.
        S_KEY_2,
        /// As above.
        S_KEY_3,
        /// As above.
        S_KEY_4,
        /// As above.
        S_KEY_5,
        /// As above.
        S_KEY_6,
        /// As above.
        S_KEY_7,
        /// The value now, eight limbs.
        S_CURRENT,
        /// Its further limbs.
        S_CURRENT_1,
        /// As above.
        S_CURRENT_2,
        /// As above.
        S_CURRENT_3,
        /// As above.
        S_CURRENT_4,
        /// As above.
        S_CURRENT_5,
        /// As above.
        S_CURRENT_6,
        /// As above.
        S_CURRENT_7,
        /// The value before the transaction (EIP-2200), eight limbs.
        S_ORIGINAL,
        /// Its further limbs.
        S_ORIGINAL_1,
        /// As above.
        S_ORIGINAL_2,
        /// As above.
        S_ORIGINAL_3,
        /// As above.
        S_ORIGINAL_4,
        /// As above.
        S_ORIGINAL_5,
        /// As above.
        S_ORIGINAL_6,
        /// As above.
        S_ORIGINAL_7,
    }
}

indices! {
    /// Words of an entry of the worlds' storage table.
    WorldSlot, WORLD_SLOT_WORDS {
        /// The account's number plus one; zero is a free entry.
        W_ACCOUNT,
        /// The slot's number, eight limbs.
        W_KEY,
        /// As above.
        W_KEY_1,
        /// As above.
        W_KEY_2,
        /// As above.
        W_KEY_3,
        /// As above.
        W_KEY_4,
        /// As above.
        W_KEY_5,
        /// As above.
        W_KEY_6,
        /// As above.
        W_KEY_7,
        /// The value, eight limbs.
        W_VALUE,
        /// As above.
        W_VALUE_1,
        /// As above.
        W_VALUE_2,
        /// As above.
        W_VALUE_3,
        /// As above.
        W_VALUE_4,
        /// As above.
        W_VALUE_5,
        /// As above.
        W_VALUE_6,
        /// As above.
        W_VALUE_7,
    }
}

indices! {
    /// Words of the counter block at the front of the buffer `queues`; entries follow.
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
    }
}

/// Queues: one for the light kernel (0), one for each family that has a kernel (its number).
pub const QUEUES: u32 = 7;

/// The lane runs in the light kernel.
pub const STATE_RUN: u32 = 0;
/// The lane ended on the device; its status says how.
pub const STATE_DONE: u32 = 16;
/// The lane left this tier or the device; its reason says why.
pub const STATE_LEFT: u32 = 17;

/// The lane needs an instruction that the device leaves to the CPU: argument is its byte.
pub const ESC_OPCODE: u32 = 1;
/// The lane outgrew its stack.
pub const ESC_STACK: u32 = 2;
/// The lane outgrew its memory.
pub const ESC_MEMORY: u32 = 3;
/// The lane outgrew its storage slots.
pub const ESC_SLOTS: u32 = 4;
/// The lane outgrew its log arena.
pub const ESC_LOGS: u32 = 5;
/// The lane read a slot that its partial world does not hold.
pub const ESC_MISSING: u32 = 6;
/// A world table needed more probes than the bound.
pub const ESC_PROBES: u32 = 7;

/// SSTORE as it was before EIP-1283 and between it and EIP-2200.
pub const SSTORE_LEGACY: u32 = 0;
/// SSTORE with net gas metering (EIP-2200, 2929, 3529).
pub const SSTORE_NET: u32 = 1;

/// Bit of [`F_FLAGS`]: what the world does not hold is unknown.
pub const FLAG_PARTIAL: u32 = 1;

/// Loop iterations that one invocation may run, all loops together. Software adapters end loops silently after about
/// 65,535.
pub const MAX_ITERATIONS: u32 = 60_000;

/// Invocations of a workgroup.
pub const WORKGROUP: u32 = 64;

/// What [`R_CANARY`] and [`Q_CANARY`] hold, mixed with the run's nonce.
pub const CANARY: u32 = 0x6c61_6e65;

published! { PUBLISHED:
    R_STATE, R_STATUS, R_REASON, R_PC, R_SP, R_GAS_LO, R_GAS_HI, R_REFUND_LO, R_REFUND_HI, R_MEM, R_ZEROED, R_STEPS_LO,
    R_STEPS_HI, R_DEPTH, R_RET_OFFSET, R_RET_LEN, R_LOGS, R_LOG_USED, R_SLOTS, R_PHASE, R_PROGRESS, R_CANARY, REGISTERS,
    F_CODE, F_CODE_LEN, F_CODE_RAW, F_CODE_POOL, F_DATA, F_DATA_LEN, F_ENV, F_BLOCK, F_ACCOUNT, F_FLAGS, F_FACTS, F_FORK,
    FRAME_FIELDS, C_GAS_LO, C_GAS_HI, CALL_WORDS,
    ENV_ADDRESS, ENV_CALLER, ENV_CALLVALUE, ENV_ORIGIN, ENV_GASPRICE, ENV_SELFBALANCE,
    BLOCK_COINBASE, BLOCK_TIMESTAMP, BLOCK_NUMBER, BLOCK_PREVRANDAO, BLOCK_GASLIMIT, BLOCK_CHAINID, BLOCK_BASEFEE,
    BLOCK_BLOBBASEFEE,
    P_EXP_BYTE, P_SSTORE, P_SSTORE_NOOP, P_SSTORE_SET, P_SSTORE_RESET, P_COLD_SLOT, P_SSTORE_CLEAR, P_COLD_SLOAD,
    S_ACCOUNT, S_FLAGS, S_KEY, S_CURRENT, S_ORIGINAL, SLOT_WORDS, W_ACCOUNT, W_KEY, W_VALUE, WORLD_SLOT_WORDS,
    Q_ROUND, Q_DONE, Q_LEFT, Q_TURNS, Q_CANARY, Q_COUNT, COUNTERS, QUEUES,
    STATE_RUN, STATE_DONE, STATE_LEFT,
    ESC_OPCODE, ESC_STACK, ESC_MEMORY, ESC_SLOTS, ESC_LOGS, ESC_MISSING, ESC_PROBES,
    SSTORE_LEGACY, SSTORE_NET, FLAG_PARTIAL, MAX_ITERATIONS, WORKGROUP, CANARY,
}
