import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { needsChromium } from '../lib/missing.js'
import { addContact, choose, reads, shows, WebClient, write, type Person } from '../lib/web-client.js'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('the web client: files', function () {
  this.timeout(120_000)
  let web: WebClient
  let alice: Person
  let bob: Person

  const send = (name: string, mimeType: string, buffer: Buffer): Promise<void> => alice.page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer })

  before(async function () {
    needsChromium(this)
    web = await WebClient.start()
    ;[alice, bob] = await Promise.all([web.person('alice'), web.person('bob')])
    await addContact(alice.page, 'bob')
    expect(await alice.page.getByRole('button', { name: 'Send a file' }).isDisabled(), 'before it is private').to.equal(true)
    await write(alice.page, 'bob', 'a file comes')
    await reads(alice.page, 'a file comes', 'delivered')
    await choose(bob.page, 'alice')
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(() => web.close())

  it('go from page to page, sealed, and nothing is fetched before the person says so', async () => {
    const content = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, at) => at * at % 251))
    const fetched: string[] = []
    bob.context.on('request', (request) => { if (request.url().includes('/files/')) fetched.push(request.method()) })
    await send('holiday.jpg', 'image/jpeg', content)
    await shows(alice.page, 'Sealed at the relay, for bob to fetch')
    await shows(bob.page, 'alice wants to send you a file.')
    await shows(bob.page, 'image/jpeg')
    await shows(bob.page, '3 MB')
    await shows(bob.page, 'from alice, not verified')
    expect(web.site.relay.fileBytes).to.be.within(3_000_000, 3_400_000)
    expect(fetched).to.deep.equal([])
    await bob.page.getByRole('button', { name: 'Fetch: holiday.jpg' }).press('Enter')
    await shows(bob.page, 'It came whole')
    const [download] = await Promise.all([bob.page.waitForEvent('download'), bob.page.getByRole('button', { name: 'Save: holiday.jpg' }).click()])
    expect(download.suggestedFilename()).to.equal('holiday.jpg')
    expect(sha256(readFileSync(await download.path()))).to.equal(sha256(content))
    await bob.page.getByRole('button', { name: 'Forget: holiday.jpg' }).click()
    await alice.page.getByRole('button', { name: 'Take back: holiday.jpg' }).click()
    await alice.page.locator('.file').waitFor({ state: 'detached' })
  })

  it('show a hostile name and type as text, and are refused without a trace', async () => {
    await send('<img src=x onerror=alert(1)>\u202egpj.exe', 'text/html', Buffer.from('<script>alert(1)</script>'))
    // The library makes it a name: no direction marks, nothing that a file system refuses.
    await bob.page.locator('.file .name', { hasText: '_img src=x onerror=alert(1)_gpj.exe' }).waitFor()
    expect(await bob.page.locator('.files img').count()).to.equal(0)
    await bob.page.getByRole('button', { name: /^Refuse: / }).click()
    await bob.page.locator('.file').waitFor({ state: 'detached' })
  })

  it('are sent when they are dropped or pasted', async () => {
    for (const [kind, name] of [['drop', 'dropped.txt'], ['paste', 'pasted.txt']] as const) {
      await alice.page.evaluate(`(() => {
        const data = new DataTransfer()
        data.items.add(new File(['text'], '${name}', { type: 'text/plain' }))
        const event = '${kind}' === 'drop' ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }) : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
        document.querySelector('.composer textarea').dispatchEvent(event)
      })()`)
      await bob.page.getByRole('button', { name: `Fetch: ${name}` }).waitFor()
    }
  })
})
