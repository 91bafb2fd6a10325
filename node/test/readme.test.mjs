// The README's examples: each runs in a project that installed the package, and prints what the README says.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { packageFolder, runNode } from './place.mjs'

const text = readFileSync(join(packageFolder, 'README.md'), 'utf8')
const examples = [...text.matchAll(/^## (.+)$|^```js\n([^]*?)^```\n(?:\n```text\n([^]*?)^```)?/gm)]
let heading = ''

for (const [, title, code, printed] of examples) {
  if (title !== undefined) {
    heading = title
    continue
  }
  test(`README, ${heading}`, async () => {
    assert.notEqual(printed, undefined, 'an example without its output')
    const { code: status, stdout, stderr } = await runNode(code)
    assert.equal(stderr, '')
    assert.equal(stdout, printed)
    assert.equal(status, 0)
  })
}

test('README has examples', () => {
  assert.ok(examples.filter(([, title]) => title === undefined).length >= 5)
})
