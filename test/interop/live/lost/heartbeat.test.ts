/** A program that has sent nothing for a minute answers a text at once, unless it has no heartbeats. All clients do, after the same minute. */
import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { IrcTransport } from '../../../../src/transport/irc/index.js'
import { XmppTransport } from '../../../../src/transport/xmpp/index.js'
import { inspircd } from '../lib/irc-servers.js'
import { losableClients } from '../lib/losable-clients.js'
import { Ours } from '../lib/ours.js'
import { needs, until, Workplace } from '../lib/programs.js'
import { domain, password, startProsody } from '../lib/prosody.js'

/** Its OTR is its own, without heartbeats. */
const silent = ['Tkabber']

describe('a living client after a minute of silence', () => {
  const places: Workplace[] = []
  const talks: { readonly name: string, readonly ours: Ours, readonly address: string }[] = []

  before(async function () {
    needs(this, [...new Set(losableClients.flatMap(({ programs }) => programs))])
    for (const { name, network, open } of losableClients) {
      const place = new Workplace()
      places.push(place)
      const port = await (network === 'XMPP' ? startProsody(place, ['alice', 'bob']) : inspircd.start(place))
      const their = await open(place, port)
      const ours = await Ours.open(place, network === 'XMPP'
        ? new XmppTransport({ jid: `alice@${domain}/home`, password, server: `127.0.0.1:${port}` })
        : new IrcTransport({ host: '127.0.0.1', port, nick: 'alice', pace: { burst: 20, intervalMs: 50 } }))
      await ours.client.conversation(their.address).start()
      await ours.says('state', ({ state }) => state === 'encrypted')
      await ours.client.conversation(their.address).send('hello from us')
      await until(async () => (await their.shown()).includes('hello from us') ? true : undefined, 20, () => `${name} does not show the first text`)
      await their.say('hello from them')
      await ours.says('message', ({ text }) => text === 'hello from them')
      talks.push({ name, ours, address: their.address })
    }
    await sleep(61_000)
  })

  after(async () => { for (const place of places) await place.close() })

  for (const { name } of losableClients) {
    const answers = !silent.includes(name)
    it(`${name} ${answers ? 'answers a text at once, and nothing is thought lost' : 'answers nothing, so its conversation is thought lost'}`, async () => {
      const talk = talks.find((one) => one.name === name)
      if (talk === undefined) throw new Error(`there is no conversation with ${name}`)
      const { ours, address } = talk
      const heard = ours.all('message').length
      await ours.client.conversation(address).send('are you there?')
      if (answers) await until(() => ours.all('message').length > heard ? true : undefined, 10, () => `${name} does not answer`)
      await ours.later(15)
      expect(ours.client.conversation(address).status.probablyLost?.sign).to.equal(answers ? undefined : 'silence')
      // The answer is for programs: nobody reads anything.
      expect(ours.events.filter(({ type }) => type === 'message')).to.have.length(1)
      expect(ours.events.flatMap((event) => event.type === 'notice' && event.code === 'session-probably-lost' ? [event.code] : [])).to.have.length(answers ? 0 : 1)
    })
  }
})
