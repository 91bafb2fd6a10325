// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// The n-th Fibonacci number, by addition. The loop runs one sum ahead, so from n = 370 on the checked sum no longer
/// fits 256 bits, and the call reverts with Panic(0x11).
contract Fibonacci {
    function fibonacci(uint256 n) external pure returns (uint256) {
        uint256 current = 0;
        uint256 next = 1;
        for (uint256 i = 0; i < n; i++) {
            (current, next) = (next, current + next);
        }
        return current;
    }
}
