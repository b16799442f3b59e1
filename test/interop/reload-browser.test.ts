import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { openBrowserPage, type BrowserPage } from './lib/browser-page.js'
import { needsChromium } from './lib/missing.js'

/** A messenger of one page: what it sends waits until the test carries it. */
const script = `
import { Client } from './src/index.ts'
import { openDatabase } from './src/store/browser/index.ts'
const sent = [], events = []
let client
globalThis.tab = {
  async open(account, whenLocked = 'refuse') {
    const persistence = await openDatabase({ name: account, secret: { key: new Uint8Array(32).fill(5) }, whenLocked })
    client = await Client.open({ account, clock: () => Date.now() / 1000, persistence, pause: () => new Promise((go) => setTimeout(go)) })
    client.on('send', (event) => { sent.push(event) })
    for (const type of ['message', 'notice', 'smp']) client.on(type, (event) => { events.push(event) })
    await client.tick()
  },
  start: (peer) => client.conversation(peer).start(),
  send: (peer, text) => client.conversation(peer).send(text),
  verify: (peer) => client.conversation(peer).verify('the pier'),
  answer: (peer) => client.conversation(peer).answer('the pier'),
  trust: (peer) => client.conversation(peer).status.sessions[0]?.trust,
  ssid: (peer) => client.conversation(peer).status.sessions[0]?.ssid,
  receive: (from, line) => client.receive(from, line),
  take: () => sent.splice(0),
  told: () => events.splice(0),
}
`

interface Sent {
  readonly to: string
  readonly message: string
}
type Told = Readonly<Record<string, unknown>>

describe('a conversation in browser tabs', function () {
  this.timeout(180_000)
  let tabs: BrowserPage | undefined

  before(async function () {
    needsChromium(this)
    tabs = await openBrowserPage(script)
  })

  after(() => tabs?.close())

  it('W1: survives reloads in the middle, and goes over to another tab when its own is closed', async () => {
    const context = await tabs!.browser.newContext()
    const pages: Record<string, Page> = {}
    const ready = async (page: Page): Promise<Page> => {
      await page.waitForFunction('globalThis.tab')
      return page
    }
    const newTab = (): Promise<Page> => tabs!.open(context)
    const call = <Result>(name: string, what: string, ...args: string[]): Promise<Result> =>
      pages[name]!.evaluate<Result>(`tab.${what}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
    const carry = async (): Promise<void> => {
      for (let moved = true; moved;) {
        moved = false
        for (const from of ['alice', 'bob']) {
          for (const { to, message } of await call<Sent[]>(from, 'take')) {
            moved = true
            await call(to, 'receive', from, message)
          }
        }
      }
    }
    const texts = async (name: string): Promise<unknown[]> =>
      (await call<Told[]>(name, 'told')).filter(({ type }) => type === 'message').map(({ text, encrypted }) => [text, encrypted])

    for (const name of ['alice', 'bob']) {
      pages[name] = await newTab()
      await call(name, 'open', name)
    }
    await call('alice', 'start', 'bob')
    await carry()
    const ssid = await call<string>('alice', 'ssid', 'bob')
    expect(ssid).to.equal(await call('bob', 'ssid', 'alice')).and.match(/^[0-9a-f]{16}$/)
    await call('alice', 'send', 'bob', 'before')
    await carry()
    expect(await texts('bob')).to.deep.equal([['before', true]])
    await call('bob', 'told')

    for (const name of ['alice', 'bob']) {
      const other = name === 'alice' ? 'bob' : 'alice'
      await call(other, 'send', name, 'under way')
      const underWay = await call<Sent[]>(other, 'take')
      await ready(await pages[name]!.reload().then(() => pages[name]!))
      await call(name, 'open', name)
      for (const { message } of underWay) await call(name, 'receive', other, message)
      await call(name, 'send', other, `after the reload of ${name}`)
      await carry()
      expect(await texts(name)).to.deep.include(['under way', true])
      expect(await texts(other)).to.deep.include([`after the reload of ${name}`, true])
      expect(await call(name, 'ssid', other)).to.equal(ssid)
    }

    const second = await newTab()
    expect(await second.evaluate("tab.open('alice').catch(({ code }) => code)")).to.equal('OTR_STORE_LOCKED')
    const waiting = second.evaluate("tab.open('alice', 'wait')")
    await pages['alice']!.close()
    await waiting
    pages['alice'] = second
    await call('alice', 'verify', 'bob')
    await carry()
    await call('bob', 'answer', 'alice')
    await carry()
    expect(await call('alice', 'trust', 'bob')).to.equal('verified')
    expect(await call('alice', 'ssid', 'bob')).to.equal(ssid)
    await context.close()
  })
})
