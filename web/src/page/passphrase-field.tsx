import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import { strengthOf } from './strength.js'
import { useWords } from './words.js'

interface Props {
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  /** A new one is judged, and one can be suggested. */
  readonly isNew?: boolean
  readonly hint?: string
}

/** A field for a passphrase. Of a new one it says how hard it is to guess. */
export function PassphraseField({ label, value, onInput, isNew = false, hint }: Props): VNode {
  const words = useWords()
  const id = useId()
  const [isShown, show] = useState(false)
  const strength = strengthOf(value)
  const suggest = async (): Promise<void> => {
    const { fingerprintWords } = await import('otr4/fingerprint')
    // Each word is one of 2,048: six of them are 66 bits.
    const digits = [...crypto.getRandomValues(new Uint8Array(20))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    onInput(fingerprintWords({ version: 3, fingerprint: digits }).slice(0, 6).join(' '))
    show(true)
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input {...{ type: isShown ? 'text' : 'password' } as { type: 'password' }} id={id} value={value} autocomplete={isNew ? 'new-password' : 'current-password'} required autocapitalize="none" spellcheck={false}
        aria-describedby={`${id}-hint`} onInput={(event) => { onInput(event.currentTarget.value) }} />
      <div class="row">
        <label class="check"><input type="checkbox" checked={isShown} onChange={(event) => { show(event.currentTarget.checked) }} />{words.gate.show}</label>
        {isNew && <button type="button" class="quiet" onClick={() => { void suggest() }}>{words.gate.suggest}</button>}
      </div>
      <p class="hint" id={`${id}-hint`}>
        {hint}
        {isNew && value !== '' && <span class={`strength s${strength}`} role="status">{words.gate.strength[strength]}</span>}
      </p>
    </div>
  )
}
