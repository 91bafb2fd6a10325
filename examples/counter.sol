// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A counter in storage, one total and one count for each caller, that refuses to pass its limit.
contract Counter {
    uint256 public constant LIMIT = 1_000_000;

    uint256 public total;
    mapping(address caller => uint256) public by;

    event Counted(address indexed caller, uint256 amount, uint256 total);

    function add(uint256 amount) external returns (uint256) {
        require(amount > 0, "nothing to add");
        uint256 sum = total + amount;
        require(sum <= LIMIT, "limit passed");
        total = sum;
        by[msg.sender] += amount;
        emit Counted(msg.sender, amount, sum);
        return sum;
    }
}
