// The package's public names, the same in Node and in browsers; each entry adds its own `createEngine`.

export { Engine } from './engine.js'
export type { EngineInfo, StreamOptions } from './engine.js'
export type { Calls, CheckedCalls, RunOptions, SimulateCallsParameters } from './batch.js'
export { CODE_ADDRESS, DEFAULT_GAS } from './calls.js'
export type { Call, CallColumns, NamedCall } from './calls.js'
export type { Abi, AbiItem, AbiParameter, AbiValue, CallAt, CallResult, FunctionArgs, FunctionCall, FunctionName, FunctionResult, ResultAt } from './abi.js'
export type { Document } from './document.js'
export { Session } from './session.js'
export type { SessionOptions, SessionRunParameters } from './session.js'
export { ProviderRpcError } from './rpc/error.js'
export type { RequestArguments } from './rpc/transport.js'
export { VERSION } from './version.js'
export type { CallTemplate, Generator, GeneratorKind, TemplateAxis, TemplateField } from './template.js'
export { fieldKey, randomWord, threefry } from './random.js'
export type { Pair } from './random.js'
export { templateCall, templateValue } from './values.js'
export type { TemplateCall } from './values.js'
export type { Authorization, TransactionFields } from './transaction.js'
export type {
  AccountOverride,
  AccountState,
  BlockContext,
  BlockOverrides,
  Device,
  EngineOptions,
  GpuOptions,
  Keep,
  Level,
  Progress,
  State,
  StateOverrides,
  Storage,
} from './options.js'
export type {
  BatchResult,
  DecodedCall,
  DecodedValues,
  FailureRow,
  Group,
  ProgramCoverage,
  Row,
  RowFacts,
  RowStatus,
  SuccessRow,
  Summary,
  UnfinishedRow,
} from './result.js'
export type { AccountChange, Log } from './decode.js'
export type { TraceLine } from './trace.js'
export type { Address, BytesLike, Hex, Quantity } from './hex.js'
export {
  AbiError,
  AbortError,
  BatchError,
  ColumnLengthError,
  DeviceError,
  DocumentError,
  EngineCrashedError,
  EngineDestroyedError,
  EngineSetupError,
  ExecutionHaltedError,
  ExecutionRevertedError,
  InvalidAddressError,
  InvalidArgumentError,
  InvalidHexError,
  InvalidNumberError,
  LanevmError,
  UnknownHardforkError,
  UnsupportedError,
} from './errors.js'
