//! How a lane starts: its level, whom it calls, with what, and the transaction around it, some of which are refused.

use lanevm_core::{Address, B256, Fork, Level, Transaction, U256, batch::Authorization};

use super::{
    cast::{Citizen, Role, Society},
    keys,
};

/// One lane in so many goes as deep as there are frames: tens of thousands of steps where others take a hundred.
const DEEP_ONCE_IN: u32 = 500;

/// The call of a lane.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) level: Level,
    pub(super) caller: Address,
    pub(super) to: Option<Address>,
    /// The program in the place of the account's code.
    pub(super) code: Option<Vec<u8>>,
    pub(super) value: U256,
    pub(super) gas: u64,
    pub(super) data: Vec<u8>,
    pub(super) transaction: Option<Transaction>,
}

impl Society {
    /// The lane's call, and the world it starts from.
    pub(super) fn send(mut self) -> (Self, Sent) {
        let level = match self.dice.below(20) {
            0..=10 => Level::Frame,
            11..=13 => Level::Call,
            _ => Level::Transaction,
        };
        let caller = self.need(Role::Sender);
        let (to, data) = self.target();
        let value = match self.dice.below(12) {
            0..=7 => U256::ZERO,
            _ if !self.dice.once_in(20) => U256::from(self.dice.bits()),
            _ => U256::from(1) << self.dice.below(256) as usize,
        };
        let mut sent = Sent { level, caller, to, code: None, value, gas: self.gas(), data, transaction: None };
        if self.dice.once_in(DEEP_ONCE_IN) {
            self.go_deep(&mut sent);
        } else if level != Level::Frame && self.dice.once_in(25) {
            self.clean_up(&mut sent);
        }
        if sent.level == Level::Frame {
            if self.dice.once_in(20) && sent.to.is_some() {
                sent.code = Some(self.contract(2));
            }
            if self.dice.once_in(4) {
                sent.transaction = Some(Transaction {
                    origin: self.dice.once_in(2).then(|| self.address(Role::Eoa)),
                    gas_price: U256::from(self.dice.bits()),
                    blob_hashes: (0..self.dice.below(3)).map(|_| self.dice.word().into()).collect(),
                    ..Transaction::default()
                });
            }
        } else {
            self.transaction(&mut sent);
        }
        (self, sent)
    }

    /// Whom the lane calls, and its data.
    fn target(&mut self) -> (Option<Address>, Vec<u8>) {
        let mut data: Vec<u8> = vec![0; 31];
        data.push(self.dice.below(4) as u8);
        for _ in 0..self.dice.below(70) {
            let byte = if self.dice.once_in(2) { 0 } else { self.dice.bits() as u8 };
            data.push(byte);
        }
        if self.dice.once_in(6) {
            data.truncate(self.dice.below(33) as usize);
        }
        let role = match self.dice.below(60) {
            0..=2 => {
                if self.dice.once_in(5) {
                    // The sender's nonce: somebody lives where its create would be.
                    let taken = self.address(Role::Sender).create(7);
                    let resident = self.resident();
                    self.settle(taken, resident);
                }
                return (None, self.init_code(0));
            }
            3 => Role::Eoa,
            4 => Role::Empty,
            5 => Role::Absent(0),
            6 => Role::ToContract,
            7 => self.dice.pick(&[Role::ToPrecompile, Role::ToSelf, Role::Chained, Role::ToAbsent]),
            8 => Role::Bomb,
            9 => Role::Wavering,
            10 => self.dice.pick(&[Role::Spent, Role::Nearly]),
            11 => Role::Faulty,
            12 => {
                let number = if self.dice.once_in(8) { 1 + self.dice.below(17) as u8 } else { 4 };
                return (Some(Address::with_last_byte(number)), data);
            }
            _ => Role::Contract(0),
        };
        (Some(self.need(role)), data)
    }

    fn gas(&mut self) -> u64 {
        match self.dice.below(40) {
            0..=2 => u64::from(self.dice.below(4000)),
            3..=7 => u64::from(self.dice.below(90_000)),
            8 => 5_000_000 + u64::from(self.dice.below(20_000_000)),
            // More would pay for more memory than a host has.
            9 => 1 << (24 + self.dice.below(10)),
            _ => 150_000 + u64::from(self.dice.below(900_000)),
        }
    }

