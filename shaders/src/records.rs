//! The records of state in the device's buffers, word by word: slots, accounts, codes, scratch. It holds numbers and no code.

indices! {
    /// Words of a storage slot in a lane's overlay. Word `w` of slot `s` is word `(s * SLOT_WORDS + w) * lanes + l` of the
    /// buffer `overlay`.
    Slot, SLOT_WORDS {
        /// The account's index in the overlay; [`SLOT_TRANSIENT`] is set for a transient slot (EIP-1153).
        S_ACCOUNT,
        /// `SLOT_` bits.
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
    /// Words of an account in a lane's overlay. Word `w` of account `a` is word `plan.accounts_at + a * ACCOUNT_WORDS + w` of
    /// the lane's part of the buffer `overlay`.
    Account, ACCOUNT_WORDS {
        /// The address, five limbs.
        A_ADDRESS,
        /// As above.
        A_ADDRESS_1,
        /// As above.
        A_ADDRESS_2,
        /// As above.
        A_ADDRESS_3,
        /// As above.
        A_ADDRESS_4,
        /// `ACCOUNT_` bits.
        A_FLAGS,
        /// Its number in the world tables plus one; 0 where the world does not hold it.
        A_WORLD,
        /// Nonce, low limb.
        A_NONCE_LO,
        /// Nonce, high limb.
        A_NONCE_HI,
        /// Code number; 0 is no code.
        A_CODE,
        /// Balance, eight limbs.
        A_BALANCE,
        /// As above.
        A_BALANCE_1,
        /// As above.
        A_BALANCE_2,
        /// As above.
        A_BALANCE_3,
        /// As above.
        A_BALANCE_4,
        /// As above.
        A_BALANCE_5,
        /// As above.
        A_BALANCE_6,
        /// As above.
        A_BALANCE_7,
    }
}

indices! {
    /// Words of an account of the world tables.
    WorldAccount, WORLD_ACCOUNT_WORDS {
        /// The world.
        B_WORLD,
        /// The address, five limbs.
        B_ADDRESS,
        /// As above.
        B_ADDRESS_1,
        /// As above.
        B_ADDRESS_2,
        /// As above.
        B_ADDRESS_3,
        /// As above.
        B_ADDRESS_4,
        /// 1 where the account has storage that is not zero (EIP-7610).
        B_STORAGE,
        /// The same address in the next world of the chain that holds it: its number plus one.
        B_NEXT,
        /// Nonce, low limb.
        B_NONCE_LO,
        /// Nonce, high limb.
        B_NONCE_HI,
        /// Code number; 0 is no code.
        B_CODE,
        /// Balance, eight limbs.
        B_BALANCE,
        /// As above.
        B_BALANCE_1,
        /// As above.
        B_BALANCE_2,
        /// As above.
        B_BALANCE_3,
        /// As above.
        B_BALANCE_4,
        /// As above.
        B_BALANCE_5,
        /// As above.
        B_BALANCE_6,
        /// As above.
        B_BALANCE_7,
    }
}

indices! {
    /// Words of a code record, in the registry behind the queues in the buffer `queues`. A code's number is its place there
    /// plus one.
    CodeRecord, CODE_WORDS {
        /// A `CODE_` state in bits 0 and 1, and above them the round in which the entry was claimed.
        K_STATE,
        /// First decoded word in the buffer `code`.
        K_CODE,
        /// Bytes.
        K_LEN,
        /// First raw word in the buffer `memory`.
        K_RAW,
        /// keccak-256, eight limbs.
        K_HASH,
        /// As above.
        K_HASH_1,
        /// As above.
        K_HASH_2,
        /// As above.
        K_HASH_3,
        /// As above.
        K_HASH_4,
        /// As above.
        K_HASH_5,
        /// As above.
        K_HASH_6,
        /// As above.
        K_HASH_7,
    }
}

indices! {
    /// Scratch words of a lane, behind its frames.
    Scratch, SCRATCH_WORDS {
        /// A hash, eight limbs.
        X_HASH,
        /// As above.
        X_HASH_1,
        /// As above.
        X_HASH_2,
        /// As above.
        X_HASH_3,
        /// As above.
        X_HASH_4,
        /// As above.
        X_HASH_5,
        /// As above.
        X_HASH_6,
        /// As above.
        X_HASH_7,
        /// Bytes of push data that go on into the next chunk of code being decoded.
        X_SKIP,
        /// The 50 halves of keccak's state.
        X_SPONGE,
        /// As above.
        X_SPONGE_1,
        /// As above.
        X_SPONGE_2,
        /// As above.
        X_SPONGE_3,
        /// As above.
        X_SPONGE_4,
        /// As above.
        X_SPONGE_5,
        /// As above.
        X_SPONGE_6,
        /// As above.
        X_SPONGE_7,
        /// As above.
        X_SPONGE_8,
        /// As above.
        X_SPONGE_9,
        /// As above.
        X_SPONGE_10,
        /// As above.
        X_SPONGE_11,
        /// As above.
        X_SPONGE_12,
        /// As above.
        X_SPONGE_13,
        /// As above.
        X_SPONGE_14,
        /// As above.
        X_SPONGE_15,
        /// As above.
        X_SPONGE_16,
        /// As above.
        X_SPONGE_17,
        /// As above.
        X_SPONGE_18,
        /// As above.
        X_SPONGE_19,
        /// As above.
        X_SPONGE_20,
        /// As above.
        X_SPONGE_21,
        /// As above.
        X_SPONGE_22,
        /// As above.
        X_SPONGE_23,
        /// As above.
        X_SPONGE_24,
        /// As above.
        X_SPONGE_25,
        /// As above.
        X_SPONGE_26,
        /// As above.
        X_SPONGE_27,
        /// As above.
        X_SPONGE_28,
        /// As above.
        X_SPONGE_29,
        /// As above.
        X_SPONGE_30,
        /// As above.
        X_SPONGE_31,
        /// As above.
        X_SPONGE_32,
        /// As above.
        X_SPONGE_33,
        /// As above.
        X_SPONGE_34,
        /// As above.
        X_SPONGE_35,
        /// As above.
        X_SPONGE_36,
        /// As above.
        X_SPONGE_37,
        /// As above.
        X_SPONGE_38,
        /// As above.
        X_SPONGE_39,
        /// As above.
        X_SPONGE_40,
        /// As above.
        X_SPONGE_41,
        /// As above.
        X_SPONGE_42,
        /// As above.
        X_SPONGE_43,
        /// As above.
        X_SPONGE_44,
        /// As above.
        X_SPONGE_45,
        /// As above.
        X_SPONGE_46,
        /// As above.
        X_SPONGE_47,
        /// As above.
        X_SPONGE_48,
        /// As above.
        X_SPONGE_49,
    }
}

/// Names and values of the constants above.
pub(crate) const NAMES: &[&[(&str, u32)]] =
    &[Slot::NAMES, WorldSlot::NAMES, Account::NAMES, WorldAccount::NAMES, CodeRecord::NAMES, Scratch::NAMES];
