import { arithmeticFault, OtrError, type Client, type ClientConversation } from 'otr4'
import { sentence } from 'otr4/codes'
import { fingerprintBlocks, type Fingerprint } from 'otr4/fingerprint'
import { Chats } from './chats.js'
import { element, make } from './dom.js'
import { indicatorOf } from './indicator.js'
import { openMessenger } from './messenger.js'

const entrance = element('entrance', HTMLFormElement)
const alert = element('alert', HTMLElement)
const ask = element('ask', HTMLDialogElement)
const relay = element('relay', HTMLMetaElement).content

/** Shows what went wrong. An error of the library has a stable code, and a sentence for people. */
function report(error: unknown): void {
  alert.textContent = error instanceof OtrError ? sentence(error.code) : String(error)
  alert.hidden = false
}

/** Runs what a person asked for; what goes wrong is shown. */
function run(work: () => Promise<unknown>): void {
  alert.hidden = true
  work().catch(report)
}

const field = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value : ''
}

entrance.addEventListener('submit', (event) => {
  event.preventDefault()
  const name = field(entrance, 'name').trim().toLowerCase()
  const passphrase = field(entrance, 'passphrase')
  const button = element('open', HTMLButtonElement)
  button.disabled = true
  const progress = element('progress', HTMLProgressElement)
  progress.hidden = false
  run(async () => {
    try {
      let page: Page | undefined
      const client = await openMessenger({
        name, passphrase, relay, report,
        onProgress: (done) => { progress.value = done },
        onStatus: (status, why = '') => { element('network', HTMLElement).textContent = status === 'online' ? 'online' : `offline: ${why}` },
        listen: (opened) => { page = new Page(opened) },
      })
      entrance.hidden = true
      element('messenger', HTMLElement).hidden = false
      page?.draw()
      element('me', HTMLElement).textContent = client.account
    } finally {
      button.disabled = false
      progress.hidden = true
    }
  })
})

/** What stands on the page once the messenger is open. */
class Page {
  readonly #client: Client
  readonly #chats: Chats
  #peer: string | undefined

