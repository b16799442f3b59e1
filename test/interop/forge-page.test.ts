/** The page that `otr4 forge --page` writes, opened as a person opens it: a file in Chromium, and a keyboard. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../scripts/chromium.mjs'
import { forgePage } from '../../scripts/forge-page.mjs'
import { examineTranscript, forgeTranscriptV3, formatTranscript, readTranscript, TranscriptRecorder, type ForgedSideV3 } from '../../src/forge/index.js'
import { Client } from '../../src/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { seededRandom } from '../support/seeded.js'
import { addressOf } from '../support/v4-parties.js'
import { checkKeys, checkSignatures } from '../support/v4-second/dake.js'
import { parse, type AuthI, type AuthR, type Identity } from '../support/v4-second/messages.js'
import { needsChromium } from './lib/missing.js'

const [alices, bobs] = ['alice@example.org', 'bob@example.org']
const NOW = 1_800_000_000

/** What two clients really said, as Alice's recorder wrote it. It knows what she wrote, and not what he did. */
async function recorded(): Promise<string> {
  let now = NOW
  const clock = (): number => now++
  const alice = await Client.open({ account: alices, clock })
  const bob = await Client.open({ account: bobs, clock })
  let written = ''
  let saying: string | undefined
  const recorder = new TranscriptRecorder({ account: alices, clock, write: (line) => { written += line } })
  let delivered: Promise<unknown> = Promise.resolve()
  alice.on('send', ({ to, message }) => {
    recorder.sent(to, message, saying)
    delivered = bob.receive(alices, message)
  })
  bob.on('send', ({ message }) => {
    recorder.received(bobs, message)
    delivered = alice.receive(bobs, message)
  })
  await alice.conversation(bobs).start()
  await alice.conversation(bobs).encrypted({ timeout: 30 })
  for (const [from, text] of [['alice', 'meet at six'], ['bob', 'yes'], ['alice', 'bring it'], ['bob', 'sure'], ['alice', 'good']] as const) {
    if (from === 'alice') saying = text
    await (from === 'alice' ? alice.conversation(bobs) : bob.conversation(alices)).send(text)
    saying = undefined
    await delivered
  }
  await alice.close()
  await bob.close()
  return written
}

