import type { VNode } from 'preact'
import { useId, useState } from 'preact/hooks'
import type { ContactView } from '../view.js'
import { Dialog } from './dialog.js'
import { FingerprintCode, FingerprintWords } from './fingerprint.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly contact: ContactView
  readonly messenger: Messenger
  readonly run: (work: Promise<unknown>) => void
  readonly onClose: () => void
}

const ways = ['question', 'words', 'code'] as const

/** Who is it? By a question, by words that two people compare, or by a code. */
export function VerifyDialog({ contact, messenger, run, onClose }: Props): VNode {
  const words = useWords()
  const id = useId()
  const [way, setWay] = useState<typeof ways[number]>('question')
  const [question, setQuestion] = useState('')
  const [answer, setAnswer] = useState('')
  const { peer, key, verifying } = contact
  const ours = messenger.fingerprint4 !== undefined && key?.version !== 3 ? { version: 4, fingerprint: messenger.fingerprint4 } as const : { version: 3, fingerprint: messenger.fingerprint3 } as const
  const { verifyDialog: say } = words
  return (
    <Dialog title={say.title(peer)} onClose={onClose}>
      {key?.verified === true && <p class="good">{say.already(peer)}</p>}
      <div class="row tabs" role="group" aria-label={words.actions.verify}>
        {ways.map((one) => <button key={one} type="button" aria-pressed={one === way} onClick={() => { setWay(one) }}>{say[one]}</button>)}
      </div>
      {key === undefined && way !== 'code' && <p>{say.noKey}</p>}
      {way === 'question' && key !== undefined && (verifying
        ? <p role="status">{say.running(peer)} <button type="button" onClick={() => { run(messenger.own.abort(peer)) }}>{say.stop}</button></p>
        : <form onSubmit={(event) => { event.preventDefault(); run(messenger.own.verify(peer, answer, question)); setAnswer('') }}>
          <p>{say.questionText(peer)}</p>
          <div class="field"><label for={id}>{say.questionLabel}</label>
            <input id={id} value={question} dir="auto" autocomplete="off" onInput={(event) => { setQuestion(event.currentTarget.value) }} /></div>
          <div class="field"><label for={`${id}-answer`}>{say.answerLabel}</label>
            <input id={`${id}-answer`} value={answer} required dir="auto" autocomplete="off" autocapitalize="none" spellcheck={false} onInput={(event) => { setAnswer(event.currentTarget.value) }} /></div>
          <div class="row end"><button class="main">{say.ask}</button></div>
        </form>)}
      {way === 'words' && key !== undefined && <>
        <p>{say.wordsText}</p>
        <h3>{say.theirs(peer)}</h3>
        <FingerprintWords fingerprint={key} />
        <h3>{say.yours}</h3>
        <FingerprintWords fingerprint={ours} />
        {!key.verified && <div class="row end"><button type="button" class="main" onClick={() => { run(messenger.own.verifiedByWords(peer, key.fingerprint, key.version)) }}>{say.same}</button></div>}
      </>}
      {way === 'code' && <>
        <p>{say.codeText}</p>
        <FingerprintCode account={messenger.account} fingerprint={ours} />
      </>}
    </Dialog>
  )
}
