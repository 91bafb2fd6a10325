// The part of this program that its build left out of the first file: loading it, in good time or at the last moment. The two
// parts are one program with one memory; the first one's exports are what the rest is made of.
const READY = 'rest:ready'
const NAME = 'rest:'

let first
let coming

const address = () => {
  const name = Object.keys(first).find((key) => key.startsWith(NAME) && key !== READY)
  return new URL(`lanevm-rest-${name.slice(NAME.length)}.wasm`, self.document?.baseURI ?? self.location.href).href
}

const isWanted = () => first?.[READY]?.value === 0

const join = (module) => {
  if (!isWanted()) return
  new WebAssembly.Instance(module, { first })
  first[READY].value = 1
}

/** To be called before anything else, by the program's script: what the program exports. */
export const remember = (exports) => {
  first = exports
  return false
}

/** Loads the rest, where there is one and it is not there yet. Says why it could not, and nothing where it could. */
export const loadRest = async () => {
  if (!isWanted()) return ''
  coming ??= fetch(address()).then((answer) => {
    if (!answer.ok) throw new Error(`${answer.url} was answered with ${answer.status}`)
    return WebAssembly.compileStreaming(answer)
  })
  try {
    join(await coming)
    return ''
  } catch (error) {
    coming = undefined
    return String(error?.message || error)
  }
}

/** Loads the rest and waits for it: something that is in it has been called. */
export const loadRestNow = () => {
  const asked = new XMLHttpRequest()
  asked.open('GET', address(), false)
  // Bytes as text, since pages may not wait for bytes.
  asked.overrideMimeType('text/plain; charset=x-user-defined')
  asked.send()
  if (asked.status !== 200) throw new Error(`a part of the program could not be loaded (${asked.status}); reload the page`)
  join(new WebAssembly.Module(Uint8Array.from(asked.responseText, (letter) => letter.charCodeAt(0) & 0xff)))
}
