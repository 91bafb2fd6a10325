// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A hash chain: keccak-256 of the seed, of that hash, and so on.
contract Keccak {
    function chain(bytes32 seed, uint256 rounds) external pure returns (bytes32 hash) {
        hash = seed;
        for (uint256 i = 0; i < rounds; i++) {
            hash = keccak256(abi.encode(hash));
        }
    }
}
