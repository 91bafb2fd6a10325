// What a document is. Written from docs/document.schema.json by `LANEVM_WRITE_SCHEMA=1 cargo test -p
// lanevm-tests --test document`: change core/src/document/, not this file.

/** A run: many lanes, each of one call or of several. */
export interface Document {
  /** The version of the document's form: 1. */
  lanevm: 1
  /** The rules, by the hard fork's name. */
  hardfork: Hardfork
  /** What surrounds the code of a call: `docs/levels.md`. */
  level?: Level
  /** Whether the steps of a lane follow one another. */
  mode?: Mode
  /** CHAINID. */
  chainId?: VaryingQuantity64
  /** The block that calls run in. */
  block?: Block
  /** The state that lanes begin with. */
  state?: State
  /** Programs, by name. */
  programs?: Readonly<Record<string, ProgramEntry>>
  /** Columns of values that generators name, from a table, say. */
  columns?: Readonly<Record<string, readonly Quantity[]>>
  /** Axes of a grid: lanes enumerate their product, and the last varies fastest. */
  axes?: readonly Axis[]
  /** Lanes; every point of the grid where it is left out, which needs axes. */
  lanes?: Count
  /** Seeds random values; 0 where it is left out. */
  seed?: Quantity
  /** What bounds a lane beside its gas. */
  limits?: Limits
  /** The calls of each lane, in order. */
  steps: readonly Step[]
  /** What a page keeps with the document: not read by anything that runs it. */
  ui?: unknown
}

/** The name of a hard fork of Ethereum mainnet. */
export type Hardfork =
  | 'frontier'
  | 'homestead'
  | 'tangerineWhistle'
  | 'spuriousDragon'
  | 'byzantium'
  | 'constantinople'
  | 'petersburg'
  | 'istanbul'
  | 'berlin'
  | 'london'
  | 'paris'
  | 'shanghai'
  | 'cancun'
  | 'prague'
  | 'osaka'

/**
 * What a call goes through before and after its code runs. `docs/levels.md` says what each means for ORIGIN,
 * GASPRICE, value, warm addresses and refunds.
 */
export type Level = 'frame' | 'call' | 'transaction'

/** Whether the steps of a lane follow one another. */
export type Mode = 'sequence' | 'independent'

/** The same in every lane, or generated: a whole number from 0 to 2^64-1, as decimal or 0x text. */
export type VaryingQuantity64 =
  | Quantity64
  | {
      fixed: Quantity64
    }
  | {
      range: readonly [Quantity64, Quantity64]
      step?: Quantity
      count?: Count
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      list: readonly Quantity64[]
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      column: Name
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      random:
        | {
            dist?: 'uniform' | 'logUniform'
            min?: Quantity64
            max?: Quantity64
          }
        | {
            from: readonly Quantity64[]
          }
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }

/** A whole number from 0 to 2^64-1: decimal or 0x text, or a number below 2^53. */
export type Quantity64 = string | number

/** A whole number from 0 to 2^256-1: decimal or 0x text, or a number below 2^53. */
export type Quantity = string | number

/** A name. */
export type Name = string

/** A number of lanes, values or bytes: as a number, or as decimal or 0x text. */
export type Count = number | string

/** The block that calls run in. What is left out is zero, but for `timestamp` (1) and `gasLimit` (30,000,000). */
export interface Block {
  /** NUMBER. */
  number?: VaryingQuantity
  /** TIMESTAMP, in seconds; 1 where it is left out. */
  timestamp?: VaryingQuantity
  /** COINBASE. */
  coinbase?: VaryingAddress
  /** GASLIMIT; 30,000,000 where it is left out. */
  gasLimit?: VaryingQuantity64
  /** BASEFEE, in wei per gas (London and later). */
  baseFeePerGas?: VaryingQuantity64
  /** DIFFICULTY before the Merge. */
  difficulty?: VaryingQuantity
  /** PREVRANDAO from the Merge on (EIP-4399). */
  prevRandao?: VaryingHash
  /** Excess blob gas of the header (EIP-4844), from which BLOBBASEFEE follows. */
  excessBlobGas?: VaryingQuantity64
  /** Blob parameters other than the fork's. */
  blobSchedule?: BlobSchedule
  /** BLOCKHASH by block number, or the word `ofNumber`. */
  blockHashes?: Hashes
}

