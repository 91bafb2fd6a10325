// Builds the package into dist/: the shim to wasm, its glue, the TypeScript to ESM and CJS with types. Pass --dev for a
// wasm that is quick to build and slow to run, --scripts to leave
// the wasm that was built last.

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '..')
const dev = process.argv.includes('--dev')

/** The files of types that an entry's types name, from the entry on. */
function named(folder, entry, found = new Set()) {
  if (found.has(entry)) return found
  found.add(entry)
  const text = readFileSync(join(folder, entry), 'utf8')
  for (const [, path] of text.matchAll(/from '(\.[^']*)\.js'/g)) named(folder, normalize(join(dirname(entry), `${path}.d.ts`)), found)
  return found
}

/** The version of wasm-bindgen that Cargo.lock holds: the tool must be the very same. */
function bindgenVersion() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8')
  return /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)[1]
}

function run(command, args, env = {}) {
  execFileSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
}

function buildWasm() {
  const profile = dev ? 'dev' : 'wasm-page'
  run('cargo', ['build', '--profile', profile, '--target', 'wasm32-unknown-unknown', '-p', 'lanevm-node'])
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
  const wasm = join(target, 'wasm32-unknown-unknown', dev ? 'debug' : profile, 'lanevm_node.wasm')
  const version = bindgenVersion()
  const cached = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lanevm', `wasm-bindgen-cli-${version}`, 'bin')
  const path = [cached, process.env.PATH].join(delimiter)
  const found = execFileSync('wasm-bindgen', ['--version'], { env: { ...process.env, PATH: path }, encoding: 'utf8' })
  if (found.trim() !== `wasm-bindgen ${version}`) {
    throw new Error(`${found.trim()} is on PATH, but Cargo.lock holds ${version}: cargo install wasm-bindgen-cli --version ${version}`)
  }
  const pkg = join(here, 'pkg')
  rmSync(pkg, { recursive: true, force: true })
  run('wasm-bindgen', [wasm, '--target', 'web', '--out-dir', pkg, '--out-name', 'lanevm', '--remove-producers-section'], { PATH: path })
  if (dev) return
  const out = join(pkg, 'lanevm_bg.wasm')
  const features = ['bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext', 'reference-types', 'multivalue']
  const binaryen = join(here, 'node_modules', 'binaryen', 'bin', 'wasm-opt')
  // What is to be fast was made so by the compiler (profile wasm-page): -O3 is no faster here, and larger.
  run(process.execPath, [binaryen, out, '-o', out, '-Os', ...features.map((name) => `--enable-${name}`)])
}

async function buildScripts() {
  const { build } = await import('esbuild')
  const dist = join(here, 'dist')
  rmSync(dist, { recursive: true, force: true })
  run(process.execPath, [join(here, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', here])
  // tsc's own JavaScript is not what ships: the entries are bundled, so that the package is a handful of files.
  const entry = (...names) => names.map((name) => join(here, 'ts', `${name}.ts`))
  // Classes carry their names as text; spaces, comments and the names of locals are for those who read the source.
  const small = { minify: true }
  // A crate asks for it, and takes no for an answer. Bun takes a file in which it stands for CommonJS.
  const define = { 'module.require': 'undefined' }
  const shared = { bundle: true, target: 'es2022', sourcemap: false, logLevel: 'warning', legalComments: 'none', define, ...small }
  const esm = { ...shared, format: 'esm', outdir: join(dist, 'esm') }
  // Entries share what they have in common; workers, which are copied about, are files of their own.
  await build({
    ...esm,
    entryPoints: entry('node', 'browser', 'workerd', 'edge-light', 'slim', 'cli'),
    platform: 'neutral',
    external: ['node:*', './lanevm_bg.wasm', './lanevm_bg.wasm?module'],
    splitting: true,
    chunkNames: 'front-[hash]',
  })
  await build({ ...esm, entryPoints: entry('worker-node'), platform: 'node', external: ['webgpu'] })
  await build({ ...esm, entryPoints: entry('worker-browser'), platform: 'browser' })
  // CommonJS has no import.meta.url. The worker is an ES module in either case, and there is one of it.
  await build({
    ...shared,
    format: 'cjs',
    outdir: join(dist, 'cjs'),
    entryPoints: entry('node'),
    platform: 'node',
    define: { ...define, 'import.meta.url': 'entryUrl' },
    banner: { js: "const entryUrl = require('node:url').pathToFileURL(require('node:path').join(__dirname, '..', 'esm', 'node.js')).href;" },
  })
  // Types that no type of an entry names are nobody's.
  const types = join(dist, 'types')
  const namedBy = (...entries) => new Set(entries.flatMap((entry) => [...named(types, `${entry}.d.ts`)]))
  const common = namedBy('node')
  for (const name of common) cpSync(join(types, name), join(dist, 'cjs', name))
  for (const name of namedBy('node', 'browser', 'workerd', 'edge-light', 'slim')) {
    const path = join(dist, 'esm', name)
    // What both formats have stands once. A module may take types from CommonJS; the other way round compilers refuse it.
    const there = relative(dirname(path), join(dist, 'cjs', name)).replaceAll('\\', '/').replace(/\.d\.ts$/, '.js')
    if (!common.has(name)) cpSync(join(types, name), path)
    else {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `export * from '${there}'\n`)
    }
  }
  // The package is of modules; a package.json beside those would hide what the package's own says of side effects.
  writeFileSync(join(dist, 'cjs', 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`)
  writeFileSync(join(dist, 'esm', 'worker.d.ts'), 'export {}\n')
  rmSync(types, { recursive: true })
  copyFileSync(join(here, 'pkg', 'lanevm_bg.wasm'), join(dist, 'esm', 'lanevm_bg.wasm'))
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    copyFileSync(join(root, name), join(here, name))
  }
}

if (!process.argv.includes('--scripts')) buildWasm()
await buildScripts()
const size = statSync(join(here, 'dist', 'esm', 'lanevm_bg.wasm')).size
console.log(`lanevm: dist/ is built, ${(size / 1e6).toFixed(2)} MB of wasm`)
