// Tests the package as people get it: packed, installed into fresh projects, imported from there. Builds it first where
// sources are newer than dist/. Arguments that are test files are the only ones run, others are passed to node --test;
// --no-build tests dist/ as it is.

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const root = join(here, '..')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

/** The latest change below a folder. */
function newest(folder) {
  return readdirSync(folder, { recursive: true }).reduce(
    (latest, name) => Math.max(latest, statSync(join(folder, name)).mtimeMs),
    statSync(folder).mtimeMs,
  )
}

function stale() {
  const built = join(here, 'dist', 'esm', 'lanevm_bg.wasm')
  if (!existsSync(built)) return true
  const sources = [join(here, 'ts'), join(here, 'src'), join(root, 'core'), join(root, 'machine'), join(root, 'shaders')].map(newest)
  const files = ['build.mjs', 'package.json', 'Cargo.toml'].map((name) => statSync(join(here, name)).mtimeMs)
  return Math.max(...sources, ...files) > newest(join(here, 'dist'))
}

/** A project that has the packed package installed, and `webgpu` where it is to have it. */
function project(folder, tarball, webgpu) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
  execFileSync(npm, ['install', '--offline', '--no-audit', '--no-fund', '--silent', tarball], { cwd: folder })
  // What the README's recipes use beside it.
  for (const name of ['viem', 'ethers']) symlinkSync(join(here, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
  if (webgpu) symlinkSync(webgpu, join(folder, 'node_modules', 'webgpu'), 'junction')
  cpSync(join(here, 'test'), join(folder, 'test'), { recursive: true })
  return folder
}

const args = process.argv.slice(2)
const only = args.filter((arg) => arg.endsWith('.test.mjs'))
const passed = args.filter((arg) => arg !== '--no-build' && !only.includes(arg))
if (!existsSync(join(here, 'node_modules'))) execFileSync(npm, ['ci', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' })
if (!args.includes('--no-build') && stale()) execFileSync(process.execPath, [join(here, 'build.mjs')], { stdio: 'inherit' })

const scratch = mkdtempSync(join(tmpdir(), 'lanevm-npm-'))
let status = 1
try {
  const packed = execFileSync(npm, ['pack', '--json', '--pack-destination', scratch], { cwd: here, encoding: 'utf8' })
  writeFileSync(join(scratch, 'packed.json'), packed)
  const tarball = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.tgz')))
  const peer = join(here, 'node_modules', 'webgpu')
  const plain = project(join(scratch, 'plain'), tarball, undefined)
  const dawn = existsSync(peer) ? project(join(scratch, 'dawn'), tarball, peer) : ''
  const env = {
    ...process.env,
    LANEVM_NODE: here,
    LANEVM_PACKED: join(scratch, 'packed.json'),
    LANEVM_TARBALL: tarball,
    LANEVM_DAWN: dawn,
  }
  const files = readdirSync(join(plain, 'test')).filter((name) => name.endsWith('.test.mjs') && (only.length === 0 || only.includes(name)))
  const tests = files.map((name) => join(plain, 'test', name))
  const run = spawnSync(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...passed, ...tests], { cwd: plain, env, stdio: 'inherit' })
  status = run.status ?? 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = status
