import type { ChatEvent } from '../chat-event.js'

/**
 * The window in which an event is shown. `of`: that of a correspondent or channel. `opens`: a window is made if there is none; not for events that
 * anybody can cause without writing. `front`: the one in front of the person. `first`: the first window, which is the program's and the network's.
 */
export type Place = { readonly of: string, readonly opens: boolean } | 'front' | 'first'

export function placeOf(event: ChatEvent): Place {
  switch (event.type) {
    case 'message':
    case 'sent':
    case 'outbox':
    case 'lost':
    case 'state':
    case 'smp':
    case 'trust':
    case 'file':
      return { of: event.peer, opens: true }
    case 'presence':
    case 'progress':
      return { of: event.peer, opens: false }
    case 'renamed':
      return { of: event.to, opens: false }
    case 'notice':
      return event.peer === undefined ? 'first' : { of: event.peer, opens: false }
    case 'channel':
      // The window may be closed already when the server says that we have left.
      return { of: event.channel, opens: event.event !== 'left' && event.event !== 'refused' }
    case 'service':
      return { of: event.from, opens: false }
    case 'info':
    case 'error':
      return event.about === undefined ? 'front' : { of: event.about, opens: false }
    case 'ready':
    case 'account':
    case 'connection':
    case 'bye':
      return 'first'
  }
}

/** Whether an event counts as unread in a window that is not in front. */
export function counts(event: ChatEvent): 'unread' | 'alarm' | 'no' {
  switch (event.type) {
    case 'message':
      return event.privacy === 'exposed' ? 'alarm' : 'unread'
    case 'channel':
      return event.own !== true && (event.event === 'said' || event.event === 'did') ? 'unread' : 'no'
    case 'smp':
      return event.event === 'asked' || event.event === 'failed' || event.event === 'cheated' ? 'alarm' : 'no'
    case 'state':
      return event.state === 'ended' || event.state === 'unaccepted' || event.key === 'changed' ? 'alarm' : 'no'
    case 'file':
      return event.event === 'offered' || event.event === 'failed' ? 'alarm' : 'no'
    case 'lost':
      return 'alarm'
    case 'service':
    case 'presence':
      return 'unread'
    case 'connection':
      return event.status === 'online' ? 'no' : 'unread'
    default:
      return 'no'
  }
}
