import { actionIn } from '../../transport/irc/ctcp.js'
import type { ClientEvent } from '../../index.js'
import { OtrError } from '../../errors.js'
import { messageOf } from '../error-text.js'
import type { ChatContext, Correspondents } from './correspondents.js'
import type { ChatFiles } from './files.js'
import { looksLikeHtml } from './html-hint.js'
import type { ChatPrekeys } from './prekeys.js'
import { withoutOtr } from './without-otr.js'

export interface ClientListening {
  readonly context: ChatContext
  readonly correspondents: Correspondents
  readonly prekeys: ChatPrekeys | undefined
  readonly files: ChatFiles
}

type EventOf<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>

/** Shows the events of the OTR client to the person, and gives its lines to the network. */
export function listenToClient({ context, correspondents, prekeys, files }: ClientListening): void {
  const { client, show } = context
  client.on('send', ({ to, message, action = false }) => context.transport.send(correspondents.reached(to), message, { action }).catch((error: unknown) => {
    // The transport reports lines that could not be delivered by an event, but not lines that it refused.
    if (error instanceof OtrError && error.code === 'OTR_TRANSPORT_UNDELIVERED') return
    show({ type: 'error', about: to, text: messageOf(error) })
  }))
  client.on('message', (event) => { showMessage(event, context, correspondents) })
  client.on('extra-key', (event) => { files.offered(event) })
  client.on('state', (event) => { showState(event, context, correspondents) })
  client.on('smp', ({ peer, event, question, attempts, trust }) => {
    if (event === 'asked') correspondents.questions.set(peer, question)
    else correspondents.questions.delete(peer)
    show({
      type: 'smp', peer, event,
      ...question === undefined ? {} : { question },
      ...attempts === undefined ? {} : { attempts },
      ...event === 'succeeded' ? { verified: trust === 'verified' } : {},
    })
    correspondents.refresh(peer)
  })
  client.on('outbox', ({ peer, event, held }) => {
    if (event !== 'cancelled' || prekeys?.isMoving(peer) !== true) show({ type: 'outbox', peer, event, number: held })
    if (event === 'held') prekeys?.waits(peer)
    correspondents.refresh(peer)
  })
  client.on('lost', ({ peer, messages }) => {
    for (const { handle, text } of messages) show({ type: 'lost', peer, number: handle, text })
  })
  client.on('notice', ({ peer, code, detail, held, offered, beginning, probablyLost }) => {
    if (code === 'moved' && peer !== undefined && detail !== undefined) correspondents.movedTo.set(peer, detail)
    if ((code === 'other-instance' || code === 'earlier-installation') && peer !== undefined) {
      // Said once, because a message may have many lines. If no other program can be logged in, the installation certainly is an earlier one.
      const isNew = correspondents.cannotRead(peer)
      if (code === 'earlier-installation') show({ type: 'notice', code: context.transport.shared ? code : 'lost-keys', peer })
      else if (isNew) show({ type: 'notice', code, peer })
      return
    }
    if (code === 'text-format' && peer !== undefined && !correspondents.asksForFormat(peer)) return
    const choices = peer !== undefined && isAboutAnswer(code) ? client.conversation(peer).status.contact?.choices : undefined
    if (code === 'session-probably-lost' && peer !== undefined && probablyLost !== undefined) correspondents.suspect(peer, probablyLost)
    else show({
      type: 'notice', code,
      ...peer === undefined ? {} : { peer }, ...detail === undefined ? {} : { detail }, ...held === undefined ? {} : { held }, ...beginning === undefined ? {} : { beginning },
      ...choices === undefined ? {} : { choices }, ...offered === undefined ? {} : { offered },
    })
    if (peer !== undefined) correspondents.refresh(peer)
  })
}

function isAboutAnswer(code: string): boolean {
  return code === 'older-draft' || code === 'incompatible' || code === 'handshake-timeout' || code === 'no-answer' || code === 'unsupported'
}

/** A text as people read it. */
function readable({ text, encrypted }: EventOf<'message'>): string {
  if (!encrypted) return withoutOtr(text)
  // Some clients write an action inside a private text as they would in clear.
  const action = actionIn(text)
  return action === undefined ? text : `/me ${action}`
}

function showMessage(event: EventOf<'message'>, { show }: ChatContext, correspondents: Correspondents): void {
  const { from, text, contentType, encrypted, unencrypted, offline, sentAt, via, instance, version } = event
  // A notice says in words what it is.
  if (contentType === 'query') return
  const privacy = encrypted ? 'private' : unencrypted === true ? 'exposed' : 'clear'
  show({
    type: 'message', peer: from, privacy, verified: encrypted && correspondents.isVerified(from, instance, version), text: readable(event),
    ...sentAt === undefined ? {} : { sentAt },
    ...via === undefined ? {} : { via },
    // What a text looks like decides nothing: it is only a reason to ask the person.
    ...contentType === 'html' ? { html: 'read' } : contentType === 'unknown' && looksLikeHtml(text) ? { html: 'perhaps' } : {},
    ...offline === true ? { offline } : {},
  })
  correspondents.isHere(from)
  if (privacy === 'clear' && text.trim() !== '') correspondents.remind(from)
  correspondents.refresh(from)
}

function showState(event: EventOf<'state'>, { show }: ChatContext, correspondents: Correspondents): void {
  const { peer, instance, version, fingerprint, ssid, trust, key } = event
  if (event.state === 'encrypted') {
    correspondents.canRead(peer)
    show({
      type: 'state', peer, state: correspondents.isWritable(peer, instance, trust) ? 'private' : 'unaccepted', version, instance,
      ...key === undefined ? {} : { key },
      ...trust === undefined ? {} : { verified: trust === 'verified' },
      ...fingerprint === undefined ? {} : { fingerprint },
      ...ssid === undefined ? {} : { ssid },
    })
    correspondents.refresh(peer, { announced: true })
    return
  }
  correspondents.refresh(peer, event.state === 'finished' ? { by: 'them' } : {})
}
