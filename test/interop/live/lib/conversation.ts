/** One conversation as people hold it, between our chat and somebody else's client: each test goes on where the last one stopped. */
import { expect } from 'chai'
import { literal, type PlainChat } from './chat.js'
import type { Correspondent } from './correspondent.js'
import type { Tap } from './tap.js'

/** The two sides. They are made before the tests run. */
export interface Sides {
  readonly chat: PlainChat
  readonly their: Correspondent
  readonly tap: Tap
}

const wordy = (name: string, from: number, to: number): string =>
  Array.from({ length: to - from }, (_, at) => `${name}${from + at}`).join(' ')

/** How the first private conversation begins: our chat asks for it, or a text in clear carries an invisible offer, of either side. */
export type Beginning = 'offer' | 'our tag' | 'their tag'

export function conversation(sides: () => Sides, options: { asksQuestions: boolean, quits: boolean, begins?: Beginning, version?: 2 | 3, renews?: boolean }): void {
  const said: string[] = []
  let privacies = 0
  let verifications = 0

  /** A line of ours, and its arrival. */
  async function we(text: string, privacy = 'private'): Promise<void> {
    const { chat, their } = sides()
    chat.type(text)
    await chat.says(new RegExp(`^sent ${literal(their.address)} ${privacy} \\S+ ${literal(text)}$`))
    await their.hears(text)
    if (privacy === 'private') said.push(text)
  }

  /** A line of theirs, and its arrival. Some clients write HTML around it, or a white-space tag behind it. */
  async function they(text: string, privacy = 'private'): Promise<void> {
    const { chat, their } = sides()
    await their.say(text)
    await chat.says(new RegExp(`^message ${literal(their.address)} ${privacy} \\S+ ${literal(text)}$`))
    if (privacy === 'private') said.push(text)
  }

  /** A text that their client may cut into several messages before it encrypts them. */
  async function theyAtLength(text: string): Promise<void> {
    const { chat, their } = sides()
    await their.say(text)
    const pattern = new RegExp(`^message ${literal(their.address)} private \\S+ (.*)$`)
    let heard = ''
    while (!heard.includes(text)) heard = `${heard} ${(await chat.says(pattern))[1]?.trim() ?? ''}`
    said.push(...text.split(' ').slice(0, 5))
  }

  /** Waits for both to be private; gives the fingerprint that our chat was shown. */
  async function becomePrivate(key: 'new' | 'known', trust: 'verified' | 'unverified'): Promise<string> {
    const { chat, their } = sides()
    const match = await chat.says(new RegExp(`^state ${literal(their.address)} private v${version} \\d+ ${key} ${trust} ([0-9a-f]{40})$`))
    await their.isPrivate(++privacies)
    return match[1] ?? ''
  }

  const { begins = 'offer', version = 3 } = options
  const peer = (): string => literal(sides().their.address)

  it(`becomes private by ${begins === 'offer' ? 'what our chat asks' : begins}, and shows the fingerprint that the other side shows`, async () => {
    const { chat, their, tap } = sides()
    if (begins === 'offer') {
      chat.type('/otr start')
      await chat.says(new RegExp(`^state ${peer()} starting$`))
    } else {
      if (begins === 'our tag') await we('good morning', 'clear')
      else await they('good morning', 'clear')
      expect(tap.sent + tap.received, 'nobody sent a query').not.to.match(/\?OTR\??v/)
    }
    const shown = await becomePrivate('new', 'unverified')
    expect(shown).to.equal(await their.fingerprint())
  })

  it('carries messages both ways in turns, with letters of all kinds', async () => {
    for (let turn = 1; turn <= 5; turn++) {
      await we(`number ${turn} from us`)
      await they(`number ${turn} from them`)
    }
    await we('Grüße, 你好')
    await they('Grüße, 你好')
    await we('two in')
    await we('a row')
    await they('and two')
    await they('back to us')
  })

  it('carries a long message each way in fragments', async () => {
    const { tap } = sides()
    const before = tap.sent.length
    await we(wordy('ours', 100, 350))
    await theyAtLength(wordy('theirs', 100, 180))
    expect(tap.sent.slice(before)).to.include('?OTR')
  })

  if (options.renews === true) {
    it('takes new keys within the private conversation when our chat asks, and goes on with them', async () => {
      const { chat, tap } = sides()
      const before = tap.sent.length + tap.received.length
      chat.type('/otr start')
      await chat.says(new RegExp(`^state ${peer()} private v${version} \\d+ known unverified [0-9a-f]{40}$`))
      expect(tap.sent.length + tap.received.length, 'a key exchange went over the line').to.be.greaterThan(before + 500)
      await we('with new keys')
      await they('I read them')
      await we('and again')
    })
  }

  it('is verified when our chat asks a question', async () => {
    const { chat, their } = sides()
    chat.type('/otr smp "Whose picture is on the wall?" Brückner')
    await their.isAsked('Whose picture is on the wall?')
    await their.answer('Brückner')
    await chat.says(new RegExp(`^smp ${peer()} succeeded verified$`))
    await their.succeeds(++verifications)
  })

  it('is verified when the other side asks', async () => {
    const { chat, their } = sides()
    const question = options.asksQuestions ? 'Which colour?' : undefined
    await their.verify('orange', question)
    await chat.says(new RegExp(`^smp ${peer()} asked${question === undefined ? '' : ` ${literal(question)}`}$`))
    chat.type('/otr answer orange')
    await their.succeeds(++verifications)
    await chat.says(new RegExp(`^smp ${peer()} succeeded verified$`))
  })

  it('tells both sides of a wrong answer', async () => {
    const { chat, their } = sides()
    await their.verify('north', options.asksQuestions ? 'Where to?' : undefined)
    await chat.says(new RegExp(`^smp ${peer()} asked`))
    chat.type('/otr answer south')
    await their.fails(1)
    await chat.says(new RegExp(`^smp ${peer()} failed`))
  })

  it('starts anew when the other side asks', async () => {
    const { chat, their } = sides()
    await their.end()
    await chat.says(new RegExp(`^state ${peer()} ended$`))
    await their.start()
    await becomePrivate('known', 'verified').catch(() => becomePrivate('known', 'unverified'))
    await we('private again')
    await they('so it is')
  })

  it('holds what is written after the other side has ended, and sends it in private', async () => {
    const { chat, their } = sides()
    await their.end()
    await chat.says(new RegExp(`^state ${peer()} ended$`))
    chat.type('not for everybody')
    await chat.says(new RegExp(`^outbox ${peer()} held 1$`))
    chat.type('/otr start')
    await chat.says(new RegExp(`^state ${peer()} private v${version} `))
    await their.isPrivate(++privacies)
    await chat.says(new RegExp(`^outbox ${peer()} released 1$`))
    await their.hears('not for everybody')
    said.push('not for everybody')
  })

  it('ends when our chat ends it, and tells the other side', async () => {
    const { chat, their } = sides()
    chat.type('/otr end')
    await chat.says(new RegExp(`^state ${peer()} (?:clear|ended)$`))
    await their.isEnded()
  })

  it('showed no line of OTR and let nobody on the way read what was private', async () => {
    const { chat, tap } = sides()
    expect(chat.lines.filter((line) => line.includes('?OTR'))).to.deep.equal([])
    expect(chat.lines.filter((line) => /^error /.test(line))).to.deep.equal([])
    const seen = Buffer.from(tap.sent + tap.received, 'latin1').toString('utf8')
    for (const text of said) expect(seen).not.to.include(text)
    if (options.quits) expect(await chat.quit()).to.equal(0)
  })
}
