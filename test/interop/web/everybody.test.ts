import { expect } from 'chai'
import { gzipSync } from 'node:zlib'
import { passphraseBits, strengthOf } from '../../../web/src/page/strength.js'
import { violations } from '../lib/accessibility.js'
import { needsChromium } from '../lib/missing.js'
import { addContact, passphraseOf, reads, shows, WebClient, type Person } from '../lib/web-client.js'

describe('the web client: for everybody', function () {
  this.timeout(120_000)
  let web: WebClient
  let alice: Person
  let bob: Person

  before(async function () {
    needsChromium(this)
    web = await WebClient.start()
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(() => web.close())

  it('is light: under 100 ms of script until the first view, under 205 KiB before the first text', async () => {
    const context = await web.browser.newContext()
    const page = await context.newPage()
    const files = new Set([`${web.site.url}worker.js`])
    page.on('request', (request) => { files.add(request.url()) })
    const session = await context.newCDPSession(page)
    // Milliseconds of the thread's CPU time, in which there is no work of other programs.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' })
    await page.goto(web.site.url)
    await page.getByLabel('Your name').waitFor()
    const { metrics } = await session.send('Performance.getMetrics')
    const script = (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? Infinity) * 1000
    const bodies = await Promise.all([...files].map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())))
    const weight = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0)
    if (process.env['OTR4_WEB_FIGURES'] !== undefined) process.stderr.write(`      ${script.toFixed(1)} ms of script, ${weight} bytes in ${files.size} files\n`)
    expect(script).to.be.within(0.1, 100)
    expect(weight).to.be.within(100_000, 205 * 1024)
    await context.close()
  })

  it('is used by the keyboard alone', async () => {
    const context = await web.browser.newContext()
    const page = await web.tab(context)
    expect(await violations(page)).to.deep.equal([])
    const tabTo = async (label: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate<string | undefined>('(({ labels, textContent, ariaLabel }) => labels?.[0]?.textContent ?? ariaLabel ?? textContent)(document.activeElement)')
        if (at === label) return
      }
      throw new Error(`Tab does not lead to ${label}`)
    }
    await tabTo('Your name')
    await page.keyboard.type('alice')
    await tabTo('Passphrase')
    await page.keyboard.type(passphraseOf('alice'))
    await page.keyboard.press('Enter')
    bob = await web.person('bob')
    await shows(page, 'Online')
    await tabTo('Name of a person')
    await page.keyboard.type('bob')
    await page.keyboard.press('Enter')
    await page.getByLabel('Text for bob').waitFor()
    await tabTo('Text for bob')
    await page.keyboard.type('typed')
    await page.keyboard.press('Enter')
    await reads(page, 'typed', 'delivered')
    await tabTo('Verify')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    alice = { name: 'alice', context, page }
  })

  it('has nothing that a screen reader cannot use, light and dark, in every part', async () => {
    const { page } = alice
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await violations(page)).to.deep.equal([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.getByRole('button', { name: 'Settings' }).click()
    expect(await violations(page)).to.deep.equal([])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Verify', exact: true }).click()
    for (const way of ['Ask a question', 'Compare words', 'Show code']) {
      await page.getByRole('button', { name: way }).click()
      expect(await violations(page)).to.deep.equal([])
    }
    await page.keyboard.press('Escape')
  })

  it('fits from 320 to 2,000 pixels, left to right and right to left', async () => {
    const { page } = alice
    await page.getByLabel('Text for bob').fill('donaudampfschiff'.repeat(20))
    await page.keyboard.press('Enter')
    for (const dir of ['ltr', 'rtl']) {
      await page.evaluate(`document.documentElement.dir = '${dir}'`)
      for (const width of [320, 400, 600, 720, 1000, 1400, 2000]) {
        await page.setViewportSize({ width, height: 640 })
        const wide = await page.evaluate<string[]>(`[...document.querySelectorAll('body *')].filter((element) => {
          const { left, right, width } = element.getBoundingClientRect()
          return width > 2 && (left < -1 || right > innerWidth + 1)
        }).map(({ className }) => String(className))`)
        expect(wide, `${width} ${dir}`).to.deep.equal([])
        expect(await page.getByRole('button', { name: 'Send', exact: true }).isVisible(), `${width} ${dir}`).to.equal(true)
      }
    }
    await page.evaluate("document.documentElement.dir = 'ltr'")
    await page.setViewportSize({ width: 320, height: 640 })
    await page.getByRole('button', { name: 'Back to people' }).click()
    await page.getByLabel('Name of a person').waitFor()
    await page.setViewportSize({ width: 1000, height: 680 })
  })

  it('speaks German, of which the compiler asks every sentence', async () => {
    const { page } = alice
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByLabel('Language').selectOption('de')
    await shows(page, 'Einstellungen')
    expect(await page.evaluate('document.documentElement.lang')).to.equal('de')
    await page.getByLabel('Sprache').selectOption('en')
    await shows(page, 'Settings')
    await page.keyboard.press('Escape')
  })

  it('opens without a network, and sends when it is back', async () => {
    const { page, context } = alice
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
    await web.site.relay.close()
    await shows(page, 'Offline: the relay cannot be reached')
    await context.setOffline(true)
    await page.reload()
    await shows(page, 'Private conversations in your browser')
    await page.getByLabel('Passphrase', { exact: true }).fill(passphraseOf('alice'))
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.locator('.contact', { hasText: 'bob' }).click()
    await addContact(page, 'zoe')
    await shows(page, 'Offline')
    // The browser says of each attempt that it failed.
    web.complaints.length = 0
    await context.setOffline(false)
    expect(bob.name).to.equal('bob')
  })

  it('knows weak passphrases', () => {
    for (const weak of ['', 'password', 'Password1!', 'qwertzuiop', 'abcdefghijkl', 'aaaaaaaaaaaaaaaa', 'hallo hallo hallo', 'P4ssw0rd2024', 'alice1990', '12.03.1985', 'correct horse']) expect(strengthOf(weak), weak).to.equal(0)
    for (const good of ['lantern mosaic thistle gravel', 'x7#Kq2!vR9mZ', 'drei graue Esel singen im Keller']) expect(strengthOf(good), good).to.be.above(0)
    expect(passphraseBits('zebra answer ship lucky inform problem')).to.be.within(60, 70)
  })
})
