import { Workplace } from './lib/programs.js'
import { Tmux } from './lib/screen.js'
import { Tap } from './lib/tap.js'
import { PlainChat } from './lib/chat.js'
import { Irssi } from './lib/irssi.js'
import { ngircd, inspircd } from './lib/irc-servers.js'
import { setTimeout as sleep } from 'node:timers/promises'
const w = new Workplace()
try {
  const port = await (process.argv[2] === 'inspircd' ? inspircd : ngircd).start(w)
  const tmux = new Tmux(w)
  console.time('irssi')
  const irssi = await Irssi.open(w, tmux, port, 'bob', 'alice')
  console.timeEnd('irssi')
  const tap = await Tap.open(w, port)
  const chat = await PlainChat.open(w, ['--irc', `127.0.0.1:${tap.port}`, '--nick', 'alice', '--with', 'bob'])
  chat.type('/otr start')
  await chat.says(/^state bob private/, 12).catch(async (e: unknown) => { console.log(await irssi.screen.text()); console.log(tap.sent, tap.received); throw e })
  await irssi.isPrivate(1)
  chat.type('hello there')
  await irssi.hears('hello there')
  await irssi.say('and hello back')
  await chat.says(/and hello back/)
  chat.type('/otr smp "what?" yes it is')
  await irssi.isAsked('what?')
  await irssi.answer('yes it is')
  await chat.says(/^smp bob succeeded/)
  await irssi.succeeds(1)
  chat.type('x'.repeat(2000)+' end')
  await irssi.hears('x'.repeat(2000)+' end')
  await irssi.say('y'.repeat(1000)+' end')
  await chat.says(/yyy end/)
  await irssi.verify('s e c', 'huh?')
  await chat.says(/smp bob asked huh/)
  chat.type('/otr answer s e c')
  await irssi.succeeds(2)
  chat.type('/otr end')
  await irssi.isEnded()
  console.log(await chat.quit())
  await sleep(500)
  console.log((await irssi.screen.text()).replace(/(x|y){100,}/g,'xxx')); console.log(chat.lines.join('\n').replace(/(x|y){100,}/g,'xxx')); 
  console.log(tap.sent.slice(-600))
} finally { await w.close() }
