import type { VNode } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { ContactView } from '../view.js'
import { Banners } from './banners.js'
import { Dialog } from './dialog.js'
import { Entries } from './entries.js'
import { FileList } from './files.js'
import { HoodDialog } from './hood-dialog.js'
import { Icon } from './icons.js'
import type { Messenger } from './state.js'
import { VerifyDialog } from './verify-dialog.js'
import { useWords } from './words.js'

interface Props {
  readonly contact: ContactView
  readonly messenger: Messenger
  readonly draft: string
  readonly onDraft: (text: string) => void
  readonly onBack: () => void
  readonly run: (work: Promise<unknown>) => void
}

/** One conversation: who can read it, what was said, and the place to write. */
export function Conversation({ contact, messenger, draft, onDraft, onBack, run }: Props): VNode {
  const words = useWords()
  const id = useId()
  const [open, setOpen] = useState<'verify' | 'clear' | 'devices' | 'hood'>()
  const [search, setSearch] = useState<string>()
  const chooser = useRef<HTMLInputElement>(null)
  const menu = useRef<HTMLDetailsElement>(null)
  const { peer, look, pending } = contact
  const own = messenger.own
  useEffect(() => {
    const see = (): void => { if (!document.hidden && contact.unread > 0) void own.seen(peer) }
    see()
    document.addEventListener('visibilitychange', see)
    return () => { document.removeEventListener('visibilitychange', see) }
  }, [peer, contact.unread])
  const write = (): void => {
    if (draft.trim() === '') return
    onDraft('')
    run(own.send(peer, draft, look).catch((error: unknown) => {
      onDraft(draft)
      throw error
    }))
  }
  const sendFiles = (files: Iterable<File>): void => { for (const file of files) run(own.sendFile(peer, file)) }
  const choose = (work: () => void) => (): void => {
    menu.current?.removeAttribute('open')
    work()
  }
  const lookText = look === 'waits' ? (pending ? words.look.pending(peer) : words.look.waits) : look === 'clear' ? words.look.clear : words.look[look](peer)
  return (
    <main class="conversation" onDragOver={(event) => { if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault() }}
      onDrop={(event) => {
        // Otherwise the browser would leave the page and open the file.
        if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault()
        sendFiles(event.dataTransfer?.files ?? [])
      }}>
      <header>
        <button type="button" class="round back" aria-label={words.contacts.back} onClick={onBack}><Icon name="back" /></button>
        <h2 dir="auto">{peer}</h2>
        {!contact.established && !pending && <button type="button" class="main" onClick={() => { run(own.startPrivately(peer)) }}>{words.actions.start}</button>}
        {contact.established && look !== 'verified' && <button type="button" class="main" onClick={() => { setOpen('verify') }}>{words.actions.verify}</button>}
        <details class="menu" ref={menu} onKeyDown={(event) => { if (event.key === 'Escape') menu.current?.removeAttribute('open') }}>
          <summary class="round" aria-label={words.actions.more}><Icon name="more" /></summary>
          <div>
            <button type="button" onClick={choose(() => { setOpen('verify') })}>{words.actions.verify}</button>
            {contact.established
              ? <button type="button" onClick={choose(() => { run(own.end(peer)) })}>{words.actions.end}</button>
              : <button type="button" onClick={choose(() => { run(own.startPrivately(peer)) })}>{words.actions.start}</button>}
            {!contact.established && look !== 'clear' && <button type="button" onClick={choose(() => { setOpen('clear') })}>{words.actions.clear}</button>}
            <button type="button" onClick={choose(() => { setSearch('') })}>{words.log.search}</button>
            <button type="button" onClick={choose(() => { setOpen('devices') })}>{words.actions.devices}</button>
            <button type="button" onClick={choose(() => { setOpen('hood') })}>{words.actions.hood}</button>
            <button type="button" onClick={choose(() => { run(own.clearLog(peer)) })}>{words.actions.forget}</button>
          </div>
        </details>
      </header>
      <p class={`look ${look}`} role="status"><Icon name={look} /><span>{lookText}</span></p>
      {search !== undefined && <div class="row search"><label class="hidden" for={`${id}-search`}>{words.log.search}</label>
        <input id={`${id}-search`} type="search" autocomplete="off" value={search} placeholder={words.log.search} onInput={(event) => { setSearch(event.currentTarget.value) }} />
        <button type="button" class="quiet" onClick={() => { setSearch(undefined) }}>{words.actions.close}</button></div>}
      <Banners contact={contact} messenger={messenger} run={run} />
      <Entries contact={contact} messenger={messenger} search={search ?? ''} />
      <FileList peer={peer} files={contact.files} messenger={messenger} run={run} />
      <form class="composer" onSubmit={(event) => { event.preventDefault(); write() }}>
        <label class="hidden" for={id}>{words.composer.label(peer)}</label>
        {/* A browser that restores its tabs keeps what fields contain, outside of the sealed store. */}
        <textarea id={id} value={draft} rows={2} dir="auto" autocomplete="off" placeholder={words.composer.placeholder}
          onInput={(event) => { onDraft(event.currentTarget.value) }}
          onPaste={(event) => {
            const files = event.clipboardData?.files ?? []
            if (files.length === 0) return
            event.preventDefault()
            sendFiles(files)
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
            event.preventDefault()
            write()
          }} />
        <input type="file" multiple hidden ref={chooser} onChange={({ currentTarget }) => {
          sendFiles([...currentTarget.files ?? []])
          // The same file may be chosen again.
          currentTarget.value = ''
        }} />
        <button type="button" class="round" aria-label={words.files.choose} title={words.files.choose} disabled={look !== 'verified' && look !== 'private'} onClick={() => { chooser.current?.click() }}><Icon name="file" /></button>
        <button class={`main send ${look}`} aria-label={words.actions.send} title={lookText}><Icon name="send" /></button>
      </form>
      {open === 'verify' && <VerifyDialog contact={contact} messenger={messenger} run={run} onClose={() => { setOpen(undefined) }} />}
      {open === 'hood' && <HoodDialog peer={peer} messenger={messenger} run={run} onClose={() => { setOpen(undefined) }} />}
      {open === 'clear' && <Dialog title={words.clearDialog.title} onClose={() => { setOpen(undefined) }}>
        <p>{words.clearDialog.text(peer)}</p>
        <div class="row end">
          <button type="button" class="danger" onClick={() => { setOpen(undefined); run(own.allowClear(peer)) }}>{words.clearDialog.yes}</button>
          <button type="button" class="main" onClick={() => { setOpen(undefined) }}>{words.clearDialog.no}</button>
        </div>
      </Dialog>}
      {open === 'devices' && <Dialog title={words.actions.devices} onClose={() => { setOpen(undefined) }}>
        {contact.devices.length === 0 && <p>{words.devices.none}</p>}
        <ul>{contact.devices.map((device) => <li key={device.instance}>
          <bdi>{device.name ?? device.instance.toString(16)}</bdi>{`: ${words.devices.version(device.version)}, ${device.trust === 'verified' ? words.devices.verified : words.devices.unverified}, ${words.devices.seen(new Date(device.lastSeen * 1000).toLocaleString(words.locale))}`}
        </li>)}</ul>
      </Dialog>}
    </main>
  )
}
