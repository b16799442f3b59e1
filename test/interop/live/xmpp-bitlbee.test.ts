/** What the common conversation does not show: a start by a white-space tag, fragments over XMPP, a connection that breaks in the middle. */
import { expect } from 'chai'
import { Bitlbee } from './lib/bitlbee.js'
import { literal, PlainChat } from './lib/chat.js'
import { needs, Workplace } from './lib/programs.js'
import { domain, password, startProsody } from './lib/prosody.js'
import { Tap } from './lib/tap.js'

describe('the chat with bitlbee over Prosody, in bad weather', () => {
  let workplace: Workplace | undefined
  let their: Bitlbee
  let tap: Tap
  let chat: PlainChat
  let peer = ''

  before(async function () {
    needs(this, ['prosody', 'bitlbee'])
    const place = workplace = new Workplace()
    const port = await startProsody(place, ['alice', 'bob'])
    their = await Bitlbee.open(place, port, 'bob', 'alice')
    tap = await Tap.open(place, port)
    chat = await PlainChat.open(place,
      ['--xmpp', `alice@${domain}`, '--server', `127.0.0.1:${tap.port}`, '--with', their.address, '--policy', 'maxMessageLength=400'],
      { OTR4_PASSWORD: password })
    peer = literal(their.address)
  })

  after(async () => { await workplace?.close() })

  /** A line each way. */
  async function talk(text: string): Promise<void> {
    chat.type(`${text} from us`)
    await their.hears(`${text} from us`)
    await their.say(`${text} from them`)
    await chat.says(new RegExp(`^message ${peer} private \\S+ ${literal(text)} from them$`))
  }

  it('becomes private by the white-space tag of a first message in clear', async () => {
    await their.say('good morning')
    await chat.says(new RegExp(`^message ${peer} clear \\S+ good morning$`))
    await chat.says(new RegExp(`^state ${peer} private v3 `))
    await their.isPrivate(1)
    // Nobody sent a query.
    expect(tap.sent + tap.received).not.to.match(/\?OTRv?3/)
    await talk('after the tag')
  })

  it('sends a long message in fragments, and reads what comes back', async () => {
    const text = Array.from({ length: 200 }, (_, at) => `word${at}`).join(' ')
    const before = tap.sent.length
    chat.type(text)
    await their.hears(text)
    const fragments = tap.sent.slice(before).match(/\?OTR\|[0-9a-f]{8}\|[0-9a-f]{8},\d{5},\d{5},/g) ?? []
    expect(fragments.length).to.be.at.least(3)
    await talk('after the fragments')
  })

  it('goes on in the same session when the connection breaks in the middle', async () => {
    tap.cut()
    await chat.says(/^connection (?!online)/)
    await chat.says(/^connection online/, 60)
    await talk('after the break')
    expect(chat.lines.filter((line) => line.startsWith(`state ${their.address} private`))).to.have.length(1)
  })

  it('showed no line of OTR, and leaves as it came', async () => {
    expect(chat.lines.filter((line) => line.includes('?OTR'))).to.deep.equal([])
    expect(chat.lines.filter((line) => /^error /.test(line))).to.deep.equal([])
    expect(await chat.quit()).to.equal(0)
  })
})
