//! Every kernel family at its largest legal input: what takes more than one dispatch must come to the same end. It holds
//! programs and their surroundings, and judges nothing.

use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Column, Fork, ForkColumn, Level, Program, Transaction, U256,
    World,
};

use super::writer::Writer;

/// One call at its limit.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is largest.
    pub name: &'static str,
    /// The kernel it is for.
    pub kernel: &'static str,
    code: Vec<u8>,
    /// Code of the account [`OTHER`].
    other: Vec<u8>,
    data: Vec<u8>,
    warm_slots: usize,
    /// Instructions that it runs at least, where a failure on the way would run fewer.
    pub least_steps: u64,
}

/// The account called.
const TO: Address = Address::repeat_byte(0xc0);

/// Another contract of each world.
const OTHER: Address = Address::repeat_byte(0x0d);

/// Bytes of memory that the largest tier holds for certain.
const MEMORY: u64 = 1 << 20;

/// EIP-170 and EIP-3860.
const CODE: u64 = 24_576;
const INIT: u64 = 49_152;

fn program(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer);
    writer.finish()
}

impl Writer {
    /// An instruction on these operands, the top of the stack first.
    fn on(&mut self, op: u8, operands: &[u64]) {
        for operand in operands.iter().rev() {
            self.number(*operand);
        }
        self.op(op);
    }

    /// `body` as often as `turns` says, with the number of turns left on the stack.
    fn turns(&mut self, turns: u64, body: impl FnOnce(&mut Self)) {
        self.number(turns);
        let start = self.code.len();
        self.op(0x5b);
        body(self);
        // 1 SWAP1 SUB DUP1 start JUMPI POP
        self.number(1);
        self.ops(&[0x90, 0x03, 0x80], 0);
        let label = self.push_label();
        self.fill(label, start);
        self.ops(&[0x57, 0x50], 0);
    }

    /// Returns the keccak-256 of the first bytes of memory.
    fn return_hash(&mut self, bytes: u64) {
        self.on(0x20, &[0, bytes]);
        self.number(0);
        self.op(0x52);
        self.on(0xf3, &[0, 32]);
    }

    /// Memory full of call data.
    fn fill_memory(&mut self, bytes: u64) {
        self.on(0x37, &[0, 0, bytes]);
    }
}

const CALL: u8 = 0xf1;

fn case(name: &'static str, kernel: &'static str, write: impl FnOnce(&mut Writer)) -> Case {
    Case { name, kernel, code: program(write), other: Vec::new(), data: Vec::new(), warm_slots: 0, least_steps: 0 }
}

fn noise(bytes: u64) -> Vec<u8> {
    (0..bytes).map(|at| (at.wrapping_mul(0x9e37_79b9) >> 7) as u8).collect()
}

/// Returns the hash of what a precompile makes of half a million bytes of call data, of which there are two copies.
fn hash_by(w: &mut Writer, number: u64) {
    let bytes = 500_000;
    w.fill_memory(bytes);
    w.on(0xfa, &[900_000_000, number, 0, bytes, 0, 32]);
    w.return_hash(32);
}

