import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parsePrivateKeys } from '../../src/index.js'
import { openAccount } from '../../src/store/index.js'
import { openDirectory } from '../../src/store/node/index.js'
import { otr4, temporaryFolder } from '../support/cli.js'

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
    expect(done.out).to.match(/^alice@example\.org: keys and what is known of 1 correspondents exported to /)
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
    expect([again.code, again.out]).to.deep.equal([0, '0 keys and 0 fingerprints given; the account keeps the key it has there (--force replaces it)\n'])
    for (const args of [['--protocol', 'prpl-jabber'], ['--store', file('store')], ['--store', file('nowhere'), '--protocol', 'IRC']]) {
      const wrong = await otr4(['export', file('x'), ...args], '', passphrases)
      expect([wrong.code, wrong.out], args.join(' ')).to.deep.equal([2, ''])
      expect(wrong.err).to.match(/^otr4: [^\n]+\n$/)
    }
  })

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
      [['steal', file('sealed'), ...state], passphrases, /export or import/, 2],
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
