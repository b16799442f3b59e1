/** The chat as a person sees it: in a terminal, with irssi on the other side. */
import { expect } from 'chai'
import { otr4Command } from './lib/chat.js'
import { ngircd } from './lib/irc-servers.js'
import { Irssi } from './lib/irssi.js'
import { needs, Workplace } from './lib/programs.js'
import { Tmux, type Screen } from './lib/screen.js'

describe('the chat in a terminal, with irssi on ngircd', () => {
  let workplace: Workplace | undefined
  let sides: { screen: Screen, irssi: Irssi } | undefined

  before(async function () {
    needs(this, ['ngircd', 'tmux', 'irssi'])
    workplace = new Workplace()
    const port = await ngircd.start(workplace)
    const tmux = new Tmux(workplace)
    const irssi = await Irssi.open(workplace, tmux, port, 'bob', 'alice')
    const chat = [...otr4Command, 'chat', '--irc', `127.0.0.1:${port}`, '--nick', 'alice', '--with', 'bob']
    // The terminal stays when the chat is over, with its exit code.
    const screen = await tmux.open('chat', ['/bin/sh', '-c', '"$@"; echo "exit code $?"; exec cat', 'sh', ...chat], 100)
    await screen.shows(/^bob \[in clear\]> *$/m, 1, 60)
    sides = { screen, irssi }
  })

  after(async () => {
    if (process.env['OTR4_SHOW'] === 'true' && sides !== undefined) console.log(await sides.screen.text())
    await workplace?.close()
  })

  function both(): { screen: Screen, irssi: Irssi } {
    if (sides === undefined) throw new Error('not started')
    return sides
  }

  it('says that a conversation is in clear, and how to make it private', async () => {
    const { screen, irssi } = both()
    await screen.shows(/^bob \[in clear\]> *$/m)
    await irssi.say('are you there?')
    await screen.shows(/^\d\d:\d\d \[in clear\] {2}bob: are you there\?$/m)
    await screen.shows(/can be read by everybody on the way/)
  })

  it('shows in its marks and at the prompt that it is private, and for whom nobody vouches', async () => {
    const { screen, irssi } = both()
    await screen.type('/otr start')
    await screen.shows(/the conversation with bob is private, but nobody has verified/)
    await screen.shows(/^bob \[private, not verified\]> *$/m)
    await irssi.isPrivate(1)
    await screen.type('hello from a terminal')
    await irssi.hears('hello from a terminal')
    await screen.shows(/\[private\] {3}you \u2192 hello from a terminal$/m)
    await irssi.say('hello from irssi')
    await screen.shows(/\[private\] {3}bob: hello from irssi$/m)
    const fingerprint = await irssi.fingerprint()
    const text = await screen.text()
    expect(text.replace(/[\s|]/g, '').toLowerCase()).to.include(fingerprint)
  })

  it('keeps what is being typed while the other side writes', async () => {
    const { screen, irssi } = both()
    await screen.key('h')
    await screen.key('i')
    await screen.shows(/^bob \[private, not verified\]> hi$/m)
    await irssi.say('interrupting')
    await screen.shows(/bob: interrupting$/m)
    await screen.shows(/^bob \[private, not verified\]> hi$/m)
    await screen.type('!')
    await irssi.hears('hi!')
  })

  it('asks for a secret without showing it, and is verified', async () => {
    const { screen, irssi } = both()
    await screen.type('/otr smp "Which fruit?"')
    await screen.shows(/^secret \(not shown\)> *$/m)
    await screen.type('pineapple')
    await irssi.isAsked('Which fruit?')
    await irssi.answer('pineapple')
    await irssi.succeeds(1)
    await screen.shows(/^bob \[verified\]> *$/m)
    const text = await screen.text()
    expect(text).not.to.include('pineapple')
    expect(text).to.match(/you \u2192 hi!$/m)
    expect(text).not.to.include('not shown')
  })

  it('asks the person when the other side wants to verify', async () => {
    const { screen, irssi } = both()
    await irssi.verify('tomato', 'And which vegetable?')
    await screen.shows('And which vegetable?')
    await screen.type('/otr answer')
    await screen.shows(/^answer \(not shown\)> *$/m)
    await screen.type('tomato')
    await irssi.succeeds(2)
    await screen.shows(/verified: it is bob/, 2)
    expect(await screen.text()).not.to.include('tomato')
  })

  it('says that the other side has ended it, and sends nothing in clear until the person wants that', async () => {
    const { screen, irssi } = both()
    await irssi.end()
    await screen.shows(/bob has ended the private conversation/)
    await screen.shows(/^bob \[ended: what you type waits\]> *$/m)
    await screen.type('for bob alone')
    await screen.shows(/message 1 waits until the conversation with bob is private/)
    await screen.type('/otr cancel')
    await screen.type('/otr clear')
    await screen.shows(/what you write to bob goes in clear from now on/)
    await screen.type('for everybody')
    await irssi.hears('for everybody')
    expect(await irssi.screen.text()).not.to.include('for bob alone')
  })

  it('leaves at Ctrl-D, and never showed a line of OTR', async () => {
    const { screen } = both()
    await screen.key('C-d')
    const text = await screen.shows('exit code 0')
    expect(text).to.match(/^good-bye$/m)
    // Nothing of the conversation is left on the terminal.
    expect(text).not.to.match(/hello from|for everybody/)
    expect(text).not.to.include('?OTR')
  })
})
