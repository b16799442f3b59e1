import { expect } from 'chai'
import { systemRandom } from '../../src/crypto/index.js'
import { openBytes, sealBytes } from '../../src/store/index.js'
import { utf8Encode } from '../../src/wire/index.js'

const cheap = { cost: { log2N: 10, r: 8, p: 1 } }
const text = utf8Encode('an account')

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => 'opened', (error: unknown) => (error as { code?: unknown }).code)
}

describe('sealed bytes', () => {
  it('open under the passphrase, however it was typed', async () => {
    const sealed = await sealBytes('caf\u00e9', text, systemRandom, cheap)
    expect(await openBytes('cafe\u0301', sealed)).to.deep.equal(text)
    expect(await openBytes(utf8Encode('caf\u00e9'), sealed)).to.deep.equal(text)
  })

  it('open under no other passphrase, for no other purpose, and with no byte changed', async function () {
    this.timeout(60_000)
    const sealed = await sealBytes('right', text, systemRandom, { ...cheap, purpose: 'account' })
    expect(await codeOf(openBytes('wrong', sealed, { purpose: 'account' }))).to.equal('OTR_STORE_PASSPHRASE')
    expect(await codeOf(openBytes('right', sealed, { purpose: 'store' }))).to.equal('OTR_STORE_PASSPHRASE')
    for (let at = 0; at < sealed.length; at++) {
      // The cost of scrypt is not tried at its dearest.
      if (at === 11) continue
      const changed = sealed.slice()
      changed[at]! ^= 0x80
      expect(await codeOf(openBytes('right', changed, { purpose: 'account' })), `byte ${at}`).to.match(/^OTR_STORE_(PASSPHRASE|FOREIGN|NEWER)$/)
    }
    for (let length = 0; length < sealed.length; length += 3) {
      expect(await codeOf(openBytes('right', sealed.subarray(0, length), { purpose: 'account' }))).to.match(/^OTR_STORE_(PASSPHRASE|FOREIGN)$/)
    }
  })

  it('cannot be made with an empty passphrase', async () => {
    expect(await codeOf(sealBytes('', text, systemRandom, cheap))).to.equal('OTR_ARGUMENT')
  })
})
