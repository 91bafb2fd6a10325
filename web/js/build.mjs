// Bundles the chunks that the page loads lazily into the folder that is named, and prints what they are called there as JSON.
// Names carry a hash of the content, so that a browser may keep them for good.
import { build } from 'esbuild'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('build.mjs needs the folder to write to')
const here = fileURLToPath(new URL('.', import.meta.url))
const chunks = JSON.parse(process.env.LANEVM_CHUNKS ?? '[]')

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: chunks.map((chunk) => `${chunk}.js`),
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  loader: { '.wasm': 'file' },
  // Their texts stand in THIRD_PARTY_LICENSES.txt, which ships beside them.
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
})

const names = { chunks: {}, files: [] }
for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
  names.files.push(basename(path))
  if (entryPoint) names.chunks[basename(entryPoint, '.js')] = basename(path)
}
console.log(JSON.stringify(names))
