/** The clients with which private conversations are lost, and what is known of each. */
import { Bitlbee } from './bitlbee.js'
import { HexChat } from './hexchat.js'
import { inspircd } from './irc-servers.js'
import { Irssi } from './irssi.js'
import type { Losable } from './losable.js'
import { Mcabber } from './mcabber.js'
import { Pidgin } from './pidgin.js'
import type { Workplace } from './programs.js'
import { Tmux } from './screen.js'
import { Tkabber } from './tkabber.js'

export interface LosableClient {
  readonly name: string
  readonly programs: readonly string[]
  readonly network: 'XMPP' | 'IRC'
  readonly open: (workplace: Workplace, port: number) => Promise<Losable>
  /** What its user sees of lines that it cannot read any more; absent: nothing at all. */
  readonly complains?: RegExp
  /**
   * How the next private conversation comes about. `error`: it complains to our client, which begins anew. `tag`: its user writes, in clear, with an invisible
   * offer. `hand`: its user writes in clear, without one, and ours has to begin.
   */
  readonly returns: 'error' | 'tag' | 'hand'
  /** What arrives when its user writes after we have ended the conversation: nothing, nothing but an empty line, or the text in clear (with an offer). */
  readonly afterEnd: readonly string[]
  /** It shows its user nothing of their own lines (their IRC program does that), and of our end only when they write. */
  readonly isGateway?: true
  /** A second key of ours is not tried with it. */
  readonly knowsOneKey?: true
}

export const losableClients: readonly LosableClient[] = [
  {
    name: 'Pidgin', programs: ['prosody', 'Xvfb', 'dbus-daemon', 'pidgin'], network: 'XMPP', returns: 'tag', afterEnd: [],
    complains: /unreadable|unencrypted message|not currently communicating privately/, open: (workplace, port) => Pidgin.open(workplace, port, 'bob', 'alice'),
  },
  {
    name: 'bitlbee', programs: ['prosody', 'bitlbee'], network: 'XMPP', returns: 'tag', afterEnd: [''], isGateway: true,
    complains: /unexpected encrypted message received/, open: (workplace, port) => Bitlbee.open(workplace, port, 'bob', 'alice'),
  },
  {
    name: 'mcabber', programs: ['prosody', 'tmux', 'mcabber'], network: 'XMPP', returns: 'tag', afterEnd: ['after the end'],
    complains: /connection is not established yet! Message lost/, open: (workplace, port) => Mcabber.open(workplace, new Tmux(workplace), port, 'bob', 'alice', 'opportunistic'),
  },
  {
    name: 'Tkabber', programs: ['prosody', 'Xvfb', 'tkabber'], network: 'XMPP', returns: 'error', afterEnd: [],
    complains: /Encrypted message can't be deciphered/, open: (workplace, port) => Tkabber.open(workplace, port, 'bob', 'alice'),
  },
  {
    name: 'irssi', programs: [inspircd.name, 'tmux', 'irssi'], network: 'IRC', returns: 'hand', afterEnd: [],
    open: (workplace, port) => Irssi.open(workplace, new Tmux(workplace), port, 'bob', 'alice'),
  },
  {
    name: 'HexChat', programs: [inspircd.name, 'Xvfb', 'dbus-daemon', 'hexchat'], network: 'IRC', returns: 'hand', afterEnd: [], knowsOneKey: true,
    open: (workplace, port) => HexChat.open(workplace, port, 'bob', 'alice'),
  },
]
