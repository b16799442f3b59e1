import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium } from '../../../scripts/chromium.mjs'
import type { RelayLimits } from '../../../src/transport/relay/index.js'
import { buildWeb } from '../../../web/build.mjs'
import { serveWeb, type WebSite } from '../../../web/server/serve.js'

/** Somebody with the web client: one browser profile, and its first tab. */
export interface Person {
  readonly name: string
  readonly context: BrowserContext
  readonly page: Page
}

/** The web client, built and served, and a browser. */
export class WebClient {
  readonly site: WebSite
  readonly browser: Browser
  /** What the browsers refused or complained of: violations of the policy, errors that nobody caught. */
  readonly complaints: string[] = []
  readonly #folder: string

  private constructor(folder: string, site: WebSite, browser: Browser) {
    this.#folder = folder
    this.site = site
    this.browser = browser
  }

  /** @param elsewhere the address of another relay than the site's own */
  static async start(limits?: Partial<RelayLimits>, elsewhere?: string): Promise<WebClient> {
    const folder = mkdtempSync(join(tmpdir(), 'otr4-web-'))
    await buildWeb(folder)
    return new WebClient(folder, await serveWeb(folder, 0, limits, elsewhere), await launchChromium())
  }

  async tab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => { this.complaints.push(String(error)) })
    page.on('console', (message) => { if (message.type() === 'error') this.complaints.push(message.text()) })
    page.on('dialog', (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(this.site.url)
    return page
  }

  /** A new profile with a new account. */
  async person(name: string, options: BrowserContextOptions = {}): Promise<Person> {
    return this.personIn(await this.browser.newContext({ viewport: { width: 1000, height: 680 }, ...options }), name)
  }

  /** A new account in a profile. */
  async personIn(context: BrowserContext, name: string): Promise<Person> {
    const page = await this.tab(context)
    await page.getByLabel('Your name').fill(name)
    await page.getByLabel('Passphrase', { exact: true }).fill(passphraseOf(name))
    await page.getByRole('button', { name: 'Create an account' }).click()
    await page.getByText('Online', { exact: true }).waitFor()
    return { name, context, page }
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.site.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export const passphraseOf = (name: string): string => `lantern mosaic thistle ${name} gravel`

export async function unlock(page: Page, name: string, passphrase = passphraseOf(name)): Promise<void> {
  await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
  await page.getByRole('button', { name: 'Unlock' }).click()
}

/** Adds a person, and opens the conversation with them. */
export async function addContact(page: Page, peer: string): Promise<void> {
  await page.getByLabel('Name of a person').fill(peer)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByLabel(`Text for ${peer}`).waitFor()
}

/** Opens the conversation with somebody who is known. */
export async function choose(page: Page, peer: string): Promise<void> {
  await page.locator('.contact', { hasText: peer }).click()
  await page.getByLabel(`Text for ${peer}`).waitFor()
}

export async function write(page: Page, peer: string, text: string): Promise<void> {
  await page.getByLabel(`Text for ${peer}`).fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

/** Waits until the page shows these words. */
export async function shows(page: Page, words: string | RegExp): Promise<void> {
  await page.getByText(words).first().waitFor()
}

/** Waits for a text of the conversation with how it was carried or what became of it. */
export async function reads(page: Page, text: string, mark: string | RegExp): Promise<void> {
  await page.locator('.entry').filter({ has: page.locator('.text', { hasText: text }) }).filter({ has: page.locator('.meta', { hasText: mark }) }).first().waitFor()
}
