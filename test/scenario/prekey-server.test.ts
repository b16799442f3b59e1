import { expect } from 'chai'
import { PrekeyWorld, SERVER } from '../support/prekey-parties.js'

describe('a prekey server and its clients', () => {
  it('takes what Bob publishes and gives it to Alice, one ensemble a fetch', async () => {
    const world = new PrekeyWorld()
    const bob = world.user('bob@example.org')
    const alice = world.user('alice@example.org')
    expect(await bob.publish(2)).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'published', count: 2 }])
    expect(await bob.status()).to.deep.equal([{ type: 'prekey', server: SERVER, event: 'status', stored: 2 }])

    const [fetched] = await alice.fetch(bob.address)
    expect(fetched).to.include({ type: 'ensembles', of: bob.address })
    expect(await bob.status()).to.deep.include({ type: 'prekey', server: SERVER, event: 'status', stored: 1 })
    await alice.fetch(bob.address)
    expect(await alice.fetch(bob.address)).to.deep.equal([
      { type: 'prekey', server: SERVER, event: 'none', of: bob.address, detail: 'No Prekey Messages available for this identity' },
    ])
    expect(world.passed.map(({ text }) => text.slice(0, 4))).to.deep.equal([
      'AAQ1', 'AAQ2', 'AAQ3', 'AAQG', 'AAQ1', 'AAQ2', 'AAQ3', 'AAQL', 'AAQQ', 'AAQT', 'AAQ1', 'AAQ2', 'AAQ3', 'AAQL', 'AAQQ', 'AAQT', 'AAQQ', 'AAQO',
    ])
  })
})
