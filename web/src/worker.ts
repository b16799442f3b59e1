/** The worker: the client with its keys, the connection and what was said. All pages of the account share it. */
import { serveClient } from 'otr4/browser/worker'
import type { Files } from './messenger/files.js'
import { Messenger, type Network } from './messenger/messenger.js'
import type { OwnTexts } from './messenger/own-texts.js'
import type { Settings, Told } from './view.js'

serveClient({
  async extend({ client, tell }) {
    // The policy of this program, also in an account of another one. With a page's first call, events of the last run come again: before there are
    // listeners nothing may be called that is written, or nobody would have them.
    if (!client.policy.requireEncryption) await client.setPolicy({ requireEncryption: true })
    const answer = await fetch('/config.json', { cache: 'no-cache' })
    const messenger = new Messenger(client, await answer.json() as Network, (message: Told) => { tell(message) })
    return watched(messenger, functionsOf(messenger))
  },
})

/** The messenger hears of what pages are told, too: after a failed write it stops. */
function watched(messenger: Messenger, functions: MessengerFunctions): MessengerFunctions {
  const called = Object.entries<(...given: never[]) => unknown>(functions).map(([name, work]) => [name, async (...given: never[]): Promise<unknown> => {
    try {
      return await work(...given)
    } catch (error) {
      messenger.failed(error)
      throw error
    }
  }])
  return Object.fromEntries(called) as MessengerFunctions
}

/** What pages may call. */
function functionsOf(messenger: Messenger): MessengerFunctions {
  return {
    snapshot: () => messenger.snapshot(),
    begun: () => { messenger.begun() },
    hood: (peer) => messenger.hood(peer),
    addContact: (name) => messenger.addContact(name),
    send: (peer, text, look) => messenger.texts.send(peer, text, look),
    cancel: (peer, held) => messenger.texts.cancel(peer, held),
    again: (peer, entry) => messenger.texts.again(peer, entry),
    seen: (peer) => { messenger.seen(peer) },
    allowClear: (peer) => messenger.allowClear(peer),
    startPrivately: (peer) => messenger.startPrivately(peer),
    verifiedByWords: (peer, fingerprint, version) => messenger.verifiedByWords(peer, fingerprint, version),
    acceptKey: (peer, fingerprint, version) => messenger.acceptKey(peer, fingerprint, version),
    verify: (peer, secret, question) => messenger.verify(peer, secret, question),
    answer: (peer, secret) => messenger.answer(peer, secret),
    abort: (peer) => messenger.abort(peer),
    end: (peer) => messenger.end(peer),
    dismissDowngrade: (peer) => { messenger.dismissDowngrade(peer) },
    writeToAbsent: (peer, yes, always) => messenger.writeToAbsent(peer, yes, always),
    changeSettings: (changes) => messenger.changeSettings(changes),
    clearLog: (peer) => messenger.clearLog(peer),
    sendFile: (peer, file) => messenger.files.send(peer, file),
    fetchFile: (peer, number) => { messenger.files.goOn(peer, number) },
    haltFile: (peer, number) => { messenger.files.halt(peer, number) },
    dropFile: (peer, number) => messenger.files.drop(peer, number),
    takeFile: (peer, number) => messenger.files.take(peer, number),
    stop: () => { messenger.stop() },
  }
}

type Functions = Pick<Messenger, 'snapshot' | 'hood' | 'begun' | 'addContact' | 'seen' | 'allowClear' | 'startPrivately' | 'verifiedByWords' | 'acceptKey' | 'verify' | 'answer' | 'abort' | 'end' | 'dismissDowngrade' | 'writeToAbsent' | 'clearLog' | 'stop'>
/** Of files, `takeFile` gives a page a blob: the bytes stay where the browser has them. */
export type MessengerFunctions = { readonly [Name in keyof Functions]: Functions[Name] } & { readonly changeSettings: (changes: Partial<Settings>) => Promise<void>, readonly send: OwnTexts['send'], readonly cancel: OwnTexts['cancel'], readonly again: OwnTexts['again'], readonly sendFile: Files['send'], readonly fetchFile: Files['goOn'],
  readonly haltFile: Files['halt'], readonly dropFile: Files['drop'], readonly takeFile: Files['take'] }
