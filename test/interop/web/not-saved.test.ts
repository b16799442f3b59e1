import { expect } from 'chai'
import type { CDPSession } from 'playwright-core'
import { HostileRelay } from '../lib/hostile-relay.js'
import { needsChromium } from '../lib/missing.js'
import { usedKeys } from '../lib/used-keys.js'
import { addContact, choose, reads, shows, unlock, WebClient, write, type Person } from '../lib/web-client.js'

describe('the web client: what comes between', function () {
  this.timeout(120_000)
  let relay: HostileRelay
  let web: WebClient
  let alice: Person
  let bob: Person
  let cdp: CDPSession

  before(async function () {
    needsChromium(this)
    relay = await HostileRelay.open()
    web = await WebClient.start({}, relay.url)
    ;[alice, bob] = [await web.person('alice'), await web.person('bob')]
    cdp = await alice.context.newCDPSession(alice.page)
    await addContact(alice.page, 'bob')
    await write(alice.page, 'bob', 'hello')
    await reads(alice.page, 'hello', 'delivered')
    await choose(bob.page, 'alice')
  })
  afterEach(() => {
    expect(web.complaints.filter((text) => !/WebSocket|ERR_CONNECTION|QuotaExceeded/.test(text))).to.deep.equal([])
    expect(usedKeys(relay.lines).twice).to.deep.equal([])
    expect(relay.lines.filter(({ to, text }) => to !== 'prekeys' && !text.startsWith('?OTR'))).to.deep.equal([])
  })
  after(async () => {
    await web.close()
    await relay.close()
  })

  it('texts that are written without a network go out by themselves when it is back, each once, also after a reload', async () => {
    await alice.page.getByRole('button', { name: 'Settings' }).click()
    await alice.page.getByLabel('Keep what was said, sealed on this device').check()
    await alice.page.keyboard.press('Escape')
    relay.away(true)
    await shows(alice.page, 'Offline: the relay cannot be reached')
    for (const text of ['first', 'second']) await write(alice.page, 'bob', `${text} without a network`)
    await reads(alice.page, 'second without a network', 'on its way')
    await addContact(alice.page, 'carol')
    await write(alice.page, 'carol', 'to somebody new')
    await reads(alice.page, 'to somebody new', 'waits')
    await alice.page.reload()
    await unlock(alice.page, 'alice')
    await choose(alice.page, 'bob')
    await reads(alice.page, 'second without a network', 'on its way')
    relay.away(false)
    const carol = await web.person('carol')
    await choose(carol.page, 'alice')
    await reads(carol.page, 'to somebody new', 'private')
    await reads(bob.page, 'second without a network', 'private')
    for (const text of ['first', 'second']) {
      await reads(alice.page, `${text} without a network`, 'delivered')
      expect(await bob.page.getByText(`${text} without a network`).count()).to.equal(1)
    }
    expect(await carol.page.getByText('to somebody new').count()).to.equal(1)
    await carol.context.close()
  })

  it('a device without room: it is said, nothing goes out, and all goes on when there is room', async () => {
    const { origin } = new URL(web.site.url)
    // Chromium counts what is left only when the database is opened.
    await alice.page.getByRole('button', { name: 'Lock' }).click()
    await alice.page.getByRole('button', { name: 'Unlock' }).waitFor()
    const usage = await alice.page.evaluate<number>('navigator.storage.estimate().then((now) => now.usage)')
    await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 300_000 })
    await unlock(alice.page, 'alice')
    await choose(alice.page, 'bob')
    const stopped = alice.page.getByText('Stopped: nothing can be saved on this device.')
    for (let text = 0; text < 60 && !await stopped.isVisible(); text++) {
      await write(alice.page, 'bob', `${text} ${'long '.repeat(4000)}`)
      await alice.page.waitForTimeout(150)
    }
    await stopped.waitFor()
    await shows(alice.page, /There is no room left on this device|Nothing can be saved since an earlier failure/)
    const before = relay.lines.length
    await write(alice.page, 'bob', 'there is no room for this')
    await shows(alice.page, 'Nothing can be saved since an earlier failure')
    expect(await alice.page.getByLabel('Text for bob').inputValue()).to.equal('there is no room for this')
    // Also what comes is not taken, and not lost.
    await write(bob.page, 'alice', 'for later')
    await reads(bob.page, 'for later', 'sent')
    expect(relay.lines.slice(before).filter(({ from }) => from === 'alice')).to.deep.equal([])
    await cdp.send('Storage.overrideQuotaForOrigin', { origin })
    await alice.page.getByRole('button', { name: 'Lock' }).click()
    await unlock(alice.page, 'alice')
    await choose(alice.page, 'bob')
    await reads(alice.page, 'for later', 'private')
    await reads(bob.page, 'for later', 'delivered')
    await write(alice.page, 'bob', 'there is room again')
    await reads(bob.page, 'there is room again', 'private')
    expect(await bob.page.getByText('there is no room for this').count()).to.equal(0)
  })

  it('a database that is deleted under the running page: it is said, and nothing goes out any more', async () => {
    await cdp.send('Storage.clearDataForOrigin', { origin: new URL(web.site.url).origin, storageTypes: 'indexeddb' })
    const before = relay.lines.length
    await write(alice.page, 'bob', 'nobody could save this')
    await shows(alice.page, 'Stopped: nothing can be saved on this device.')
    await alice.page.waitForTimeout(300)
    expect(relay.lines.slice(before).filter(({ from }) => from === 'alice')).to.deep.equal([])
    await alice.page.reload()
    await unlock(alice.page, 'alice')
    await shows(alice.page, 'There is no such account on this device.')
    expect(await bob.page.getByText('nobody could save this').count()).to.equal(0)
  })
})
