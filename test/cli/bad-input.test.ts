import { expect } from 'chai'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '../../src/cli/dispatch.js'
import { otr4, temporaryFolder } from '../support/cli.js'

describe('wrong words on the command line', () => {
  let folder: { path: string, remove: () => void }

  before(() => {
    folder = temporaryFolder()
    writeFileSync(join(folder.path, 'file'), 'text')
  })
  after(() => { folder.remove() })

  const none = '/nonexistent/folder'
  const wrong: readonly (readonly string[])[] = [
    ['nosuch'], ['--nosuch'], ['__proto__'], ['toString'], ['chat\u001b[2J\nx'],
    ...['chat', 'relay', 'demo', 'inspect', 'keygen', 'fingerprint', 'import', 'export', 'account', 'state', 'peer', 'prekey-server'].flatMap((name) => [[name, '--nosuch'], [name, '-x']]),
    ['chat'], ['chat', 'word'], ['chat', '--relay'], ['chat', '--relay', 'http://x'], ['chat', '--relay', 'nonsense'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--irc', 'x:1', '--nick', 'a'], ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a b'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--server', 'x'], ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--pace', '1/1'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--with', 'no such name'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--policy', 'nosuch=1'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--policy', 'requireEncryption=perhaps'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--policy', 'maxMessageLength=5'],
    ['chat', '--relay', 'ws://127.0.0.1:1', '--nick', 'a', '--state', 'FILE'],
    ['chat', '--irc', '127.0.0.1:1'], ['chat', '--irc', 'a b', '--nick', 'x'], ['chat', '--irc', '127.0.0.1:99999', '--nick', 'x'],
    ['chat', '--irc', '127.0.0.1:1', '--nick', '#x'], ['chat', '--irc', '127.0.0.1:1', '--nick', 'a', '--pace', 'fast'],
    ['chat', '--irc', '127.0.0.1:1', '--nick', 'a', '--pace', '0/1'], ['chat', '--irc', '127.0.0.1:1', '--nick', 'a', '--pace', '1/1/1'],
    ['chat', '--xmpp', 'a@b'], ['chat', '--xmpp', 'nonsense'], ['chat', '--xmpp', 'a@b', '--nick', 'x'],
    ['relay', '--listen', 'nonsense nonsense'], ['relay', '--listen', '127.0.0.1:70000'], ['relay', '--listen', '192.0.2.1:1'], ['relay', 'word'],
    ['demo', 'word'],
    ['inspect'], ['inspect', 'a', 'b'], ['inspect', '?OTR:===.'], ['inspect', '?OTR:AAM.'], ['inspect', '?OTR|1|2,0,1,x,'], ['inspect', '?OTR:AAMC.\u001b[2J'],
    ['inspect', '-'],
    ['keygen'], ['keygen', '--state', 'FILE', '--account', 'a', '--protocol', 'IRC'], ['keygen', '--state', 'NEW', '--protocol', 'IRC'],
    ['keygen', '--state', 'NEW', '--account', 'a'], ['keygen', '--state', 'NEW', '--account', 'a', '--protocol', 'icq'],
    ['keygen', '--state', 'NEW', '--account', 'a\tb', '--protocol', 'IRC'], ['keygen', '--state', 'NEW', '--account', 'a\nb', '--protocol', 'IRC'],
    ['keygen', '--state', 'NEW', '--account', '', '--protocol', 'IRC'],
    ['fingerprint'], ['fingerprint', '--state', none], ['fingerprint', '--state', 'FILE'], ['fingerprint', 'word', '--state', none],
    ['import'], ['import', none], ['import', none, '--state', 'NEW'], ['import', 'FILE', '--state', 'NEW'], ['import', '', '--state', 'NEW'],
    ['export'], ['export', 'NEW'], ['export', 'NEW', '--state', none], ['export', 'NEW', '--state', 'FILE'], ['help', 'nosuch'],
  ]

  for (const args of wrong) {
    it(`otr4 ${JSON.stringify(args.join(' ')).slice(1, -1)}: one line, exit code 2`, async () => {
      const path = (word: string): string => word === 'FILE' ? join(folder.path, 'file') : word === 'NEW' ? join(folder.path, 'new') : word
      const { code, out, err } = await otr4(args.map(path), '', { OTR4_PASSWORD: args.includes('a@b') && !args.includes('--nick') ? '' : 'x' })
      expect(err).to.match(/^otr4: [^\p{Cc}]+\n$/u)
      expect(out).to.equal('')
      expect(code).to.equal(2)
      expect(existsSync(join(folder.path, 'new')), 'nothing half-written').to.equal(false)
    })
  }

  it('no command at all: what there is, on standard error, exit code 2', async () => {
    const { code, out, err } = await otr4([])
    expect(code).to.equal(2)
    expect(out).to.equal('')
    for (const name of Object.keys(commands)) expect(err).to.include(`  ${name} `)
  })

  it('help is there for every command, on standard output, exit code 0', async () => {
    const all = await otr4(['--help'])
    expect(all.code).to.equal(0)
    expect(all.err).to.equal('')
    for (const name of Object.keys(commands)) {
      expect(all.out).to.include(`  ${name} `)
      const { code, out, err } = await otr4([name, '--help'])
      expect({ code, err }, name).to.deep.equal({ code: 0, err: '' })
      expect(out, name).to.match(new RegExp(`^usage: otr4 ${name}`))
      for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(140)
      expect(await otr4(['help', name]), name).to.deep.equal({ code, out, err })
    }
    expect((await otr4(['--version'])).out).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('a network that is not there: one line, exit code 1', async () => {
    for (const args of [['--relay', 'ws://127.0.0.1:1', '--nick', 'a'], ['--irc', '127.0.0.1:1', '--nick', 'a'], ['--xmpp', 'a@b', '--server', '127.0.0.1:1']]) {
      const { code, out, err } = await otr4(['chat', ...args], '', { OTR4_PASSWORD: 'x' })
      expect(err, args.join(' ')).to.match(/^otr4: no [^\p{Cc}]+\n$/u)
      expect({ code, out }).to.deep.equal({ code: 1, out: '' })
    }
  })
})
