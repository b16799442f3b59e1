import { expect } from 'chai'
import { Run } from '../../support/cli.js'
import { needsChromium } from '../lib/missing.js'
import { choose, reads, shows, WebClient, write, type Person } from '../lib/web-client.js'

describe('the web client: with otr4 chat', function () {
  this.timeout(120_000)
  let web: WebClient
  let alice: Person
  let eve: Run

  before(async function () {
    needsChromium(this)
    web = await WebClient.start()
    alice = await web.person('alice')
    eve = new Run(['chat', '--relay', web.site.relay.url, '--nick', 'eve', '--with', 'alice', '--json'])
    await eve.expect('ready')
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(async () => {
    await eve.leave()
    await web.close()
  })

  it('speaks version 4, both ways', async () => {
    eve.type('/otr start')
    await eve.expect('state', ({ state }) => state === 'private')
    eve.type('from the terminal <b>é</b>')
    await choose(alice.page, 'eve')
    await reads(alice.page, 'from the terminal <b>é</b>', 'private')
    await write(alice.page, 'eve', 'from the browser')
    expect(await eve.expect('message', ({ text }) => text === 'from the browser')).to.include({ privacy: 'private' })
    // Other programs know nothing of our receipts.
    await reads(alice.page, 'from the browser', /^(?!.*delivered).*sent/)
  })

  it('verifies both ways: who asks has verified', async () => {
    eve.type('/otr smp "Where?" in Paris')
    await shows(alice.page, 'eve wants to know whether it is you')
    await alice.page.getByLabel('Your answer').fill('in Paris')
    await alice.page.getByRole('button', { name: 'Answer', exact: true }).click()
    await eve.expect('smp', ({ event, verified }) => event === 'succeeded' && verified === true)
    await shows(alice.page, 'Private, not verified: is it really eve?')
    await alice.page.getByRole('button', { name: 'Verify', exact: true }).click()
    await alice.page.getByLabel('Question').fill('Since when?')
    await alice.page.getByLabel('Answer that you expect').fill('since the winter')
    await alice.page.getByRole('button', { name: 'Ask', exact: true }).click()
    expect((await eve.expect('smp', ({ event }) => event === 'asked')).question).to.equal('Since when?')
    eve.type('/otr answer since the winter')
    await shows(alice.page, 'The answers are equal: it is eve.')
    await alice.page.keyboard.press('Escape')
    await shows(alice.page, 'Private and verified: only eve can read this')
    eve.type('after that')
    await reads(alice.page, 'after that', 'private, verified')
  })

  it('lists the device, finds texts, and separates the days', async () => {
    await alice.page.getByLabel('More').click()
    await alice.page.getByRole('button', { name: 'Devices' }).click()
    await shows(alice.page, /version 4, verified, last seen \d/)
    await alice.page.keyboard.press('Escape')
    await alice.page.getByLabel('More').click()
    await alice.page.getByRole('button', { name: 'Search' }).click()
    await alice.page.getByRole('searchbox').fill('BROWSER')
    await shows(alice.page, '1 found')
    expect(await alice.page.locator('.entry').count()).to.equal(1)
    await alice.page.getByRole('searchbox').fill('never said')
    await shows(alice.page, '0 found')
    await alice.page.locator('.search').getByRole('button', { name: 'Close' }).click()
    await alice.page.clock.install({ time: Date.now() + 86_400_000 })
    await write(alice.page, 'eve', 'a day later in this page')
    await shows(alice.page, 'Yesterday')
    await alice.page.clock.setSystemTime(Date.now() + 5 * 86_400_000)
    await write(alice.page, 'eve', 'five days later in this page')
    await shows(alice.page, new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' }).format(Date.now()))
  })

  it('tells of a new text without its writer and its words', async () => {
    const context = await web.browser.newContext({ permissions: ['notifications'] })
    await context.addInitScript(`globalThis.notes = []
      Object.defineProperty(document, 'hidden', { get: () => true })
      globalThis.Notification = class { static permission = 'granted'; static requestPermission() { return Promise.resolve('granted') } constructor(title, options) { notes.push({ title, ...options }) } }`)
    const bob = await web.personIn(context, 'bob')
    await bob.page.getByRole('button', { name: 'Settings' }).click()
    await bob.page.getByLabel('Notify me of new texts').check()
    await bob.page.keyboard.press('Escape')
    const other = new Run(['chat', '--relay', web.site.relay.url, '--nick', 'frank', '--with', 'bob', '--json'])
    await other.expect('ready')
    other.type('/otr start')
    await other.expect('state', ({ state }) => state === 'private')
    other.type('a secret')
    await shows(bob.page, '1 unread text')
    expect(await bob.page.evaluate('notes')).to.deep.equal([{ title: 'otr4', body: 'There is a new private text', tag: 'otr4' }])
    expect(await bob.page.title()).to.equal('(1) otr4')
    await other.leave()
    await context.close()
  })

  it('warns of an older version than before, until the person has read it', async () => {
    eve.type('/otr end')
    await shows(alice.page, 'eve ended the private conversation.')
    eve.type('/otr start 3')
    await shows(alice.page, 'Older protection than before')
    await shows(alice.page, 'eve used a newer version of the protocol before.')
    await alice.page.getByRole('button', { name: 'I understand' }).click()
    await alice.page.getByText('Older protection than before').waitFor({ state: 'detached' })
  })
})
