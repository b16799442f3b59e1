import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium, type Browser, type Locator, type Page } from 'playwright-core'
import { serve } from './serve.js'

let site: Awaited<ReturnType<typeof serve>>
let browser: Browser
let page: Page
const complaints: string[] = []

before(async () => {
  site = await serve()
  browser = await chromium.launch({ executablePath: process.env['OTR4_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  page = await browser.newPage({ viewport: { width: 900, height: 560 } })
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
  await page.goto(site.url)
})
after(async () => {
  await browser.close()
  site.close()
})

const side = (name: string): Locator => page.getByRole('article', { name })
const press = (name: string, button: string): Promise<void> => side(name).getByRole('button', { name: button, exact: true }).click()
const shows = (name: string, status: string): Promise<void> => side(name).getByRole('status').filter({ hasText: status }).waitFor()
const reads = (name: string, line: string): Promise<void> => side(name).getByRole('listitem').filter({ hasText: line }).first().waitFor()
async function type(name: string, label: string, text: string): Promise<void> {
  await side(name).getByLabel(label, { exact: true }).fill(text)
  await side(name).getByLabel(label, { exact: true }).press('Enter')
}
/** Waits until so many listen on each side: Preact ends the effects of what it has removed a moment later. */
const listen = (...counts: readonly number[]): Promise<unknown> => page.waitForFunction(`JSON.stringify(listeners()) === '${JSON.stringify(counts)}'`)

test('shows what holds: clear, private, verified, waiting', { timeout: 90_000 }, async () => {
  await shows('alice', 'In clear')
  await type('alice', 'Message', 'hello? <b>you</b>')
  await reads('bob', 'in clearhello? <b>you</b>')
  await press('alice', 'Start privately')
  await Promise.all([shows('alice', 'Private, not verified'), shows('bob', 'Private, not verified')])
  await type('bob', 'Message', 'who are you?')
  await reads('alice', 'privatewho are you?')

  await press('alice', 'Verify')
  await type('alice', 'A secret that you both know', 'we met at the lighthouse')
  await type('bob', 'The secret that alice and you agreed on', 'we met at the pier')
  await Promise.all([reads('alice', 'The secrets differ'), reads('bob', 'The secrets differ')])
  await shows('alice', 'Private, not verified')
  await press('alice', 'Verify')
  await type('alice', 'A secret that you both know', 'we met at the lighthouse')
  await type('bob', 'The secret that alice and you agreed on', 'we met at the lighthouse')
  await Promise.all([shows('alice', 'Private, verified'), shows('bob', 'Private, verified')])
  await picture('verified')

  await press('bob', 'End')
  await shows('alice', 'What you write waits')
  await type('alice', 'Message', 'are you still there?')
  await reads('alice', 'waitsare you still there?')
  await picture('waits')
  await press('alice', 'Start privately')
  await Promise.all([reads('alice', 'privateare you still there?'), reads('bob', 'privateare you still there?')])
  assert.deepEqual(complaints, [])
})

test('loses nothing while it is not shown, and leaves nothing behind', { timeout: 60_000 }, async () => {
  await listen(1, 1)
  await press('bob', 'Hide')
  await side('bob').getByRole('status').waitFor({ state: 'detached' })
  await listen(1, 0)
  await type('alice', 'Message', 'nobody looks')
  await reads('alice', 'nobody looks')
  for (let round = 0; round < 5; round++) {
    await press('bob', 'Show')
    await reads('bob', 'privatenobody looks')
    await listen(1, 1)
    await press('bob', 'Hide')
    await side('bob').getByRole('status').waitFor({ state: 'detached' })
  }
  await listen(1, 0)
  assert.deepEqual(complaints, [])
})

/** With `PICTURES=folder npm test` one can see what the test sees. */
async function picture(name: string): Promise<void> {
  const folder = process.env['PICTURES']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/hook-${name}.png` })
}
