// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A factory of minimal proxies (EIP-1167): each is 45 bytes of code that lend themselves another contract's, at an
/// address that follows from the salt.
contract Factory {
    event Created(address indexed implementation, address instance);

    error AlreadyCreated(bytes32 salt);

    function create(address implementation, bytes32 salt) external returns (address instance) {
        assembly {
            // Ten bytes that return the rest; twenty up to the implementation's address; fifteen after it.
            mstore(0, 0x3d602d80600a3d3981f3363d3d373d3d3d363d73000000000000000000000000)
            mstore(0x14, shl(0x60, implementation))
            mstore(0x28, 0x5af43d82803e903d91602b57fd5bf30000000000000000000000000000000000)
            instance := create2(0, 0, 0x37, salt)
        }
        if (instance == address(0)) revert AlreadyCreated(salt);
        emit Created(implementation, instance);
    }
}
