import { expect } from 'chai'
import { longestTask } from '../lib/longest-task.js'
import { needsChromium } from '../lib/missing.js'
import { addContact, choose, reads, shows, unlock, WebClient, write, type Person } from '../lib/web-client.js'

describe('the web client: a conversation', function () {
  this.timeout(120_000)
  let web: WebClient
  let alice: Person
  let bob: Person

  before(async function () {
    needsChromium(this)
    web = await WebClient.start()
    ;[alice, bob] = await Promise.all([web.person('alice'), web.person('bob')])
  })
  afterEach(() => { expect(web.complaints).to.deep.equal([]) })
  after(() => web.close())

  it('begins privately with the first text, which waits until then, and says when it has arrived', async () => {
    await addContact(alice.page, 'bob')
    await shows(alice.page, 'Not private now: what you write waits until it is')
    const lines: string[] = []
    alice.page.on('websocket', () => { lines.push('the page has a connection of its own') })
    await write(alice.page, 'bob', 'is it you? <img src=x onerror=alert(1)>')
    await shows(alice.page, 'Private, not verified: is it really bob?')
    await reads(alice.page, 'is it you?', 'delivered')
    await shows(bob.page, '1 unread text')
    await choose(bob.page, 'alice')
    await reads(bob.page, 'is it you? <img src=x onerror=alert(1)>', 'private')
    await shows(bob.page, 'The conversation with alice is private now.')
    await shows(bob.page, 'Today')
    expect(await bob.page.locator('.unread').count()).to.equal(0)
    expect(lines).to.deep.equal([])
  })

  it('verifies by a question: only who asked has verified', async () => {
    await alice.page.getByRole('button', { name: 'Verify', exact: true }).click()
    await alice.page.getByLabel('Question').fill('Where did we meet?')
    await alice.page.getByLabel('Answer that you expect').fill('under the bridge')
    await alice.page.getByRole('button', { name: 'Ask', exact: true }).click()
    await shows(alice.page, 'Waiting for the answer of bob')
    await shows(bob.page, 'alice wants to know whether it is you')
    await shows(bob.page, 'Where did we meet?')
    await bob.page.getByLabel('Your answer').fill('under the bridge')
    await bob.page.getByRole('button', { name: 'Answer', exact: true }).click()
    await shows(alice.page, 'The answers are equal: it is bob.')
    await shows(alice.page, 'Private and verified: only bob can read this')
    await shows(bob.page, 'To verify alice as well, ask something yourself.')
    await shows(bob.page, 'Private, not verified: is it really alice?')
    await alice.page.keyboard.press('Escape')
    await alice.page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('verifies by words, which are the same on both sides, and shows a code', async () => {
    await bob.page.getByRole('button', { name: 'Verify', exact: true }).click()
    await bob.page.getByRole('button', { name: 'Compare words' }).click()
    const ofAlice = await bob.page.locator('.words').first().textContent()
    await alice.page.getByRole('button', { name: 'Settings' }).click()
    await alice.page.getByText('Your fingerprint').click()
    expect(await alice.page.locator('.words').first().textContent()).to.equal(ofAlice)
    expect(ofAlice?.split(' ').length).to.be.above(30)
    await alice.page.keyboard.press('Escape')
    await bob.page.getByRole('button', { name: 'They are the same' }).click()
    await shows(bob.page, 'You have verified alice.')
    await bob.page.getByRole('button', { name: 'Show code' }).click()
    await bob.page.getByRole('img', { name: 'QR code of your fingerprint' }).waitFor()
    await bob.page.keyboard.press('Escape')
    await shows(bob.page, 'Private and verified: only alice can read this')
  })

  it('works without keeping the page busy', async () => {
    const wait = 'new Promise((done) => { const look = () => document.body.textContent.includes("carried quickly") ? done() : setTimeout(look, 50); look() })'
    const written = write(bob.page, 'alice', 'carried quickly')
    expect(await longestTask(web.browser, alice.page, wait)).to.be.below(50)
    await written
  })

  it('never goes in clear after the end, and only by a decision in words', async () => {
    await bob.page.getByLabel('More').click()
    await bob.page.getByRole('button', { name: 'End private conversation' }).click()
    await shows(alice.page, 'bob ended the private conversation. What you write waits for a new one.')
    await shows(alice.page, 'Not private now: what you write waits until it is')
    // Writing begins a new one, and the text goes there.
    await write(alice.page, 'bob', 'not for the street')
    await reads(alice.page, 'not for the street', 'private')
    await reads(bob.page, 'not for the street', 'private')
    await alice.page.getByLabel('More').click()
    await alice.page.getByRole('button', { name: 'End private conversation' }).click()
    await shows(alice.page, 'You ended the private conversation.')
    await alice.page.getByLabel('More').click()
    await alice.page.getByRole('button', { name: 'Write unprotected …' }).click()
    await shows(alice.page, 'Everybody between you and bob will be able to read what you write')
    await alice.page.getByRole('button', { name: 'Yes, write unprotected' }).click()
    await shows(alice.page, 'Not private: anybody on the way can read this')
    await write(alice.page, 'bob', 'a postcard')
    await reads(alice.page, 'a postcard', 'not private')
    await shows(bob.page, 'This came unprotected. Anybody on the way could have written it.')
    await reads(bob.page, 'a postcard', 'not private')
    await alice.page.getByRole('button', { name: 'Start privately' }).first().click()
    await shows(alice.page, 'Private and verified: only bob can read this')
  })

  it('keeps what is typed while another conversation is open, and shows both tabs the same', async () => {
    await alice.page.getByLabel('Text for bob').fill('half a sent')
    await addContact(alice.page, 'carol')
    await write(alice.page, 'carol', 'nobody is there')
    await shows(alice.page, 'The relay has never seen carol')
    await reads(alice.page, 'nobody is there', 'waits')
    await alice.page.getByRole('button', { name: 'Take back' }).click()
    await reads(alice.page, 'nobody is there', 'taken back')
    await choose(alice.page, 'bob')
    expect(await alice.page.getByLabel('Text for bob').inputValue()).to.equal('half a sent')
    await alice.page.getByLabel('Text for bob').fill('')
    // The second tab needs no passphrase: it has the same worker.
    const second = await web.tab(alice.context)
    await choose(second, 'bob')
    await shows(second, 'Private and verified: only bob can read this')
    await write(second, 'bob', 'from the second tab')
    await reads(alice.page, 'from the second tab', 'delivered')
    await reads(bob.page, 'from the second tab', 'private')
    expect(await bob.page.getByText('from the second tab').count()).to.equal(1)
    await second.close()
  })

  it('writes to somebody who is away, who reads it when they are back', async () => {
    // Bob has no private conversation, and goes.
    await bob.page.getByLabel('More').click()
    await bob.page.getByRole('button', { name: 'End private conversation' }).click()
    await shows(alice.page, 'Not private now: what you write waits until it is')
    await bob.page.getByRole('button', { name: 'Settings' }).click()
    await shows(bob.page, 'People can write to you 25 times while you are away.')
    await bob.page.getByLabel('Keep what was said, sealed on this device').check()
    await bob.page.keyboard.press('Escape')
    await bob.page.close()
    await write(alice.page, 'bob', 'for when you are back')
    await reads(alice.page, 'for when you are back', 'waits')
    await shows(alice.page, 'bob seems to be away.')
    await alice.page.getByRole('button', { name: 'Send it for later' }).click()
    await shows(alice.page, 'Sent. bob can read it when they are back.')
    await reads(alice.page, 'for when you are back', 'sent')

    const page = await web.tab(bob.context)
    await unlock(page, 'bob', 'not the passphrase')
    await shows(page, 'The passphrase is wrong. Nothing was changed.')
    await unlock(page, 'bob')
    await choose(page, 'alice')
    await reads(page, 'for when you are back', 'private')
    // What was said before is there, because bob chose to keep it; alice did not.
    await shows(page, 'from the second tab')
    await write(page, 'alice', 'I am back')
    await reads(alice.page, 'I am back', 'private')
    await reads(alice.page, 'for when you are back', 'delivered')

    await alice.page.getByRole('button', { name: 'Lock' }).click()
    await unlock(alice.page, 'alice')
    await choose(alice.page, 'bob')
    await shows(alice.page, 'Private and verified: only bob can read this')
    expect(await alice.page.getByText('I am back').count()).to.equal(0)
  })
})
