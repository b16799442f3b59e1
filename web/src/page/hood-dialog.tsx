import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Dialog } from './dialog.js'
import type { Messenger } from './state.js'
import { useWords } from './words.js'

interface Props {
  readonly peer: string
  readonly messenger: Messenger
  readonly run: (work: Promise<unknown>) => void
  readonly onClose: () => void
}

/** What happens under the hood: pictures with words of their own. */
export function HoodDialog({ onClose, ...props }: Props): VNode {
  const { actions, locale } = useWords()
  const [part, setPart] = useState<typeof import('../hood/panel.js')>()
  useEffect(() => { props.run(import('../hood/panel.js').then(setPart)) }, [])
  return <Dialog title={actions.hood} onClose={onClose}>{part !== undefined && <part.HoodPanel {...props} locale={locale} />}</Dialog>
}
