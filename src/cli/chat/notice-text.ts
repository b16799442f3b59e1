import { counted } from '../options.js'
import type { ChatEvent } from './chat-event.js'
import { lossText } from './loss-text.js'

type Notice = Extract<ChatEvent, { type: 'notice' }>

const notices: Readonly<Record<Exclude<Notice['code'], Unsaid>, string>> = {
  'malformed': 'sent something that only looks like OTR; it was ignored',
  'too-large': 'sent more than this program takes at once; it was ignored',
  'unsupported': 'uses a version of OTR that is not spoken here; a newer program of theirs would help',
  'other-instance': 'wrote to another program of yours that uses the same account',
  'earlier-installation': 'is probably writing to an earlier installation of yours, and does not know that nobody can read it; or to another program of yours that is in use. /otr tell says to them that you could not read it, and begins anew',
  'unexpected': 'sent a part of a key exchange that nobody asked for; it was ignored',
  'handshake-failed': 'sent a key exchange that is wrong; it was refused',
  'old-offer': 'offered a private conversation while you were away; /otr start begins one now',
  'unreadable': 'sent an encrypted message that cannot be read; /otr start makes a new private conversation',
  'malformed-content': 'sent a message of which a part could not be read',
  'error-message': 'says that something went wrong (anybody can say that)',
  'policy': 'asked for something that your policy forbids; /otr policy shows it',
  'limit': 'needs more room than this program gives; something was dropped',
  'downgrade': 'was seen with a newer version of OTR than in this offer: somebody on the way may have changed it. Ask them by telephone or in person whether they use another program now',
  'version-2-over': 'has a newer version now, so version 2 is off again: what goes on is in the newer one',
  'expired': 'was silent for so long that the private conversation was ended',
  'peer-could-not-read': 'could not read a message of yours',
  'key-changed': 'has another key than before. Make sure that it is the same person: /otr smp or /otr fingerprint; /otr accept goes on without',
  'vouched': 'says that this version 4 key belongs to the version 3 key that you verified. That proves nothing: verify this key too (/otr smp)',
  'other-v3-key': 'names another version 3 key than the one you have seen. Make sure that it is the same person: /otr smp or /otr fingerprint',
  'text-around': 'sent words in clear around a private message; they are not part of it',
  'weak-secret': 'can be impersonated by whoever guesses this secret: take one that is longer',
  'smp-dialect': 'may encode the secret in another way; if it was right, try once more: /otr smp',
  'moved': 'wrote from another address. What you write still goes to the old one; /otr follow moves the conversation to the new one',
  'new-device': 'uses a device that you have not met; /otr devices lists them',
  'handshake-retry': 'does not answer; trying again',
  'handshake-timeout': 'did not go on with the key exchange. They may be away, or the two programs may differ; /otr start asks again',
  'no-answer': 'did not answer. They may be away, or read on another device; or their program has no OTR, or has it switched off. /otr start asks again',
  'older-draft': '\'s program speaks an older draft of version 4, which is not spoken here. Anybody on the way can make it look so',
  'incompatible': '\'s program answered in version 4 in a form that this program cannot read. Somebody on the way may have changed it; /otr start asks again',
  'text-format': 'may not see all of that text: nobody knows how their program reads < > and &. /otr format html if they use Pidgin, bitlbee or Tkabber, else /otr format plain',
  'session-probably-lost': 'has probably lost the private conversation, and cannot read what you write; /otr start begins it anew',
  'session-answers': 'can read what you write: the private conversation goes on',
  'offline': 'and you talk without having been there at the same time: whoever wrote first can deny less well that they did',
  'ensemble-refused': 'published keys for offline messages that are wrong; they were not used',
  'prekey-server-key': 'is a prekey server whose key nobody has checked; it is taken as it is',
  'internal': 'sent something on which this program failed; the conversation goes on as it was',
  'lost-keys': 'is writing to an earlier installation of yours, and does not know that nobody can read it. /otr tell says so to them, and begins anew',
  'undelivered': 'was not reached',
  'program-gone': 'has closed the program with which you talk privately. What you write waits for it, or goes to another one that cannot read it',
  'in-clear': 'and you can be read by everybody on the way; /otr start makes the conversation private',
}

/** Notices that repeat what another line says, or are for programmers. */
const unsaid = ['unencrypted', 'held', 'lost', 'duplicate', 'fragment-discarded', 'bad-instance-tag', 'publish-prekeys'] as const

type Unsaid = (typeof unsaid)[number]

function isUnsaid(code: string): code is Unsaid {
  return unsaid.some((one) => one === code)
}

const offerOf2 = 'asks for a private conversation in version 2 of OTR, which is off here. Thunderbird, Profanity and WeeChat have nothing newer: /otr allow 2 says what that means'
const onlyIn2 = 'If they use Thunderbird, Profanity or WeeChat, their program has version 2 only: /otr allow 2 says what that means'
const onlyIn2Excluded = 'Thunderbird, Profanity and WeeChat have version 2 only, which is off here'

/** Those after which a person should stop and look. */
const alarms: ReadonlySet<Notice['code']> = new Set<Notice['code']>(['downgrade', 'key-changed', 'handshake-failed', 'incompatible', 'session-probably-lost'])

/** What people read for a notice; undefined where they need not read anything. */
export function noticeText({ peer, code, detail, held = 0, choices = [], offered = [], beginning, probablyLost }: Notice): { readonly text: string, readonly alarm: boolean } | undefined {
  if (isUnsaid(code) || beginning === true) return undefined
  const quoted = (code === 'error-message' || code === 'undelivered' || code === 'moved') && detail !== undefined ? `: ${detail}` : ''
  const choice = choices.includes(3) ? '. /otr start 3 asks for version 3 instead, which protects less: only if you want that' : ''
  const may2 = choices.includes(2)
  const waiting = held === 0 ? '' : `. ${counted(held, 'message')} ${held === 1 ? 'waits' : 'wait'}: /otr outbox`
  const words = code === 'session-probably-lost' && probablyLost !== undefined ? lossText(probablyLost)
    : code === 'unsupported' && may2 ? offerOf2
      : code === 'no-answer' && !offered.includes(2) ? `${notices[code]}. ${may2 ? onlyIn2 : onlyIn2Excluded}` : notices[code]
  return { text: `${peer ?? 'somebody'}${words.startsWith('\'') ? '' : ' '}${words}${quoted}${choice}${waiting}`, alarm: alarms.has(code) }
}
