import { base64Encode, hexDecode } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { roles } from '../../stage.js'
import { scenariosOf, type Spoken } from './spoken.js'

const tlvSection = 'TLV record types'

export const tlvsScenarios = (spoken: Spoken): readonly Scenario[] => scenariosOf(spoken, 'tlvs', [
  {
    id: 'unknown', level: 'must', section: tlvSection,
    title: 'reads a text beside TLVs that it does not know', sent: 'a text with TLVs of types 0x1234 and 0x0102', expected: 'the text is read', why: 'newer programs send more',
    async play(stage) {
      await stage.establish()
      await stage.send(stage.partner, 'with something', { tlvs: [{ type: 0x1234, value: base64Encode(Uint8Array.of(1, 0, 2)) }, { type: 0x102, value: '' }] })
      await stage.settle()
      expectEqual(stage.peer.privateTexts(), ['with something'], 'what is read')
      await stage.talk()
    },
  },
  {
    id: 'padding', level: 'must', section: tlvSection,
    title: 'shows nothing of padding', sent: 'a text with a TLV of type 0 and 300 bytes', expected: 'the text alone is read', why: 'padding hides how long a text is',
    async play(stage) {
      await stage.establish()
      await stage.send(stage.partner, 'padded', { tlvs: [{ type: 0, value: base64Encode(new Uint8Array(300)) }] })
      await stage.settle()
      expectEqual(stage.peer.privateTexts(), ['padded'], 'what is read')
      expectEqual(stage.peer.of('tlv').filter(({ tlvType }) => tlvType === 0), [], 'padding that is reported')
    },
  },
  {
    id: 'arrive', level: 'should', section: tlvSection,
    title: 'gives TLVs of unknown types to its application', sent: 'a text with a TLV of type 0x1234', expected: 'an event "tlv" with the type and the value', why: 'applications agree on types of their own',
    async play(stage) {
      await stage.establish()
      const value = base64Encode(Uint8Array.of(1, 0, 2))
      await stage.send(stage.partner, 'with something', { tlvs: [{ type: 0x1234, value }] })
      await stage.settle()
      expectEqual(stage.peer.of('tlv').map((event) => [event.tlvType, event.value]), [[0x1234, value]], 'the TLVs that are reported')
    },
  },
  {
    id: 'sends', level: 'must', section: tlvSection,
    title: 'sends the TLVs that it is given', sent: '"send" with a TLV of type 0x1234', expected: 'the partner gets the text and the TLV', why: 'applications agree on types of their own',
    async play(stage) {
      await stage.establish()
      const value = base64Encode(Uint8Array.of(9, 0, 8))
      await stage.send(stage.peer, 'with something', { tlvs: [{ type: 0x1234, value }] })
      await stage.settle()
      expectEqual(stage.partner.privateTexts(), ['with something'], 'what the partner reads')
      expectEqual(stage.partner.of('tlv').map((event) => [event.tlvType, event.value]), [[0x1234, value]], 'the TLVs that the partner gets')
    },
  },
  {
    id: 'empty-text', level: 'should', section: 'Data Message',
    title: 'shows no empty message when only a TLV came', sent: 'an empty text with a TLV', expected: 'no message is shown', why: 'a heartbeat is an empty text; nobody wrote it',
    async play(stage) {
      await stage.establish()
      await stage.send(stage.partner, '', { tlvs: [{ type: 0, value: '' }] })
      await stage.settle()
      expectEqual(stage.peer.of('message').length, 0, 'shown messages')
      await stage.talk()
    },
  },
])

/** Of version 3 alone. */
export const extraKeyScenarios: readonly Scenario[] = roles.map((role) => ({
  id: `v3-extra-key-by-${role}`, group: 'v3-extra-key', level: 'must', section: { document: 'OTRv3', title: 'Extra symmetric key' }, needs: ['v3', 'extra-key'], accounts: { versions: '3' },
  title: role === 'peer' ? 'informs the other side that it uses an extra key' : 'computes the extra key that the other side uses',
  sent: `the command "extra-key" at the ${role}, for two purposes`, expected: 'the other side gets the same key of 32 bytes, the purpose and the data', why: 'a file transfer is encrypted with it',
  async play(stage) {
    await stage.establish()
    await stage.talk()
    const by = stage[role]
    const other = stage.other(by)
    const data = base64Encode(Uint8Array.of(0x70, 0, 0xff))
    for (const context of [1, 0xfffffffe]) {
      other.forget()
      const { key } = await stage.ask(by, 'extra-key', { to: other.address, context, data })
      await stage.settle()
      expectThat(typeof key === 'string' && hexDecode(key).length === 32, 'the key has 32 bytes')
      expectEqual(other.of('extra-key').map((event) => [event.key === key, event.context, event.data]), [[true, context, data]], 'whether the key is the same, the purpose and the data')
      await stage.talk()
    }
  },
}))
