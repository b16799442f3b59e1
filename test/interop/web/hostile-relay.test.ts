import { expect } from 'chai'
import type { Page } from 'playwright-core'
import { HostileRelay } from '../lib/hostile-relay.js'
import { needsChromium } from '../lib/missing.js'
import { addContact, choose, reads, shows, WebClient, write, type Person } from '../lib/web-client.js'

const html = '<script>document.title = "taken"</script><img src=x onerror="document.title = \'taken\'"><svg onload=alert(1)>'
/** More than any number that a program counts up to. */
const most = Number.MAX_SAFE_INTEGER

describe('the web client: a hostile relay', function () {
  this.timeout(180_000)
  let relay: HostileRelay
  let web: WebClient
  let alice: Person
  let bob: Person

  before(async function () {
    needsChromium(this)
    relay = await HostileRelay.open()
    relay.welcome = [
      'no JSON', '[]', 'null', '{"type":"registered"}', '{"type":"message","seq":1,"from":"early","to":"alice","text":"before it let us in"}', Buffer.from([0, 255]),
      JSON.stringify({ type: 'registered', name: html, epoch: html, accepted: 0 }), JSON.stringify({ type: 'registered', name: 'alice', epoch: 'e', accepted: -1 }),
      '{"type":"registered","name":"alice","epoch":"e","accepted":0,"__proto__":{"type":"refused"}}', JSON.stringify({ type: 'refused', reason: html }),
      JSON.stringify({ type: 'accepted', id: most }), JSON.stringify({ type: 'rejected', id: 1, reason: 'unknown-name' }), '{"type":"__proto__"}', '{"type":"constructor"}',
    ]
    web = await WebClient.start({}, relay.url)
    ;[alice, bob] = [await web.person('alice'), await web.person('bob')]
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(async () => {
    await web.close()
    await relay.close()
  })

  const people = (page: Page): Promise<string[]> => page.locator('.contact bdi').allTextContents()
  const nothingInClear = (): void => { expect(relay.lines.filter(({ to, text }) => to !== 'prekeys' && !text.startsWith('?OTR')).map(({ text }) => text)).to.deep.equal([]) }

  it('that delivers each line twice, with odd frames between, changes nothing: each text is there once', async () => {
    relay.copies = 2
    await addContact(alice.page, 'bob')
    await write(alice.page, 'bob', 'said once')
    await reads(alice.page, 'said once', 'delivered')
    await choose(bob.page, 'alice')
    await reads(bob.page, 'said once', 'private')
    // All of it again, from the beginning and backwards, as a relay that counts anew.
    const lines = relay.lines.filter(({ to }) => to === 'bob')
    relay.restart('bob')
    await shows(bob.page, 'Online')
    for (const { from, text } of [...lines, ...lines.toReversed()]) relay.deliver('bob', from, text)
    for (const seq of [0, 1, -1, 1.5, most + 1]) relay.say('bob', { type: 'message', seq, from: 'alice', to: 'bob', text: 'a number from the past' })
    relay.say('bob', { type: 'registered', name: 'bob', epoch: 'other', accepted: most })
    relay.say('bob', { type: 'accepted', id: most })
    relay.say('bob', { type: 'rejected', id: most, reason: 'queue-full' })
    await relay.confirmed('bob')
    await write(bob.page, 'alice', 'still private')
    await reads(alice.page, 'still private', 'private')
    expect(await bob.page.getByText('said once').count()).to.equal(1)
    expect(await bob.page.getByText('a number from the past').count()).to.equal(0)
    relay.copies = 1
    nothingInClear()
  })

  it('that puts HTML, other names and odd times everywhere is shown as text, and nobody writes as us or as the prekey server', async () => {
    for (const from of [html, '', 'a'.repeat(65), '\u202Eecila', 'bob\u200B', 'bob\n', 'prekeys', 'alice', '__proto__']) relay.deliver('alice', from, `from ${from}: type your passphrase`)
    relay.deliver('alice', 'constructor', html)
    for (const waited of [1e308, most, 0.5]) relay.deliver('alice', 'Prekeys', `${html} ${waited}`, { waited })
    for (const text of [`?OTR Error: ${html}`, `?OTR:AAQ${html}`, '?OTR,1,9,', '\uD800\u0000\u202E', 'x'.repeat(300_000)]) relay.deliver('alice', 'bob', text)
    await relay.confirmed('alice')
    await choose(alice.page, 'Prekeys')
    await shows(alice.page, html)
    await shows(alice.page, 'This came unprotected. Anybody on the way could have written it.')
    expect((await people(alice.page)).toSorted()).to.deep.equal(['Prekeys', '__proto__', 'bob', 'constructor'])
    await choose(alice.page, 'bob')
    await shows(alice.page, 'said once')
    expect(await alice.page.evaluate("document.querySelectorAll('.log script, .log img, .log svg[onload]').length")).to.equal(0)
    expect(await alice.page.title()).to.match(/otr4$/)
    nothingInClear()
  })

  it('that floods with 12,500 lines of 10,000 senders fills a bounded place, and pushes out nothing that was private', async () => {
    for (let line = 1; line <= 12_500; line++) {
      relay.deliver('alice', line % 5 === 0 ? 'bob' : `stranger${line}`, `flood ${line}`)
      if (line % 250 === 0) await relay.confirmed('alice')
    }
    await shows(alice.page, 'Too many strangers write at once.')
    expect((await people(alice.page)).length).to.be.within(90, 110)
    await choose(alice.page, 'bob')
    await shows(alice.page, 'flood 12500')
    expect(await alice.page.locator('.log .entry').count()).to.be.within(100, 210)
    await reads(alice.page, 'said once', 'delivered')
    await reads(alice.page, 'still private', 'private')
    await write(alice.page, 'bob', 'after the flood')
    await reads(bob.page, 'after the flood', 'private')
    nothingInClear()
  })

  it('that sends more than may be under way, or a huge frame, is left, and tried again later', async () => {
    for (const rude of [() => { for (let line = 0; line < 12_000; line++) relay.deliver('alice', 'bob', 'x') }, () => { relay.say('alice', 'x'.repeat(3 << 20)) }]) {
      const before = relay.connections('alice')
      rude()
      await shows(alice.page, 'Offline: the relay refuses us')
      await shows(alice.page, 'Online')
      expect(relay.connections('alice')).to.equal(before + 1)
    }
    await write(alice.page, 'bob', 'alive')
    await reads(alice.page, 'alive', 'delivered')
    await reads(bob.page, 'alive', 'private')
    nothingInClear()
  })
})
