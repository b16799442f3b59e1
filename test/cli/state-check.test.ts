import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { openDirectory } from '../../src/store/node/index.js'
import { sealedDirectory } from '../../src/cli/sealed-accounts.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'
import { encryptedPair } from '../support/network.js'
import { firstSave, noChanges, stateOf } from '../support/saved-states.js'

describe('otr4 state check', () => {
  const folder = temporaryFolder()
  const directory = `${folder.path}/store`
  const env = { OTR4_PASSPHRASE: 'open sesame' }
  after(() => { folder.remove() })

  before(async () => {
    const { alice } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
    alice.send('bob', 'a secret text')
    const store = await openDirectory({ directory, secret: { passphrase: 'open sesame', cost: { log2N: 10, r: 8, p: 1 } } })
    await store.save(firstSave(stateOf(alice.core.exportState())))
    await store.save({ ...noChanges, records: [{ name: 'mine', bytes: new Uint8Array(3) }] })
    await store.close()
  })

  it('says that all is well, and what is there, without a secret, a text or a name', async () => {
    const { code, out, err } = await otr4(['state', 'check', directory], '', env)
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    expect(out).to.match(/^the store is whole\n {2}account +alice\n/)
    expect(out).to.contain('1 encrypted, 0 finished').and.contain('generation')
    expect(out).not.to.match(/secret text|bob/)
    const json = JSON.parse((await otr4(['state', 'check', '--json', directory], '', env)).out) as Record<string, unknown>
    expect(json).to.deep.include({ ok: true, generation: 2, correspondents: 1, hostRecords: 1, keys: { seen: 1, verified: 0 } })
  })

  it('knows the folder of a chat, with a store for each account', async () => {
    const state = `${folder.path}/chat`
    for (const account of ['carol', 'dave']) {
      const name = { account, protocol: 'relay' }
      const store = await openDirectory({ directory: sealedDirectory(state, name), secret: { passphrase: 'open sesame', cost: { log2N: 10, r: 8, p: 1 } } })
      await store.save({ ...firstSave(stateOf(encryptedPair().alice.core.exportState())) })
      await store.close()
    }
    const { code, out, err } = await otr4(['state', 'check', state, '--json'], '', env)
    expect({ code, err }).to.deep.equal({ code: 0, err: '' })
    expect(out.trimEnd().split('\n').map((line) => (JSON.parse(line) as { ok: boolean }).ok)).to.deep.equal([true, true])
    expect(await otr4(['state', 'check', state])).to.deep.equal({ code: 2, out: '', err: 'otr4: set OTR4_PASSPHRASE to the passphrase of DIR\n' })
    const asked = new Run(['state', 'check', state], {}, true)
    await asked.sees(/passphrase of the store: $/)
    asked.type('open sesame')
    expect(await asked.exit, asked.err).to.equal(0)
    expect(asked.out.match(/the store is whole/g)).to.have.length(2)
  })

  it('refuses a wrong passphrase, a missing store and wrong words in one line', async () => {
    for (const [args, said, own] of [
      [['check', directory], 'OTR_STORE_PASSPHRASE', { OTR4_PASSPHRASE: 'close sesame' }],
      [['check', directory], 'set OTR4_PASSPHRASE', {}],
      [['check', `${folder.path}/none`], 'OTR_STORE_MISSING', env],
      [['mend', directory], 'there is no "mend"', env],
      [['check'], 'DIR is missing', env],
    ] as const) {
      const { code, out, err } = await otr4(['state', ...args], '', own)
      expect({ code, out }).to.deep.equal({ code: 2, out: '' })
      expect(err).to.match(/^otr4: [^\n]*\n$/).and.contain(said)
    }
  })

  it('says no to an older copy and to a changed one', async () => {
    const anchor = readFileSync(`${directory}.anchor`)
    rmSync(`${directory}.anchor`)
    const rolledBack = await otr4(['state', 'check', directory], '', env)
    expect(rolledBack).to.include({ code: 1, out: '' })
    expect(rolledBack.err).to.contain('OTR_STORE_ROLLBACK')
    expect(await otr4(['state', 'check', '--no-anchor', directory], '', env)).to.include({ code: 0 })
    writeFileSync(`${directory}.anchor`, anchor)
    const names = readdirSync(`${directory}/db`).filter((name) => /\.(?:log|ldb)$/.test(name))
    for (const name of names) {
      const bytes = readFileSync(`${directory}/db/${name}`)
      if (bytes.length < 1000) continue
      bytes[Math.floor(bytes.length / 2)]! ^= 1
      writeFileSync(`${directory}/db/${name}`, bytes)
    }
    const changed = await otr4(['state', 'check', '--json', directory], '', env)
    expect(changed.code).to.equal(1)
    expect(JSON.parse(changed.out)).to.include({ ok: false }).and.have.property('code').that.matches(/^OTR_STORE_(CORRUPT|ROLLBACK)$/)
  })
})