/// The cases.
pub fn cases() -> Vec<Case> {
    let megabyte = noise(MEMORY);
    let with_data = |case: Case| Case { data: megabyte.clone(), ..case };
    // Code that a create deploys: JUMPDESTs, then a push of the hash of nothing.
    let mut deployed = vec![0x5b; CODE as usize];
    deployed[CODE as usize - 1] = 0x00;
    let init: Vec<u8> = {
        // CODECOPY(0, INIT - CODE, CODE) RETURN(0, CODE), and the code at the end.
        let mut head = program(|w| {
            w.on(0x39, &[0, INIT - CODE, CODE]);
            w.on(0xf3, &[0, CODE]);
        });
        head.resize((INIT - CODE) as usize, 0x5b);
        head.extend(&deployed);
        head
    };
    let bounce = program(|w| {
        w.ops(&[0x36], 0);
        w.number(0);
        w.number(0);
        w.ops(&[0x37, 0x36], 0);
        w.number(0);
        w.op(0xf3);
    });
    let spoil = program(|w| {
        // Eight limbs change with each write: the journal's worst.
        w.turns(7_000, |w| {
            w.op(0x80);
            w.number(0);
            w.op(0x52);
            w.on(0x20, &[0, 32]);
            w.number(1);
            w.op(0x55);
        });
        w.on(0xfd, &[0, 0]);
    });
    vec![
        with_data(case("keccak of 1 MiB", "keccak", |w| {
            w.fill_memory(MEMORY);
            w.return_hash(MEMORY);
        })),
        with_data(case("MCOPY of 1 MiB less a byte onto itself, up", "copy", |w| {
            w.fill_memory(MEMORY);
            w.on(0x5e, &[1, 0, MEMORY - 1]);
            w.return_hash(MEMORY);
        })),
        with_data(case("MCOPY of 1 MiB less 33 bytes onto itself, down", "copy", |w| {
            w.fill_memory(MEMORY);
            w.on(0x5e, &[0, 33, MEMORY - 33]);
            w.return_hash(MEMORY);
        })),
        Case {
            other: noise(CODE),
            ..case("EXTCODECOPY of 1 MiB from 24 KiB of code", "account", |w| {
                for operand in [MEMORY - 3, 5, 3] {
                    w.number(operand);
                }
                w.address(OTHER);
                w.op(0x3c);
                w.return_hash(MEMORY);
            })
        },
        with_data(case("LOG4 of 250,000 bytes", "log", |w| {
            w.fill_memory(MEMORY);
            w.on(0xa4, &[7, 250_000, 1, 2, 3, 4]);
            w.op(0x00);
        })),
        with_data(case("RETURN of 1 MiB", "gather", |w| {
            w.fill_memory(MEMORY);
            w.on(0xf3, &[0, MEMORY]);
        })),
        with_data(Case {
            other: bounce,
            ..case("300 KB of call data that come back", "call", |w| {
                let bytes = 300_001;
                w.fill_memory(bytes);
                for operand in [bytes, 3, bytes, 0, 0] {
                    w.number(operand);
                }
                w.address(OTHER);
                w.ops(&[0x5a, CALL, 0x3d], 0);
                w.on(0x3e, &[300_100, 1, 300_000]);
                w.return_hash(600_100);
            })
        }),
        with_data(case("300 KB through the identity precompile", "identity", |w| {
            let bytes = 300_001;
            w.fill_memory(bytes);
            for operand in [bytes, 3, bytes, 0, 0, 4] {
                w.number(operand);
            }
            w.ops(&[0x5a, CALL, 0x3d], 0);
            w.on(0x3e, &[300_100, 1, 300_000]);
            w.return_hash(600_100);
        })),
        with_data(case("SHA-256 of 500 KB", "sha256", |w| hash_by(w, 2))),
        with_data(case("RIPEMD-160 of 500 KB", "ripemd160", |w| hash_by(w, 3))),
        Case {
            data: [300_000u32.to_be_bytes().to_vec(), noise(208), vec![1]].concat(),
            ..case("300,000 rounds of BLAKE2b", "blake2f", |w| {
                w.fill_memory(213);
                w.on(0xfa, &[400_000, 9, 0, 213, 0, 64]);
                w.return_hash(64);
            })
        },
        Case {
            data: {
                let mut input = [[0; 31].as_slice(), &[32]].concat().repeat(3);
                input.extend([[0xff; 31].as_slice(), &[0xfe], &[0xff; 64]].concat());
                input
            },
            ..case("MODEXP of three numbers of 32 bytes", "modexp", |w| {
                w.fill_memory(192);
                w.on(0xfa, &[400_000, 5, 0, 192, 0, 32]);
                w.return_hash(32);
            })
        },
        Case {
            data: init,
            least_steps: CODE,
            ..case("48 KiB of init code deploy 24 KiB, which run", "create", |w| {
                w.fill_memory(INIT);
                w.on(0xf5, &[0, 0, INIT, 99]);
                for operand in [0, 0, 0, 0, 0] {
                    w.number(operand);
                }
                w.ops(&[0x85, 0x5a, CALL], 0);
                w.number(0);
                w.ops(&[0x52, 0x3b], 0);
                w.number(32);
                w.op(0x52);
                w.return_hash(64);
            })
        },
        Case {
            data: vec![0x60; INIT as usize],
            ..case("48 KiB of pushes as init code", "decode", |w| {
                w.fill_memory(INIT);
                w.on(0xf0, &[0, 0, INIT]);
                w.number(0);
                w.op(0x52);
                w.on(0xf3, &[0, 32]);
            })
        },
        Case {
            other: spoil,
            least_steps: 70_000,
            ..case("7,000 writes undone", "ending", |w| {
                for operand in [0, 0, 0, 0, 0] {
                    w.number(operand);
                }
                w.address(OTHER);
                w.ops(&[0x5a, CALL], 0);
                w.number(0);
                w.op(0x52);
                w.on(0xf3, &[0, 32]);
            })
        },
        case("1,000 slots read and written", "storage", |w| {
            w.turns(1_000, |w| {
                w.ops(&[0x80, 0x54, 0x19, 0x81, 0x55], 0);
            });
            w.op(0x00);
        }),
        case("1,000 accounts looked at", "account", |w| {
            w.turns(1_000, |w| {
                w.ops(&[0x80], 0);
                w.number(0x1_0000);
                w.ops(&[0x01, 0x31, 0x50], 0);
            });
            w.op(0x00);
        }),
        Case {
            warm_slots: 1_000,
            ..case("1,000 slots of an access list", "init", |w| {
                w.turns(1_000, |w| w.ops(&[0x80, 0x54, 0x50], 0));
                w.op(0x00);
            })
        },
        case("EXP of 256 bits", "exp", |w| {
            w.push(U256::MAX);
            w.push(U256::MAX - U256::from(2));
            w.op(0x0a);
            w.number(0);
            w.op(0x52);
            w.on(0xf3, &[0, 32]);
        }),
        case("MULMOD of 256 bits", "arith", |w| {
            w.push(U256::MAX - U256::from(188));
            w.push(U256::MAX);
            w.push(U256::MAX - U256::from(1));
            w.op(0x09);
            w.number(0);
            w.op(0x52);
            w.on(0xf3, &[0, 32]);
        }),
        case("1,024 items on the stack", "light", |w| {
            w.ops(&[0x5f; 1024], 0);
            w.op(0x00);
        }),
    ]
}

