//! The macro by which tables number their fields. It holds no numbers.

macro_rules! indices {
    ($(#[$doc:meta])* $table:ident, $len:ident { $($(#[$field:meta])* $name:ident,)* }) => {
        #[derive(Clone, Copy)]
        #[allow(non_camel_case_types, dead_code, clippy::upper_case_acronyms, reason = "counts the fields")]
        enum $table { $($name,)* LEN }
        $($(#[$field])* pub const $name: u32 = $table::$name as u32;)*
        $(#[$doc])*
        pub const $len: u32 = $table::LEN as u32;
        impl $table {
            const NAMES: &[(&str, u32)] = &[$((stringify!($name), $name),)* (stringify!($len), $len)];
        }
    };
}
