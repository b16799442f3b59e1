import type { VNode } from 'preact'
import { Fragment } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { ContactView, Entry } from '../view.js'
import { Icon } from './icons.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

/** What was said: the texts with how each was carried and what became of it, by day. */
export function Entries({ contact, messenger, search }: { readonly contact: ContactView, readonly messenger: Messenger, readonly search: string }): VNode {
  const words = useWords()
  const log = useRef<HTMLDivElement>(null)
  const { peer } = contact
  const wanted = search.toLocaleLowerCase(words.locale)
  const entries = wanted === '' ? contact.entries : contact.entries.filter(({ text }) => text.toLocaleLowerCase(words.locale).includes(wanted))
  const formats = useMemo(() => ({
    day: new Intl.DateTimeFormat(words.locale, { weekday: 'long', day: 'numeric', month: 'long' }),
    time: new Intl.DateTimeFormat(words.locale, { hour: '2-digit', minute: '2-digit' }),
  }), [words])
  useEffect(() => { log.current?.scrollTo({ top: log.current.scrollHeight }) }, [peer, contact.entries.length, contact.newKey, contact.asked])
  const dayOf = (at: number): string => {
    const days = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000)
    return days === 0 ? words.today : days === 1 ? words.yesterday : formats.day.format(at)
  }
  return (
    <div class="log" role="log" aria-label={words.log.label(peer)} tabIndex={0} ref={log}><ol>
      {wanted !== '' && <li class="day" role="status">{words.log.found(entries.length)}</li>}
      {entries.length === 0 && wanted === '' && <li class="day">{words.log.empty}</li>}
      {entries.map((entry, at) => {
        const before = entries[at - 1]
        const isNewDay = before === undefined || midnight(before.at) !== midnight(entry.at)
        return (
          <Fragment key={entry.id}>
            {isNewDay && <li class="day">{dayOf(entry.at)}</li>}
            <Line entry={entry} peer={peer} time={formats.time.format(entry.at)} messenger={messenger} />
          </Fragment>
        )
      })}
    </ol></div>
  )
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function Line({ entry, peer, time, messenger }: { readonly entry: Entry, readonly peer: string, readonly time: string, readonly messenger: Messenger }): VNode {
  const words = useWords()
  const { kind, text, note, seal, warn, offline, state, held, id } = entry
  if (kind === 'note') return <li class="note">{(note === undefined ? undefined : words.notes[note])?.(peer) ?? note}</li>
  return (
    <li class={`entry ${kind} ${seal ?? 'waits'}${warn === true ? ' warned' : ''}`}>
      {warn === true && <p class="warn"><Icon name="warn" />{words.warn}</p>}
      {/* Text of others is text: nothing in it is ever read as HTML. What is written from right to left turns nothing else round. */}
      <p class="text" dir="auto">{text}</p>
      <p class="meta">
        {seal !== undefined && <span class="seal"><Icon name={seal} />{words.seal[seal]}</span>}
        {offline === true && <span>{words.offlineText}</span>}
        {state !== undefined && <span class={`state ${state}`}>{words.state[state]}</span>}
        <time>{time}</time>
      </p>
      {state === 'lost' && <button type="button" onClick={() => { void messenger.own.again(peer, id) }}>{words.actions.again}</button>}
      {state === 'waits' && held !== undefined && <button type="button" class="quiet" onClick={() => { void messenger.own.cancel(peer, held) }}>{words.actions.cancel}</button>}
    </li>
  )
}
