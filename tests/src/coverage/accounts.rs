//! What accounts of a lane's world are: absent, empty, precompiles, delegated.

use lanevm_core::{Address, Fork, U256};

use super::walk::Lane;

impl Lane<'_> {
    /// Whether the address is one of the fork's precompiles.
    pub(super) fn is_precompile(&self, address: Address) -> bool {
        let number = U256::from_be_slice(address.as_slice());
        let last = match self.call.fork {
            Fork::Cancun => 10,
            Fork::Prague | Fork::Osaka => 17,
            _ => 9,
        };
        let named = number >= U256::from(1) && number <= U256::from(last);
        named || self.call.fork >= Fork::Osaka && number == U256::from(0x100)
    }

    /// Whether the world does not hold the account.
    pub(super) fn is_absent(&self, address: Address) -> bool {
        self.batch.account(self.call.world, &address).is_none()
            && !self.is_precompile(address)
            && address != self.call.block.coinbase
            && !self.outcome.changes.contains_key(&address)
    }

    /// Whether the world holds the account, and it has nothing, before the call and after.
    pub(super) fn is_empty(&self, address: Address) -> bool {
        let account = self.batch.account(self.call.world, &address);
        account.is_some_and(|account| {
            account.nonce == 0 && account.balance.is_zero() && account.code.is_none() && account.storage.is_empty()
        })
    }

    /// Whom the account's code in the world delegates to, under a fork that knows it.
    pub(super) fn delegate(&self, address: Address) -> Option<Address> {
        if self.call.fork < Fork::Prague {
            return None;
        }
        let program = self.batch.account(self.call.world, &address)?.code?;
        let code = self.batch.programs[program as usize].code();
        (code.len() == 23 && code.starts_with(&[0xef, 1, 0])).then(|| Address::from_slice(&code[3..]))
    }

    /// The accounts whose code a step or the call itself runs: those that exist in the world.
    pub(super) fn callees(&self) -> impl Iterator<Item = Address> + '_ {
        let inner =
            self.steps.iter().filter(|step| matches!(step.record.op, 0xf1 | 0xf2 | 0xf4 | 0xfa) && step.goes_on());
        inner.map(|step| step.address(1)).chain(self.call.to.filter(|_| self.outcome.gas_used > 0))
    }
}
