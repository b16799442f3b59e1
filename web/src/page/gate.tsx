import type { VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import { changeLocal, openAccount, readLocal, type Messenger } from './state.js'
import { PassphraseField } from './passphrase-field.js'
import { strengthOf } from './strength.js'
import { errorText, useWords } from './words.js'

type Way = 'open' | 'create' | 'import'

const isName = (name: string): boolean => /^[\p{L}\p{N}._@+-]{1,64}$/u.test(name)

/** The way in: unlock an account of this device, create one, or bring one from another device. */
export function Gate({ onOpen, said }: { readonly onOpen: (messenger: Messenger) => void, readonly said?: string | undefined }): VNode {
  const words = useWords()
  const id = useId()
  const { accounts } = readLocal()
  const [way, setWay] = useState<Way>(accounts.length > 0 ? 'open' : 'create')
  const [name, setName] = useState(accounts[0] ?? '')
  const [passphrase, setPassphrase] = useState('')
  const [filePassphrase, setFilePassphrase] = useState('')
  const [file, setFile] = useState<File>()
  const [progress, setProgress] = useState<number>()
  const [fault, setFault] = useState<string | undefined>(said)

  // Another tab may have it open: then this one joins.
  useEffect(() => {
    if (way !== 'open' || name === '' || said !== undefined) return
    let isCurrent = true
    openAccount({ account: name }).then((messenger) => { if (isCurrent) onOpen(messenger) }, () => undefined)
    return () => { isCurrent = false }
  }, [name, way])

  const open = async (): Promise<void> => {
    const account = name.trim().normalize('NFC').toLowerCase()
    if (!isName(account)) throw new RangeError(words.gate.badName)
    if (way !== 'open' && strengthOf(passphrase) === 0) throw new RangeError(words.gate.tooWeak)
    const moved = file === undefined || way !== 'import' ? {} : { moved: { sealed: new Uint8Array(await file.arrayBuffer()), passphrase: filePassphrase } }
    // Best effort: without it a browser may delete the keys when the disk gets full.
    void navigator.storage.persist().catch(() => false)
    const messenger = await openAccount({ account, passphrase, create: way !== 'open', onProgress: setProgress, ...moved })
    changeLocal({ accounts: [account, ...accounts.filter((known) => known !== account)] })
    onOpen(messenger)
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    setFault(undefined)
    setProgress(0)
    open().catch((error: unknown) => {
      setFault(error instanceof RangeError ? error.message : errorText(words, error))
    }).finally(() => { setProgress(undefined) })
  }
  const choose = (to: Way): void => {
    setWay(to)
    setFault(undefined)
    setName(to === 'open' ? accounts[0] ?? '' : '')
  }
  const isBusy = progress !== undefined
  return (
    <main class="gate">
      <h1><img src="/icon.svg" alt="" width="40" height="40" />{words.name}</h1>
      <p>{words.slogan}</p>
      <form onSubmit={submit}>
        {way === 'open' && accounts.length > 1
          ? <div class="field"><label for={id}>{words.gate.accountName}</label>
            <select id={id} value={name} onChange={(event) => { setName(event.currentTarget.value) }}>{accounts.map((account) => <option key={account} value={account}>{account}</option>)}</select></div>
          : <div class="field"><label for={id}>{words.gate.accountName}</label>
            <input id={id} value={name} required maxLength={64} autocomplete="username" autocapitalize="none" spellcheck={false} dir="auto" readOnly={way === 'open'}
              aria-describedby={`${id}-hint`} onInput={(event) => { setName(event.currentTarget.value) }} />
            {way !== 'open' && <p class="hint" id={`${id}-hint`}>{words.gate.nameHint}</p>}</div>}
        {way === 'import' && <>
          <div class="field"><label for={`${id}-file`}>{words.gate.file}</label>
            <input id={`${id}-file`} type="file" required onChange={(event) => { setFile(event.currentTarget.files?.[0]) }} /></div>
          <PassphraseField label={words.gate.filePassphrase} value={filePassphrase} onInput={setFilePassphrase} />
        </>}
        <PassphraseField label={words.gate.passphrase} value={passphrase} onInput={setPassphrase} isNew={way !== 'open'} hint={way === 'open' ? '' : words.gate.passphraseHint} />
        {fault !== undefined && <p class="fault" role="alert">{fault}</p>}
        <button class="main" disabled={isBusy}>{isBusy ? words.gate.working : words.gate[way]}</button>
        {isBusy && <progress value={progress} max={1} aria-label={words.gate.working} />}
      </form>
      <nav>
        {way !== 'open' && accounts.length > 0 && <button type="button" class="quiet" onClick={() => { choose('open') }}>{words.gate.open}</button>}
        {way !== 'create' && <button type="button" class="quiet" onClick={() => { choose('create') }}>{accounts.length > 0 ? words.gate.other : words.gate.create}</button>}
        {way !== 'import' && <button type="button" class="quiet" onClick={() => { choose('import') }}>{words.gate.import}</button>}
      </nav>
    </main>
  )
}
