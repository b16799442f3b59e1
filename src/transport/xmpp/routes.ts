import { classify } from '../../wire/index.js'
import { RecentMap } from '../recent-map.js'
import { bareJid } from './jid.js'

/** Correspondents, and instances of each, whose addresses are remembered. */
const maxPeers = 4096
const maxInstances = 32

interface Route {
  /** The full JID heard last. */
  last: string
  /** The full JID of each OTR instance heard, by its instance tag. */
  readonly byTag: RecentMap<number, string>
}

/** The instance tags of an OTR message or fragment, where it has any. They stand there in clear. Undefined for every other line. */
export function peekTags(line: string): { sender: number, receiver: number } | undefined {
  const classified = classify(line)
  // A text of people's in which OTR is quoted: no client puts text around its lines.
  if ('around' in classified) return undefined
  switch (classified.kind) {
    case 'message': return tagsOf(classified.message)
    case 'fragment': return tagsOf(classified.fragment)
    case 'malformed':
    case 'unsupported': return classified.header && tagsOf(classified.header)
    case 'plaintext':
    case 'query':
    case 'error':
    case 'too-large': return undefined
  }
}

function tagsOf({ senderTag, receiverTag }: { readonly senderTag?: number, readonly receiverTag?: number }): { sender: number, receiver: number } | undefined {
  return senderTag === undefined || receiverTag === undefined ? undefined : { sender: senderTag, receiver: receiverTag }
}

/**
 * Where lines for a correspondent go. At first to the bare JID; once a client of theirs has answered, to that client (RFC 6121 5.1).
 * OTR data goes to the client whose instance it is for, wherever that one is connected now: after a reconnect it has another
 * resource, and the instance tag is what stays.
 */
export class Routes {
  readonly #peers = new RecentMap<string, Route>(maxPeers)

  /** A line came from this full JID. */
  heard(address: string, text: string): void {
    const peer = bareJid(address)
    const route = this.#peers.get(peer) ?? { last: address, byTag: new RecentMap<number, string>(maxInstances) }
    this.#peers.set(peer, route)
    route.last = address
    const sender = peekTags(text)?.sender ?? 0
    if (sender !== 0) route.byTag.set(sender, address)
  }

  /**
   * This client is offline: what was for it goes to the bare JID again, and the server finds whoever is there, or keeps it. Gives the
   * instances that were there; undefined where no line ever came from there, or it was known.
   */
  gone(address: string): number[] | undefined {
    const peer = bareJid(address)
    const route = this.#peers.get(peer)
    if (route === undefined) return undefined
    const instances = route.byTag.entries().filter(([, known]) => known === address).map(([tag]) => tag)
    if (instances.length === 0 && route.last !== address) return undefined
    for (const tag of instances) route.byTag.delete(tag)
    if (route.last === address) route.last = peer
    return instances
  }

  /**
   * The address for a line to a correspondent. What is for an instance of which nobody knows where it is goes to the bare JID: the client that
   * was heard last may be another one, which could not read it.
   */
  pick(peer: string, text: string): string {
    const route = this.#peers.get(bareJid(peer))
    if (route === undefined) return peer
    const receiver = peekTags(text)?.receiver ?? 0
    return receiver === 0 ? route.last : route.byTag.get(receiver) ?? peer
  }
}
