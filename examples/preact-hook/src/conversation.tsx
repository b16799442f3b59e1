import { useState } from 'preact/hooks'
import type { Chats } from './chats.js'
import { useConversation, type Privacy } from './use-conversation.js'

const words: Readonly<Record<Privacy, string>> = {
  verified: 'Private, verified',
  private: 'Private, not verified: who is it?',
  clear: 'In clear: anybody on the way can read it',
  waits: 'What you write waits',
}

/** A whole conversation. JSX makes text of what others wrote: leave it so, and never use `dangerouslySetInnerHTML`. */
export function Conversation({ chats, peer }: { readonly chats: Chats, readonly peer: string }) {
  const { privacy, status, lines, asked, send, start, end, verify, answer, refuse, continueInPlaintext } = useConversation(chats, peer)
  const [compares, setCompares] = useState(false)
  const isPrivate = status.sending === 'encrypted'
  return (
    <section aria-label={`Conversation with ${peer}`}>
      <div class="bar">
        <span role="status" class={privacy}>{words[privacy]}</span>
        {!isPrivate && !status.pending && <button onClick={start}>Start privately</button>}
        {isPrivate && <button onClick={() => { setCompares(true) }}>Verify</button>}
        {isPrivate && <button onClick={end}>End</button>}
        {privacy === 'waits' && !status.pending && <button onClick={continueInPlaintext}>Continue in clear</button>}
      </div>
      {compares && <Field label="A secret that you both know" button="Compare" give={(secret) => {
        setCompares(false)
        verify(secret)
      }} />}
      {asked !== undefined && <Field label={asked === '' ? `The secret that ${peer} and you agreed on` : `${peer} asks: ${asked}`} button="Answer" give={answer} refuse={refuse} />}
      <ol aria-label="Messages">
        {lines.map(({ id, from, text, privacy: line }) => (
          <li key={id} class={from}>{line !== undefined && <span class={`mark ${line}`}>{line === 'clear' ? 'in clear' : line}</span>}<span dir="auto">{text}</span></li>
        ))}
      </ol>
      <Field label="Message" button="Send" give={send} />
    </section>
  )
}

interface FieldProps {
  readonly label: string
  readonly button: string
  readonly give: (text: string) => void
  readonly refuse?: () => void
}

/** A line to type in. */
function Field({ label, button, give, refuse }: FieldProps) {
  const [text, setText] = useState('')
  return (
    <form onSubmit={(event) => {
      event.preventDefault()
      if (text === '') return
      setText('')
      give(text)
    }}>
      <input aria-label={label} placeholder={label} autocomplete="off" value={text} onInput={({ currentTarget }) => { setText(currentTarget.value) }} />
      <button>{button}</button>
      {refuse !== undefined && <button type="button" onClick={refuse}>Refuse</button>}
    </form>
  )
}
