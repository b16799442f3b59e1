import { openClient, type OpenClientOptions, type WorkerClient } from 'otr4/browser'
import type { MessengerFunctions } from '../worker.js'
import type { Snapshot, Told } from '../view.js'

export type Messenger = WorkerClient<MessengerFunctions>

declare global {
  interface Window {
    readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string } }
  }
}

const scripts: readonly string[] = ['/worker.js', '/sw.js']
/** The only two scripts that may be started. */
const policy = window.trustedTypes?.createPolicy('otr4-web', {
  createScriptURL(url) {
    if (!scripts.includes(url)) throw new TypeError('no script of this program')
    return url
  },
})
export const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? url

/** Opens an account in its worker. Without a passphrase it only joins another tab that has the account open. */
export async function openAccount(options: OpenClientOptions): Promise<Messenger> {
  const url = scriptUrl('/worker.js')
  const name = `otr4 ${options.account}`
  const port = 'SharedWorker' in window ? new SharedWorker(url, { type: 'module', name }).port : new Worker(url, { type: 'module', name })
  // Nothing goes in clear unless a person says so for one correspondent.
  return openClient<MessengerFunctions>(port, { name: `otr4-web-${options.account}`, policy: { requireEncryption: true }, ...options })
}

/** What a page shows after the worker told it something. */
export function told(snapshot: Snapshot, message: Told): Snapshot {
  switch (message.type) {
    case 'contact': {
      const { contact } = message
      const isKnown = snapshot.contacts.some(({ peer }) => peer === contact.peer)
      return { ...snapshot, contacts: isKnown ? snapshot.contacts.map((known) => known.peer === contact.peer ? contact : known) : [...snapshot.contacts, contact] }
    }
    case 'forgotten': return { ...snapshot, contacts: snapshot.contacts.filter(({ peer }) => peer !== message.peer) }
    case 'settings': return { ...snapshot, settings: message.settings }
    case 'network': return { ...snapshot, network: message.network }
    case 'prekeys': return { ...snapshot, prekeys: message.prekeys }
    case 'arrived':
    case 'line':
    case 'failed':
    case 'locked': return snapshot
  }
}

/** What this device remembers outside the sealed store, because it must be known before it is opened: no secret. */
export interface Local {
  readonly accounts: readonly string[]
  readonly language?: 'en' | 'de'
  readonly theme?: 'light' | 'dark'
  readonly notifications?: boolean
}

const localKey = 'otr4-web'

export function readLocal(): Local {
  try {
    const { accounts, ...rest } = JSON.parse(localStorage.getItem(localKey) ?? '{}') as Partial<Local>
    return { ...rest, accounts: Array.isArray(accounts) ? accounts.filter((name) => typeof name === 'string') : [] }
  } catch {
    return { accounts: [] }
  }
}

export function changeLocal(changes: Partial<Local>): Local {
  const local = { ...readLocal(), ...changes }
  try {
    localStorage.setItem(localKey, JSON.stringify(local))
  } catch { /* Without storage it is asked again. */ }
  return local
}
