import type { ComponentChildren, VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { ContactView } from '../view.js'
import { FingerprintWords } from './fingerprint.js'
import { Icon } from './icons.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly contact: ContactView
  readonly messenger: Messenger
  readonly run: (work: Promise<unknown>) => void
}

/** What the person has to decide or to know now, above the texts: a new key, a lower version, a question, somebody who is away. */
export function Banners({ contact, messenger: { own }, run }: Props): VNode {
  const words = useWords()
  const { peer, newKey, downgraded, asked, away } = contact
  return (
    <div class="banners">
      {newKey !== undefined && <Banner kind="danger" title={words.newKey.title(peer)}>
        <p>{words.newKey.text(peer)}</p>
        <p>{words.newKey.advice}</p>
        <FingerprintWords fingerprint={newKey} />
        <div class="row end">
          <button type="button" onClick={() => { run(own.acceptKey(peer, newKey.fingerprint, newKey.version)) }}>{words.newKey.accept}</button>
          <button type="button" class="main" onClick={() => { run(own.verifiedByWords(peer, newKey.fingerprint, newKey.version)) }}>{words.newKey.verify}</button>
        </div>
      </Banner>}
      {downgraded && <Banner kind="danger" title={words.downgrade.title}>
        <p>{words.downgrade.text(peer)}</p>
        <div class="row end"><button type="button" onClick={() => { run(own.dismissDowngrade(peer)) }}>{words.downgrade.ok}</button></div>
      </Banner>}
      {asked !== undefined && <Asked contact={contact} question={asked} own={own} run={run} />}
      {away && <Banner kind="info">
        <p>{words.away.text(peer)}</p>
        <div class="row end">
          <button type="button" onClick={() => { run(own.writeToAbsent(peer, false, false)) }}>{words.away.no}</button>
          <button type="button" onClick={() => { run(own.writeToAbsent(peer, true, true)) }}>{words.away.always}</button>
          <button type="button" class="main" onClick={() => { run(own.writeToAbsent(peer, true, false)) }}>{words.away.yes}</button>
        </div>
      </Banner>}
    </div>
  )
}

function Banner({ kind, title, children }: { readonly kind: 'danger' | 'info', readonly title?: string, readonly children: ComponentChildren }): VNode {
  const id = useId()
  return (
    <section class={`banner ${kind}`} role={kind === 'danger' ? 'alert' : 'status'} {...title === undefined ? {} : { 'aria-labelledby': id }}>
      {title !== undefined && <h3 id={id}><Icon name={kind === 'danger' ? 'warn' : 'private'} />{title}</h3>}
      {children}
    </section>
  )
}

function Asked({ contact: { peer }, question, own, run }: { readonly contact: ContactView, readonly question: string, readonly own: Messenger['own'], readonly run: Props['run'] }): VNode {
  const words = useWords()
  const id = useId()
  const [secret, setSecret] = useState('')
  return (
    <Banner kind="info" title={words.asked.title(peer)}>
      {question === '' ? <p>{words.asked.noQuestion}</p> : <><p>{words.asked.question(peer)}</p><blockquote dir="auto">{question}</blockquote></>}
      <form onSubmit={(event) => { event.preventDefault(); run(own.answer(peer, secret)); setSecret('') }}>
        <label for={id}>{words.asked.label}</label>
        <input id={id} value={secret} required autocomplete="off" autocapitalize="none" spellcheck={false} dir="auto" onInput={(event) => { setSecret(event.currentTarget.value) }} />
        <div class="row end">
          <button type="button" onClick={() => { run(own.abort(peer)) }}>{words.asked.refuse}</button>
          <button class="main">{words.asked.answer}</button>
        </div>
      </form>
    </Banner>
  )
}
