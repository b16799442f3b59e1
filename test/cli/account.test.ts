import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Client, parsePrivateKeys } from '../../src/index.js'
import { openAccount } from '../../src/store/index.js'
import { openDirectory } from '../../src/store/node/index.js'
import { hexDecode } from '../../src/wire/index.js'
import { sealedDirectory } from '../../src/cli/sealed-accounts.js'
import { StateFolder } from '../../src/cli/state.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'

const passphrases = { OTR4_EXPORT_PASSPHRASE: 'on the way', OTR4_PASSPHRASE: 'at home' }
const [hex3, hex4] = ['ab'.repeat(20), 'cd'.repeat(56)]

describe('otr4 account', function () {
  this.timeout(120_000)
  const folder = temporaryFolder()
  const file = (name: string): string => join(folder.path, name)
  const account = ['--account', 'alice@example.org', '--protocol', 'prpl-jabber']
  after(() => { folder.remove() })

  before(async () => {
    await otr4(['keygen', '--state', file('old'), ...account])
    writeFileSync(file('old/otr.fingerprints'), `bob\talice@example.org\tprpl-jabber\t${hex3}\tverified\n`)
    const v4 = JSON.parse(readFileSync(file('old/otr4.json'), 'utf8')) as { fingerprints: unknown[] }
    v4.fingerprints.push({ account: 'alice@example.org', protocol: 'prpl-jabber', peer: 'bob', fingerprint: hex4, verified: false })
    writeFileSync(file('old/otr4.json'), JSON.stringify(v4))
  })

  it('W20: carries keys and trust from one folder into another, sealed; the instance tag is made anew', async () => {
    const done = await otr4(['account', 'export', file('sealed'), '--state', file('old'), ...account], '', passphrases)
    expect([done.code, done.err]).to.deep.equal([0, ''])
    expect(done.out).to.match(/^alice@example\.org: keys and what is known of 1 correspondent exported to /)
    expect(statSync(file('sealed')).mode & 0o777).to.equal(0o600)
    const there = await otr4(['account', 'import', file('sealed'), '--state', file('new'), '--json'], '', passphrases)
    expect([there.code, JSON.parse(there.out)]).to.deep.equal([0, { account: 'alice@example.org', correspondents: 1 }])
    const shown = await Promise.all(['old', 'new'].map((name) => otr4(['fingerprint', '--state', file(name), '--json'])))
    expect(shown[1]?.out.split('\n').sort()).to.deep.equal(shown[0]?.out.split('\n').sort())
    expect(shown[1]?.out).to.include(hex3).and.to.include(hex4)
    expect(existsSync(file('new/otr.instance_tags'))).to.equal(false)
    const twice = await otr4(['account', 'import', file('sealed'), '--state', file('new')], '', passphrases)
    expect([twice.code, twice.err]).to.deep.equal([2, 'otr4: alice@example.org has a key there already; --force replaces it\n'])
    expect((await otr4(['account', 'import', file('sealed'), '--state', file('new'), '--force'], '', passphrases)).code).to.equal(0)
  })

  it('carries them into an empty store, and out of it again; a store with an account is left as it is', async () => {
    const there = await otr4(['account', 'import', file('sealed'), '--store', file('store')], '', passphrases)
    expect([there.code, there.err]).to.deep.equal([0, ''])
    const store = await openDirectory({ directory: file('store'), secret: { passphrase: 'at home' }, create: false })
    const saved = await store.load()
    await store.close()
    const moving = await openAccount('on the way', readFileSync(file('sealed')))
    expect(saved?.account.keys.ed448).to.deep.equal(moving.keys.ed448)
    expect(saved?.account.keys.instanceTag).to.not.equal(moving.retiredTag)
    expect(saved?.conversations.map(({ peer, keys }) => [peer, keys.map(({ trust }) => trust)])).to.deep.equal([['bob', ['verified', 'seen']]])
    const again = await otr4(['account', 'import', file('sealed'), '--store', file('store')], '', passphrases)
    expect(again.code).to.equal(2)
    expect(again.err).to.match(/^otr4: OTR_STORE_ACCOUNT: [^\n]+\n$/)
    const out = await otr4(['account', 'export', file('again'), '--store', file('store')], '', passphrases)
    expect([out.code, out.err]).to.deep.equal([0, ''])
    const second = await openAccount('on the way', readFileSync(file('again')))
    expect(second.keys).to.deep.equal(moving.keys)
    expect(second.correspondents).to.deep.equal(moving.correspondents)
    expect(second.retiredTag).to.equal(saved?.account.keys.instanceTag)
  })

  it('W20: gives the key and the fingerprints in a store to libotr\'s programs, in their files, and no instance tag', async () => {
    mkdirSync(file('pidgin'))
    writeFileSync(file('pidgin/otr.fingerprints'), `carol\talice@example.org\tprpl-jabber\t${'ef'.repeat(20)}\tsmp\n`)
    const given = await otr4(['export', file('pidgin'), '--store', file('store'), '--protocol', 'prpl-jabber', '--json'], '', passphrases)
    expect([given.code, JSON.parse(given.out)]).to.deep.equal([0, { keys: 1, kept: 0, fingerprints: 1 }])
    expect(parsePrivateKeys(readFileSync(file('pidgin/otr.private_key'), 'utf8')))
      .to.deep.equal(parsePrivateKeys(readFileSync(file('old/otr.private_key'), 'utf8')))
    expect(readFileSync(file('pidgin/otr.fingerprints'), 'utf8')).to.equal(
      `carol\talice@example.org\tprpl-jabber\t${'ef'.repeat(20)}\tsmp\nbob\talice@example.org\tprpl-jabber\t${hex3}\tverified\n`)
    expect(existsSync(file('pidgin/otr.instance_tags'))).to.equal(false)
    const again = await otr4(['export', file('pidgin'), '--store', file('store'), '--protocol', 'prpl-jabber'], '', passphrases)
    expect([again.code, again.out]).to.deep.equal([0, '0 keys and 0 fingerprints given; 1 account keeps the key it has (--force replaces it)\n'])
    for (const args of [['--protocol', 'prpl-jabber'], ['--store', file('store')], ['--store', file('store'), '--state', file('old')],
      ['--store', file('store'), '--protocol', 'IRC', '--account', 'alice@example.org'], ['--state', file('old'), '--account', 'alice@example.org'], ['--store', file('nowhere'), '--protocol', 'IRC']]) {
      const wrong = await otr4(['export', file('x'), ...args], '', passphrases)
      expect([wrong.code, wrong.out], args.join(' ')).to.deep.equal([2, ''])
      expect(wrong.err).to.match(/^otr4: [^\n]+\n$/)
    }
  })

  it('W20: gives those of the accounts that otr4 chat has sealed, and of those that nobody has sealed yet', async () => {
    const { key, fingerprints } = await sealedByChat()
    await otr4(['keygen', '--state', file('sealed-state'), '--account', 'dave', '--protocol', 'IRC'])
    const clear = StateFolder.read(file('sealed-state'))
    const nobody = await otr4(['export', file('from-chat'), '--state', file('sealed-state')])
    expect([nobody.code, nobody.out, nobody.err]).to.deep.equal([2, '', 'otr4: set OTR4_PASSPHRASE to the passphrase of DIR\n'])
    expect(existsSync(file('from-chat'))).to.equal(false)
    const given = await otr4(['export', file('from-chat'), '--state', file('sealed-state'), '--json'], '', passphrases)
    expect([given.err, given.code]).to.deep.equal(['', 0])
    expect(JSON.parse(given.out)).to.deep.equal({ keys: 2, kept: 0, fingerprints: 1 })
    const pidgin = StateFolder.read(file('from-chat'))
    expect(pidgin.key({ account: 'alice', protocol: 'relay' })).to.deep.equal(key)
    expect(pidgin.key({ account: 'dave', protocol: 'IRC' })).to.deep.equal(clear.key({ account: 'dave', protocol: 'IRC' }))
    expect(pidgin.fingerprints).to.deep.equal(fingerprints)
    const one = await otr4(['export', file('only'), '--state', file('sealed-state'), '--account', 'alice', '--protocol', 'relay'], '', passphrases)
    expect([one.code, one.out]).to.deep.equal([0, '1 key and 1 fingerprint given\n'])
    const none = await otr4(['export', file('none'), '--state', file('sealed-state'), '--account', 'carol', '--protocol', 'relay'], '', passphrases)
    expect([none.code, none.err]).to.deep.equal([1, 'otr4: there is no such account\n'])
    const itself = await otr4(['export', file('sealed-state'), '--state', file('sealed-state')], '', passphrases)
    expect(itself.code).to.equal(2)
    expect(itself.err).to.match(/is a folder of otr4/)
  })

  it('asks a person at a terminal for the passphrases, a new one twice, and shows none', async () => {
    const asked = new Run(['export', file('asked'), '--state', file('sealed-state'), '--account', 'alice', '--protocol', 'relay'], {}, true)
    await asked.sees(/passphrase of the store: $/)
    asked.type('at home')
    expect(await asked.exit, asked.err).to.equal(0)
    expect(asked.out).to.match(/1 key and 1 fingerprint given/).and.not.include('at home')
    const moving = new Run(['account', 'export', file('moving'), '--state', file('sealed-state'), '--account', 'alice', '--protocol', 'relay'], {}, true)
    await moving.sees(/passphrase of the store: $/)
    moving.type('at home')
    await moving.sees(/a passphrase for FILE: $/)
    moving.type('on the way')
    await moving.sees(/once more: $/)
    moving.type('on the wya')
    await moving.sees(/these were two different ones\na passphrase for FILE: $/)
    moving.stdin.write('\u001b')
    expect([await moving.exit, moving.err]).to.deep.equal([2, 'otr4: nothing was typed\n'])
    expect(moving.out).not.to.match(/on the w/)
    expect(existsSync(file('moving'))).to.equal(false)
  })

  /** An account that otr4 chat keeps, with a fingerprint that was verified by SMP. */
  async function sealedByChat(): Promise<{ key: unknown, fingerprints: unknown }> {
    const name = { account: 'alice', protocol: 'relay' }
        const keys = StateFolder.read(file('old'))
    const key = keys.key({ account: 'alice@example.org', protocol: 'prpl-jabber' })
    const persistence = await openDirectory({ directory: sealedDirectory(file('sealed-state'), name), secret: { passphrase: 'at home' } })
    const client = await Client.open({ account: 'alice', clock: () => Date.now() / 1000, persistence, ...key !== undefined && { keys: { dsa: key } } })
    await client.keepRecord('network', new TextEncoder().encode('relay'))
    await client.conversation('bob').trust('verified', { fingerprint: hex3, version: 3, how: 'smp' })
    await client.conversation('bob').trust('seen', { fingerprint: hex4, version: 4 })
    await client.close()
    return { key, fingerprints: [{ username: 'bob', ...name, fingerprint: hexDecode(hex3), trust: 'smp' }] }
  }

  it('says in one line what is wrong, and changes nothing', async () => {
    mkdirSync(file('empty'))
    const before = readFileSync(file('sealed'))
    const state = ['--state', file('old')]
    for (const [args, env, expected, code] of [
      [['export', file('sealed'), ...state, ...account], passphrases, /exists already/, 2],
      [['export', file('x'), ...state, ...account], {}, /OTR4_EXPORT_PASSPHRASE/, 2],
      [['export', file('x'), '--store', file('store')], { OTR4_EXPORT_PASSPHRASE: 'x' }, /OTR4_PASSPHRASE/, 2],
      [['export', file('x'), '--store', file('store')], { ...passphrases, OTR4_PASSPHRASE: 'wrong' }, /OTR_STORE_PASSPHRASE/, 2],
      [['export', file('x'), '--store', file('nowhere')], passphrases, /OTR_STORE_MISSING/, 2],
      [['export', file('x'), ...state], passphrases, /--account NAME is missing/, 2],
      [['export', file('x'), ...state, '--account', 'carol', '--protocol', 'IRC'], passphrases, /no such account/, 1],
      [['export', file('x')], passphrases, /one of --state DIR and --store DIR/, 2],
      [['export', file('x'), ...state, '--store', file('store')], passphrases, /one of --state DIR and --store DIR/, 2],
      [['import', file('sealed'), '--state', file('empty')], { OTR4_EXPORT_PASSPHRASE: 'wrong' }, /OTR_STORE_PASSPHRASE/, 2],
      [['import', file('old/otr4.json'), '--state', file('empty')], passphrases, /OTR_STORE_FOREIGN/, 2],
      [['import', file('nothing'), '--state', file('empty')], passphrases, /no such file/, 2],
      [['steal', file('sealed'), ...state], passphrases, /export, import or forging-key/, 2],
    ] as const) {
      const result = await otr4(['account', ...args], '', env)
      expect(result.err, args.join(' ')).to.match(/^otr4: [^\n]+\n$/).and.to.match(expected)
      expect([result.code, result.out], args.join(' ')).to.deep.equal([code, ''])
    }
    expect(readFileSync(file('sealed'))).to.deep.equal(before)
    expect(existsSync(file('x'))).to.equal(false)
    expect(existsSync(file('nowhere'))).to.equal(false)
    expect(existsSync(file('empty/otr.private_key'))).to.equal(false)
  })
})
