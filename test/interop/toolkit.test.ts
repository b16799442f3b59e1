/** libotr's own tools read, verify, forge and modify what we send; they get the keys from the peer of libotr. */
import { expect } from 'chai'
import { skipWithout } from './lib/missing.js'
import { Pair } from './lib/pair.js'
import { howToInstall, isBuilt, libotr, otr4 } from './lib/peers.js'
import { haveTools, parse, run, sessionKeys } from './lib/toolkit.js'

interface DhKeys {
  readonly ourKeyId: number
  readonly theirKeyId: number
  readonly ourPrivate: string
  readonly ourOldPrivate: string
  readonly theirPublic: string
  readonly theirOldPublic?: string
}

describe('the libotr toolkit reads what we send', () => {
  let pair: Pair

  before(async function () {
    if (!haveTools() || !isBuilt(libotr)) skipWithout(this, `no libotr toolkit: ${howToInstall}`)
    pair = await Pair.open(otr4, libotr)
    await pair.establish(pair.theirs)
  })

  after(async () => { await (pair as Pair | undefined)?.close() })

  /** One message of ours, and the AES key under which it was sent, as the tools find it from libotr's D-H keys. */
  async function sendAndFindKey(text: string): Promise<{ readonly message: string; readonly aesKey: string; readonly macKey: string }> {
    await pair.say(pair.theirs, 'your turn')
    const mark = pair.network.log.length
    // Asked before the message rotates them away.
    pair.network.hook = () => []
    await pair.ours.call('send', { to: pair.theirs.address, text })
    pair.network.hook = (parcel) => [parcel]
    const [message = ''] = pair.network.sentSince(mark, pair.ours.address)
    const [parsed] = parse([message])
    const keys = await pair.theirs.call('x-dh-keys', { to: pair.ours.address }) as unknown as DhKeys
    const recipient = Number(parsed?.fields.get('Rcpt keyid'))
    const sender = Number(parsed?.fields.get('Sender keyid'))
    expect(recipient).to.be.oneOf([keys.ourKeyId, keys.ourKeyId - 1])
    expect(sender).to.be.oneOf([keys.theirKeyId, keys.theirKeyId - 1])
    const found = sessionKeys(
      recipient === keys.ourKeyId ? keys.ourPrivate : keys.ourOldPrivate,
      sender === keys.theirKeyId ? keys.theirPublic : keys.theirOldPublic ?? '',
    )
    expect(found.receiving, 'AES key').to.match(/^[0-9a-f]{32}$/)
    expect(found.receivingMac, 'MAC key').to.match(/^[0-9a-f]{40}$/)
    await pair.theirs.call('receive', { from: pair.ours.address, message })
    return { message, aesKey: found.receiving, macKey: found.receivingMac }
  }

  it('otr_parse names every message of a key exchange begun by either side, with all fields', async () => {
    const mark = pair.network.log.length
    await pair.establish(pair.theirs)
    await pair.establish(pair.ours)
    const messages = parse(pair.network.sentSince(mark).filter((line) => line.startsWith('?OTR:')))
    expect(messages.map(({ title }) => title)).to.deep.equal([
      'D-H Commit Message', 'D-H Key Message', 'Reveal Signature Message', 'Signature Message',
      'D-H Commit Message', 'D-H Key Message', 'Reveal Signature Message', 'Signature Message',
    ])
    expect(messages.every(({ fields }) => fields.get('Version') === '03')).to.equal(true)
    const lengths = (name: string): (number | undefined)[] => messages.flatMap(({ fields }) => fields.has(name) ? [fields.get(name)?.length] : [])
    expect(lengths('Encrypted Key').every((length) => length !== undefined && length <= 2 * 196 && length > 2 * 190)).to.equal(true)
    expect(lengths('Hashed Key')).to.deep.equal([64, 64])
    expect(lengths('Key')).to.deep.equal([32, 32])
    expect(lengths('MAC')).to.deep.equal([40, 40, 40, 40])
    const commits = messages.filter(({ title }) => title === 'D-H Commit Message')
    const keys = messages.filter(({ title }) => title === 'D-H Key Message')
    expect(keys.map(({ fields }) => fields.get('Receiver instance'))).to.deep.equal(commits.map(({ fields }) => fields.get('Sender instance')))
  })

  it('otr_sesskeys finds our keys, and otr_mackey the MAC key that belongs to them', async () => {
    const { aesKey, macKey } = await sendAndFindKey('for the tools')
    expect(run('otr_mackey', [aesKey]).stdout.toString('utf8')).to.include(macKey)
  })

  it('otr_readforge verifies and decrypts our message, and refuses another key', async () => {
    const { message, aesKey } = await sendAndFindKey('text äöü 🙂 <b>')
    const { stdout, stderr, status } = run('otr_readforge', [aesKey], message)
    expect(stderr, stderr).to.equal('')
    expect(status).to.equal(0)
    expect(stdout.toString('utf8')).to.equal("Plaintext: ``text äöü 🙂 <b>''\n")
    const wrong = run('otr_readforge', ['00'.repeat(16)], message)
    expect(wrong.stdout.toString('utf8') + wrong.stderr).to.not.include('text äöü')
  })

  it('otr_readforge forges a message of ours that verifies like ours: what we send can be denied', async () => {
    const { message, aesKey } = await sendAndFindKey('what was sent')
    const forged = run('otr_readforge', [aesKey, 'what was never sent'], message).stdout.toString('utf8').trim()
    const line = forged.split('\n').find((one) => one.startsWith('?OTR:')) ?? ''
    expect(line).to.match(/^\?OTR:.*\.$/)
    const read = run('otr_readforge', [aesKey], line)
    expect(read.stdout.toString('utf8')).to.include('what was never sent')
  })

  it('otr_modify changes a guessed part of our message with nothing but its MAC key', async () => {
    const { message, aesKey, macKey } = await sendAndFindKey('meet at six')
    const { stdout } = run('otr_modify', [macKey, 'six', 'ten', '8'], message)
    const line = stdout.toString('utf8').split('\n').find((one) => one.startsWith('?OTR:')) ?? ''
    expect(run('otr_readforge', [aesKey], line).stdout.toString('utf8')).to.include('meet at ten')
  })

  it('the MAC keys that we reveal are those of messages that libotr sent, none of ours', async () => {
    await pair.say(pair.ours, 'one')
    await pair.say(pair.theirs, 'two')
    const mark = pair.network.log.length
    const ownMacKeys: string[] = []
    for (let i = 0; i < 3; i++) {
      ownMacKeys.push((await sendAndFindKey(`three ${i}`)).macKey)
      await pair.say(pair.theirs, 'four')
    }
    const revealed = parse(pair.network.sentSince(mark, pair.ours.address))
      .flatMap(({ fields }) => [...fields].filter(([name]) => /^Key \d+$/.test(name)).map(([, key]) => key))
    expect(revealed.length).to.be.greaterThan(0)
    expect(new Set(revealed).size, 'each once').to.equal(revealed.length)
    for (const key of ownMacKeys) expect(revealed).to.not.include(key)
  })
})