    /// As many frames as there can be, or about as many.
    fn go_deep(&mut self, sent: &mut Sent) {
        sent.level = Level::Frame;
        sent.gas = 1 << (44 + self.dice.below(8));
        sent.value = U256::ZERO;
        sent.to = Some(self.need(Role::Well));
        let frames = 1021 + self.dice.below(6);
        sent.data = U256::from(frames).to_be_bytes::<32>().to_vec();
    }

    /// Slots that are cleared, and enough data that the floor of EIP-7623 may be above what is left to pay.
    fn clean_up(&mut self, sent: &mut Sent) {
        sent.to = Some(self.need(Role::Cleaner));
        sent.value = U256::ZERO;
        let bytes = self.dice.below(1200);
        sent.data = (0..bytes).map(|_| if self.dice.once_in(8) { 0 } else { 0x5a }).collect();
        sent.gas = 200_000 + u64::from(self.dice.below(100_000));
    }

    fn transaction(&mut self, sent: &mut Sent) {
        let fork = self.fork;
        let newest = match fork {
            Fork::Prague | Fork::Osaka => 4,
            Fork::Cancun => 3,
            _ => 2,
        };
        let kind = if self.dice.once_in(60) { self.dice.below(7) } else { self.dice.below(newest + 1) } as u8;
        let base_fee = U256::from(self.block.base_fee);
        let tip = U256::from(self.dice.below(1000));
        let mut own = Transaction {
            kind,
            nonce: self.dice.once_in(2).then_some(7),
            gas_price: base_fee + tip + U256::from(self.dice.below(1000)),
            chain_id: (kind > 0 || self.dice.once_in(2)).then_some(self.block.chain_id),
            ..Transaction::default()
        };
        if sent.to.is_none() && kind >= 3 && !self.dice.once_in(10) {
            own.kind = 2;
        }
        if own.kind >= 2 {
            own.priority_fee = Some(tip);
        }
        if own.kind >= 1 && !self.dice.once_in(4) {
            own.access_list = self.access_list();
        }
        if own.kind == 3 {
            own.max_fee_per_blob_gas = U256::from(1u64 << 40);
            for _ in 0..1 + self.dice.below(3) {
                let mut hash = B256::from(self.dice.word());
                hash[0] = 1;
                own.blob_hashes.push(hash);
            }
        }
        if own.kind == 4 {
            if self.dice.once_in(3) {
                sent.caller = self.need(Role::Key(0));
                own.nonce = None;
            }
            for _ in 0..1 + self.dice.below(3) {
                let one = self.authorization(sent.caller);
                own.authorizations.push(one);
            }
            if self.dice.once_in(3) {
                sent.to = Some(self.need(Role::Key(self.dice.clone().below(5) as u8)));
            }
        }
        if sent.gas > 4000 || !self.dice.once_in(4) {
            // What the transaction itself costs, about; else few would come to their code.
            let data = u64::from(fork >= Fork::Prague) * 20 + 16;
            sent.gas += 21_000
                + data * sent.data.len() as u64
                + 32_000 * u64::from(sent.to.is_none())
                + 2500 * own.access_list.iter().map(|(_, slots)| 1 + slots.len() as u64).sum::<u64>()
                + 25_000 * own.authorizations.len() as u64;
            let most = if fork >= Fork::Osaka { 1 << 24 } else { 30_000_000 };
            if !self.dice.once_in(30) {
                sent.gas = sent.gas.min(most);
            }
        }
        if sent.level == Level::Transaction && sent.value > U256::from(u64::MAX) && !self.dice.once_in(4) {
            sent.value = U256::from(self.dice.bits());
        }
        if self.dice.once_in(12) {
            self.spoil(sent, &mut own);
        }
        sent.transaction = Some(own);
    }

