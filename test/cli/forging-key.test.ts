/** The one question about the forging key, and what comes of each answer. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { readSealedAccounts } from '../../src/cli/sealed-accounts.js'
import { ed448KeyPair } from '../../src/crypto/index.js'
import { hexDecode, hexEncode } from '../../src/wire/index.js'
import { RelayServer } from '../../src/transport/relay/index.js'
import { otr4, Run, temporaryFolder } from '../support/cli.js'

const asks = /discard or keep\? \[discard\] $/

describe('what becomes of the secret of the forging key', () => {
  let relay: RelayServer
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  const name = ['--account', 'alice', '--protocol', 'relay']

  beforeEach(async () => {
    relay = await RelayServer.listen()
    folder = temporaryFolder()
    path = join(folder.path, 'state')
  })

  afterEach(async () => {
    await relay.close()
    folder.remove()
  })

  const chat = (...more: string[]): string[] => ['chat', '--relay', relay.url, '--nick', 'alice', '--state', path, '--no-passphrase', ...more]

  /** Starts the chat at a terminal, answers the question if there is one, and leaves. */
  async function atTerminal(answer: string | undefined, ...more: string[]): Promise<Run> {
    const run = new Run(chat(...more), {}, true)
    if (answer !== undefined) {
      await run.sees(asks)
      run.stdin.write(answer)
    }
    await run.sees(/everything is kept|ready|connected|\/help/)
    run.stdin.write('/quit\r')
    expect(await run.exit, run.err).to.equal(0)
    return run
  }

  /** The account's forging key and its secret. */
  async function keys(): Promise<{ readonly forgingKey: string, readonly secret: string | undefined }> {
    const [account] = await readSealedAccounts(path, { env: {}, terminal: false } as never) ?? []
    const ed448 = account?.saved.account.keys.ed448
    return { forgingKey: hexEncode(ed448?.forgingKey ?? new Uint8Array()), secret: ed448?.forgingSecret && hexEncode(ed448.forgingSecret) }
  }

  it('a person is asked once, in plain words, when keys are made; keep keeps a secret that belongs to the forging key', async () => {
    const first = await atTerminal('k\u007fkeep\r')
    expect(first.out).to.include('nobody can take it, and nobody can force\n            you to hand it over. This is the usual choice.').and.include('deceive you about whom you talk to')
    expect(first.out.split('\n').every((line) => line.length < 1000)).to.equal(true)
    const { forgingKey, secret = '' } = await keys()
    expect(hexEncode(ed448KeyPair(hexDecode(secret)).publicKey)).to.equal(forgingKey)
    const shown = await otr4(['account', 'forging-key', '--state', path, ...name])
    expect(shown).to.deep.include({ code: 0, out: `${secret}\n`, err: '' })
    expect((await atTerminal(undefined)).out).to.not.match(/discard or keep/)
    expect((await keys()).forgingKey).to.equal(forgingKey)
  })

  it('an empty line discards it; another word is asked for again; then nobody has it', async () => {
    const run = new Run(chat(), {}, true)
    await run.sees(asks)
    run.stdin.write('perhaps\r')
    await run.sees(/perhaps.{3}\ndiscard or keep\? \[discard\] $/)
    run.stdin.write('\r')
    await run.sees(/\/help/)
    run.stdin.write('/quit\r')
    expect(await run.exit).to.equal(0)
    expect((await keys()).secret).to.equal(undefined)
    const { code, out, err } = await otr4(['account', 'forging-key', '--state', path, ...name])
    expect({ code, out }).to.deep.equal({ code: 1, out: '' })
    expect(err).to.include('discarded: nobody has it')
  })

  it('whoever declines to answer has no account yet, and is asked again', async () => {
    for (const declines of ['\u001b', '\u0003']) {
      const run = new Run(chat(), {}, true)
      await run.sees(asks)
      run.stdin.write(declines)
      expect(await run.exit).to.equal(2)
      expect(run.err).to.equal('otr4: nothing was chosen\n')
      expect(existsSync(join(path, 'accounts'))).to.equal(false)
    }
    await atTerminal('\r')
  })

  it('a program is never asked, and gets the usual; --forging-key answers beforehand', async () => {
    const { code, out } = await otr4(chat(), '/quit\n')
    expect(code).to.equal(0)
    expect(out).to.not.match(/forging|discard/)
    expect((await keys()).secret).to.equal(undefined)
    path = join(folder.path, 'other')
    const run = new Run(chat('--plain'), {}, true)
    run.stdin.write('/quit\n')
    expect(await run.exit).to.equal(0)
    expect(run.out).to.not.match(/forging|discard/)
    path = join(folder.path, 'third')
    expect((await atTerminal(undefined, '--forging-key', 'keep')).out).to.not.match(/discard or keep/)
    expect((await keys()).secret).to.match(/^[0-9a-f]{114}$/)
  })

  it('keygen keeps it where it is told to, in a file for its owner, and the chat takes it over without a question', async () => {
    expect((await otr4(['keygen', '--state', path, ...name, '--forging-key', 'keep'])).code).to.equal(0)
    const file = join(path, 'otr4.json')
    const [stored] = (JSON.parse(readFileSync(file, 'utf8')) as { keys: { forgingKey: string, forgingSecret: string }[] }).keys
    expect(hexEncode(ed448KeyPair(hexDecode(stored!.forgingSecret)).publicKey)).to.equal(stored!.forgingKey)
    expect((await otr4(['account', 'forging-key', '--state', path, ...name])).out).to.equal(`${stored!.forgingSecret}\n`)
    expect((await atTerminal(undefined)).out).to.not.match(/discard or keep/)
    expect(await keys()).to.deep.equal({ forgingKey: stored!.forgingKey, secret: stored!.forgingSecret })
  })

  it('wrong words are refused before anything is made', async () => {
    for (const [args, says] of [
      [chat('--forging-key', 'perhaps'), '--forging-key is keep or discard'], [['keygen', '--state', path, ...name, '--forging-key', 'x'], '--forging-key is keep or discard'],
      [['chat', '--relay', relay.url, '--nick', 'alice', '--forging-key', 'keep'], 'goes with --state DIR'], [['account', 'forging-key', ...name], '--state DIR is missing'],
    ] as const) {
      const { code, out, err } = await otr4(args)
      expect({ code, out }, err).to.deep.equal({ code: 2, out: '' })
      expect(err).to.include(says)
    }
    expect(existsSync(path)).to.equal(false)
  })
})
