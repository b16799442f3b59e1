import { expect } from 'chai'
import { openBrowserPage, type BrowserPage } from './lib/browser-page.js'
import { needsChromium } from './lib/missing.js'

/** What the page can be told to do: the store alone, without a client. */
const script = `
import { openDatabase } from './src/store/browser/index.ts'
const secret = { passphrase: 'open sesame' }
const none = { conversations: [], forgotten: [], journalAdded: [], journalDone: [], nextEvent: 1 }
let held
globalThis.tab = {
  async hold() {
    held = await openDatabase({ name: 'x', secret })
    await held.save({ ...none, account: { address: 'alice', keys: { instanceTag: 0x1000 } }, policy: {}, records: [{ name: 'r', bytes: Uint8Array.of(1, 2, 3) }] })
    await held.save({ ...none, nextEvent: 5 })
  },
  async look(more) {
    try {
      const store = await openDatabase({ name: 'x', secret, ...more })
      const state = await store.load()
      await store.check()
      await store.close()
      return { nextEvent: state.nextEvent, bytes: [...state.records[0].bytes] }
    } catch (error) {
      return { code: error.code }
    }
  },
}
`

describe('a store in a browser', function () {
  this.timeout(120_000)
  let tabs: BrowserPage | undefined

  before(async function () {
    needsChromium(this)
    // No generated code: a page that forbids it has a store all the same.
    tabs = await openBrowserPage(script, "default-src 'self'")
  })

  after(() => tabs?.close())

  it('has one owner among the tabs, survives the end of a tab, and refuses a wrong passphrase and an older copy', async () => {
    const context = await tabs!.browser.newContext()
    const first = await tabs!.open(context)
    await first.evaluate('tab.hold()')
    const second = await tabs!.open(context)
    expect(await second.evaluate('tab.look()')).to.deep.equal({ code: 'OTR_STORE_LOCKED' })
    const waits = second.evaluate("tab.look({ whenLocked: 'wait' })")
    await new Promise((resolve) => { setTimeout(resolve, 200) })
    // The tab goes without a word, as a crash would have it.
    await first.close()
    const whole = { nextEvent: 5, bytes: [1, 2, 3] }
    expect(await waits).to.deep.equal(whole)
    expect(await second.evaluate("tab.look({ secret: { passphrase: 'close sesame' } })")).to.deep.equal({ code: 'OTR_STORE_PASSPHRASE' })
    expect(await second.evaluate('tab.look()')).to.deep.equal(whole)
    await second.evaluate("new Promise((done) => { indexedDB.deleteDatabase('otr4-x-anchor').onsuccess = done })")
    expect(await second.evaluate('tab.look()')).to.deep.equal({ code: 'OTR_STORE_ROLLBACK' })
    await context.close()
  })
})
