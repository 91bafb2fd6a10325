// A worker that guesses the functions of bytecode by evmole. Bytecode is hostile: whoever started the worker ends it when it takes
// too long. A message is `[json]`: the code as hex comes in, and `{"Found": [guess]}` or `{"Failed": words}` goes out.
import init, { contractInfo } from 'evmole/no_tla'
import wasm from 'evmole/evmole_bg.wasm'
import { signatures } from './signatures.js'

/** Functions handed on; a real contract has a few hundred at most. */
const MOST = 2_000

async function guess(code) {
  await init({ module_or_path: new URL(wasm, import.meta.url) })
  const { functions = [] } = contractInfo(code, { selectors: true, arguments: true, stateMutability: true })
  return functions.slice(0, MOST).map(({ selector, arguments: types = '', stateMutability = 'nonpayable' }) => ({
    selector,
    arguments: types,
    mutability: stateMutability,
    signature: signatures[selector] ?? '',
  }))
}

addEventListener('message', async ({ data: [json] }) => {
  const answer = await guess(JSON.parse(json)).then(
    (found) => ({ Found: found }),
    (error) => ({ Failed: String(error?.message ?? error) }),
  )
  postMessage([JSON.stringify(answer)])
})
