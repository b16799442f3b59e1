import { get } from 'node:http'
import { expect } from 'chai'
import { WebSocket } from 'ws'
import { needsChromium } from '../lib/missing.js'
import { addContact, choose, passphraseOf, reads, shows, unlock, WebClient, write } from '../lib/web-client.js'

/** What a server or a stranger could send in the hope that it runs. */
const hostile = '<script>document.title = "taken"</script><img src=x onerror="document.title = \'taken\'"><svg onload=alert(1)>javascript:alert(1)'

describe('the web client: dangers', function () {
  this.timeout(120_000)
  let web: WebClient

  before(async function () {
    needsChromium(this)
    web = await WebClient.start({ messagesPerName: 4 })
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(() => web.close())

  it('gives a new key nothing until a person accepts it', async () => {
    const [alice, bob] = await Promise.all([web.person('alice'), web.person('bob')])
    await addContact(alice.page, 'bob')
    await write(alice.page, 'bob', 'to the first key')
    await reads(alice.page, 'to the first key', 'delivered')
    await bob.context.close()
    const other = await anotherBob()
    await reads(alice.page, 'it is me, bob', 'private')
    await shows(alice.page, 'Until you decide, nothing you write goes to this key.')
    await write(alice.page, 'bob', 'only for the first')
    await alice.page.waitForTimeout(500)
    expect(await other.page.getByText('only for the first').count()).to.equal(0)
    const words = await alice.page.locator('.banner .words').textContent()
    await other.page.getByRole('button', { name: 'Settings' }).click()
    await other.page.getByText('Your fingerprint').click()
    expect(await other.page.locator('.words').first().textContent()).to.equal(words)
    await other.page.keyboard.press('Escape')
    await alice.page.getByRole('button', { name: 'Accept it, unverified' }).click()
    await shows(alice.page, 'You accepted the new key. It is not verified.')
    await shows(alice.page, 'Private, not verified: is it really bob?')
    await write(alice.page, 'bob', 'for the second')
    await reads(other.page, 'for the second', 'private')
    await Promise.all([alice.context.close(), other.context.close()])
  })

  it('prefers a verified key to an accepted one as long as its session stands, and calls no text of another key verified', async () => {
    const [alice, bob] = await Promise.all([web.person('alice'), web.person('bob')])
    await addContact(alice.page, 'bob')
    await write(alice.page, 'bob', 'to the first key')
    await reads(alice.page, 'to the first key', 'delivered')
    await alice.page.getByRole('button', { name: 'Verify', exact: true }).click()
    await alice.page.getByRole('button', { name: 'Compare words' }).click()
    await alice.page.getByRole('button', { name: 'They are the same' }).click()
    await alice.page.keyboard.press('Escape')
    await shows(alice.page, 'Private and verified: only bob can read this')
    await bob.context.close()
    const other = await anotherBob()
    await reads(alice.page, 'it is me, bob', /private(?!, verified)/)
    await alice.page.getByRole('button', { name: 'Accept it, unverified' }).click()
    await shows(alice.page, 'You accepted the new key. It is not verified.')
    await write(alice.page, 'bob', 'still for the first')
    await reads(alice.page, 'still for the first', 'private, verified')
    await alice.page.waitForTimeout(500)
    expect(await other.page.getByText('still for the first').count()).to.equal(0)
    await Promise.all([alice.context.close(), other.context.close()])
  })

  /** Somebody has the name now, with another key, and has written to alice. */
  async function anotherBob(): ReturnType<typeof web.person> {
    const other = await web.person('bob')
    await addContact(other.page, 'alice')
    await write(other.page, 'alice', 'it is me, bob')
    return other
  }

  it('goes on serving, whatever is asked for', async () => {
    const { hostname, port } = new URL(web.site.url)
    for (const path of ['//', '///?', '/%', '/../server/headers.ts']) {
      const status = await new Promise((resolve, reject) => { get({ hostname, port, path }, (response) => { resolve(response.resume().statusCode) }).on('error', reject) })
      expect(status, path).to.equal(404)
    }
  })

  it('says which text was lost, and sends it again when a person wants it', async () => {
    const [frank, grace] = await Promise.all([web.person('frank'), web.person('grace')])
    await addContact(frank.page, 'grace')
    await write(frank.page, 'grace', 'hello')
    await reads(frank.page, 'hello', 'delivered')
    await grace.page.close()
    await frank.page.waitForTimeout(300)
    for (let n = 1; n <= 6; n++) await write(frank.page, 'grace', `text number ${n}`)
    // The relay keeps four lines for somebody who is away.
    await reads(frank.page, 'text number 6', 'probably lost')
    await reads(frank.page, 'text number 1', 'sent')
    const page = await web.tab(grace.context)
    await unlock(page, 'grace')
    await choose(page, 'frank')
    await reads(page, 'text number 4', 'private')
    await reads(frank.page, 'text number 1', 'delivered')
    expect(await page.getByText('text number 6').count()).to.equal(0)
    await frank.page.locator('.entry', { hasText: 'text number 6' }).getByRole('button', { name: 'Send again' }).click()
    await reads(page, 'text number 6', 'private')
    await reads(frank.page, 'text number 6', /^(?!.*lost).*(?:sent|delivered)/)
    await Promise.all([frank.context.close(), grace.context.close()])
  })

  it('shows what a hostile relay and a stranger send as text, and runs nothing of it', async () => {
    const carol = await web.person('carol')
    // A stranger on the relay, who is no program of ours.
    const socket = new WebSocket(web.site.relay.url)
    await new Promise((resolve) => { socket.once('open', resolve) })
    const say = (frame: object): void => { socket.send(JSON.stringify(frame)) }
    say({ type: 'register', name: 'mallory', session: 'mallory' })
    for (const [id, text] of [hostile, '?OTR Error: ' + hostile, '?OTRv4? ' + hostile, '?OTR:AAQ1' + hostile, '{"type":"refused"}', '\u202egnirts \u0000'].entries()) say({ type: 'send', id: id + 1, to: 'carol', text })
    await choose(carol.page, 'mallory')
    await shows(carol.page, hostile)
    await shows(carol.page, 'This came unprotected. Anybody on the way could have written it.')
    expect(await carol.page.evaluate("document.querySelectorAll('.log script, .log img, .log svg[onload]').length")).to.equal(0)
    expect(await carol.page.title()).to.match(/otr4$/)
    socket.close()
    await carol.context.close()
  })

  it('refuses everything that could run: inline scripts, eval, HTML from text, other scripts', async () => {
    const context = await web.browser.newContext()
    const page = await web.tab(context)
    const { headers } = await fetch(web.site.url)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).to.match(/^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/).and.not.match(/unsafe-inline|'unsafe-eval'|\*/)
    const ran = await page.evaluate(`(async () => {
      const refused = []
      const attempts = {
        html: () => { document.body.insertAdjacentHTML('beforeend', '<b>x</b>') },
        worker: () => new Worker('/app.js'),
        policy: () => trustedTypes.createPolicy('mine', {}),
        elsewhere: () => fetch('http://127.0.0.1:9/'),
        inline: () => { document.createElement('script').textContent = 'globalThis.ran = true' },
      }
      for (const [name, work] of Object.entries(attempts)) {
        try {
          await work()
        } catch {
          refused.push(name)
        }
      }
      return refused
    })()`)
    expect(ran).to.deep.equal(['html', 'worker', 'policy', 'elsewhere', 'inline'])
    // These refusals were wanted.
    web.complaints.length = 0
    await context.close()
  })

  it('refuses a weak passphrase and suggests a good one; an account moves to another device, sealed', async () => {
    const dave = await web.person('dave')
    const before = await web.browser.newContext({ acceptDownloads: true })
    const page = await web.tab(before)
    await page.getByLabel('Your name').fill('erin')
    await page.getByLabel('Passphrase', { exact: true }).fill('Password1!')
    await shows(page, 'Far too easy to guess')
    await page.getByRole('button', { name: 'Create an account' }).click()
    await shows(page, 'Choose a longer passphrase')
    await page.getByRole('button', { name: 'Suggest one' }).click()
    await shows(page, 'Strong')
    expect((await page.getByLabel('Passphrase', { exact: true }).inputValue()).split(' ')).to.have.length(6)

    await dave.page.getByRole('button', { name: 'Settings' }).click()
    await dave.page.getByText('Your fingerprint').click()
    const words = await dave.page.locator('.words').first().textContent()
    await dave.page.getByText('Take this account to another device').click()
    await dave.page.getByLabel('Passphrase for the file').fill('a journey with seven wooden boxes')
    const [file] = await Promise.all([dave.page.waitForEvent('download'), dave.page.getByRole('button', { name: 'Save file' }).click()])
    const path = await file.path()
    await dave.page.close()
    await page.getByRole('button', { name: 'Bring an account from another device' }).click()
    await page.getByLabel('Your name').fill('dave')
    await page.getByLabel('Sealed account file').setInputFiles(path)
    await page.getByLabel('Passphrase of the file').fill('a journey with seven wooden boxes')
    await page.getByLabel('Passphrase', { exact: true }).fill(passphraseOf('dave'))
    await page.getByRole('button', { name: 'Bring an account from another device' }).first().click()
    await page.getByRole('button', { name: 'Settings' }).click()
    await page.getByText('Your fingerprint').click()
    expect(await page.locator('.words').first().textContent()).to.equal(words)
    await page.getByText('Change passphrase').click()
    await page.getByLabel('New passphrase').fill('another lantern on seven boxes')
    await page.getByRole('button', { name: 'Change', exact: true }).click()
    await shows(page, 'The passphrase was changed.')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Lock' }).click()
    await unlock(page, 'dave')
    await shows(page, 'The passphrase is wrong. Nothing was changed.')
    await unlock(page, 'dave', 'another lantern on seven boxes')
    await page.getByRole('button', { name: 'Lock' }).waitFor()
    await Promise.all([before.close(), dave.context.close()])
  })
})
