//! What each instruction does, in a line: takes from the stack (the top first), then what it leaves or does. Gas and forks
//! are the facts' table's.

/// What an instruction does, by its mnemonic; nothing for what is none.
pub(crate) fn about(name: &str) -> &'static str {
    match name {
        "STOP" => "Ends the frame with success and no output.",
        "ADD" => "a, b → a + b, modulo 2^256.",
        "MUL" => "a, b → a × b, modulo 2^256.",
        "SUB" => "a, b → a − b, modulo 2^256.",
        "DIV" => "a, b → a ÷ b without its remainder; 0 where b is 0.",
        "SDIV" => "a, b → a ÷ b of signed numbers, towards zero; 0 where b is 0.",
        "MOD" => "a, b → the remainder of a ÷ b; 0 where b is 0.",
        "SMOD" => "a, b → the remainder of a ÷ b of signed numbers, with the sign of a; 0 where b is 0.",
        "ADDMOD" => "a, b, n → (a + b) mod n, the sum not cut to 256 bits; 0 where n is 0.",
        "MULMOD" => "a, b, n → (a × b) mod n, the product not cut to 256 bits; 0 where n is 0.",
        "EXP" => "a, b → a to the power of b, modulo 2^256. Each byte of b costs more gas.",
        "SIGNEXTEND" => "b, x → x, a signed number of b + 1 bytes, as one of 32.",
        "LT" => "a, b → 1 where a < b, else 0.",
        "GT" => "a, b → 1 where a > b, else 0.",
        "SLT" => "a, b → 1 where a < b as signed numbers, else 0.",
        "SGT" => "a, b → 1 where a > b as signed numbers, else 0.",
        "EQ" => "a, b → 1 where a = b, else 0.",
        "ISZERO" => "a → 1 where a is 0, else 0.",
        "AND" => "a, b → the bits that both have.",
        "OR" => "a, b → the bits that either has.",
        "XOR" => "a, b → the bits that one of them has.",
        "NOT" => "a → a with every bit turned.",
        "BYTE" => "i, x → byte i of x, counted from the most significant; 0 where i is over 31.",
        "SHL" => "n, x → x shifted left by n bits.",
        "SHR" => "n, x → x shifted right by n bits, zeros coming in.",
        "SAR" => "n, x → x shifted right by n bits, its sign coming in.",
        "CLZ" => "x → how many zero bits stand before the first one; 256 where x is 0.",
        "KECCAK256" | "SHA3" => "offset, size → keccak-256 of that memory. Each word costs more gas.",
        "ADDRESS" => "→ the account whose frame this is.",
        "BALANCE" => "address → its balance in wei. Dearer where the account is cold.",
        "ORIGIN" => "→ the account that sent the transaction.",
        "CALLER" => "→ the account that made this call.",
        "CALLVALUE" => "→ the wei sent with this call.",
        "CALLDATALOAD" => "i → 32 bytes of call data from byte i; zeros past its end.",
        "CALLDATASIZE" => "→ how many bytes of call data there are.",
        "CALLDATACOPY" => "to, from, size: copies call data to memory; zeros past its end.",
        "CODESIZE" => "→ how many bytes of code run here.",
        "CODECOPY" => "to, from, size: copies the running code to memory; zeros past its end.",
        "GASPRICE" => "→ wei a unit of gas costs in this transaction.",
        "EXTCODESIZE" => "address → how many bytes of code it has.",
        "EXTCODECOPY" => "address, to, from, size: copies the account's code to memory; zeros past its end.",
        "RETURNDATASIZE" => "→ how many bytes the last call gave back.",
        "RETURNDATACOPY" => "to, from, size: copies what the last call gave back to memory; halts past its end.",
        "EXTCODEHASH" => "address → keccak-256 of its code; 0 where there is no such account.",
        "BLOCKHASH" => "number → hash of that block where it is one of the last 256, else 0.",
        "COINBASE" => "→ who is paid for the block.",
        "TIMESTAMP" => "→ the block's time, seconds since 1970.",
        "NUMBER" => "→ the block's number.",
        "DIFFICULTY" => "→ the block's difficulty.",
        "PREVRANDAO" => "→ the beacon chain's random value of the slot before (the difficulty before the Merge).",
        "GASLIMIT" => "→ the block's gas limit.",
        "CHAINID" => "→ the chain's number.",
        "SELFBALANCE" => "→ the balance of the account whose frame this is.",
        "BASEFEE" => "→ the block's base fee, wei a unit of gas.",
        "BLOBHASH" => "i → the versioned hash of the transaction's blob i; 0 where there is none.",
        "BLOBBASEFEE" => "→ the block's base fee of blob gas.",
        "POP" => "a: takes it from the stack.",
        "MLOAD" => "offset → 32 bytes of memory.",
        "MSTORE" => "offset, value: writes 32 bytes of memory.",
        "MSTORE8" => "offset, value: writes the value's last byte to memory.",
        "SLOAD" => "slot → what storage has there. Dearer where the slot is cold.",
        "SSTORE" => "slot, value: writes storage. Gas depends on what stood there; not in a static call.",
        "JUMP" => "to: goes on at that JUMPDEST; halts where there is none.",
        "JUMPI" => "to, condition: goes on at that JUMPDEST where the condition is not 0.",
        "PC" => "→ the offset of this instruction.",
        "MSIZE" => "→ how many bytes of memory are in use.",
        "GAS" => "→ gas left after this instruction.",
        "JUMPDEST" => "A place that jumps may go to; it does nothing.",
        "TLOAD" => "slot → what transient storage has there: it lasts for the transaction.",
        "TSTORE" => "slot, value: writes transient storage; not in a static call.",
        "MCOPY" => "to, from, size: copies memory to memory, also where both overlap.",
        "PUSH0" => "→ 0.",
        "CREATE" => "value, offset, size → address: makes an account from the init code in memory; 0 where it fails.",
        "CALL" => "gas, to, value, in, size, out, size → 1 where the call succeeds, else 0.",
        "CALLCODE" => "As CALL, but the other's code runs on this account's storage; DELEGATECALL took its place.",
        "RETURN" => "offset, size: ends the frame with success and that memory as output.",
        "DELEGATECALL" => {
            "gas, to, in, size, out, size → 1 or 0: the other's code runs as this account, with its caller and value."
        }
        "CREATE2" => "value, offset, size, salt → address: as CREATE, at an address that follows from code and salt.",
        "STATICCALL" => "gas, to, in, size, out, size → 1 or 0: a call in which nothing may be changed.",
        "REVERT" => {
            "offset, size: ends the frame, undoes what it changed, and gives that memory back with the gas left."
        }
        "INVALID" => "Halts the frame and takes all its gas.",
        "SELFDESTRUCT" => {
            "to: sends the balance there and ends the frame. From Cancun on the account goes only if it was made in the same transaction."
        }
        _ => family(name),
    }
}

fn family(name: &str) -> &'static str {
    if name.starts_with("PUSH") {
        "→ the bytes that follow in the code, as a number."
    } else if name.starts_with("DUP") {
        "→ a copy of the item so deep in the stack; DUP1 is the top."
    } else if name.starts_with("SWAP") {
        "Swaps the top with the item so far below it; SWAP1 is the next."
    } else if name.starts_with("LOG") {
        "offset, size, topics: logs that memory with so many topics; not in a static call."
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use lanevm_core::facts::INSTRUCTIONS;

    use super::about;

    #[test]
    fn every_instruction_is_described() {
        for instruction in INSTRUCTIONS {
            assert!(!about(instruction.name).is_empty(), "{}", instruction.name);
        }
        assert_eq!(about("NOTHING"), "");
    }
}