    fn access_list(&mut self) -> Vec<(Address, Vec<B256>)> {
        (0..self.dice.below(4))
            .map(|_| {
                let role = self.dice.pick(&[
                    Role::Contract(0),
                    Role::Contract(1),
                    Role::Bomb,
                    Role::Miser,
                    Role::Absent(0),
                    Role::Absent(1),
                    Role::Sender,
                ]);
                let address = self.address(role);
                (address, (0..self.dice.below(4)).map(|_| U256::from(self.dice.below(5)).into()).collect())
            })
            .collect()
    }

    /// An authorisation: mostly one that holds.
    fn authorization(&mut self, sender: Address) -> Authorization {
        let which = self.dice.below(u32::from(keys::COUNT)) as u8;
        let authority = self.need(Role::Key(which));
        let role = self.dice.pick(&[
            Role::Contract(0),
            Role::Contract(2),
            Role::Echo,
            Role::Miser,
            Role::Bomb,
            Role::Spent,
            Role::ToContract,
            Role::Key(which),
            Role::Absent(0),
        ]);
        let to = match self.dice.below(10) {
            0 => Address::ZERO,
            1 => Address::with_last_byte(1 + self.dice.below(10) as u8),
            _ => self.need(role),
        };
        let chain_id = match self.dice.below(12) {
            0 => U256::from(9),
            1 => U256::MAX,
            2..=5 => U256::ZERO,
            _ => U256::from(self.block.chain_id),
        };
        let known = self.accounts.get(&authority).map_or(0, |citizen| citizen.nonce);
        // A sender's nonce is raised before authorisations are looked at.
        let nonce = known + u64::from(authority == sender) + u64::from(self.dice.once_in(8));
        let mut one = keys::sign(which, chain_id, to, nonce);
        match self.dice.below(40) {
            0 => one.y_parity ^= 1,
            1 => one.y_parity = self.dice.bits() as u8,
            2 => one.s = U256::MAX,
            3 => {
                // The other root (EIP-2 refuses it).
                let order = U256::from_be_slice(&k256_order());
                one.s = order - one.s;
                one.y_parity ^= 1;
            }
            4 => one.r = U256::ZERO,
            5 => one.nonce = u64::MAX,
            _ => {}
        }
        one
    }

    /// Something about the transaction that is refused, at least at level `transaction`.
    fn spoil(&mut self, sent: &mut Sent, own: &mut Transaction) {
        match self.dice.below(16) {
            0 => own.nonce = Some(self.dice.pick(&[6, 8, u64::MAX])),
            1 => sent.gas = u64::from(self.dice.below(21_000)),
            2 => sent.gas = u64::from(self.dice.bits()) << 12,
            3 => own.gas_price = U256::from(self.block.base_fee).saturating_sub(U256::from(1 + self.dice.below(5))),
            4 => own.priority_fee = Some(own.gas_price + U256::from(1)),
            5 => own.chain_id = Some(self.block.chain_id + 1),
            6 => sent.caller = self.need(Role::Echo),
            7 => sent.caller = self.need(Role::ToContract),
            8 => {
                let poor = self.need(Role::Eoa);
                sent.caller = poor;
                own.nonce = None;
            }
            9 => sent.value = U256::MAX >> self.dice.below(200) as usize,
            10 => own.max_fee_per_blob_gas = U256::from(self.dice.below(3)),
            11 => own.blob_hashes.iter_mut().for_each(|hash| hash[0] = 2),
            12 => own.blob_hashes = vec![B256::repeat_byte(1); self.dice.pick(&[0, 6, 7, 9, 10])],
            13 => own.authorizations.clear(),
            14 => {
                sent.to = None;
                sent.data = vec![0; 49_153];
            }
            _ => {
                sent.caller = self.address(Role::Absent(1));
                let citizen = Citizen { nonce: u64::MAX, balance: U256::from(1) << 100, ..Citizen::default() };
                self.settle(sent.caller, citizen);
                own.nonce = None;
            }
        }
    }
}

/// The order of secp256k1 (SEC 2, section 2.4.1).
fn k256_order() -> [u8; 32] {
    use k256::elliptic_curve::{Curve, bigint::Encoding};
    k256::Secp256k1::ORDER.to_be_bytes()
}
