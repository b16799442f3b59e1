import type { Client, ClientConversation, ContactStatus, SessionInfo } from '../../index.js'
import { formatInstanceTag } from '../../wire/index.js'
import { counted } from '../options.js'
import { meaningOf2 } from './allow-version-2.js'
import { describeKeys, ownFingerprints, speaks2 } from './describe-keys.js'
import type { Indicator } from './indicator.js'
import { lossText } from './loss-text.js'

/** The lines that `/otr status` shows. */
export function describeConversation(client: Client, conversation: ClientConversation, indicator: Indicator): string[] {
  const { status } = conversation
  const sessions = status.sessions.filter(({ state }) => state !== 'plaintext').map(describeSession)
  const held = status.held === 0 ? [] : [`${counted(status.held, 'message')} ${status.held === 1 ? 'waits' : 'wait'}: /otr outbox`]
  const lost = status.probablyLost === undefined ? [] : [`${conversation.peer} ${lossText(status.probablyLost)}`]
  return [whatBecomes(conversation.peer, indicator), ...describeContact(conversation), ...lost, ...sessions, ...ownFingerprints(client, 'digits', speaks2(status)), ...describeKeys(conversation), ...held]
}

/** What becomes of a text that is typed now, in a sentence. */
export function whatBecomes(peer: string, { standing, verified, asking, isVersion2 }: Indicator): string {
  switch (standing) {
    case 'clear': return `what you write to ${peer} goes in clear${asking ? '; you have asked for privacy, and there is no answer yet' : ''}`
    case 'starting': return `a private conversation with ${peer} is about to start; what you write waits for it`
    case 'private': return `the conversation with ${peer} is private${isVersion2 === true ? ' (version 2)' : ''}, and the key is ${verified ? 'verified' : 'NOT verified'}${isVersion2 === true ? `\n${meaningOf2}` : ''}`
    case 'ended': return `there is no private conversation with ${peer} now; what you write waits (/otr start asks for one, /otr clear goes on in clear)`
    case 'unaccepted': return `the private conversation with ${peer} is with a key that nobody accepted: what you write waits (/otr smp or /otr trust verifies it, /otr accept goes on without)`
    case 'waiting': return `nothing goes to ${peer} in clear: what you write waits until the conversation is private`
  }
}

/** When a private conversation was offered, and the result. */
function describeContact({ peer, policy, status }: ClientConversation): string[] {
  const { contact, sessions } = status
  // Where a session stands, its key is what the person has to think about.
  if (contact === undefined || sessions.some(({ state }) => state === 'encrypted')) return []
  const { since, versions, answer, choices } = contact
  const ours = since === undefined ? undefined : `you offered a private conversation at ${new Date(since * 1000).toTimeString().slice(0, 5)} (version ${versions.join(' or ')})`
  if (answer === 'version-2') {
    const next = policy.allowV2 ? ', which you allow: /otr start begins it' : `, which is off here${choices.includes(2) ? ': /otr allow 2 says what it means' : ''}`
    return [`${ours === undefined ? '' : `${ours}; `}${peer} asked for ${ours === undefined ? 'a private conversation' : 'one'} in version 2 of OTR${next}`]
  }
  return [`${ours ?? `${peer} began a private conversation`}: ${answer === undefined ? 'no answer yet' : answers[answer]}${choices.includes(3) ? ' (/otr start 3 asks for version 3 instead)' : ''}${choices.includes(2) ? ' (if their program has version 2 only: /otr allow 2)' : ''}`]
}

const answers: Readonly<Record<Exclude<NonNullable<ContactStatus['answer']>, 'version-2'>, string>> = {
  'none': 'no answer',
  'unfinished': 'an answer came, but the key exchange was not completed',
  'older-draft': 'what came is in an older draft of version 4',
  'incompatible': 'what came cannot be read',
}

function describeSession({ instance, version, state, trust, ssid, ssidBold }: SessionInfo): string {
  const halves = [ssid?.slice(0, 8), ssid?.slice(8)].map((half, at) => (at === 0) === (ssidBold === 'first') ? `*${half ?? ''}*` : half ?? '')
  // Version 2 has no instances.
  return `${version === 2 ? '' : `instance ${formatInstanceTag(instance)}: `}version ${version}, ${state}, ${trust}${ssid === undefined ? '' : `, session ${halves.join(' ')}`}`
}
