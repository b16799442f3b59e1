import type { VNode } from 'preact'
import type { FileView } from '../view.js'
import { Icon } from './icons.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly peer: string
  readonly files: readonly FileView[]
  readonly messenger: Messenger
  readonly run: (work: Promise<unknown>) => void
}

/** The files that go beside a conversation: what they say they are, how far they are, and what the person may do. Nothing of a file is ever shown or run here. */
export function FileList({ peer, files, messenger: { own }, run }: Props): VNode | null {
  const words = useWords()
  if (files.length === 0) return null
  const size = new Intl.NumberFormat(words.locale, { maximumFractionDigits: 1 })
  const sizeText = (bytes: number): string => bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${size.format(bytes / 1000)} kB` : bytes < 1e9 ? `${size.format(bytes / 1e6)} MB` : `${size.format(bytes / 1e9)} GB`
  const save = async (file: FileView): Promise<void> => {
    const content = await own.takeFile(peer, file.number)
    if (content === undefined) return
    const link = document.createElement('a')
    // Its type is application/octet-stream: it is saved, never opened as a page of ours.
    link.href = URL.createObjectURL(content)
    link.download = file.name
    link.click()
    setTimeout(() => { URL.revokeObjectURL(link.href) }, 60_000)
  }
  return (
    <section class="files" aria-label={words.files.label(peer)}><ul>
      {files.map((file) => {
        const { number, direction, state, name } = file
        const isTheirs = direction === 'theirs'
        const button = (text: string, work: () => Promise<unknown>, kind = ''): VNode => <button type="button" class={kind} aria-label={`${text}: ${name}`} onClick={() => { run(work()) }}>{text}</button>
        return (
          <li key={number} class={`file ${state}`}>
            <p class="name"><Icon name="file" /><bdi>{name}</bdi></p>
            <p class="meta"><bdi>{file.type}</bdi><span>{sizeText(file.length)}</span>
              <span class={`seal ${file.verified ? 'verified' : 'private'}`}><Icon name={file.verified ? 'verified' : 'private'} />{(isTheirs ? words.files.from : words.files.to)(peer, file.verified)}</span></p>
            {isTheirs && state === 'offered' && <p>{words.files.ask}</p>}
            <p role="status" class="state">{state === 'done' && !isTheirs ? words.files.stored(peer) : state === 'broken' && !isTheirs ? words.files.changed : words.files.state[state]}</p>
            {state !== 'offered' && state !== 'done' && <progress max={1} value={file.done} aria-label={words.files.progress(name)} />}
            <div class="row">
              {state === 'offered' && button(words.files.fetch, () => own.fetchFile(peer, number), 'main')}
              {state === 'running' && button(words.files.halt, () => own.haltFile(peer, number))}
              {(state === 'stopped' || state === 'failed' || (state === 'broken' && isTheirs)) && button(words.files.goOn, () => own.fetchFile(peer, number), 'main')}
              {state === 'done' && isTheirs && button(words.files.save, () => save(file), 'main')}
              {button(state === 'offered' ? words.files.refuse : state !== 'done' ? words.files.giveUp : isTheirs ? words.files.forget : words.files.takeBack, () => own.dropFile(peer, number), 'quiet')}
            </div>
          </li>
        )
      })}
    </ul></section>
  )
}
