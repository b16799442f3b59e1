import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { applyEdits } from './mutant-peer.js'
import { mutants } from './mutants.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the mutants of the conformance suite', () => {
  it('are more than forty, each with an id of its own', () => {
    expect(mutants.length).to.be.at.least(40)
    expect(new Set(mutants.map(({ id }) => id)).size).to.equal(mutants.length)
  })

  it('change what stands in the sources, each at one place', async () => {
    for (const { edits } of mutants) {
      for (const file of new Set(edits.map((edit) => edit.file))) {
        const source = await readFile(root + file, 'utf8')
        const wanted = edits.filter((edit) => edit.file === file)
        expect(applyEdits(source, wanted)).to.not.equal(source)
      }
    }
  })

  it('are refused where their text does not stand in the source', () => {
    expect(() => applyEdits('a b a', [{ file: 'x', find: 'a', replace: 'c' }])).to.throw('stands there 2 times')
    expect(() => applyEdits('a b a', [{ file: 'x', find: 'z', replace: 'c' }])).to.throw('stands there 0 times')
  })
})
