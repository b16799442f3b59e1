import type { NoticeCode } from '../protocol/index.js'
import type { CodeEntry, Fault } from './entry.js'

const entry = (fault: Fault, meaning: string, next: string, say: string): CodeEntry => ({ meaning, fault, next, say })

const nothing = 'Nothing.'

/** Every code that a `notice` event may have. The compiler asks for a new one here. */
export const noticeCodes: Readonly<Record<NoticeCode, CodeEntry>> = {
  // Lines that could not be used. No session has changed.
  'malformed': entry('peer', 'A message does not follow the encoding of the specification. It was dropped.', nothing, '{peer} sent something that only looks like a private message. It was ignored.'),
  'too-large': entry('peer', 'A line is longer than the limit (`maxReceiveLength`). It was dropped before it was decoded.', 'Nothing, or raise the limit.',
    '{peer} sent more than can be taken at once. It was ignored.'),
  'unsupported': entry('peer', 'A message has an unknown type, or a version that this account does not support or nobody chose.', 'Ask the correspondent for a newer program, in another way. If `status.contact.choices` has 2, their program may have version 2 only: ask the person before `setPolicy({ allowV2: true })`.',
    '{peer} uses a kind of private conversation that this program does not speak.'),
  'other-instance': entry('nobody', 'A message is for another client of this account.', nothing, '{peer} wrote to another program that uses this account.'),
  'earlier-installation': entry('nobody', 'A private text is for another instance tag of this account, there is no private conversation with this correspondent here, and no other device of the account is known '
    + 'by that tag: it is probably for an earlier installation, and nobody reads it. Said at most once in ten minutes; otherwise the notice is `other-instance`.',
    'Inform the person, and offer to call `tellUnreadable`.',
    '{peer} is probably writing to an earlier installation of yours, and does not know that nobody can read it. Tell them, and begin anew?'),
  'bad-instance-tag': entry('peer', 'A message has a sender or receiver tag that no implementation may use. It was dropped.', nothing,
    '{peer} sent a damaged message. It was ignored.'),
  'text-around': entry('network', 'There was other text around an OTR message in its line. It came in clear and is not shown; `detail` contains it, unauthenticated, cut to a limit.',
    'Never show `detail` as a part of the message.', 'Somebody added words in clear around a private message of {peer}. They are not part of it.'),
  'fragment-discarded': entry('network', 'A fragment was refused, or an incomplete message was dropped. `detail` says why.', 'Nothing; many of these notices mean that lines are lost.',
    'A part of a message of {peer} is missing.'),
  'unexpected': entry('peer', 'A message of a key exchange or a verification does not fit the current state. It was ignored.', nothing,
    '{peer} sent a part of a key exchange that nobody asked for. It was ignored.'),
  'handshake-failed': entry('peer', 'A message of a key exchange has a wrong proof, signature, MAC or value. It was refused.',
    'Nothing, if it happens once. If it goes on, there may be an attacker in the middle, or the two programs are not compatible: try another network.',
    '{peer} sent a key exchange that is wrong. It was refused.'),
  'unreadable': entry('peer', 'An encrypted message cannot be read: there is no session, or the session has other keys, or the MAC is wrong.',
    'Offer to call `start`; the correspondent has to send the message again.', 'A private message of {peer} cannot be read. Start the private conversation again and ask for it once more.'),
  'duplicate': entry('network', 'A message was accepted before. The copy was dropped.', nothing, 'A message of {peer} came twice. It is shown once.'),
  'malformed-content': entry('peer', 'The text or the TLVs of an authenticated message are not well formed; what could be read was delivered.', nothing,
    'A part of a message of {peer} could not be read.'),
  'limit': entry('peer', 'A limit of work or memory was reached and something was dropped. `detail` says what.', 'Nothing, if it happens once. If it goes on, somebody may be flooding this account.',
    '{peer} needs more room than there is. Something was dropped.'),

  // Statements and actions of the other side.
  'error-message': entry('peer', 'The other side sent an error message. `detail` is its text, unauthenticated, cut to a limit.', 'Show it as something that anybody could have sent.',
    'The program of {peer} says that something went wrong. Anybody can say that.'),
  'old-offer': entry('nobody', 'The network had stored (`sentAt`) an offer of a private conversation, or the first message of its key exchange. It was not answered: an answer would '
    + 'reveal that you are here now, each time that the network delivers it.', 'Inform the person; `start` begins a conversation now.', '{peer} offered a private conversation while you were away.'),
  'unencrypted': entry('peer', 'Text arrived in clear where it should have been encrypted. The text itself is a `message` event with `unencrypted`.', 'Show that message with a warning.',
    '{peer} wrote without privacy.'),
  'peer-could-not-read': entry('peer', 'The other side says that it could not read a message of ours. Anybody could have sent this.', 'Wait for `lost`, which names the messages.',
    '{peer} could not read a message of yours.'),
  'lost': entry('nobody', 'The other side probably could not read some messages. They wait for a decision: see the `lost` event.', 'Ask the person, and call `resend` or `discard` for each.',
    '{peer} may not have read some of your messages. Send them again?'),
  'moved': entry('nobody', 'A message that only this correspondent can have written came from another address, `detail`. It was read. Messages are still sent to the '
    + 'address of the conversation.', 'Call `rename` if the person agrees that the correspondent moved.', '{peer} wrote from another address. What you write still goes to the old one.'),
  'policy': entry('application', 'The policy forbids what the other side asked for. `detail` says what.', 'Nothing, or change the policy.', '{peer} asked for something that your settings forbid.'),
  'downgrade': entry('network', 'The other side offers less than it is known to support: it uses an older program than before, or an attacker on the way cut the offer.',
    'Warn the person. `allowDowngrade: false` refuses such conversations.', '{peer} offers less protection than before. Somebody on the way may have changed the offer. Ask in another way whether they use another program now.'),
  'version-2-over': entry('nobody', 'The correspondent was seen with version 3 or 4, so the choice of version 2 for them is over: `allowV2` was removed, and sessions in version 2 were ended.',
    'Nothing. If they use an older program besides, ask the person before `setPolicy({ allowV2: true })`.', '{peer} has a newer program now, so the old version 2 is off again for them.'),

  // Keys.
  'key-changed': entry('peer', 'The correspondent shows another key than before. Nothing is sent to this key until a person accepts or verifies it.', 'Warn the person; call `verify`, or `trust(\'seen\')` if they agree.',
    '{peer} uses another key than before. Make sure that it is the same person.'),
  'new-device': entry('peer', 'The correspondent has a new device, in addition to others.', 'Inform the person; `devices` lists all of them.', '{peer} uses a device that is new to you.'),
  'vouched': entry('peer', 'The profile of a version 4 key names the correspondent\'s verified version 3 key. That is only a claim: somebody else could assemble such a profile.',
    'Verify the version 4 key like any other.', '{peer} says that the new key belongs to the one you verified. That proves nothing: verify this key too.'),
  'other-v3-key': entry('peer', 'The profile of a version 4 key names another version 3 key than those that the correspondent has shown.', 'Warn the person; call `verify`.',
    '{peer} names another older key than the one you have seen. Make sure that it is the same person.'),
  'weak-secret': entry('person', 'Others may guess the secret of a verification. `detail` says why, and never contains the secret. It is used all the same.',
    'Check the next secret with `secretWeakness` first.', 'Others may guess this secret. Take a longer one next time.'),
  'smp-dialect': entry('nobody', 'A verification failed. Programs encode its secret in different ways, and the next attempt uses the other way.', 'Offer to verify once more.',
    'The verification with {peer} failed, perhaps because the two programs differ. If the secret was right, try once more.'),

  // Sessions, and messages that wait for them.
  'held': entry('nobody', 'A message waits in the outbox for a private conversation. `detail` says why.', 'Show it as waiting; call `start` if no key exchange is under way.',
    'Your message to {peer} waits for a private conversation.'),
  'handshake-retry': entry('network', 'A key exchange has no answer yet, or stopped in the middle; it was begun again. At most one a minute for each correspondent.', nothing, '{peer} does not answer yet. Trying again.'),
  'handshake-timeout': entry('network', 'A key exchange, or an offer to renew the keys, had no answer in time and was ended. Messages that wait for it continue to wait.', 'Offer to call `start` again. If `status.contact.choices` has a version, ask the person whether to call `start({ versions })` with it.',
    '{peer} did not go on with the key exchange. They may be away, or the two programs may differ.'),
  'no-answer': entry('network', 'An offer of ours had no answer in time. `offered` has its versions, `held` how many messages wait, which they go on doing. `status.contact` says so '
    + 'until there is a private conversation.', 'Show it once. Offer to call `start` again, or to `cancel` what waits. If `status.contact.choices` has 2, their program may have version 2 only: ask the person before `setPolicy({ allowV2: true })`.',
    '{peer} did not answer. They may be away, or read on another device; or their program has no private conversations, has them switched off, or knows only their version 2, which is off unless you choose it.'),
  'older-draft': entry('peer', 'A message of a key exchange has the form of an older draft of version 4, as libotr-ng sends it. Anybody can send that. At most once a minute; nothing begins by '
    + 'itself, and what waits goes on waiting.', 'If `status.contact.choices` has a version, ask the person whether to call `start({ versions })` with it.',
    '{peer}\'s program speaks an older draft of version 4, which this program does not speak. Anybody on the way can make it look so.'),
  'incompatible': entry('peer', 'A message of a version 4 key exchange is not well formed or has a wrong proof: it was changed on the way, or the two programs differ. At most once a minute; '
    + 'nothing begins by itself, and what waits goes on waiting.', 'Offer to call `start` again. If `status.contact.choices` has a version, ask the person whether to call `start({ versions })` with it.',
    '{peer}\'s program answered in version 4 in a form that this program cannot read. Somebody on the way may have changed it.'),
  'expired': entry('nobody', 'A session was ended because its time was over (`sessionExpires`).', 'Offer to call `start`.', 'The private conversation with {peer} was silent for long and has ended.'),
  'offline': entry('nobody', 'A session was established by a non-interactive key exchange: the side that began it can deny less well that it took part.', 'Inform the person once.',
    '{peer} and you were not there at the same time. Who wrote first can deny it less well.'),
  'session-probably-lost': entry('peer', 'The other side has probably lost a session that we still have, and reads nothing of it: `probablyLost` says since when, what says so, and which '
    + 'texts are concerned. It may also be asleep or away. Nobody has authenticated the sign. Said once; `probablyLost` of the status stays until the other side proves itself.',
    'Inform the person, and offer to call `start`. When there is a new session, `lost` offers the texts for sending again.',
    '{peer} has probably lost the private conversation and cannot read what you write. Begin it anew; then you can send it again.'),
  'session-answers': entry('nobody', 'After `session-probably-lost`: the other side has proved that it still has the session.', 'Take the warning back.', '{peer} can read what you write: the private conversation goes on.'),
  'text-format': entry('nobody', 'A private text of version 3 was sent as typed, and contains `&`, `<` or `>`. A program that reads HTML shows it with words missing, and it is not known whether this one does.',
    'Inform the person once; `setPolicy({ textFormat })` of the conversation says how the correspondent\'s program reads.', 'It is not known how {peer}\'s program reads < and >: some of the text may be missing there.'),

  // Prekeys.
  'ensemble-refused': entry('network', 'An ensemble is not valid, and was skipped. `detail` says why.', nothing, 'Keys for writing to {peer} while they are away are wrong. They were not used.'),
  'publish-prekeys': entry('nobody', 'The profiles and prekeys on the prekey server must be published anew.', 'Publish with `publication`, or let a `PrekeyClient` do it.',
    'The keys for messages while you are away were renewed.'),
  'prekey-server-key': entry('nobody', 'A prekey server whose fingerprint was not given has shown its key, the only one that is accepted from now on. `detail` is the fingerprint.',
    'Show it, so that it can be compared.', '{peer} is a prekey server whose key nobody has checked.'),

  // This library.
  'internal': entry('library', 'The random source or this library failed during some work. `detail` is the error\'s code; no session has changed.',
    'Look up the code. `OTR_INTERNAL` is a bug: report it.', 'Something went wrong in this program. The conversation goes on as it was.'),
}
