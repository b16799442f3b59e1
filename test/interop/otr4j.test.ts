import { expect } from 'chai'
import { isBuilt, otr4, otr4j } from './lib/peers.js'
import { Pair } from './lib/pair.js'
import { v3Scenarios } from './lib/scenarios/v3.js'
import { v4Scenarios } from './lib/scenarios/v4.js'

const ways = [['ours', 'query'], ['ours', 'identity'], ['theirs', 'query'], ['theirs', 'identity']] as const

/** How many of `count` first contacts stood at once, and how many after four seconds. Nobody asks again. */
async function firstContacts(versions: string, [side, how]: typeof ways[number], count: number): Promise<{ readonly atOnce: number, readonly waited: number }> {
  let atOnce = 0
  let waited = 0
  for (let i = 0; i < count; i++) {
    const pair = await Pair.open(otr4, otr4j, { theirVersions: versions })
    try {
      const starter = pair[side]
      await starter.call('start', { to: pair.other(starter).address, ...how === 'identity' && { how } })
      await pair.network.settle()
      const stands = (await pair.ours.states(pair.theirs)).includes('encrypted')
      if (!stands) await pair.pass(4)
      await pair.expectEncrypted()
      await pair.say(pair.theirs, 'first')
      await pair.say(pair.ours, 'second')
      if (stands) atOnce++
      else waited++
    } finally {
      await pair.close()
    }
  }
  return { atOnce, waited }
}

// No registry has an otr4j that speaks version 4: `install.sh` builds one from sources, where a person has got them.
if (isBuilt(otr4j)) {
  describe('version 4 with otr4j', function () {
    this.timeout(900_000)
    const count = Number(process.env['OTR4J_CONTACTS'] ?? 5)

    for (const way of ways) {
      it(`${count} first contacts, ${way[0]} begin with ${way[1]}: all stand at once, and nobody asks again`, async () => {
        expect(await firstContacts('34', way, count)).to.deep.equal({ atOnce: count, waited: 0 })
      })

      it(`${count} first contacts with one without a version 3 key, ${way[0]} begin with ${way[1]}: all stand within four seconds`, async () => {
        // Whoever answers an Identity message of somebody unknown does not know their form; whoever sent one accepts both.
        const weAnswer = (way[0] === 'theirs') === (way[1] === 'identity')
        expect(await firstContacts('4', way, count)).to.deep.equal(weAnswer ? { atOnce: 0, waited: count } : { atOnce: count, waited: 0 })
      })
    }

    v4Scenarios({ our: otr4, their: otr4j, version: 4, options: { theirVersions: '34' } })
  })

  describe('version 3 with otr4j', function () {
    this.timeout(900_000)
    v3Scenarios({ our: otr4, their: otr4j, version: 3 }, { exchanges: 20, crossings: 5, crossing: false })
  })
}
