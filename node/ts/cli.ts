#!/usr/bin/env node
// The command lanevm: runs a document, and says what it would run on. Everything else is the package's.

import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import { documentText } from './document-text.js'
import { AbortError, BatchError, DocumentError, InvalidArgumentError, LanevmError } from './errors.js'
import type { EngineOptions, Progress } from './options.js'
import { createEngine, VERSION } from './node.js'

const HELP = `lanevm ${VERSION}

  lanevm run FILE|LINK   run a document: a file, - for standard input, or a link of the page
  lanevm info            what it would run on

  --device auto|webgpu|cpu   where to run (auto)
  --workers N                CPU workers
  --format ndjson|csv        what is written (ndjson)
  --chunk N                  lanes run at once (16384)
  --quiet                    no progress

Lanes are written to standard output, one a line. Exit codes: 0 all lanes succeeded, 1 some did not, 2 wrong usage or
document, 3 the engine could not be made or failed, 130 interrupted.
`

const [OK, FAILURES, USAGE, SETUP, INTERRUPTED] = [0, 1, 2, 3, 130]

/** A mistake in how the command was called. */
class UsageError extends Error {}

function options(): { command: string | undefined; rest: string[]; values: Record<string, string | boolean | undefined> } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        device: { type: 'string' },
        workers: { type: 'string' },
        format: { type: 'string' },
        chunk: { type: 'string' },
        quiet: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
    const [command, ...rest] = positionals
    return { command, rest, values }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function count(text: string | boolean | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9][0-9]{0,8}$/.test(String(text))) throw new UsageError(`--${name} is "${text}"; give a number from 1 on.`)
  return Number(text)
}

function engineOptions(values: Record<string, string | boolean | undefined>): EngineOptions {
  const workers = count(values['workers'], 'workers')
  const device = values['device'] as EngineOptions['device']
  return { ...(device === undefined ? {} : { device }), ...(workers === undefined ? {} : { workers }) }
}

