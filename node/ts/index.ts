// The package's public names, the same in Node and in browsers; each entry adds its own `createEngine`.

export { Engine } from './engine.js'
export type { EngineInfo } from './engine.js'
export type { SimulateCallsParameters } from './batch.js'
export { CODE_ADDRESS, DEFAULT_GAS } from './calls.js'
export type { Call, CallColumns } from './calls.js'
export type { CallTemplate, Generator, GeneratorKind, TemplateAxis, TemplateField } from './template.js'
export { fieldKey, randomWord, threefry } from './random.js'
export type { Pair } from './random.js'
export { templateCall, templateValue } from './values.js'
export type { TemplateCall } from './values.js'
export type { Authorization, TransactionFields } from './transaction.js'
export type {
  AccountState,
  BlockContext,
  Device,
  EngineOptions,
  GpuOptions,
  Level,
  Progress,
  State,
  Storage,
} from './options.js'
export type { BatchResult, Row, RowStatus, Summary } from './result.js'
export type { AccountChange, Log } from './decode.js'
export type { TraceLine } from './trace.js'
export type { Address, BytesLike, Hex, Quantity } from './hex.js'
export {
  AbortError,
  BatchError,
  ColumnLengthError,
  DeviceError,
  EngineCrashedError,
  EngineDestroyedError,
  EngineSetupError,
  InvalidAddressError,
  InvalidArgumentError,
  InvalidHexError,
  InvalidNumberError,
  LanevmError,
  UnknownHardforkError,
  UnsupportedError,
} from './errors.js'
