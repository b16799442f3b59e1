import { expect } from 'chai'
import { decodeEnsemble, encodeEnsemble } from '../../src/wire/index.js'
import { Durable, DurableNetwork } from '../support/durable-clients.js'
import { MemoryDisk } from '../support/memory-persistence.js'
import { OtrError, type Ensemble } from '../../src/index.js'

const handedOut = (ensembles: readonly Ensemble[]): Ensemble[] => ensembles.map((one) => decodeEnsemble(encodeEnsemble(one)))

async function people(): Promise<{ readonly network: DurableNetwork, readonly alice: Durable, readonly bob: Durable }> {
  const network = new DurableNetwork()
  return { network, alice: await network.add('alice'), bob: await network.add('bob') }
}

describe('offline messages between clients that keep their state', () => {
  it('W1: Bob publishes and is killed; Alice writes and is killed; Bob comes back, reads and answers; both go on', async () => {
    const { network, alice, bob } = await people()
    const ensembles = handedOut(await bob.client.ensemble(2))
    await bob.restart()
    expect(bob.client.prekeysLeft()).to.equal(2)
    await alice.client.conversation('bob').sendOffline(ensembles.slice(0, 1), 'are you there?')
    await alice.restart()
    await network.run()
    expect(bob.texts).to.deep.equal(['are you there?'])
    await bob.restart()
    await bob.client.conversation('alice').send('I am')
    await network.run()
    await alice.restart()
    await alice.client.conversation('bob').send('good')
    await network.run()
    expect([alice.texts, bob.texts]).to.deep.equal([['I am'], ['are you there?', 'good']])
    expect(bob.client.prekeysLeft()).to.equal(1)
    expect(alice.client.conversation('bob').status.sessions[0]).to.include({ state: 'encrypted', offline: true })
  })

  it('O1: what used a prekey up is kept with the session: after a restart the same message makes no second one, and the private half is nowhere', async () => {
    const { network, alice, bob } = await people()
    const [ensemble] = handedOut(await bob.client.ensemble(1))
    const kept = bob.disk.state?.prekeys?.messages[0]
    expect(kept?.message.identifier).to.equal(ensemble!.prekeyMessage.identifier)
    const secret = Buffer.from(kept!.y.privateKey).toString('hex')
    await alice.client.conversation('bob').sendOffline([ensemble!], 'once')
    const lines = [...network.lines]
    await network.run()
    expect(bob.disk.state?.prekeys?.messages).to.deep.equal([])
    const everything = JSON.stringify(bob.disk.state, (_, value: unknown) => value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value)
    expect(everything).to.not.include(secret)
    await bob.restart()
    const before = bob.client.conversation('alice').status
    for (const { from, line } of lines) await bob.client.receive(from, line)
    expect(bob.texts).to.deep.equal(['once'])
    expect(bob.notices.filter((code) => code === 'duplicate')).to.have.length(2)
    expect(bob.client.conversation('alice').status).to.deep.equal(before)
  })

  it('O1, H5: an ensemble is handed out only when its private half is saved; if it cannot be, none is', async () => {
    const { bob } = await people()
    let open: (() => void) | undefined
    bob.disk.gate = () => new Promise((resolve) => { open = resolve })
    let given: readonly Ensemble[] | undefined
    const asked = bob.client.ensemble(1).then((ensembles) => { given = ensembles })
    await new Promise((resolve) => { setImmediate(resolve) })
    expect(given).to.equal(undefined)
    open?.()
    await asked
    expect(given).to.have.length(1)
    bob.disk.gate = () => Promise.resolve()
    bob.disk.fail = () => new OtrError('OTR_STORE_FAILED', 'the disk is full')
    const failure = await bob.client.publication(1).then(() => undefined, (error: unknown) => error)
    expect(failure).to.be.instanceOf(OtrError)
  })

  it('H5: Bob\'s program is killed between an offline message and the write: the message arrives again, with the prekey that was not used', async () => {
    const { network, alice, bob } = await people()
    const ensembles = handedOut(await bob.client.ensemble(1))
    await alice.client.conversation('bob').sendOffline(ensembles, 'hello')
    const lines = [...network.lines]
    const disk: MemoryDisk = bob.disk
    disk.fail = () => new OtrError('OTR_STORE_FAILED', 'power failure')
    for (const { from, line } of lines) await bob.client.receive(from, line).catch(() => undefined)
    expect(bob.texts).to.deep.equal([])
    await bob.restart()
    expect(bob.client.prekeysLeft()).to.equal(1)
    await network.run()
    expect(bob.texts).to.deep.equal(['hello'])
  })
})
