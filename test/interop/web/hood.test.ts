import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'ltx'
import { WebSocket } from 'ws'
import { violations } from '../lib/accessibility.js'
import { needsChromium } from '../lib/missing.js'
import { addContact, choose, reads, shows, WebClient, write, type Person } from '../lib/web-client.js'

describe('the web client: under the hood', function () {
  this.timeout(120_000)
  let web: WebClient
  let alice: Person
  let bob: Person

  before(async function () {
    needsChromium(this)
    web = await WebClient.start()
    ;[alice, bob] = await Promise.all([web.person('alice'), web.person('bob')])
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(() => web.close())

  it('draws the conversation as it goes, loads its part when somebody looks, and saves one file without script', async () => {
    const { page } = alice
    const loaded: string[] = []
    page.on('request', (request) => { loaded.push(new URL(request.url()).pathname) })
    await addContact(page, 'bob')
    await write(page, 'bob', 'cucumber one')
    await reads(page, 'cucumber one', 'delivered')
    await choose(bob.page, 'alice')
    expect(loaded).to.deep.equal([])
    // By the keyboard alone.
    await page.getByLabel('More').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Under the hood' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: 'The key exchange: who proved what' }).waitFor()
    expect(loaded.some((path) => /^\/part-.*\.js$/.test(path))).to.equal(true)
    await page.getByText('In words').click()
    await shows(page, /^Identity \(\d+ bytes\)\. .*Proves nothing yet/)
    await shows(page, /^Auth-I \(\d+ bytes\)\. .*To nobody else: .* could have made it too\.$/)
    expect(await violations(page)).to.deep.equal([])

    await page.getByRole('button', { name: 'Ratchet' }).click()
    // It follows the conversation.
    const chains = page.getByRole('dialog').locator('details li', { hasText: /^(?:alice|bob), chain/ })
    const before = (await chains.allTextContents()).join()
    await write(bob.page, 'alice', 'cucumber two')
    const deadline = Date.now() + 20_000
    while ((await chains.allTextContents()).join() === before && Date.now() < deadline) await page.waitForTimeout(50)
    expect((await chains.allTextContents()).join()).not.to.equal(before)
    await page.getByText(/^bob, chain \d+: \d messages?; brace key/).first().waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Secrets' }).click()
    await page.getByText(/^Keys of skipped messages: wiped/).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Network' }).click()
    await page.locator('summary', { hasText: 'OTRv4 Identity Message' }).click()
    await page.locator('details', { hasText: 'OTRv4 Identity Message' }).getByText('fingerprint (of both keys)').waitFor()
    expect(await page.getByRole('dialog').textContent()).not.to.match(/cucumber/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).to.deep.equal([])
    }
    const waiting = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as SVG' }).click()
    const download = await waiting
    expect(download.suggestedFilename()).to.equal('otr4-bob.svg')
    const svg = readFileSync(await download.path(), 'utf8')
    expect(parse(svg).name).to.equal('svg')
    expect(svg).to.contain('The ratchet: two interleaved chains').and.not.match(/<script|href|style|cucumber/)
    await page.setViewportSize({ width: 320, height: 600 })
    await page.waitForTimeout(500)
    expect(await page.evaluate('document.querySelector("dialog").scrollWidth <= document.querySelector("dialog").clientWidth')).to.equal(true)
  })

  it('speaks German, and shows what a stranger sends as text', async () => {
    const { page } = bob
    const hostile = '<img src=x onerror=alert(1)>'
    const socket = new WebSocket(web.site.relay.url)
    await new Promise((resolve) => { socket.once('open', resolve) })
    socket.send(JSON.stringify({ type: 'register', name: 'mallory', session: 'mallory' }))
    for (const [at, text] of ['hello', `?OTR:${hostile}`, `?OTR Error: ${hostile}`].entries()) socket.send(JSON.stringify({ type: 'send', id: at + 1, to: 'bob', text }))
    await choose(page, 'mallory')
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Language').selectOption('de')
    await page.keyboard.press('Escape')
    await page.getByLabel('Mehr').click()
    await page.getByRole('button', { name: 'Unter der Haube' }).click()
    await shows(page, 'Noch war kein Schlüsseltausch zu sehen.')
    await page.getByRole('button', { name: 'Netz' }).click()
    await page.locator('summary', { hasText: 'Fehlermeldung, unbeglaubigt' }).click()
    await shows(page, hostile)
    await page.locator('summary', { hasText: 'nicht zu zerlegen' }).waitFor()
    expect(await page.locator('dialog img').count()).to.equal(0)
    socket.close()
  })
})
