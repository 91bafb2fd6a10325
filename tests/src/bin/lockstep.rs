//! Runs one lane on both engines and says where they part. Everything it knows stands in the library.
// Only there natively; where tests are built for WebAssembly, this is an empty program.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, anyhow, bail, ensure};
use clap::{Args, Parser};
use lanevm_core::{
    Account, Address, Batch, BlockEnv, CallData, Calls, Column, Fork, ForkColumn, Program, U256, World,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuOptions},
    hexadecimal,
};
use lanevm_tests::{
    conformance::one,
    contracts::Contracts,
    fixtures::source,
    parity::{
        lockstep::{self, Verdict},
        programs, societies,
    },
};

/// Runs one lane on the GPU engine and on the CPU engine and prints the first step at which they differ, or that they
/// agree. Exits with 1 where they differ.
#[derive(Debug, Parser)]
#[command(name = "lockstep")]
struct Arguments {
    #[command(flatten)]
    lane: LaneArguments,
    /// Call data, in hex. With --code.
    #[arg(long, value_name = "HEX", default_value = "", conflicts_with_all = ["case", "society", "program", "contract"])]
    data: String,
    /// Gas of the frame. With --code.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, conflicts_with_all = ["case", "society", "program", "contract"])]
    gas: u64,
    /// The rules. With --code.
    #[arg(long, value_parser = parse_fork, default_value = "Osaka", conflicts_with_all = ["case", "society", "program", "contract"])]
    fork: Fork,
    /// Value sent, in wei, decimal or with 0x. With --code.
    #[arg(long, value_name = "WEI", default_value = "0", conflicts_with_all = ["case", "society", "program", "contract"])]
    value: String,
    /// Where state tests are, or contracts. With --case or --contract. Default: ../shared/fixtures beside the repository.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// Look at no more steps than this.
    #[arg(long, value_name = "N", default_value_t = lockstep::MOST_STEPS)]
    steps: usize,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct LaneArguments {
    /// Bytecode, in hex, run as a raw message call.
    #[arg(long, value_name = "HEX")]
    code: Option<String>,
    /// A state test as `conformance` names it: file:test:fork:data:gas:value.
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// A lane of `soak --kind frames`: its batch's seed and its number.
    #[arg(long, value_name = "SEED:LANE", value_parser = parse_lane)]
    society: Option<(u64, u32)>,
    /// A lane of `soak --kind single`: its batch's seed and its number.
    #[arg(long, value_name = "SEED:LANE", value_parser = parse_lane)]
    program: Option<(u64, u32)>,
    /// A lane of `soak --kind contracts`: its batch's seed and its number.
    #[arg(long, value_name = "SEED:LANE", value_parser = parse_lane)]
    contract: Option<(u64, u32)>,
}

fn parse_fork(name: &str) -> Result<Fork, String> {
    Fork::parse(name).ok_or_else(|| format!("`{name}` is no fork from Frontier to Osaka"))
}

/// Most lanes of a random batch: generating those before the one asked for takes time and memory.
const MOST_LANES: u32 = 1_000_000;

fn parse_lane(text: &str) -> Result<(u64, u32), String> {
    let wrong = || format!("`{text}` is not SEED:LANE, two numbers, the lane below {MOST_LANES}");
    let (seed, lane) = text.split_once(':').ok_or_else(wrong)?;
    let lane = lane.parse().ok().filter(|lane| *lane < MOST_LANES).ok_or_else(wrong)?;
    Ok((seed.parse().map_err(|_| wrong())?, lane))
}

fn of_code(code: &str, arguments: &Arguments) -> Result<Batch> {
    let program = Program::from_hex(code).context("--code")?;
    let data = hexadecimal::parse(&arguments.data).context("--data")?;
    let value: U256 = arguments
        .value
        .parse()
        .map_err(|why| anyhow!("--value: `{}` is no number of at most 256 bits: {why}", arguments.value))?;
    let (to, caller) = (Address::repeat_byte(0xc0), Address::repeat_byte(0xca));
    let contract = Account { nonce: 1, code: Some(0), ..Account::default() };
    let sender = Account { balance: U256::from(1) << 100, ..Account::default() };
    Ok(Batch {
        programs: vec![program],
        worlds: vec![World { accounts: [(to, contract), (caller, sender)].into(), ..World::default() }],
        blocks: vec![BlockEnv::default()],
        calls: Calls {
            count: 1,
            fork: Column::All(ForkColumn(arguments.fork)),
            caller: Column::All(caller),
            to: Column::All(Some(to)),
            value: Column::All(value),
            gas: Column::All(arguments.gas),
            data: CallData::repeated(1, &data),
            ..Calls::default()
        },
        ..Batch::default()
    })
}

fn batch(arguments: &Arguments) -> Result<Batch> {
    let lane = &arguments.lane;
    let last = |make: fn(u64, usize) -> Batch, (seed, lane): (u64, u32)| {
        make(seed, lane as usize + 1).subset(&[lane as usize])
    };
    Ok(match (&lane.code, &lane.case, lane.society, lane.program, lane.contract) {
        (Some(code), ..) => of_code(code, arguments)?,
        (_, Some(id), ..) => {
            let data = arguments.fixtures.clone().unwrap_or_else(source::default_data);
            ensure!(data.exists(), "there are no state tests at {}; name them with --fixtures", data.display());
            one::case(&data, id)?
        }
        (_, _, Some(society), ..) => last(societies::batch, society),
        (_, _, _, Some(program), _) => last(programs::batch, program),
        (_, _, _, _, Some((seed, lane))) => {
            let contracts = Contracts::at(arguments.fixtures.as_deref())?;
            contracts.batch(seed, lane as usize + 1).1.subset(&[lane as usize])
        }
        _ => bail!("name a lane: --code, --case, --society, --program or --contract"),
    })
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let batch = batch(&arguments)?;
    let options = GpuOptions { keep_stragglers: true, ..GpuOptions::default() };
    let mut gpu = pollster::block_on(GpuEngine::new(options, Box::new(CpuEngine::new(1))))
        .context("the GPU engine cannot be made")?;
    let verdict =
        pollster::block_on(lockstep::compare(&mut gpu, &batch, 0, arguments.steps)).map_err(|why| anyhow!("{why}"))?;
    print!("{verdict}");
    Ok(if matches!(verdict, Verdict::Differ(_)) { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
