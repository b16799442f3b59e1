import { OtrError } from '../../errors.js'
import { randomBytes, type RandomSource } from '../../crypto/random.js'
import { armorMessage, fragmentMessage, fragmentOverhead, Reader, utf8Encode, versionOfMessage, type OtrMessage, type Tlv } from '../../wire/index.js'
import type { Policy } from '../policy.js'

/** The lines of an encoded message: one, or several fragments if the network's limit requires them. */
export function linesOf(message: OtrMessage, { maxMessageLength }: Policy, random: RandomSource): readonly string[] {
  const text = armorMessage(message)
  if (maxMessageLength === 0 || text.length <= maxMessageLength) return [text]
  const { senderTag, receiverTag } = message
  const version = versionOfMessage(message)
  const addressed = { text, senderTag, receiverTag, maxLength: maxMessageLength }
  if (version !== 4) return fragmentMessage({ version, ...addressed })
  const identifier = new Reader(randomBytes(random, 4)).int('identifier')
  return fragmentMessage({ version, ...addressed, identifier })
}

/** The most fragments that one message can have. */
const MAX_FRAGMENTS = 65_535

/** The most characters of an encoded data message of any version, without its text and TLVs. */
const MESSAGE_OVERHEAD = 2000

/**
 * Refuses a text that would need more fragments than a message can have, before a message key is used for it.
 *
 * @throws OtrError `OTR_TOO_LARGE`
 */
export function refuseTooLong({ maxMessageLength }: Policy, text: string, tlvs: readonly Tlv[]): void {
  if (maxMessageLength === 0) return
  const room = MAX_FRAGMENTS * (maxMessageLength - fragmentOverhead(4)) * 3 / 4 - MESSAGE_OVERHEAD
  const rest = tlvs.reduce((sum, { value }) => sum + 4 + value.length, 0)
  // A UTF-16 code unit takes at most three bytes: only a text near the limit has to be encoded to be counted.
  const most = text.length * 3
  if (rest + (most + rest > room ? utf8Encode(text).length : most) > room) throw new OtrError('OTR_TOO_LARGE', 'the message needs too many fragments')
}