/** The same in every lane, or generated: a whole number from 0 to 2^256-1, as decimal or 0x text. */
export type VaryingQuantity =
  | Quantity
  | {
      fixed: Quantity
    }
  | {
      range: readonly [Quantity, Quantity]
      step?: Quantity
      count?: Count
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      list: readonly Quantity[]
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      column: Name
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      random:
        | {
            dist?: 'uniform' | 'logUniform'
            min?: Quantity
            max?: Quantity
          }
        | {
            from: readonly Quantity[]
          }
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }

/** The same in every lane, or generated: an address: 20 bytes of hex. */
export type VaryingAddress =
  | Address
  | {
      fixed: Address
    }
  | {
      range: readonly [Address, Address]
      step?: Quantity
      count?: Count
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      list: readonly Address[]
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      column: Name
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      random:
        | {
            dist?: 'uniform' | 'logUniform'
            min?: Address
            max?: Address
          }
        | {
            from: readonly Address[]
          }
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }

/** An address: 20 bytes of hex. */
export type Address = string

/** The same in every lane, or generated: a hash: 32 bytes of hex. */
export type VaryingHash =
  | Hash
  | {
      fixed: Hash
    }
  | {
      range: readonly [Hash, Hash]
      step?: Quantity
      count?: Count
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      list: readonly Hash[]
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      column: Name
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }
  | {
      random:
        | {
            dist?: 'uniform' | 'logUniform'
            min?: Hash
            max?: Hash
          }
        | {
            from: readonly Hash[]
          }
      /** The axis along which values vary. */
      axis?: Name
      /** That values vary with the lane's number, as they do without an axis. */
      zip?: true
    }

/** A hash: 32 bytes of hex. */
export type Hash = string

/** Blob parameters of a block (EIP-7840), where they are not its fork's own. */
export interface BlobSchedule {
  /** Most blobs of a block. */
  max: Quantity64
  /** The fraction by which the base fee of blob gas moves. */
  baseFeeUpdateFraction: Quantity64
}

/** Hashes by block number; `ofNumber` is keccak-256 of the number in decimal. */
export type Hashes = 'ofNumber' | Readonly<Record<string, Hash>>

/** The state that lanes begin with. */
export interface State {
  /**
   * What an account or slot is that does not stand here: `empty` where it is left out. A lane that touches what is
   * `unknown` ends as `missing_state`.
   */
  absent?: Absent
  /** Accounts, by address. */
  accounts?: Readonly<Record<string, Account>>
}

/** What an account that a world does not hold is. */
export type Absent = 'empty' | 'unknown'

/** An account that lanes begin with. */
export interface Account {
  /** Balance in wei; 0 where it is left out. */
  balance?: VaryingQuantity
  /** Transactions sent, or contracts created; 0 where it is left out. */
  nonce?: VaryingQuantity64
  /** Code. An account has this or a program, or none of both. */
  code?: Hex
  /** The name of the program that is its code. */
  program?: Name
  /** Storage, by slot. */
  storage?: Readonly<Record<string, VaryingQuantity>>
}

/** Bytes as hex, with or without 0x. */
export type Hex = string

/** A named program. */
export interface ProgramEntry {
  /** Runtime code. */
  code: Hex
  /** The contract's ABI: the array that compilers write. */
  abi?: readonly unknown[]
}

/** An axis of a grid. */
export interface Axis {
  name: Name
  length: Count
}

/** What bounds a lane beside its gas. */
export interface Limits {
  /**
   * Most instructions that a call executes before it ends as `step_limit`, in all of its frames; no limit where it
   * is left out.
   */
  steps?: Quantity64
}

