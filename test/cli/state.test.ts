import { expect } from 'chai'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writePrivately } from '../../src/cli/files.js'
import { StateFolder } from '../../src/cli/state.js'
import { otr4, temporaryFolder } from '../support/cli.js'

const libotrKeys = new URL('../vectors/data/v3-libotr/keys/', import.meta.url)

describe('the state folder', () => {
  let folder: { path: string, remove: () => void }

  beforeEach(() => { folder = temporaryFolder() })
  afterEach(() => { folder.remove() })

  const file = (name: string): string => join(folder.path, name)
  const modes = (): number[] => readdirSync(folder.path).map((name) => statSync(file(name)).mode & 0o777)

  it('keygen makes keys once, for their owner alone, and prints their fingerprints', async () => {
    const args = ['keygen', '--state', file('new'), '--account', 'alice@example.org', '--protocol', 'prpl-jabber']
    const made = await otr4([...args, '--json'])
    expect(made.code).to.equal(0)
    const { fingerprint3, fingerprint4, instanceTag } = JSON.parse(made.out) as Record<string, unknown>
    expect(fingerprint3).to.match(/^[0-9a-f]{40}$/)
    expect(fingerprint4).to.match(/^[0-9a-f]{112}$/)
    expect(instanceTag).to.be.at.least(0x100)
    expect(statSync(file('new')).mode & 0o777).to.equal(0o700)
    const before = readdirSync(file('new')).map((name) => readFileSync(join(file('new'), name), 'utf8'))
    expect(readdirSync(file('new')).map((name) => statSync(join(file('new'), name)).mode & 0o777).every((mode) => mode === 0o600)).to.equal(true)
    const again = await otr4(args)
    expect(again.code).to.equal(1)
    expect(again.err).to.match(/^otr4: .*\n$/)
    expect(readdirSync(file('new')).map((name) => readFileSync(join(file('new'), name), 'utf8'))).to.deep.equal(before)
    const shown = await otr4(['fingerprint', '--state', file('new'), '--json'])
    expect(shown.out).to.include(String(fingerprint3)).and.to.include(String(fingerprint4))
    const other = await otr4([...args, '--force', '--json'])
    expect(other.code).to.equal(0)
    expect(JSON.parse(other.out)).to.have.property('fingerprint3').that.does.not.equal(fingerprint3)
  })

  it('import finds an account and its correspondents under every spelling, says so, and passes over what it cannot read', async () => {
    mkdirSync(file('from'))
    const [key] = readFileSync(new URL('alice.private_key', libotrKeys), 'utf8').split(/(?=\n\)\n$)/)
    const named = (name: string): string => (key ?? '').replace('(privkeys', '').replace('(name alice)', `(name "${name}")`).replace('(protocol test)', '(protocol prpl-jabber)')
    writeFileSync(file('from/otr.private_key'), `(privkeys${named('alice@example.org/')}${named('Alice@Example.org/Home')}\n)\n(c) Pidgin`.replace('(c) ', ''))
    const [one, two] = ['ab'.repeat(20), 'cd'.repeat(20)]
    writeFileSync(file('from/otr.fingerprints'), [
      `bob@example.org\tAlice@Example.org/Home\tprpl-jabber\t${one}\t`, `Bob@EXAMPLE.org/phone\talice@example.org/\tprpl-jabber\t${one}\tverified`,
      'half a line', `carol@example.org\talice@example.org/\tprpl-jabber\t${two}\tsmp`, '',
    ].join('\n'))
    const taken = await otr4(['import', file('from'), '--state', file('to')])
    expect([taken.code, taken.out]).to.deep.equal([0, '2 keys and 2 fingerprints taken over\n'])
    expect(taken.err.split('\n')).to.deep.equal([
      'otr4: otr.fingerprints, line 3: user, account, protocol and fingerprint are expected, with tabs between them; it was passed over',
      'otr4: alice@example.org/, Alice@Example.org/Home: one account, alice@example.org; of two keys the last counts, of two trusts the stronger',
      'otr4: bob@example.org, Bob@EXAMPLE.org/phone: one account, bob@example.org; of two keys the last counts, of two trusts the stronger',
      '',
    ])
    for (const account of ['alice@example.org', 'ALICE@example.org/elsewhere']) {
      const name = { account, protocol: 'prpl-jabber' }
      const folder = StateFolder.read(file('to'))
      expect(folder.key(name), account).to.not.equal(undefined)
      expect(folder.seen(name), account).to.deep.equal([
        { peer: 'bob@example.org', version: 3, fingerprint: one, verified: true }, { peer: 'carol@example.org', version: 3, fingerprint: two, verified: true },
      ])
    }
    const again = JSON.parse((await otr4(['import', file('from'), '--state', file('to'), '--json'])).out) as Record<string, unknown>
    expect(again).to.include({ keys: 0, kept: 2, fingerprints: 0 })
    expect(again['refused']).to.have.length(1)
    expect(again['collisions']).to.have.length(2)
    const given = await otr4(['export', file('back'), '--state', file('to'), '--account', 'alice@example.org', '--protocol', 'prpl-jabber'])
    expect(given.code).to.equal(0)
    expect(readFileSync(file('back/otr.fingerprints'), 'utf8')).to.match(/^bob@example\.org\t[^\n]*\tverified\ncarol@example\.org\t[^\n]*\tsmp\n$/)
  })

  it('a version 4 key is found under every spelling of its account', () => {
    const name = { account: 'alice@example.org', protocol: 'prpl-jabber' }
    const folder = StateFolder.open(file('new'))
    folder.addEd448(name, { symmetricKey: new Uint8Array(57).fill(1), forgingKey: new Uint8Array(57).fill(2) })
    folder.remember(name, { peer: 'Bob@example.org', version: 4, fingerprint: 'ab'.repeat(56), verified: false })
    folder.remember({ ...name, account: 'Alice@Example.org/Home' }, { peer: 'bob@EXAMPLE.org', version: 4, fingerprint: 'ab'.repeat(56), verified: true })
    const read = StateFolder.read(file('new'))
    expect(read.ed448({ ...name, account: 'ALICE@example.org' })?.symmetricKey).to.deep.equal(new Uint8Array(57).fill(1))
    expect(read.seen(name)).to.deep.equal([{ peer: 'bob@example.org', version: 4, fingerprint: 'ab'.repeat(56), verified: true }])
  })

  it('import takes over libotr\'s keys and fingerprints, and replaces nothing unasked', async () => {
    const [keyFile = ''] = readdirSync(libotrKeys).filter((name) => /private_key|\.key/.test(name))
    mkdirSync(file('from'))
    writeFileSync(file('from/otr.private_key'), readFileSync(new URL(keyFile, libotrKeys)))
    writeFileSync(file('from/otr.fingerprints'), `bob\talice@x\tprpl-jabber\t${'ab'.repeat(20)}\tverified\n`)
    const taken = await otr4(['import', file('from'), '--state', file('to'), '--json'])
    expect(taken.code).to.equal(0)
    const { keys, fingerprints } = JSON.parse(taken.out) as { keys: number, fingerprints: number }
    expect(keys).to.be.greaterThan(0)
    expect(fingerprints).to.equal(1)
    const own = (out: string): string[] => out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ peer, version }) => peer === undefined && version === 3).map(({ fingerprint }) => String(fingerprint)).sort()
    const [from, to] = await Promise.all(['from', 'to'].map((name) => otr4(['fingerprint', '--state', file(name), '--json'])))
    expect(own(to?.out ?? '')).to.deep.equal(own(from?.out ?? ''))
    expect(to?.out).to.include('ab'.repeat(20))
    expect(existsSync(file('to/otr.instance_tags'))).to.equal(false)
    const again = await otr4(['import', file('from'), '--state', file('to')])
    expect(again.out).to.match(/1 account keeps the key it has/)
    expect(readFileSync(file('from/otr.private_key'), 'utf8')).to.equal(readFileSync(new URL(keyFile, libotrKeys), 'utf8'))
  })

  it('H6: a broken file is named in one line, and nothing is written', async () => {
    const broken: Record<string, string[]> = {
      'otr.private_key': ['(privkeys', 'nonsense', '(privkeys (account (name x)(protocol y)(private-key (dsa (p #00#)))))'],
      'otr.fingerprints': ['x', 'bob\talice\tirc\tzz\t', `bob\talice\tirc\t${'ab'.repeat(19)}\t`],
      'otr.instance_tags': ['a\tb\t1', 'a\tb\t00000001'],
      'otr4.json': ['{', '[]', '{"keys":[{}],"fingerprints":[]}', 'null', `{"keys":[{"account":"a","protocol":"b","symmetricKey":"zz","forgingKey":""}],"fingerprints":[]}`],
    }
    for (const [name, texts] of Object.entries(broken)) {
      for (const text of texts) {
        const path = file(`broken-${name}-${texts.indexOf(text)}`)
        mkdirSync(path)
        writeFileSync(join(path, name), text)
        const commands = [['fingerprint', '--state', path], ['keygen', '--state', path, '--account', 'a', '--protocol', 'IRC'],
          ['import', path, '--state', file('other')], ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--state', path]]
        for (const command of commands) {
          const { code, out, err } = await otr4(command)
          expect(code, `${command[0] ?? ''} ${name} ${text}`).to.equal(2)
          expect(err, `${command[0] ?? ''} ${name} ${text}`).to.match(/^otr4: [^\n]+\n$/)
          expect(out).to.equal('')
          expect(readdirSync(path)).to.deep.equal([name])
          expect(readFileSync(join(path, name), 'utf8')).to.equal(text)
        }
      }
    }
    expect(existsSync(file('other'))).to.equal(false)
  })

  it('H5: a file is the old one or the whole new one, never a mix; nothing is left beside it', () => {
    writePrivately(file('x'), 'old')
    mkdirSync(file('sealed'))
    writeFileSync(file('sealed/y'), 'old')
    writePrivately(file('x'), 'new')
    expect(readFileSync(file('x'), 'utf8')).to.equal('new')
    mkdirSync(file('folder'))
    expect(() => { writePrivately(file('folder'), 'text') }).to.throw().with.property('name', 'UsageError')
    expect(readdirSync(folder.path).sort()).to.deep.equal(['folder', 'sealed', 'x'])
    chmodSync(file('x'), 0o644)
    writePrivately(file('x'), 'newer')
    expect(statSync(file('x')).mode & 0o777).to.equal(0o600)
    expect(modes()).to.include(0o600)
  })

  it('two programs cannot have it at once; what a dead one left is no obstacle', () => {
    const state = StateFolder.open(folder.path)
    const release = state.lock()
    expect(() => state.lock()).to.throw(/in use/)
    release()
    expect(existsSync(file('lock'))).to.equal(false)
    for (const left of [String(process.pid), '4194304', 'nonsense', '']) {
      writeFileSync(file('lock'), left)
      state.lock()()
    }
    writeFileSync(file('lock'), String(process.ppid))
    expect(() => state.lock()).to.throw(/in use by process/)
  })

  it('trust is kept and changes, each fingerprint once', () => {
    const name = { account: 'alice@example.org', protocol: 'prpl-jabber' }
    const state = StateFolder.open(folder.path)
    const [v3, v4] = [{ peer: 'bob', version: 3 as const, fingerprint: 'ab'.repeat(20) }, { peer: 'bob', version: 4 as const, fingerprint: 'cd'.repeat(56) }]
    for (const verified of [false, true, true, false, true]) {
      for (const key of [v3, v4]) state.remember(name, { ...key, verified })
      expect(StateFolder.read(folder.path).seen(name)).to.have.deep.members([{ ...v3, verified }, { ...v4, verified }])
    }
    // Pidgin writes the resource too.
    expect(state.seen({ account: 'Alice@example.org/home', protocol: 'prpl-jabber' }).filter(({ version }) => version === 3)).to.have.length(1)
    expect(state.seen({ account: 'alice@example.org', protocol: 'IRC' })).to.deep.equal([])
  })
})
