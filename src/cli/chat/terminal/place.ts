import type { ChatEvent } from '../chat-event.js'

/** In whose window something is shown. `front`: in the one that the person looks at; `first`: in the program's and the network's own. */
export type Place = { readonly of: string } | 'front' | 'first'

export function placeOf(event: ChatEvent): Place {
  switch (event.type) {
    case 'message':
    case 'sent':
    case 'outbox':
    case 'lost':
    case 'state':
    case 'smp':
    case 'trust':
    case 'presence':
    case 'progress':
      return { of: event.peer }
    case 'renamed':
      return { of: event.to }
    case 'notice':
      return event.peer === undefined ? 'first' : { of: event.peer }
    case 'channel':
      return { of: event.channel }
    case 'service':
      return { of: event.from }
    case 'info':
    case 'error':
      return event.about === undefined ? 'front' : { of: event.about }
    case 'ready':
    case 'account':
    case 'connection':
    case 'bye':
      return 'first'
  }
}

/** Whether something makes a window for its correspondent where there is none. What anybody can cause without a word does not. */
export function opensWindow(event: ChatEvent): boolean {
  switch (event.type) {
    case 'message':
    case 'sent':
    case 'outbox':
    case 'lost':
    case 'state':
    case 'smp':
    case 'trust':
      return true
    case 'channel':
      // The server tells that we have left when the window is closed already.
      return event.event !== 'left' && event.event !== 'refused'
    default:
      return false
  }
}

/** Whether the person should know of it when they look elsewhere. */
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
