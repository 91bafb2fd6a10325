//! The hard forks, as data: their order and names. It refuses to hold rules; those stand beside the facts they change.

/// A hard fork of Ethereum mainnet that changed execution, oldest first.
///
/// Forks that changed nothing an EVM can see (DAO, Muir Glacier, Arrow Glacier, Gray Glacier) parse to the fork whose
/// rules they keep. The discriminant is the index of the fork's row in every table the device reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fork {
    /// July 2015.
    Frontier = 0,
    /// EIP-2, EIP-7.
    Homestead = 1,
    /// EIP-150: gas repricing, 63/64 rule.
    Tangerine = 2,
    /// EIP-155, 160, 161, 170.
    SpuriousDragon = 3,
    /// EIP-140, 196, 197, 198, 211, 214, 658.
    Byzantium = 4,
    /// EIP-145, 1014, 1052, 1283.
    Constantinople = 5,
    /// Constantinople without EIP-1283.
    Petersburg = 6,
    /// EIP-152, 1108, 1344, 1884, 2028, 2200.
    Istanbul = 7,
    /// EIP-2565, 2929, 2930.
    Berlin = 8,
    /// EIP-1559, 3198, 3529, 3541.
    London = 9,
    /// EIP-3675, 4399 (the Merge).
    Paris = 10,
    /// EIP-3651, 3855, 3860.
    Shanghai = 11,
    /// EIP-1153, 4788, 4844, 5656, 6780, 7516.
    Cancun = 12,
    /// EIP-2537, 2935, 7623, 7702.
    Prague = 13,
    /// EIP-7823, 7825, 7883, 7918, 7939, 7951.
    Osaka = 14,
}

impl Fork {
    /// Every fork, oldest first.
    pub const ALL: [Self; 15] = [
        Self::Frontier,
        Self::Homestead,
        Self::Tangerine,
        Self::SpuriousDragon,
        Self::Byzantium,
        Self::Constantinople,
        Self::Petersburg,
        Self::Istanbul,
        Self::Berlin,
        Self::London,
        Self::Paris,
        Self::Shanghai,
        Self::Cancun,
        Self::Prague,
        Self::Osaka,
    ];

    /// The newest fork: what is used where none is named.
    pub const LATEST: Self = Self::Osaka;

    /// The fork's name as the field writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontier => "Frontier",
            Self::Homestead => "Homestead",
            Self::Tangerine => "Tangerine Whistle",
            Self::SpuriousDragon => "Spurious Dragon",
            Self::Byzantium => "Byzantium",
            Self::Constantinople => "Constantinople",
            Self::Petersburg => "Petersburg",
            Self::Istanbul => "Istanbul",
            Self::Berlin => "Berlin",
            Self::London => "London",
            Self::Paris => "Paris",
            Self::Shanghai => "Shanghai",
            Self::Cancun => "Cancun",
            Self::Prague => "Prague",
            Self::Osaka => "Osaka",
        }
    }

    /// The fork a name means, in any of the spellings that state tests, clients and revm use; case and punctuation are
    /// ignored. `None` for a name that is no fork, so that no fork ever gets another one's rules.
    pub fn parse(name: &str) -> Option<Self> {
        let key: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        Some(match key.as_str() {
            "frontier" | "frontierthawing" => Self::Frontier,
            "homestead" | "daofork" | "dao" => Self::Homestead,
            "tangerine" | "tangerinewhistle" | "eip150" => Self::Tangerine,
            "spuriousdragon" | "spurious" | "eip158" => Self::SpuriousDragon,
            "byzantium" => Self::Byzantium,
            "constantinople" => Self::Constantinople,
            "petersburg" | "constantinoplefix" => Self::Petersburg,
            "istanbul" | "muirglacier" => Self::Istanbul,
            "berlin" => Self::Berlin,
            "london" | "arrowglacier" | "grayglacier" => Self::London,
            "paris" | "merge" | "themerge" => Self::Paris,
            "shanghai" => Self::Shanghai,
            "cancun" => Self::Cancun,
            "prague" => Self::Prague,
            "osaka" | "fusaka" => Self::Osaka,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Fork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
