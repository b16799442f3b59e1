import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { serve, type Site } from './serve.js'

let site: Site
let browser: Browser
let context: BrowserContext
/** What the browser refused, or complained of. */
const complaints: string[] = []

before(async () => {
  site = await serve()
  browser = await chromium.launch({ executablePath: process.env['OTR4_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  context = await browser.newContext({ viewport: { width: 1000, height: 640 } })
})
after(async () => {
  await browser.close()
  await site.close()
})

async function tab(): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => complaints.push(String(error)))
  // A violation of the policy is told here.
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
  await page.goto(site.url)
  return page
}

async function enter(page: Page, name: string, passphrase = `the passphrase of ${name}`): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('Passphrase').fill(passphrase)
  await page.getByRole('button', { name: 'Open' }).click()
}

async function talk(page: Page, peer: string): Promise<void> {
  await page.getByLabel('Talk to').fill(peer)
  await page.getByRole('button', { name: 'Go' }).click()
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByRole('button', { name: 'Send' }).click()
}

const shows = (page: Page, text: string): Promise<void> => page.getByText(text).first().waitFor()
/** Waits for a line of the conversation, with what stands before it. */
const reads = (page: Page, mark: string, text: string): Promise<void> => page.locator('#log li', { hasText: text }).filter({ has: page.locator('.mark', { hasText: mark }) }).first().waitFor()

test('two tabs talk, verify each other, reload, and go on', { timeout: 120_000 }, async () => {
  const [alice, bob] = await Promise.all([tab(), tab()])
  await Promise.all([enter(alice, 'alice'), enter(bob, 'bob')])
  await Promise.all([shows(alice, 'online'), shows(bob, 'online')])
  await talk(alice, 'bob')
  await shows(alice, 'In clear: anybody on the way can read it')

  await write(alice, 'hello? <img src=x onerror=alert(1)>')
  await reads(bob, 'in clear', 'hello? <img src=x onerror=alert(1)>')
  await alice.getByRole('button', { name: 'Start privately' }).click()
  await Promise.all([shows(alice, 'Private, not verified: is it really bob?'), shows(bob, 'Private, not verified: is it really alice?')])
  await write(alice, 'is it really you?')
  await reads(bob, 'private', 'is it really you?')

  await alice.getByRole('button', { name: 'Verify' }).click()
  await alice.locator('#ask').getByLabel('Secret').fill('we met at the lighthouse')
  await picture(alice, 'ask')
  await alice.getByRole('button', { name: 'Compare' }).click()
  await shows(bob, 'wants to know whether it is you')
  await picture(bob, 'answer')
  await bob.locator('#answer').getByLabel('Secret').fill('we met at the lighthouse')
  await bob.getByRole('button', { name: 'Answer' }).click()
  await Promise.all([shows(alice, 'Private, verified: only bob can read it'), shows(bob, 'Private, verified: only alice can read it')])
  await write(bob, 'it is me: 你好 👋 שלום')
  await reads(alice, 'private', 'it is me')
  await picture(alice, 'talk')

  // Bob's page goes in the middle; what is written meanwhile waits at the relay, encrypted for the session that he comes back to.
  await bob.reload()
  await write(alice, 'while you were away')
  await enter(bob, 'bob', 'a wrong passphrase')
  await bob.getByRole('alert').waitFor()
  await picture(bob, 'wrong')
  await enter(bob, 'bob')
  await reads(bob, 'private', 'while you were away')
  await shows(bob, 'Private, verified: only alice can read it')
  await write(bob, 'I am back')
  await reads(alice, 'private', 'I am back')

  // One tab has the store of a person, never two.
  const second = await tab()
  await enter(second, 'bob')
  await second.getByRole('alert').waitFor()
  assert.equal(await second.locator('#messenger').isVisible(), false)
  await second.close()

  // After the end nothing goes in clear by accident.
  await alice.getByRole('button', { name: 'End', exact: true }).click()
  await shows(bob, 'Waits: nothing goes in clear by accident')
  await write(bob, 'are you there?')
  await reads(bob, 'waits', 'are you there?')
  await picture(bob, 'ended')
  assert.equal(await alice.locator('#log', { hasText: 'are you there?' }).count(), 0)
  await bob.getByRole('button', { name: 'Start privately' }).click()
  await Promise.all([reads(bob, 'private', 'are you there?'), reads(alice, 'private', 'are you there?')])
  assert.deepEqual(complaints, [])
})

test('another key gets nothing until a person accepts it', { timeout: 120_000 }, async () => {
  const [carol, dave] = await Promise.all([tab(), tab()])
  await Promise.all([enter(carol, 'carol'), enter(dave, 'dave')])
  await Promise.all([shows(carol, 'online'), shows(dave, 'online')])
  await talk(carol, 'dave')
  await carol.getByRole('button', { name: 'Start privately' }).click()
  await Promise.all([shows(carol, 'Private, not verified'), shows(dave, 'Private, not verified')])

  // Dave's browser forgets everything: to carol he is somebody else now.
  await dave.close()
  const other = await browser.newContext({ viewport: { width: 1000, height: 640 } })
  const again = await other.newPage()
  await again.goto(site.url)
  await enter(again, 'dave')
  await shows(again, 'online')
  await talk(again, 'carol')
  await again.getByRole('button', { name: 'Start privately' }).click()
  await carol.getByRole('button', { name: 'Accept it, unverified' }).waitFor()
  await picture(carol, 'key')
  // Until then text goes to the key of before, wherever that is now.
  await write(carol, 'not for you')
  await carol.getByRole('button', { name: 'Accept it, unverified' }).click()
  await write(carol, 'welcome back')
  await reads(again, 'private', 'welcome back')
  assert.equal(await again.locator('#log', { hasText: 'not for you' }).count(), 0)
  await other.close()
  assert.deepEqual(complaints, [])
})

test('the page allows no script but its own', { timeout: 60_000 }, async () => {
  const { headers } = await fetch(site.url)
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/)
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/)
  const page = await tab()
  const refusals = await page.evaluate(() => [
    () => { document.body.innerHTML = '<b>text of others</b>' },
    () => { document.createElement('script').src = 'data:text/javascript,alert(1)' },
  ].map((trial) => {
    try {
      trial()
      return 'allowed'
    } catch (error) {
      return error instanceof TypeError ? 'refused' : String(error)
    }
  }))
  assert.deepEqual(refusals, ['refused', 'refused'])
  await page.close()
})

/** With `PICTURES=folder npm test` one can see what the test sees. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['PICTURES']
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` })
}