  constructor(client: Client) {
    this.#client = client
    this.#chats = new Chats(client, () => { this.draw() })
    element('fingerprint', HTMLElement).textContent = fingerprintBlocks(client.fingerprint4 === undefined
      ? { version: 3, fingerprint: client.fingerprint3 } : { version: 4, fingerprint: client.fingerprint4 }).join(' ')
    if (!client.constantTime) report(arithmeticFault() ?? new Error('this browser takes time that depends on secrets'))
    this.#on('talk', HTMLFormElement, 'submit', () => {
      const form = element('talk', HTMLFormElement)
      const peer = field(form, 'peer').trim().toLowerCase()
      if (peer === '') return
      form.reset()
      this.#peer = peer
      this.draw()
    })
    this.#on('write', HTMLFormElement, 'submit', () => {
      const form = element('write', HTMLFormElement)
      const text = field(form, 'text')
      if (text === '') return
      this.#with(async (conversation) => {
        this.#chats.sent(conversation.peer, text, await conversation.send(text))
        form.reset()
      })
    })
    this.#command('start', (conversation) => conversation.start())
    this.#command('end', (conversation) => conversation.end())
    // Only here, and only because the person has just said so.
    this.#command('continue', (conversation) => conversation.continueInPlaintext())
    this.#command('accept', async (conversation) => {
      const key = unaccepted(conversation)
      if (key !== undefined) await conversation.trust('seen', key)
    })
    this.#command('verify', () => {
      ask.showModal()
      return Promise.resolve()
    })
    this.#on('ask', HTMLDialogElement, 'close', () => {
      const form = element('ask-form', HTMLFormElement)
      const [secret, question] = [field(form, 'secret'), field(form, 'question')]
      form.reset()
      if (ask.returnValue !== 'ask' || secret === '') return
      this.#with((conversation) => conversation.verify(secret, question === '' ? {} : { question }))
    })
    this.#on('answer', HTMLFormElement, 'submit', (event) => {
      const form = element('answer', HTMLFormElement)
      const secret = field(form, 'secret')
      form.reset()
      const refuses = event instanceof SubmitEvent && event.submitter?.id === 'refuse'
      this.#with((conversation) => {
        this.#chats.questions.delete(conversation.peer)
        return refuses ? conversation.abort() : conversation.answer(secret)
      })
    })
  }

  draw(): void {
    const peers = new Set([...this.#chats.peers(), ...this.#peer === undefined ? [] : [this.#peer]])
    this.#peer ??= [...peers][0]
    element('peers', HTMLElement).replaceChildren(...[...peers].map((peer) => {
      const button = make('button', peer === this.#peer ? 'peer chosen' : 'peer', peer)
      button.addEventListener('click', () => {
        this.#peer = peer
        this.draw()
      })
      return button
    }))
    element('conversation', HTMLElement).hidden = this.#peer === undefined
    if (this.#peer !== undefined) this.#drawConversation(this.#client.conversation(this.#peer))
  }

  #drawConversation(conversation: ClientConversation): void {
    const { peer, status } = conversation
    const { look, text } = indicatorOf(status, peer)
    const indicator = element('indicator', HTMLElement)
    indicator.className = look
    indicator.textContent = text
    const isPrivate = status.sending === 'encrypted'
    element('start', HTMLElement).hidden = isPrivate || status.pending
    element('verify', HTMLElement).hidden = !isPrivate
    element('end', HTMLElement).hidden = !status.sessions.some(({ state }) => state === 'encrypted')
    element('continue', HTMLElement).hidden = !status.latched || status.sessions.some(({ state }) => state === 'encrypted')

    const key = unaccepted(conversation)
    element('key', HTMLElement).hidden = key === undefined
    if (key !== undefined) element('key-fingerprint', HTMLElement).textContent = fingerprintBlocks(key).join(' ')

    const question = this.#chats.questions.get(peer)
    element('answer', HTMLElement).hidden = question === undefined
    element('question', HTMLElement).textContent = question === undefined || question === ''
      ? `${peer} wants to know whether it is you: type the secret that you agreed on.` : `${peer} asks: ${question}`

    const log = element('log', HTMLElement)
    log.replaceChildren(...this.#chats.of(peer).map(({ kind, text: said, mark, warning }) => {
      const line = make('li', `${kind}${warning === true ? ' warning' : ''}`, '')
      const words = make('span', 'text', said)
      // What one side writes from right to left turns nothing else round.
      words.dir = 'auto'
      line.append(...mark === undefined ? [] : [make('span', `mark ${mark.replace(' ', '-')}`, mark)], words)
      return line
    }))
    log.scrollTop = log.scrollHeight
  }

  #with(work: (conversation: ClientConversation) => Promise<unknown>): void {
    const peer = this.#peer
    if (peer === undefined) return
    run(async () => {
      await work(this.#client.conversation(peer))
      this.draw()
    })
  }

  #command(id: string, work: (conversation: ClientConversation) => Promise<unknown>): void {
    this.#on(id, HTMLButtonElement, 'click', () => { this.#with(work) })
  }

  #on(id: string, kind: new () => HTMLElement, type: string, listener: (event: Event) => void): void {
    element(id, kind).addEventListener(type, (event) => {
      if (type === 'submit') event.preventDefault()
      listener(event)
    })
  }
}

/** The key of a session that stands but gets nothing, because it is not the one of before and nobody accepted it. */
function unaccepted({ status: { sending, sessions } }: ClientConversation): Fingerprint | undefined {
  const session = sessions.find(({ state, trust }) => state === 'encrypted' && (sending !== 'encrypted' || trust === 'changed'))
  if (session?.fingerprint === undefined) return undefined
  // A key of version 3 serves in version 2, too.
  return { version: session.version === 4 ? 4 : 3, fingerprint: session.fingerprint }
}
