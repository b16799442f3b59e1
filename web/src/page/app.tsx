import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Snapshot, Told } from '../view.js'
import type { Words } from '../words/en.js'
import { Contacts } from './contacts.js'
import { Conversation } from './conversation.js'
import { Gate } from './gate.js'
import { SettingsDialog } from './settings-dialog.js'
import { changeLocal, readLocal, told, type Local, type Messenger } from './state.js'
import { errorText, loadWords, useWords, WordsContext } from './words.js'

/** The whole page: the words and colours of this device, the way in, and what is behind it. */
export function App({ first, languages }: { readonly first: Words, readonly languages: (local: Local) => string }): VNode {
  const [words, setWords] = useState(first)
  const [local, setLocal] = useState(readLocal)
  const [messenger, setMessenger] = useState<Messenger>()
  const [said, setSaid] = useState<string>()
  useEffect(() => { void loadWords(languages(local)).then(setWords) }, [local.language])
  useEffect(() => {
    const { documentElement } = document
    documentElement.lang = words.locale
    documentElement.dir = words.dir
    if (local.theme === undefined) delete documentElement.dataset['theme']
    else documentElement.dataset['theme'] = local.theme
  }, [words, local.theme])
  return (
    <WordsContext.Provider value={words}>
      {messenger === undefined
        ? <Gate key={said} said={said} onOpen={setMessenger} />
        : <Inside messenger={messenger} local={local} onLocal={(changes) => { setLocal(changeLocal(changes)) }} onLocked={(elsewhere) => {
          setSaid(elsewhere ? words.closedElsewhere : '')
          setMessenger(undefined)
        }} />}
    </WordsContext.Provider>
  )
}

interface InsideProps {
  readonly messenger: Messenger
  readonly local: Local
  readonly onLocal: (changes: Partial<Local>) => void
  readonly onLocked: (elsewhere: boolean) => void
}

/** An open account. */
function Inside({ messenger, local, onLocal, onLocked }: InsideProps): VNode | null {
  const words = useWords()
  const [snapshot, setSnapshot] = useState<Snapshot>()
  const [chosen, setChosen] = useState<string>()
  // What is typed survives the way to another conversation and back.
  const [drafts, setDrafts] = useState<ReadonlyMap<string, string>>(new Map())
  const [hasSettings, showSettings] = useState(false)
  const [fault, setFault] = useState<string>()
  const locking = useRef(false)
  const now = useRef({ local, words })
  now.current = { local, words }

  const run = (work: Promise<unknown>): void => {
    setFault(undefined)
    work.catch((error: unknown) => { setFault(errorText(now.current.words, error)) })
  }
  useEffect(() => {
    const stop = messenger.onTold((message) => {
      const news = message as Told
      setSnapshot((before) => before === undefined ? before : told(before, news))
      if (news.type === 'failed') setFault(errorText(now.current.words, news))
      if (news.type === 'locked' && !locking.current) onLocked(true)
      // Neither who nor what: a notification is shown on a locked screen, too.
      if (news.type === 'arrived' && document.hidden && now.current.local.notifications === true) new Notification(now.current.words.name, { body: now.current.words.notification, tag: 'otr4' })
    })
    run(messenger.own.snapshot().then(async (first) => {
      setSnapshot(first)
      await messenger.start()
      await messenger.own.begun()
    }))
    return stop
  }, [messenger])
  useEffect(() => {
    const count = snapshot?.contacts.reduce((sum, { unread }) => sum + unread, 0) ?? 0
    document.title = count > 0 ? `(${count}) ${words.name}` : words.name
  }, [snapshot, words])

  const lock = async (): Promise<void> => {
    locking.current = true
    try {
      await messenger.own.stop()
      await messenger.close({ end: false })
    } finally {
      // Also when nothing could be saved: then this is the way on.
      onLocked(false)
    }
  }
  if (snapshot === undefined) return null
  const contact = snapshot.contacts.find(({ peer }) => peer === chosen)
  return (
    <div class={`inside${contact === undefined ? '' : ' talking'}`}>
      <Contacts messenger={messenger} snapshot={snapshot} chosen={chosen} onChoose={setChosen} onSettings={() => { showSettings(true) }} onLock={() => { run(lock()) }} />
      {contact === undefined
        ? <main class="conversation empty"><p>{words.slogan}</p></main>
        : <Conversation key={contact.peer} contact={contact} messenger={messenger} run={run} draft={drafts.get(contact.peer) ?? ''}
          onDraft={(text) => { setDrafts((before) => new Map(before).set(contact.peer, text)) }} onBack={() => { setChosen(undefined) }} />}
      {fault !== undefined && <p class="fault toast" role="alert">{fault} <button type="button" class="quiet" onClick={() => { setFault(undefined) }}>{words.actions.close}</button></p>}
      {hasSettings && <SettingsDialog messenger={messenger} snapshot={snapshot} local={local} onLocal={onLocal} run={run} onClose={() => { showSettings(false) }} />}
    </div>
  )
}