/// All cases as one batch.
pub fn batch() -> Batch {
    let cases = cases();
    let mut batch = Batch { blocks: vec![BlockEnv { gas_limit: u64::MAX, ..BlockEnv::default() }], ..Batch::default() };
    for case in &cases {
        let contract = |batch: &mut Batch, code: &[u8]| Account {
            nonce: 1,
            balance: U256::from(1000),
            code: Some(batch.add_program(Program::new(code.to_vec()))),
            ..Account::default()
        };
        let (to, other) = (contract(&mut batch, &case.code), contract(&mut batch, &case.other));
        let accounts = [(TO, to), (OTHER, other)].into();
        batch.worlds.push(World { accounts, ..World::default() });
        let slots = (1..=case.warm_slots).map(|slot| U256::from(slot).into()).collect();
        batch.transactions.push(Transaction { kind: 1, access_list: vec![(TO, slots)], ..Transaction::default() });
    }
    let each = (0..cases.len() as u32).collect::<Vec<_>>();
    batch.calls = Calls {
        count: cases.len(),
        world: Column::Each(each.clone()),
        fork: Column::All(ForkColumn(Fork::Prague)),
        // At level `call` an access list counts.
        level: Column::Each(
            cases.iter().map(|case| if case.warm_slots > 0 { Level::Call } else { Level::Frame }).collect(),
        ),
        caller: Column::All(Address::repeat_byte(0xca)),
        to: Column::All(Some(TO)),
        gas: Column::All(1_000_000_000),
        data: cases.iter().map(|case| &case.data).collect::<CallData>(),
        transaction: Column::Each(each.into_iter().map(Some).collect()),
        ..Calls::default()
    };
    batch
}
