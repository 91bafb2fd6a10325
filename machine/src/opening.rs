//! Putting a message or a transaction on the machine, up to its first frame, and what follows a transaction's last. The
//! transaction's fields are those of the machine's context.

use alloy_primitives::{Address, B256, U256, map::AddressMap};
use revm::{
    context::{JournalTr, result::EVMError},
    context_interface::LocalContextTr,
    handler::{EthFrame, FrameResult, Handler, MainnetEvm, MainnetHandler},
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput, GasTracker,
        InitialAndFloorGas, SharedMemory, interpreter_action::FrameInit,
    },
    primitives::HashSet,
    state::Bytecode,
};

use crate::machine::{Context, Fault, Machine};

type Rules<'a> = MainnetHandler<MainnetEvm<Context<'a>>, Fault, EthFrame>;

/// A transaction under way.
#[derive(Debug)]
pub struct Fees {
    gas: GasTracker,
    intrinsic: InitialAndFloorGas,
    /// Refund of authorisations (EIP-7702); after the last frame, with that of the code.
    pub refund: i64,
}

/// A message call or create without a transaction around it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Who calls.
    pub caller: Address,
    /// Who is called; none creates.
    pub to: Option<Address>,
    /// Wei.
    pub value: U256,
    /// Gas.
    pub gas: u64,
    /// What runs in place of the account's code, with its hash.
    pub code: Option<(B256, Bytecode)>,
}

impl Machine<'_> {
    fn memory(&self) -> SharedMemory {
        let context = &self.evm.ctx;
        let mut memory = SharedMemory::new_with_buffer(context.local.shared_memory_buffer().clone());
        memory.set_memory_limit(context.cfg.memory_limit);
        memory
    }

    /// Opens a message's frame; its data are the transaction's. A frame that ends at once gives its result.
    ///
    /// # Errors
    /// The source does not know what the frame needs.
    pub fn open_message(&mut self, message: Message) -> Result<Option<FrameResult>, Fault> {
        Rules::default().load_accounts(&mut self.evm)?;
        let Message { caller, to, value, gas, code } = message;
        let journal = &mut self.evm.ctx.journaled_state;
        let mut warm: AddressMap<HashSet<U256>> = AddressMap::default();
        for address in [Some(caller), Some(self.evm.ctx.tx.caller), to].into_iter().flatten() {
            warm.entry(address).or_default();
        }
        journal.warm_access_list(warm);
        let data = self.evm.ctx.tx.data.clone();
        let frame_input = if let Some(to) = to {
            if !value.is_zero() {
                journal.load_account(caller)?;
            }
            let account = journal.load_account_with_code(to)?;
            let account_code = (account.info.code_hash, account.info.code.clone().unwrap_or_default());
            let (known_bytecode, bytecode_address) = if let Some(code) = code {
                // The zero address is no precompile: the program runs even where `to` is one.
                (code, Address::ZERO)
            } else if let Some(delegate) = account_code.1.eip7702_address() {
                let account = journal.load_account_with_code(delegate)?;
                ((account.info.code_hash, account.info.code.clone().unwrap_or_default()), to)
            } else {
                (account_code, to)
            };
            FrameInput::Call(Box::new(CallInputs {
                input: CallInput::Bytes(data),
                gas_limit: gas,
                target_address: to,
                bytecode_address,
                known_bytecode,
                caller,
                value: CallValue::Transfer(value),
                scheme: CallScheme::Call,
                is_static: false,
                return_memory_offset: 0..0,
                reservoir: 0,
                charged_new_account_state_gas: false,
            }))
        } else {
            FrameInput::Create(Box::new(CreateInputs::new(caller, CreateScheme::Create, value, data, gas, 0)))
        };
        let memory = self.memory();
        self.enter(FrameInit { depth: 0, memory, frame_input })
    }

    /// Opens the transaction's first frame; one that ends at once gives its result.
    ///
    /// # Errors
    /// The transaction is refused, or the source does not know what it needs.
    pub fn open_transaction(&mut self) -> Result<(Fees, Option<FrameResult>), Fault> {
        let mut rules = Rules::default();
        let evm = &mut self.evm;
        let intrinsic = rules.validate(evm)?;
        let mut gas = rules.tx_gas(evm, &intrinsic);
        let prepared = rules.pre_execution(evm, &mut gas)?;
        // Both ends that revm keeps open here belong to EIP-2780, which no fork up to Osaka has.
        let unreachable = || EVMError::Custom("out of gas before the first frame".into());
        let prepared = prepared.ok_or_else(unreachable)?;
        let init = rules.first_frame_input(evm, &mut gas)?.ok_or_else(unreachable)?;
        evm.ctx.journaled_state.checkpoint_commit();
        let fees = Fees { gas, intrinsic, refund: prepared.eip7702_refund as i64 };
        Ok((fees, self.enter(init)?))
    }

    /// What follows a transaction's last frame: refund, floor, fees.
    ///
    /// # Errors
    /// The source does not know what that needs.
    pub fn settle(&mut self, result: &mut FrameResult, fees: &mut Fees) -> Result<(), Fault> {
        let mut rules = Rules::default();
        rules.last_frame_result(&mut self.evm, result, &mut fees.gas)?;
        let frame_refund = result.gas().refunded();
        rules.post_execution(&mut self.evm, result, fees.intrinsic, fees.refund)?;
        fees.refund += frame_refund;
        Ok(())
    }
}
