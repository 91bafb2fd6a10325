// Where the tests find things: the package's sources, the packed tarball, and the project with `webgpu`.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

/** The package's folder in the repository. */
export const packageFolder = process.env.LANEVM_NODE
/** The project that the tests run in: the package installed, without `webgpu`. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url))
/** The project with `webgpu`; empty where the peer could not be installed. */
export const dawnFolder = process.env.LANEVM_DAWN

/** Loads one of the package's tools. */
export const requireTool = createRequire(join(packageFolder, 'package.json'))

/** The software Vulkan driver that comes with Debian's Chromium; Dawn refuses lavapipe's older releases. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** Environment by which Dawn takes that driver, where it is there and no other is asked for. */
export function softwareDriver() {
  return existsSync(SWIFTSHADER) && !process.env.VK_DRIVER_FILES ? { VK_DRIVER_FILES: SWIFTSHADER } : {}
}

/** Runs Node on a module's text in a folder, and gives its exit code, output and how long it took. */
export function runNode(text, { cwd = projectFolder, env = {}, args = ['--input-type=module'], timeout = 120_000 } = {}) {
  return run(process.execPath, [...args, '-e', text], { cwd, env, timeout })
}

/** Runs a program. */
export function run(command, args, { cwd = projectFolder, env = {}, timeout = 120_000 } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(command, args, { cwd, env: { ...process.env, NODE_TEST_CONTEXT: '', ...env }, timeout })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr, ms: performance.now() - started }))
  })
}
