import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import { indicatorOf, inWords } from '../../src/cli/chat/indicator.js'
import { noticeText } from '../../src/cli/chat/notice-text.js'
import { worded } from '../../src/cli/chat/wording.js'
import { RelayServer, RelayTransport } from '../../src/transport/relay/index.js'
import { Run } from '../support/cli.js'
import { collect, until } from '../support/transport-events.js'

const { identity: older } = JSON.parse(readFileSync(new URL('../vectors/data/v4-libotr-ng.json', import.meta.url), 'utf8')) as { readonly identity: string }
/** A stranger's program of version 4, whose first message somebody has cut. */
const cut = `${older.slice(0, 900)}.`

describe('otr4 chat: the first contact', () => {
  let relay: RelayServer
  let alice: Run
  let bob: RelayTransport

  beforeEach(async () => {
    relay = await RelayServer.listen()
    bob = new RelayTransport({ url: relay.url, name: 'bob' })
    await bob.start()
  })

  afterEach(async () => {
    alice.stdin.end()
    await alice.exit
    await bob.close()
    await relay.close()
  })

  async function start(...more: string[]): Promise<void> {
    alice = new Run(['chat', '--relay', relay.url, '--nick', 'alice', '--with', 'bob', '--json', ...more])
    await alice.expect('ready')
  }

  const isSaid = (event: ChatEvent): boolean => worded(event) !== undefined
  const notices = (): string[] => alice.events.flatMap((event) => event.type === 'notice' && isSaid(event) ? [event.code] : [])

  for (const [what, answer, code, sentence] of [
    ['an older draft', older, 'older-draft', /^bob's program speaks an older draft of version 4, which is not spoken here\. .*\. \/otr start 3 asks for version 3 instead/],
    ['a form that cannot be read', cut, 'incompatible', /^bob's program answered in version 4 in a form that this program cannot read\. .*\. \/otr start 3 asks for version 3 instead/],
  ] as const) {
    it(`${what} is told by name, once and with the choice; /otr start 3 asks for version 3, and nothing did before`, async () => {
      const heard = collect(bob, 'message')
      await start()
      alice.type('/otr start')
      await until(() => heard.length === 1)
      alice.type('only for you')
      await alice.expect('outbox')
      for (let i = 0; i < 5; i++) await bob.send('alice', answer)
      const told = await alice.expect('notice', isSaid)
      expect(told).to.include({ code, peer: 'bob', held: 1 }).and.deep.include({ choices: [3] })
      const { text = '' } = worded(told) ?? {}
      expect(text).to.match(sentence).and.match(/1 message waits: \/otr outbox$/)
      alice.type('/otr status')
      expect((await alice.expect('info')).text).to.match(/you offered a private conversation at \d\d:\d\d \(version 4 or 3\): .*\(\/otr start 3 asks for version 3 instead\)/)
      expect(notices(), 'one sentence').to.deep.equal([code])
      expect(alice.events.filter((event) => event.type === 'notice' && event.beginning === true), 'programs are told of each').to.have.length(5)
      expect(heard.map(({ text: line }) => line.slice(0, 8))).to.deep.equal(['?OTRv34?'])
      alice.type('/otr start 3')
      await until(() => heard.length === 2)
      expect(heard[1]?.text).to.match(/^\?OTRv3\?/)
      alice.type('/otr start 2')
      expect((await alice.expect('error')).text).to.equal('usage: /otr start [3|4]')
    })
  }

  it('Q2/2: /otr allow 2 says what it means and changes nothing; after yes version 2 is offered, after no it is not', async () => {
    const heard = collect(bob, 'message')
    await start()
    alice.type('/otr allow 2')
    expect((await alice.expect('info')).text).to.match(/^Thunderbird, Profanity and WeeChat have version 2 of OTR and nothing newer\. What that means: .*: \/otr allow 2 yes$/)
      .and.not.include('WAS seen')
    alice.type('/otr start')
    await until(() => heard.length === 1)
    alice.type('/otr allow 2 yes')
    expect((await alice.expect('info')).text).to.match(/^version 2 is allowed with bob, until bob is seen with a newer one/)
    alice.type('/otr allow 2')
    expect((await alice.expect('info')).text, 'nobody is asked to allow it twice').to.match(/^version 2 is allowed with bob/)
    alice.type('/otr start')
    await until(() => heard.length === 2)
    alice.type('/otr allow 2 no')
    expect((await alice.expect('info')).text).to.equal('version 2 is off with bob')
    alice.type('/otr start')
    await until(() => heard.length === 3)
    expect(heard.map(({ text }) => text.slice(0, text.lastIndexOf('?') + 1).split(' ')[0])).to.deep.equal(['?OTRv34?', '?OTRv234?', '?OTRv34?'])
    alice.type('/otr allow 3')
    expect((await alice.expect('error')).text).to.equal('usage: /otr allow 2 [yes|no]')
  })

  it('Q13/2: /otr allow 2 yes does not claim what a policy that requires encryption excludes', async () => {
    await start('--policy', 'requireEncryption=true')
    alice.type('/otr allow 2 yes')
    expect((await alice.expect('info')).text).to.match(/^version 2 stays off with bob/)
  })

  it('no answer is told once with the likely reasons and what waits, and stands in the status and beside the line', async () => {
    await start('--policy', 'handshakeRetryAfter=0.1')
    alice.type('/otr start')
    alice.type('one')
    alice.type('two')
    const told = await alice.expect('notice', isSaid)
    expect(told).to.include({ code: 'no-answer', held: 2 })
    const { text = '' } = worded(told) ?? {}
    for (const reason of ['away', 'another device', 'no OTR', 'switched off', 'their program has version 2 only: /otr allow 2', '/otr start asks again', '2 messages wait: /otr outbox']) expect(text).to.include(reason)
    alice.type('/otr status')
    const { text: status } = await alice.expect('info')
    expect(status).to.match(/\(version 4 or 3\): no answer \(if their program has version 2 only: \/otr allow 2\)$/m).and.match(/2 messages wait: \/otr outbox/)
    alice.type('/who')
    expect((await alice.expect('info')).text).to.equal('bob: no answer: what you type waits')
    expect(notices()).to.deep.equal(['no-answer'])
  })

  it('after a choice of version 2, silence is not put down to version 2; where a policy excludes it, nobody is sent to choose it', async () => {
    await start('--policy', 'handshakeRetryAfter=0.1')
    alice.type('/otr allow 2 yes')
    await alice.expect('info')
    alice.type('/otr start')
    const told = await alice.expect('notice', isSaid)
    expect(told).to.deep.include({ code: 'no-answer', offered: [4, 3, 2] })
    expect(worded(told)?.text).to.match(/has it switched off\. \/otr start asks again$/)
    expect(noticeText({ type: 'notice', peer: 'bob', code: 'no-answer', offered: [4, 3], choices: [] })?.text).to.include('version 2 only').and.not.include('/otr allow 2')
  })

  it('an offer of version 2 alone is told by name, and the status says what to do before and after the choice', async () => {
    await start()
    await bob.send('alice', '?OTRv2? bob@x has requested an Off-the-Record private conversation')
    expect(worded(await alice.expect('notice', isSaid))?.text).to.match(/^bob asks for a private conversation in version 2 of OTR, which is off here\. .*: \/otr allow 2 says what that means$/)
    alice.type('/otr status')
    expect((await alice.expect('info')).text).to.match(/^bob asked for a private conversation in version 2 of OTR, which is off here: \/otr allow 2 says what it means$/m)
    alice.type('/otr allow 2 yes')
    await alice.expect('info')
    alice.type('/otr status')
    expect((await alice.expect('info')).text).to.match(/^bob asked for a private conversation in version 2 of OTR, which you allow: \/otr start begins it$/m)
  })

  it('Q1/2: who was seen with version 4 and then offers version 2 alone: the offer is an alarm that says what to do, and so does /otr allow 2', async () => {
    await bob.close()
    const newer = new Run(['chat', '--relay', relay.url, '--nick', 'bob', '--with', 'alice', '--json'])
    await newer.expect('ready')
    await start()
    alice.type('/otr start')
    await alice.expect('state', ({ state }) => state === 'private')
    newer.stdin.end()
    await newer.exit
    bob = new RelayTransport({ url: relay.url, name: 'bob' })
    await bob.start()
    await bob.send('alice', '?OTRv2?')
    const told = worded(await alice.expect('notice', ({ code }) => code === 'downgrade'))
    expect(told).to.include({ style: 'alarm' })
    expect(told?.text).to.match(/Ask them by telephone or in person/).and.not.include('/otr allow 2')
    alice.type('/otr allow 2')
    expect((await alice.expect('info', ({ text }) => text.startsWith('Thunderbird'))).text).to.include('bob WAS seen with a newer version')
  })

  it('with a private conversation in version 2, the status shows no instance and the keys as those of version 2; taking the choice back says what has ended', async () => {
    await bob.close()
    const only2 = new Run(['chat', '--relay', relay.url, '--nick', 'bob', '--with', 'alice', '--json', '--policy', 'allowV2=true,v2WithEverybody=true,allowV3=false,allowV4=false'])
    await only2.expect('ready')
    await start()
    alice.type('/otr allow 2 yes')
    await alice.expect('info')
    alice.type('/otr start')
    await alice.expect('state', ({ state }) => state === 'private')
    alice.type('/otr status')
    const { text: status } = await alice.expect('info')
    expect(status).to.match(/^the conversation with bob is private \(version 2\), and the key is NOT verified\nversion 2 keeps what you say as secret as version 3 does; but/)
      .and.match(/^version 2, encrypted, /m).and.match(/^of bob: .* \(versions 2 and 3, not verified, in use\)$/m).and.match(/^yours: .* \(versions 2 and 3\)$/m)
    expect(status).not.to.match(/instance|offered/)
    alice.type('/otr allow 2 no')
    expect((await alice.expect('info')).text).to.equal('version 2 is off with bob, and the private conversation in it has ended')
    expect(await only2.expect('state', ({ state }) => state === 'ended')).to.include({ by: 'them' })
    only2.stdin.end()
    await only2.exit
    bob = new RelayTransport({ url: relay.url, name: 'bob' })
    await bob.start()
  })

  it('what is said of one who was never asked has no choice of ours in it', async () => {
    await start('--policy', 'allowV3=false')
    await bob.send('alice', older)
    const told = await alice.expect('notice', isSaid)
    expect(told).to.deep.include({ code: 'older-draft', choices: [] }).and.not.have.property('held')
    expect(noticeText({ type: 'notice', peer: 'bob', code: 'older-draft', choices: [] })?.text).not.to.include('/otr start 3')
    expect(noticeText({ type: 'notice', peer: 'bob', code: 'incompatible' })?.alarm).to.equal(true)
  })

  it('the words beside the line say that nobody answered, as long as that is so', () => {
    const status = { sessions: [], selected: undefined, sending: 'held', latched: true, floor: 'changed', pending: false, held: 0 } as const
    expect(inWords(indicatorOf(status))).to.equal('not private: what you type waits')
    expect(inWords(indicatorOf({ ...status, contact: { since: 1, versions: [4], answer: 'none', choices: [] } }))).to.equal('no answer: what you type waits')
  })
})
