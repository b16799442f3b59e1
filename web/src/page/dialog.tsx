import type { ComponentChildren, VNode } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { useWords } from './words.js'

/** A modal dialog: the browser keeps the keyboard in it, and Escape closes it. */
export function Dialog({ title, onClose, children }: { readonly title: string, readonly onClose: () => void, readonly children: ComponentChildren }): VNode {
  const words = useWords()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    return () => { dialog.current?.close() }
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby={id} onCancel={(event) => { event.preventDefault(); onClose() }}>
      <header><h2 id={id}>{title}</h2><button type="button" class="quiet" onClick={onClose}>{words.actions.close}</button></header>
      {children}
    </dialog>
  )
}