async function documentOf(place: string): Promise<string> {
  if (place === '-') {
    let text = ''
    for await (const part of process.stdin.setEncoding('utf8')) text += part
    return text
  }
  if (place.includes('#') || /^https?:/.test(place)) return documentText(place, 'the link')
  try {
    return await readFile(place, 'utf8')
  } catch (cause) {
    throw new UsageError(`${place} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

/** A line on the terminal that says how far the run is. */
class Bar {
  readonly #shown: boolean
  readonly #begun = performance.now()
  #last = 0

  constructor(quiet: boolean) {
    this.#shown = process.stderr.isTTY && !quiet
  }

  show({ done, lanes }: Progress): void {
    const now = performance.now()
    if (!this.#shown || (now - this.#last < 100 && done < lanes)) return
    this.#last = now
    const part = lanes === 0 ? 1 : done / lanes
    const filled = '#'.repeat(Math.round(part * 30)).padEnd(30, '.')
    const rate = Math.round(done / Math.max((now - this.#begun) / 1000, 0.001))
    process.stderr.write(`\r\u001b[K[${filled}] ${Math.floor(part * 100)}%  ${done} of ${lanes} lanes, ${rate} a second`)
  }

  end(): void {
    if (this.#shown) process.stderr.write('\r\u001b[K')
  }
}

/** What is said of compiled paths that were found wrong; lanes that are written are none of theirs. */
function wrongPaths(lanes: number): string {
  const counted = lanes === 1 ? '1 lane' : `${lanes} lanes`
  return `lanevm: A compiled path answered ${counted} wrongly: all lanes were run again without. Please report it.\n`
}

/** Writes what standard output takes, and waits where it is full. */
function write(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

/** The records of CSV: a line, or several where a quoted cell has line breaks. */
function* records(text: string): Generator<string, void, undefined> {
  let [from, quoted] = [0, false]
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === '\n' && !quoted) {
      yield text.slice(from, at + 1)
      from = at + 1
    }
  }
  if (from < text.length) yield text.slice(from)
}

/** Lines with the step's number in front: those of JSON, and those of CSV. */
class Steps {
  /** The first line of CSV, which all steps share. */
  #columns: string | undefined

  constructor(private readonly format: 'csv' | 'ndjson') {}

  /** The lines of each step of a part, one behind another. */
  lines(parts: readonly Uint8Array[]): Uint8Array {
    const texts = parts.map((bytes) => new TextDecoder().decode(bytes))
    if (this.format === 'ndjson') {
      return new TextEncoder().encode(texts.map((text, step) => text.replace(/^\{/gm, `{"step":${step},`)).join(''))
    }
    const tables = texts.map((text) => [...records(text)])
    const first = this.#columns === undefined
    this.#columns ??= tables[0]![0]!
    const other = tables.findIndex(([columns]) => columns !== this.#columns)
    if (other >= 0) {
      throw new UsageError(`Step ${other} has other columns than step 0, and CSV has one first line: use --format ndjson.`)
    }
    const body = tables.flatMap(([, ...rows], step) => rows.map((row) => `${step},${row}`))
    return new TextEncoder().encode([...(first ? [`step,${this.#columns}`] : []), ...body].join(''))
  }
}

async function run(rest: string[], values: Record<string, string | boolean | undefined>): Promise<number> {
  const [place, more] = rest
  if (place === undefined || more !== undefined) throw new UsageError('run takes one file or link.')
  const format = values['format'] ?? 'ndjson'
  if (format !== 'ndjson' && format !== 'csv') throw new UsageError(`--format is "${format}"; give ndjson or csv.`)
  const chunk = count(values['chunk'], 'chunk')
  const given = engineOptions(values)
  const document = await documentOf(place)
  const controller = new AbortController()
  let interrupted = false
  const interrupt = (): void => {
    if (interrupted) process.exit(INTERRUPTED)
    interrupted = true
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const bar = new Bar(values['quiet'] === true)
  const { signal } = controller
  try {
    const engine = await createEngine({ ...given, signal })
    try {
      let [failed, first] = [0, true]
      const steps = new Steps(format)
      const progress = (now: Progress): void => bar.show(now)
      const how = { keep: 'all', signal, onProgress: progress, ...(chunk === undefined ? {} : { chunk }) } as const
      for await (const part of engine.stream(document, how)) {
        const results = Array.from({ length: part.stepCount }, (_, step) => part.step(step))
        const parts = await Promise.all(results.map((result) => result.bytesOf(format)))
        let bytes = parts.length > 1 ? steps.lines(parts) : parts[0]!
        if (parts.length === 1 && format === 'csv' && !first) bytes = bytes.subarray(bytes.indexOf(10) + 1)
        first = false
        bar.end()
        await write(bytes)
        for (const result of results) {
          const { byStatus, compiledWrong, count } = result.summary()
          if (compiledWrong > 0) process.stderr.write(wrongPaths(compiledWrong))
          failed += count - (byStatus['return'] ?? 0) - (byStatus['stop'] ?? 0) - (byStatus['selfdestruct'] ?? 0)
        }
        signal.throwIfAborted()
      }
      return failed > 0 ? FAILURES : OK
    } finally {
      bar.end()
      await engine.destroy()
    }
  } catch (error) {
    if (interrupted && (error instanceof AbortError || error === signal.reason)) return INTERRUPTED
    throw error
  }
}

async function info(values: Record<string, string | boolean | undefined>): Promise<number> {
  const engine = await createEngine(engineOptions(values))
  const { details, ...facts } = engine.info
  process.stdout.write(`${JSON.stringify({ lanevm: VERSION, node: process.version, ...facts, details }, undefined, 2)}\n`)
  await engine.destroy()
  return OK
}

async function main(): Promise<number> {
  const { command, rest, values } = options()
  if (values['help'] || (command === undefined && !values['version'])) {
    process[values['help'] ? 'stdout' : 'stderr'].write(HELP)
    return values['help'] ? OK : USAGE
  }
  if (values['version']) {
    process.stdout.write(`${VERSION}\n`)
    return OK
  }
  if (command === 'run') return run(rest, values)
  if (command !== 'info') throw new UsageError(`There is no command "${command}".`)
  if (rest.length > 0) throw new UsageError('info takes no arguments.')
  return info(values)
}

// Who reads no further, as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? OK : SETUP))

main().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    // A batch that is refused as a whole is the document's fault.
    const usage = [UsageError, DocumentError, BatchError, InvalidArgumentError].some((kind) => error instanceof kind)
    const words = error instanceof LanevmError ? error.message : error instanceof Error ? error.message : String(error)
    process.stderr.write(`lanevm: ${words}\n${error instanceof UsageError ? '\nlanevm --help says how.\n' : ''}`)
    process.exitCode = usage ? USAGE : SETUP
  },
)