/** One call in each lane. */
export interface Step {
  /**
   * The name of the program that runs. At level `frame` it runs in the place of the code at `to`. A step has a
   * program, or `to`, or at level `frame` both.
   */
  program?: Name
  /**
   * The account called; `null` creates a contract. Left out beside a program, it is the one account of the state
   * that holds the program; at level `frame`, where no account does, the address `0xc0c0…c0`.
   */
  to?: VaryingAddress | null
  /** CALLER; the zero address where it is left out. */
  from?: VaryingAddress
  /** Value in wei; 0 where it is left out. */
  value?: VaryingQuantity
  /** Gas limit; 16,777,216 where it is left out. */
  gas?: VaryingQuantity64
  /** Call data; none where it is left out. */
  calldata?: Calldata
  /** What its transaction has beyond that. */
  transaction?: Transaction
}

/** The data of a call. */
export type Calldata = CallBytes | CallList | AbiCall

/** Call data as bytes, with parts that vary. */
export interface CallBytes {
  /** The bytes before fields are laid over them. */
  hex: Hex
  /** Fields, laid over the bytes in this order. */
  fields?: readonly Field[]
}

/** A part of the call data that varies. */
export interface Field {
  /** What people call it; it changes nothing. */
  name?: Name
  /** First byte. */
  offset: Count
  /** Bytes, 1 to 32: 32 where it is left out. */
  width?: Count
  /** What stands there, big-endian. */
  value: VaryingQuantity
}

/** Call data of which each lane has one, in turn: for data of different lengths. */
export interface CallList {
  /** The data, at least one. */
  list: readonly Hex[]
  /** The axis along which they go; without one, with the lane's number. */
  axis?: Name
}

/** A function and its arguments. */
export interface AbiCall {
  /**
   * The ABI that has the function: the array that compilers write, or the name of a program that has one. Where it
   * is left out it is that of the step's program, and `function` may be a signature that needs none.
   */
  abi?: Abi
  /** The function's name, or its signature where the ABI has several of that name or there is none. */
  function: Name
  /** Its arguments in order. Any scalar among them may be a generator. */
  args?: readonly unknown[]
}

/** A contract's ABI, or the name of a program that has one. */
export type Abi = Name | readonly unknown[]

/**
 * A step's transaction. Its type follows from its fields: 4 with authorisations, 3 with a max fee for blobs, 2 with
 * a max fee, 1 with an access list, 0 otherwise. At level `frame` only `origin`, `gasPrice` and
 * `blobVersionedHashes` mean something; the others are refused there.
 */
export interface Transaction {
  /** ORIGIN at level `frame`, and only there; the caller where it is left out. */
  origin?: VaryingAddress
  /** The nonce; the sender's own where it is left out. */
  nonce?: VaryingQuantity64
  /** The chain that it was signed for, where it is to name another than the block's. */
  chainId?: VaryingQuantity64
  /** Gas price in wei; 0 where it and the max fee are left out. */
  gasPrice?: VaryingQuantity
  /** Max fee per gas in wei (EIP-1559). */
  maxFeePerGas?: VaryingQuantity
  /** Max priority fee per gas in wei (EIP-1559); 0 where it is left out. */
  maxPriorityFeePerGas?: VaryingQuantity
  /** Addresses and slots that are warm from the start (EIP-2930). */
  accessList?: readonly Access[]
  /** Versioned hashes of blobs (EIP-4844). */
  blobVersionedHashes?: readonly Hash[]
  /** Max fee per blob gas in wei (EIP-4844). */
  maxFeePerBlobGas?: VaryingQuantity
  /** Authorisations (EIP-7702). */
  authorizationList?: readonly Authorization[]
}

/** An address and slots that are warm from the start (EIP-2930). */
export interface Access {
  /** The address. */
  address: Address
  /** Its slots. */
  storageKeys?: readonly Hash[]
}

/** An authorisation to delegate (EIP-7702), as it was signed. */
export interface Authorization {
  /** Chain id, or 0 for any. */
  chainId: Quantity
  /** The address delegated to. */
  address: Address
  /** The authority's nonce. */
  nonce: Quantity64
  /** The signature's parity, 0 or 1; others up to 255 are no valid signature. */
  yParity: Count
  /** The signature's r. */
  r: Quantity
  /** The signature's s. */
  s: Quantity
}
