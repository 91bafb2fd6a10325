// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A proxy as most upgradeable contracts have one: whatever is called runs the implementation's code on the proxy's own
/// storage. Where the implementation stands is EIP-1967's business, so that no slot of its code can meet it.
contract Proxy {
    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    constructor(address implementation) {
        assembly {
            sstore(SLOT, implementation)
        }
    }

    fallback() external payable {
        _lend();
    }

    receive() external payable {
        _lend();
    }

    function _lend() private {
        assembly {
            // Nothing runs after this, so that memory may be written from its start.
            calldatacopy(0, 0, calldatasize())
            let succeeded := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(succeeded) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }
}
