import type { ClientCore, ClientEvent, Ensemble, PolicyChanges, SendOutcome, TrustLevel } from '../../src/index.js'
import type { KeyName } from './cast.js'

/** What is done to a client in one step: a call of its application, a line of the network, a reading of the clock. */
export type Call =
  | { readonly do: 'receive', readonly from: string, readonly line: string }
  | { readonly do: 'tick' | 'close' | 'resume' }
  | { readonly do: 'start', readonly peer: string, readonly how: 'query' | 'identity' }
  | { readonly do: 'send', readonly peer: string, readonly text: string, readonly to?: number | 'all' }
  | { readonly do: 'end' | 'continue' | 'extraKey', readonly peer: string }
  | { readonly do: 'resend', readonly peer: string, readonly handle: number }
  | { readonly do: 'gone', readonly peer: string, readonly instances: readonly number[] }
  | { readonly do: 'trust', readonly peer: string, readonly key: KeyName, readonly level: TrustLevel }
  | { readonly do: 'policy', readonly peer?: string, readonly changes: PolicyChanges }
  | { readonly do: 'rename', readonly peer: string, readonly to: string }
  | { readonly do: 'smpStart', readonly peer: string, readonly secret: string, readonly question?: string }
  | { readonly do: 'smpAnswer', readonly peer: string, readonly secret: string }
  | { readonly do: 'choose', readonly peer: string, readonly instance: number }
  | { readonly do: 'publish' }
  | { readonly do: 'sendOffline', readonly peer: string, readonly text: string, readonly ensembles: readonly Published[] }

/** What somebody published for offline messages. */
export interface Published {
  readonly id: number
  readonly actor: number
  readonly ensemble: Ensemble
  readonly tokens: Int32Array
}

/** Steps with equal names do the same. `line`: the number of a received line. */
export function nameOf(call: Call, line: number): string {
  if (call.do === 'sendOffline') return `sendOffline ${call.peer} ${call.text} ${call.ensembles.map(({ id }) => id).join()}`
  // `undefined` in a policy removes an override.
  return call.do === 'receive' ? `receive ${call.from} ${line}` : JSON.stringify(call, (_, value: unknown) => value === undefined ? null : value)
}

/** The result of a call. */
export interface Given {
  readonly events: readonly ClientEvent[]
  readonly ensembles?: readonly Ensemble[]
  /** What the client reports about a text. */
  readonly outcome?: SendOutcome
}

/** Makes the call. `fingerprint`: the fingerprint of a key. */
export function perform(core: ClientCore, call: Call, fingerprint: (key: KeyName) => string): Given {
  switch (call.do) {
    case 'publish': return { events: [], ensembles: core.ensemble(1) }
    case 'send': {
      const { events, result: outcome } = core.conversation(call.peer).send(call.text, call.to === undefined ? {} : { to: call.to })
      return outcome === undefined ? { events } : { events, outcome }
    }
    default: return { events: eventsOf(core, call, fingerprint) }
  }
}

function eventsOf(core: ClientCore, call: Exclude<Call, { do: 'publish' | 'send' }>, fingerprint: (key: KeyName) => string): readonly ClientEvent[] {
  switch (call.do) {
    case 'receive': return core.receive(call.from, call.line)
    case 'tick': return core.tick()
    case 'close': return core.close()
    case 'resume': return core.resume()
    case 'start': return core.conversation(call.peer).start(call.how)
    case 'end': return core.conversation(call.peer).end()
    case 'continue': return core.conversation(call.peer).continueInPlaintext()
    case 'extraKey': return core.conversation(call.peer).extraKey(7).events
    case 'resend': return core.conversation(call.peer).resend(call.handle)
    case 'gone': return core.conversation(call.peer).gone(call.instances)
    case 'trust': {
      const version = call.key.endsWith('3') ? 3 : 4
      return core.conversation(call.peer).trust(call.level, { fingerprint: fingerprint(call.key), version })
    }
    case 'policy': return (call.peer === undefined ? core : core.conversation(call.peer)).setPolicy(call.changes)
    case 'rename': return core.rename(call.peer, call.to)
    case 'smpStart': return core.conversation(call.peer).verify(call.secret, call.question === undefined ? {} : { question: call.question })
    case 'smpAnswer': return core.conversation(call.peer).answer(call.secret)
    case 'choose': return core.conversation(call.peer).chooseDevice(call.instance)
    case 'sendOffline': return core.conversation(call.peer).sendOffline(call.ensembles.map(({ ensemble }) => ensemble), call.text)
  }
}
