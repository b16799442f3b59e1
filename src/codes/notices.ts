import type { NoticeCode } from '../protocol/index.js'
import type { CodeEntry, Fault } from './entry.js'

const entry = (fault: Fault, meaning: string, next: string, say: string): CodeEntry => ({ meaning, fault, next, say })

const nothing = 'Nothing.'

/** Every code that a `notice` event may have. The compiler asks for a new one here. */
export const noticeCodes: Readonly<Record<NoticeCode, CodeEntry>> = {
  // What came and could not be used. No session has moved.
  'malformed': entry('peer', 'Bytes that follow no encoding of the specification. They were dropped.', nothing, '{peer} sent something that only looks like a private message. It was ignored.'),
  'too-large': entry('peer', 'Longer than the limit (`maxReceiveLength`), and dropped before it was decoded.', 'Nothing, or a higher limit.',
    '{peer} sent more than can be taken at once. It was ignored.'),
  'unsupported': entry('peer', 'An unknown type of message, or a version that this account does not speak.', 'Ask the correspondent for a newer program, in another way.',
    '{peer} uses a kind of private conversation that this program does not speak.'),
  'other-instance': entry('nobody', 'For another client of this account.', nothing, '{peer} wrote to another program that uses this account.'),
  'bad-instance-tag': entry('peer', 'A sender or receiver tag that no implementation may use. The message was dropped.', nothing,
    '{peer} sent a damaged message. It was ignored.'),
  'text-around': entry('network', 'Words stood around an OTR message in its line. They came in clear and are not shown; `detail` is they, unauthenticated, cut to a limit.',
    'Never show `detail` as a part of the message.', 'Somebody added words in clear around a private message of {peer}. They are not part of it.'),
  'fragment-discarded': entry('network', 'A fragment was refused, or an incomplete message was given up. `detail` says why.', 'Nothing; many of them mean that lines are lost.',
    'A part of a message of {peer} is missing.'),
  'unexpected': entry('peer', 'A message of a key exchange or a verification that does not belong to where we stand. It was ignored.', nothing,
    '{peer} sent a part of a key exchange that nobody asked for. It was ignored.'),
  'handshake-failed': entry('peer', 'A message of a key exchange whose proof, signature, MAC or value is wrong. It was refused.',
    'Nothing once. When it goes on, somebody may stand in the middle, or the two programs do not agree: try another network.',
    '{peer} sent a key exchange that is wrong. It was refused.'),
  'unreadable': entry('peer', 'An encrypted message that cannot be read: there is no session, or it has other keys, or the MAC is wrong.',
    'Offer to call `start`; the correspondent has to send it again.', 'A private message of {peer} cannot be read. Start the private conversation again and ask for it once more.'),
  'duplicate': entry('network', 'A message that was accepted before. It was dropped.', nothing, 'A message of {peer} came twice. It is shown once.'),
  'malformed-content': entry('peer', 'Text or TLVs of an authenticated message that are not well formed; what could be read was delivered.', nothing,
    'A part of a message of {peer} could not be read.'),
  'limit': entry('peer', 'A limit of work or memory was reached and something was dropped. `detail` says what.', 'Nothing once. When it goes on, somebody may be flooding this account.',
    '{peer} needs more room than there is. Something was dropped.'),

  // What the other side says or does.
  'error-message': entry('peer', 'The other side sent an error message. `detail` is its text, unauthenticated, cut to a limit.', 'Show it as what anybody could have said.',
    'The program of {peer} says that something went wrong. Anybody can say that.'),
  'old-offer': entry('nobody', 'An offer of a private conversation, or the first message of one, that the network had kept (`sentAt`). It was not answered: the answer would tell '
    + 'that you are here now, each time that it is delivered.', 'Tell the person; `start` begins a conversation now.', '{peer} offered a private conversation while you were away.'),
  'unencrypted': entry('peer', 'Text arrived in clear where it should have been encrypted. The text itself is a `message` event with `unencrypted`.', 'Show that message with a warning.',
    '{peer} wrote without privacy.'),
  'peer-could-not-read': entry('peer', 'The other side says that it could not read a message of ours. Anybody can say so.', 'Wait for `lost`, which names the messages.',
    '{peer} could not read a message of yours.'),
  'lost': entry('nobody', 'Messages that the other side probably could not read wait for the application\'s word: see the `lost` event.', 'Ask the person, and call `resend` or `discard` for each.',
    '{peer} may not have read some of your messages. Send them again?'),
  'moved': entry('nobody', 'A message that only this correspondent can have written came from another address, `detail`. It was read. What is sent still goes to the '
    + 'address of the conversation.', 'Call `rename` where the person agrees that the correspondent moved.', '{peer} wrote from another address. What you write still goes to the old one.'),
  'policy': entry('application', 'The policy forbids what the other side asked for. `detail` says what.', 'Nothing, or another policy.', '{peer} asked for something that your settings forbid.'),
  'downgrade': entry('network', 'The other side offers less than it is known to support: its program is older than it was, or somebody on the way cut the offer.',
    'Warn the person. `allowDowngrade: false` refuses such conversations.', '{peer} offers less protection than before. Somebody on the way may have changed the offer.'),

  // Keys.
  'key-changed': entry('peer', 'The correspondent shows another key than before. Nothing is sent to it until a person accepts or verifies it.', 'Warn the person; `verify`, or `trust(\'seen\')` where they agree.',
    '{peer} uses another key than before. Make sure that it is the same person.'),
  'new-device': entry('peer', 'The correspondent has a device that was never met before, beside others.', 'Tell the person; `devices` lists them.', '{peer} uses a device that is new to you.'),
  'vouched': entry('peer', 'The profile of a version 4 key names the correspondent\'s verified version 3 key. That is a claim, which somebody else could assemble.',
    'Verify the version 4 key like any other.', '{peer} says that the new key belongs to the one you verified. That proves nothing: verify this key too.'),
  'other-v3-key': entry('peer', 'The profile of a version 4 key names another version 3 key than the correspondent was seen with.', 'Warn the person; `verify`.',
    '{peer} names another older key than the one you have seen. Make sure that it is the same person.'),
  'weak-secret': entry('person', 'The secret of a verification is one that others may guess; `detail` says why, and never the secret. It is used all the same.',
    'Ask `secretWeakness` before the next one.', 'Others may guess this secret. Take a longer one next time.'),
  'smp-dialect': entry('nobody', 'A verification failed, and programs encode its secret in different ways: the next attempt uses the other way.', 'Offer to verify once more.',
    'The verification with {peer} failed, perhaps because the two programs differ. If the secret was right, try once more.'),

  // Sessions and what waits for them.
  'held': entry('nobody', 'A message waits in the outbox for a private conversation. `detail` says why.', 'Show it as waiting; call `start` where nothing is under way.',
    'Your message to {peer} waits for a private conversation.'),
  'handshake-retry': entry('network', 'A key exchange has had no answer yet, or stopped in the middle; it was begun again.', nothing, '{peer} does not answer yet. Trying again.'),
  'handshake-timeout': entry('network', 'A query or a key exchange had no answer in time and was given up. Messages that wait for it go on waiting.', 'Offer to call `start` again.',
    '{peer} did not answer the offer of a private conversation.'),
  'expired': entry('nobody', 'A session was ended because its time was over (`sessionExpires`).', 'Offer to call `start`.', 'The private conversation with {peer} was silent for long and has ended.'),
  'offline': entry('nobody', 'A session stands by a non-interactive key exchange: whoever began it can deny less well that they took part.', 'Tell the person once.',
    '{peer} and you were not there at the same time. Who wrote first can deny it less well.'),
  'text-format': entry('nobody', 'A private text of version 3 went out as typed, and holds `&`, `<` or `>`: a program that reads HTML shows it with words missing, and nobody knows whether this one does.',
    'Tell the person once; `setPolicy({ textFormat })` of the conversation says how their program reads.', 'It is not known how {peer}\'s program reads < and >: some of the text may be missing there.'),

  // Prekeys.
  'ensemble-refused': entry('network', 'An ensemble that is not valid was passed over. `detail` says why.', nothing, 'Keys for writing to {peer} while they are away are wrong. They were not used.'),
  'publish-prekeys': entry('nobody', 'What lies on the prekey server is to be published anew.', 'Publish with `publication`, or let a `PrekeyClient` do it.',
    'The keys for messages while you are away were renewed.'),
  'prekey-server-key': entry('nobody', 'A prekey server whose fingerprint was not given has shown its key, which is taken from now on. `detail` is the fingerprint.',
    'Show it, so that it can be compared.', '{peer} is a prekey server whose key nobody has checked.'),

  // Us.
  'internal': entry('library', 'The random source or this library failed on something that was to be done. `detail` is the error\'s code; no session moved.',
    'Look up the code. `OTR_INTERNAL` is a bug: report it.', 'Something went wrong in this program. The conversation goes on as it was.'),
}
