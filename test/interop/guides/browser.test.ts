import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../scripts/chromium.mjs'
import { GuideProject, readGuide } from '../../support/guide.js'
import { needsChromium } from '../lib/missing.js'

/** A page of the guide, and how far the reader has read in it. */
interface Tab {
  readonly page: Page
  read: number
}

describe('the guide to a page in a browser', function () {
  this.timeout(180_000)
  let browser: Browser | undefined

  before(async function () {
    needsChromium(this)
    browser = await launchChromium()
  })

  after(() => browser?.close())

  it('does what it says: private, and still the same conversation after a reload', async () => {
    const guide = readGuide('guides/browser.md')
    const project = await GuideProject.create(guide, [8080])
    try {
      await project.play({}, async () => {
        const context = await browser!.newContext()
        const tabs = new Map<string, Tab>()
        for (const line of guide.pages) {
          const [, name = '', sign = '', rest = ''] = /^(\w+) ([@|>*]) (.*)$/.exec(line) ?? []
          if (sign === '@') tabs.set(name, await open(name, rest, tabs.get(name)))
          else await act(tabs.get(name)!, sign, rest)
        }
        await context.close()

        async function open(name: string, address: string, before: Tab | undefined): Promise<Tab> {
          const page = before?.page ?? await context.newPage()
          if (before !== undefined) await savedWhatWasShown(page)
          else await page.addInitScript(countTicks)
          if (before === undefined) page.on('dialog', (dialog) => { void dialog.accept(`the passphrase of ${name}`) })
          page.on('pageerror', (error) => { process.stderr.write(`${error.message}\n`) })
          // The server may need a moment.
          for (let tries = 0; ; tries++) {
            try {
              await page.goto(`http://localhost:${project.port(8080)}${address}`)
              return { page, read: 0 }
            } catch (error) {
              if (tries === 50) throw error
              await new Promise((resolve) => { setTimeout(resolve, 200) })
            }
          }
        }
      })
    } finally {
      project.remove()
    }
  })
})

/** Counts how often the page's clock has done its work: `client.tick()` saves which events were shown. */
function countTicks(): void {
  const [begin, counted] = [globalThis.setInterval, globalThis as { ticks?: number }]
  counted.ticks = 0
  globalThis.setInterval = ((work: () => unknown, pause: number) => begin(() => {
    void Promise.resolve(work()).then(() => counted.ticks!++)
  }, pause)) as typeof setInterval
}

/** Waits as long as a person takes to reload: what a page showed less than a second ago would come once more, as the guide says. */
async function savedWhatWasShown(page: Page): Promise<void> {
  const ticks = await page.evaluate(() => (globalThis as { ticks?: number }).ticks!)
  // The first of them may have begun before the last line was shown.
  await page.waitForFunction((before) => (globalThis as { ticks?: number }).ticks! >= before + 2, ticks)
}

async function act(tab: Tab, sign: string, text: string): Promise<void> {
  if (sign === '*') await tab.page.getByRole('button', { name: text }).click()
  else if (sign === '>') {
    await tab.page.locator('#text').fill(text)
    await tab.page.locator('#text').press('Enter')
  } else {
    const item = tab.page.locator('#log > li').nth(tab.read++)
    await item.waitFor({ timeout: 60_000 })
    const said = await item.textContent()
    if (said !== text) throw new Error(`a page says\n  ${String(said)}\nwhere the guide promises\n  ${text}`)
  }
}
