//! Where the storage that lanes carry from batch to batch stands in a buffer of its own. It holds numbers and no code.

macro_rules! constants {
    ($($(#[$doc:meta])* $name:ident = $value:expr;)*) => {
        $($(#[$doc])* pub const $name: u32 = $value;)*
        /// Names and values of the constants above.
        pub(crate) const NAMES: &[&[(&str, u32)]] = &[&[$((stringify!($name), $name),)*]];
    };
}

constants! {
    /// Rows that the buffer has: the stride between two words of a lane.
    KEPT_ROWS = 0;
    /// First of the places: for each lane of the shard under way, its row. The rows' counts of slots follow, one for each row,
    /// and then the slots: word `w` of slot `s` of row `r` is word `KEPT_PLACES + (2 + s * KEPT_WORDS + w) * rows + r`.
    KEPT_PLACES = 1;
    /// Words of a slot: the account's address (five limbs), the slot's number and its value (eight limbs each).
    KEPT_WORDS = 21;
    /// First limb of the number.
    KEPT_KEY = 5;
    /// First limb of the value.
    KEPT_VALUE = 13;
    /// Most slots that a lane carries.
    KEPT_SLOTS = 28;
    /// In the register of reasons of a lane that has ended: what it came to cannot be carried by the device alone, so that it
    /// carries what it did before.
    KEPT_NOT = 1;
}
