import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { ContactView, Snapshot } from '../view.js'
import { Icon } from './icons.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly messenger: Messenger
  readonly snapshot: Snapshot
  readonly chosen: string | undefined
  readonly onChoose: (peer: string) => void
  readonly onSettings: () => void
  readonly onLock: () => void
}

/** Everybody that the person talks to, those with the newest text first. */
export function Contacts({ messenger, snapshot, chosen, onChoose, onSettings, onLock }: Props): VNode {
  const words = useWords()
  const id = useId()
  const [name, setName] = useState('')
  const [fault, setFault] = useState<string>()
  const sorted = snapshot.contacts.toSorted((a, b) => lastAt(b) - lastAt(a) || a.peer.localeCompare(b.peer))
  const add = async (event: Event): Promise<void> => {
    event.preventDefault()
    const peer = await messenger.own.addContact(name)
    setFault(peer === undefined ? words.contacts.bad : undefined)
    if (peer === undefined) return
    setName('')
    onChoose(peer)
  }
  const { status, why, crowded } = snapshot.network
  return (
    <nav class="contacts" aria-label={words.contacts.title}>
      <header>
        <h1 dir="auto">{messenger.account}</h1>
        <button type="button" class="round" aria-label={words.settings.title} title={words.settings.title} onClick={onSettings}><Icon name="settings" /></button>
        <button type="button" class="round" aria-label={words.settings.lock} title={words.settings.lock} onClick={onLock}><Icon name="lock" /></button>
      </header>
      <p class={`network ${status}`} role="status">{words.network[why ?? status]}</p>
      {crowded === true && <p class="fault" role="status">{words.network.crowded}</p>}
      <form class="row" onSubmit={(event) => { void add(event) }}>
        <label class="hidden" for={id}>{words.contacts.addLabel}</label>
        <input id={id} value={name} placeholder={words.contacts.addLabel} required dir="auto" autocapitalize="none" autocomplete="off" spellcheck={false} onInput={(event) => { setName(event.currentTarget.value) }} />
        <button>{words.contacts.add}</button>
      </form>
      {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
      {sorted.length === 0 && <p class="hint">{words.contacts.none}</p>}
      <ul>
        {sorted.map((contact) => <li key={contact.peer}>
          <button type="button" class={`contact ${contact.look}`} aria-current={contact.peer === chosen ? 'true' : undefined} onClick={() => { onChoose(contact.peer) }}>
            <Icon name={contact.look} />
            <span class="who"><bdi>{contact.peer}</bdi><small>{shortLook(contact, words)}</small></span>
            {contact.unread > 0 && <span class="unread"><span aria-hidden="true">{contact.unread}</span><span class="hidden">{words.contacts.unread(contact.unread)}</span></span>}
          </button>
        </li>)}
      </ul>
    </nav>
  )
}

function lastAt({ entries }: ContactView): number {
  return entries.at(-1)?.at ?? 0
}

function shortLook({ look }: ContactView, words: ReturnType<typeof useWords>): string {
  return look === 'waits' ? words.seal.clear : words.seal[look]
}
