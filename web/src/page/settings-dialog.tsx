import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { Snapshot } from '../view.js'
import { Dialog } from './dialog.js'
import { FingerprintWords } from './fingerprint.js'
import { PassphraseField } from './passphrase-field.js'
import { strengthOf } from './strength.js'
import type { Local, Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly messenger: Messenger
  readonly snapshot: Snapshot
  readonly local: Local
  readonly onLocal: (changes: Partial<Local>) => void
  readonly run: (work: Promise<unknown>) => void
  readonly onClose: () => void
}

/** What the person decides for the account and for this device. */
export function SettingsDialog({ messenger, snapshot: { settings, prekeys }, local, onLocal, run, onClose }: Props): VNode {
  const words = useWords()
  const say = words.settings
  const id = useId()
  const { own } = messenger
  const notify = async (on: boolean): Promise<void> => {
    const isAllowed = on && await Notification.requestPermission() === 'granted'
    onLocal({ notifications: isAllowed })
  }
  return (
    <Dialog title={say.title} onClose={onClose}>
      <label class="check"><input type="checkbox" checked={settings.history} onChange={(event) => { run(own.changeSettings({ history: event.currentTarget.checked })) }} />{say.history}</label>
      <p class="hint">{say.historyHint}</p>
      <label class="check"><input type="checkbox" checked={settings.receipts} onChange={(event) => { run(own.changeSettings({ receipts: event.currentTarget.checked })) }} />{say.receipts}</label>
      <label class="check"><input type="checkbox" checked={local.notifications === true} onChange={(event) => { run(notify(event.currentTarget.checked)) }} />{say.notifications}</label>
      <div class="field"><label for={id}>{say.offline}</label>
        <select id={id} value={settings.offline} onChange={(event) => { run(own.changeSettings({ offline: event.currentTarget.value as 'ask' })) }}>
          {(['ask', 'yes', 'no'] as const).map((choice) => <option key={choice} value={choice}>{say.offlineChoices[choice]}</option>)}
        </select></div>
      {prekeys !== undefined && <p class="hint">{say.prekeys(prekeys)}</p>}
      <div class="field"><label for={`${id}-language`}>{say.language}</label>
        <select id={`${id}-language`} value={words.locale} onChange={(event) => { onLocal({ language: event.currentTarget.value as 'en' }) }}>
          <option value="en" lang="en">English</option><option value="de" lang="de">Deutsch</option>
        </select></div>
      <div class="field"><label for={`${id}-theme`}>{say.theme}</label>
        <select id={`${id}-theme`} value={local.theme ?? 'auto'} onChange={(event) => {
          const { value } = event.currentTarget
          onLocal({ theme: value === 'auto' ? undefined : value as 'dark' } as Partial<Local>)
        }}>
          {(['auto', 'light', 'dark'] as const).map((theme) => <option key={theme} value={theme}>{say.themes[theme]}</option>)}
        </select></div>
      <details><summary>{say.fingerprint}</summary>
        <FingerprintWords fingerprint={messenger.fingerprint4 === undefined ? { version: 3, fingerprint: messenger.fingerprint3 } : { version: 4, fingerprint: messenger.fingerprint4 }} /></details>
      <WithPassphrase title={say.export} hint={say.exportHint} label={say.exportPassphrase} button={say.exportButton} work={async (passphrase) => {
        save(await messenger.exportAccount(passphrase), `${messenger.account}.otr4`)
        return undefined
      }} run={run} />
      <WithPassphrase title={say.change} hint="" label={say.newPassphrase} button={say.changeButton} work={async (passphrase) => {
        await messenger.changePassphrase(passphrase)
        return say.changed
      }} run={run} />
      {!messenger.constantTime && <p class="fault">{say.slow}</p>}
    </Dialog>
  )
}

interface WithPassphraseProps {
  readonly title: string
  readonly hint: string
  readonly label: string
  readonly button: string
  readonly work: (passphrase: string) => Promise<string | undefined>
  readonly run: Props['run']
}

function WithPassphrase({ title, hint, label, button, work, run }: WithPassphraseProps): VNode {
  const words = useWords()
  const [passphrase, setPassphrase] = useState('')
  const [said, setSaid] = useState<string>()
  const submit = (event: Event): void => {
    event.preventDefault()
    if (strengthOf(passphrase) === 0) {
      setSaid(words.gate.tooWeak)
      return
    }
    run(work(passphrase).then((text) => {
      setSaid(text)
      setPassphrase('')
    }))
  }
  return (
    <details><summary>{title}</summary>
      <form onSubmit={submit}>
        <PassphraseField label={label} value={passphrase} onInput={setPassphrase} isNew hint={hint} />
        {said !== undefined && <p role="status">{said}</p>}
        <div class="row end"><button>{button}</button></div>
      </form>
    </details>
  )
}

function save(bytes: Uint8Array, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes.slice()], { type: 'application/octet-stream' }))
  link.download = name
  link.click()
  setTimeout(() => { URL.revokeObjectURL(link.href) }, 60_000)
}
