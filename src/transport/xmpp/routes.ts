import { classify } from '../../wire/index.js'
import { RecentMap } from '../recent-map.js'
import { bareJid } from './jid.js'

/** How many correspondents, and instances of each, are remembered. */
const maxPeers = 4096
const maxInstances = 32

interface Route {
  /** The full JID heard last. */
  last: string
  /** The full JID of each OTR instance heard, by its instance tag. */
  readonly byTag: RecentMap<number, string>
}

/** The instance tags of an OTR message or fragment, if it has any. They are in clear. Undefined for every other line. */
export function peekTags(line: string): { sender: number, receiver: number } | undefined {
  const classified = classify(line)
  // A text in which a person quotes OTR: no client puts other text around its lines.
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
  if (senderTag === undefined || receiverTag === undefined) return undefined
  // Version 2 has none.
  return senderTag === 0 && receiverTag === 0 ? undefined : { sender: senderTag, receiver: receiverTag }
}

/**
 * Which address the lines for a correspondent go to. At first it is the bare JID; once a client of theirs has answered, it is that client
 * (RFC 6121, 5.1). An OTR message goes to the client whose instance tag is in it: after a reconnect a client has another resource, but the same
 * instance tag.
 */
export class Routes {
  readonly #peers = new RecentMap<string, Route>(maxPeers)

  /** A line has come from this full JID. */
  heard(address: string, text: string): void {
    const peer = bareJid(address)
    const route = this.#peers.get(peer) ?? { last: address, byTag: new RecentMap<number, string>(maxInstances) }
    this.#peers.set(peer, route)
    route.last = address
    const sender = peekTags(text)?.sender ?? 0
    if (sender !== 0) route.byTag.set(sender, address)
  }

  /**
   * This client is offline: lines for it go to the bare JID again, and the server delivers them to another client or stores them. Returns the
   * instance tags that this client had; undefined where no line ever came from it, or where we knew already that it is offline.
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
   * The address for a line to a correspondent. A line for an instance whose client is not known goes to the bare JID: the client heard last may be
   * another one, which could not read the line.
   */
  pick(peer: string, text: string): string {
    const route = this.#peers.get(bareJid(peer))
    if (route === undefined) return peer
    const receiver = peekTags(text)?.receiver ?? 0
    return receiver === 0 ? route.last : route.byTag.get(receiver) ?? peer
  }
}
