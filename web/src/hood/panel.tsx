import { Fragment, h, type VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import type { Messenger } from '../page/state.js'
import type { Told } from '../view.js'
import type { Hood, HoodLine } from './hood.js'
import { lineTitle } from './network-picture.js'
import { drawing, pictureNames, type PictureName } from './pictures.js'
import { svgFile, type Picture } from './shapes.js'
import { hoodDe } from './words-de.js'
import { hoodEn, type HoodWords } from './words-en.js'

interface Props {
  readonly peer: string
  readonly messenger: Messenger
  readonly run: (work: Promise<unknown>) => void
  readonly locale: string
}

/** The conversation as pictures that follow it, and every line of the network. */
export function HoodPanel({ peer, messenger, run, locale }: Props): VNode {
  const words = locale === 'de' ? hoodDe : hoodEn
  const hood = useHood(peer, messenger, run)
  const width = useWidth()
  const [name, setName] = useState<PictureName>('handshake')
  if (hood === undefined) return <p role="status">{words.loading}</p>
  const save = (): void => {
    saveText(svgFile(`${words.title}: ${peer}`, pictureNames.map((one) => drawing[one](hood, words, 640))), `otr4-${peer}.svg`)
  }
  return (
    <>
      <p class="hint">{words.intro}</p>
      <div class="row tabs" role="group" aria-label={words.title}>
        {pictureNames.map((one) => <button key={one} type="button" aria-pressed={one === name} onClick={() => { setName(one) }}>{words.tabs[one]}</button>)}
      </div>
      <PictureView picture={drawing[name](hood, words, width)} words={words} />
      {name === 'network' && <Lines hood={hood} words={words} locale={locale} />}
      <div class="row end"><button type="button" onClick={save}>{words.save}</button></div>
    </>
  )
}

/** A picture, and the same in words. */
function PictureView({ picture: { title, words: told, width, height, shapes }, words }: { readonly picture: Picture, readonly words: HoodWords }): VNode {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <svg role="img" aria-label={title} width={width} height={height} viewBox={`0 0 ${width} ${height}`} direction="ltr">
        {shapes.map(({ tag, attributes, text }, at) => h(tag, { key: at, ...attributes }, text))}
      </svg>
      <details><summary>{words.inWords}</summary><ol>{told.map((one, at) => <li key={at} dir="auto">{one}</li>)}</ol></details>
    </section>
  )
}

/** Every line, decoded as `otr4 inspect` does. The names of fields are those of the specification. */
function Lines({ hood: { me, peer, lines, cut }, words, locale }: { readonly hood: Hood, readonly words: HoodWords, readonly locale: string }): VNode {
  return (
    <section>
      <h3>{words.lines}</h3>
      {lines.length === 0 && <p>{words.noLines}</p>}
      {cut && <p>{words.cut}</p>}
      <ol>{lines.toReversed().map((line) => <li key={line.id}><Line line={line} from={line.ours ? me : peer} words={words} locale={locale} /></li>)}</ol>
    </section>
  )
}

function Line({ line, from, words, locale }: { readonly line: HoodLine, readonly from: string, readonly words: HoodWords, readonly locale: string }): VNode {
  const { at, effect, length, parts, fault } = line
  return (
    <details>
      <summary>{new Date(at).toLocaleTimeString(locale)} <bdi>{from}</bdi>: {lineTitle(line, words.network)}</summary>
      <p class="hint">{words.network.effects[effect]}, {words.raw(length)}</p>
      {fault !== undefined && <p class="fault" dir="auto">{fault}</p>}
      {parts.map(({ title, fields }, index) => (
        <Fragment key={index}>
          <p lang="en"><strong>{title}</strong></p>
          <dl lang="en" dir="ltr">{fields.map(({ name, shown }, place) => <Fragment key={place}><dt>{name}</dt><dd class="digits">{shown}</dd></Fragment>)}</dl>
        </Fragment>
      ))}
    </details>
  )
}

/** What the worker knows, and anew whenever something changed. */
function useHood(peer: string, messenger: Messenger, run: Props['run']): Hood | undefined {
  const [hood, setHood] = useState<Hood>()
  useEffect(() => {
    let isOpen = true
    let isAsking = false
    let isOld = false
    const ask = async (): Promise<void> => {
      isOld = true
      if (isAsking) return
      isAsking = true
      try {
        // Many lines may come while one answer is on its way: they are asked for together.
        while (isOld && isOpen) {
          isOld = false
          const found = await messenger.own.hood(peer)
          setHood(found)
        }
      } finally {
        isAsking = false
      }
    }
    const stop = messenger.onTold((message) => {
      const news = message as Told
      if ((news.type === 'line' && news.peer === peer) || (news.type === 'contact' && news.contact.peer === peer)) run(ask())
    })
    run(ask())
    return () => {
      isOpen = false
      stop()
    }
  }, [peer, messenger])
  return hood
}

/** How wide pictures are: as the dialog is, less its edges. */
function useWidth(): number {
  const measure = (): number => Math.round(Math.max(220, Math.min(544, window.innerWidth * 0.94, window.innerWidth - 38) - 46))
  const [width, setWidth] = useState(measure)
  useEffect(() => {
    const change = (): void => { setWidth(measure()) }
    window.addEventListener('resize', change)
    return () => { window.removeEventListener('resize', change) }
  }, [])
  return width
}

function saveText(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  link.download = name
  link.click()
  setTimeout(() => { URL.revokeObjectURL(link.href) }, 60_000)
}
