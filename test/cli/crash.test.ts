import { expect } from 'chai'
import { crashTest } from '../support/crash/run.js'
import { temporaryFolder } from '../support/cli.js'

/** How many processes are killed. With OTR4_FULL=1 as many as the promise says. */
const kills = process.env['OTR4_FULL'] === '1' ? 1000 : 8

describe('clients that are killed', function () {
  this.timeout(kills * 10_000)

  for (const [version, options] of [[4, { policy: {} }], [3, { policy: { allowV4: false }, offline: false }]] as const) {
    it(`W1, H5: no key is used twice, nothing is lost or shown twice, no session breaks: version ${version}, ${kills} kills`, async () => {
      const folder = temporaryFolder()
      try {
        const seed = Number(process.env['OTR4_SEED'] ?? Date.now() % 100_000)
        const { kills: done, lost, duplicated, broken, keys } = await crashTest({ kills, seed, folder: folder.path, ...options })
        expect({ lost, duplicated, broken }, `seed ${seed}`).to.deep.equal({ lost: [], duplicated: [], broken: [] })
        expect(done).to.equal(kills)
        expect(keys, `seed ${seed}`).to.include({ reused: 0, reusedNumbers: 0, unknown: 0 })
        expect(keys.messages).to.be.greaterThan(kills / 2)
      } finally {
        folder.remove()
      }
    })
  }
})