describe('the page of otr4 forge --page', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'otr4-forge-page-'))
  const file = join(folder, 'page.html')
  let browser: Browser | undefined
  let page: Page
  const asked: string[] = []
  const complaints: string[] = []

  before(async function () {
    needsChromium(this)
    writeFileSync(file, await forgePage())
    browser = await launchChromium()
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  async function openPage(first = ''): Promise<void> {
    asked.length = 0
    complaints.length = 0
    page = await (await browser!.newContext()).newPage()
    page.on('request', (request) => { asked.push(request.url()) })
    page.on('console', (message) => { complaints.push(message.text()) })
    page.on('pageerror', (error) => { complaints.push(error.message) })
    if (first !== '') await page.addInitScript(first)
    await page.goto(pathToFileURL(file).href)
  }

  const press = (...keys: string[]): Promise<void> => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())
  /** What a screen reader calls the element that has the focus. */
  const focused = (): Promise<string> => page.evaluate<string>(`(({ activeElement: e }) => e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent)(document)`)
  const shown = async (selector: string): Promise<string> => await page.textContent(selector) ?? ''
  const texts = (): Promise<string[]> => page.evaluate<string[]>("[...document.querySelectorAll('#bubbles textarea')].map(({ value }) => value)")

  async function tabTo(name: string): Promise<void> {
    for (let presses = 0; presses < 80; presses++) {
      await press('Tab')
      if (await focused() === name) return
    }
    throw new Error(`no ${name} is reached by Tab`)
  }

  async function give(transcript: string): Promise<void> {
    await page.fill('#given', transcript)
    await page.click('#open')
    await page.waitForSelector('#talk-title:focus')
  }

  it('rewrites a real conversation by keys alone, and what it makes verifies in Node and by the second implementation', async () => {
    await openPage()
    await tabTo('Paste it here')
    const transcript = await recorded()
    await page.keyboard.insertText(transcript)
    await tabTo('Show it')
    await press('Enter')
    await page.waitForSelector('#talk-title:focus')
    expect(await texts()).to.deep.equal(['meet at six', '', 'bring it', '', 'good'])
    expect(await shown('#summary')).to.include(`between ${bobs} and ${alices}, version 4. 5 messages with text, of which this transcript does not say what stands in 2.`)
    expect(page.workers()).to.have.length(1)

    await tabTo(`What ${alices} says, message 1 of 5`)
    await press('Control+A')
    await page.keyboard.insertText('meet at ten')
    await press('Alt+ArrowDown')
    expect(await shown('#status')).to.equal('Now message 2 of 5.')
    expect(await focused()).to.equal(`What ${alices} says, message 2 of 5`)
    await press('Alt+Enter')
    await page.keyboard.insertText('I never said that')
    expect(await focused()).to.equal(`What ${bobs} says, message 3 of 6`)
    await tabTo('Remove message 4 of 6')
    await press('Enter')
    expect(await shown('#status')).to.equal('Message 4 was removed; 5 left.')
    await press('Alt+Delete')
    await tabTo('Put back what was removed last')
    await press('Enter')
    expect(await focused()).to.equal(`What ${bobs} says, message 4 of 5`)
    await tabTo('Move up: message 5 of 5')
    await press('Enter', 'Enter')
    expect(await focused()).to.equal('Move up: message 3 of 5')

    // Somebody says nothing yet: the page goes there.
    await tabTo('Forge')
    await press('Enter')
    await page.waitForSelector('#why:not(:empty)')
    expect(await shown('#why')).to.equal('Message 1 says nothing: write what was said, or remove it.')
    expect(await focused()).to.equal(`What ${bobs} says, message 1 of 5`)
    await page.keyboard.insertText('ok <b>ten</b>')
    await tabTo('Remove messages without text')
    await press('Enter')
    const said = ['ok <b>ten</b>', 'meet at ten', 'good', 'I never said that']
    expect(await texts()).to.deep.equal(said)
    await tabTo('Forge')
    await press('Enter')
    await page.waitForSelector('#result-title:focus')
    // Three of the key exchange, four texts, and the end: Alice closed her client.
    expect(await shown('#verdict')).to.match(/: 8 messages, nothing wrong; \d+ old MAC keys? published\. The transcript that you opened had nothing wrong either\./)

    const forged = await page.inputValue('#forged')
    await tabTo('Download the forged transcript')
    const [download] = await Promise.all([page.waitForEvent('download'), press('Enter')])
    expect(download.suggestedFilename()).to.equal('forged.jsonl')
    expect(readFileSync(await download.path(), 'utf8')).to.equal(forged)

    const { lines } = readTranscript(forged)
    const examined = examineTranscript({ lines, faults: [] })
    expect(examined.faults).to.deep.equal([])
    expect(examined.published.length).to.be.greaterThan(0)
    expect(lines.flatMap(({ from, text }) => text === undefined ? [] : [[from, text]])).to.deep.equal([[bobs, said[0]], [alices, said[1]], [alices, said[2]], [bobs, said[3]]])
    const times = lines.map(({ time }) => time ?? 0)
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b)).and.to.not.include(0)
    const all = lines.filter(({ message }) => message.startsWith('?OTR:')).map(({ message }) => message)
    for (const line of all) expect(transcript).to.not.include(line)
    const [identity, authR, authI] = all.slice(0, 3).map((message) => parse(message)) as [Identity, AuthR, AuthI]
    checkKeys(identity, NOW)
    checkKeys(authR, NOW)
    const [bob, alice] = examined.profiles.map(({ address }) => address)
    expect(checkSignatures(identity, authR, authI, { alice: alice!, bob: bob! })).to.deep.equal([true, true])

    expect(asked.filter((url) => !url.startsWith('blob:'))).to.deep.equal([pathToFileURL(file).href])
    expect(complaints).to.deep.equal([])
  })

  it('shows text of strangers as text, names bad lines, and keeps a thousand bubbles in order, also without a worker', async () => {
    await openPage('globalThis.Worker = undefined')
    const nasty = '<img src=x onerror="document.title=1">\u202egnorw'
    await give([
      ...Array.from({ length: 1000 }, (_, at) => JSON.stringify({ from: at % 2 === 0 ? nasty : alices, to: at % 2 === 0 ? alices : nasty, message: at === 0 ? nasty : `number ${at}` })),
      'rubbish', '?OTR:AAQ3.', JSON.stringify({ from: 'carol', to: alices, message: 'me too' }),
    ].join('\n'))
    expect(await page.locator('#faults li').allTextContents()).to.have.length(3)
    expect(await shown('#faults')).to.include('Line 1001: neither JSON nor a message.').and.to.include('Line 1002: ').and.to.include('Line 1003: its sender is neither of the two')
    expect(await shown('#why')).to.include('no encrypted message')
    expect(await page.locator('img, b:text("in clear")').count()).to.equal(1000)
    expect(await shown('#bubbles li:first-child .hidden-characters')).to.include('<U+202E>')
    // Every other place in which a stranger's characters can stand has them made inert.
    expect(await page.locator('body').textContent()).to.not.include('\u202e')
    await page.locator('#bubbles textarea').nth(500).focus()
    await press('Alt+ArrowUp', 'Alt+ArrowUp')
    expect((await texts()).slice(497, 502)).to.deep.equal(['number 497', 'number 500', 'number 498', 'number 499', 'number 501'])
    await press('Alt+Delete')
    expect(await texts()).to.have.length(999)
    await page.click('#forge')
    expect(await page.isHidden('#result')).to.equal(true)
    expect(complaints.filter((text) => !text.includes('Worker'))).to.deep.equal([])

    const side = (name: 'alice' | 'bob', instanceTag: number): ForgedSideV3 => ({ address: addressOf(name), instanceTag, dsa: rfc6979Key })
    await give(formatTranscript(forgeTranscriptV3({ bob: side('bob', 0x101), alice: side('alice', 0x102), texts: [{ from: 'bob', text: 'hi' }], now: NOW }, seededRandom('v3'))))
    expect(await texts()).to.deep.equal(['hi'])
    expect(await shown('#why')).to.include('a conversation of version 3')
  })
})
