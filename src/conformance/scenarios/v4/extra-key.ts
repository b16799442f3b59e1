import { concatBytes, hexEncode, type Tlv, tlvTypeV4, uint32be } from '../../../wire/index.js'
import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, byTwo, type Scene, stillStands, talked } from './scene.js'

const extraGroup = 'v4-extra-key'
const whyExtra = 'Another program uses the key: with two different keys a file cannot be opened'
const extraNeeds = ['extra-key'] as const

const extraTlv = (context: number, data: Uint8Array = new Uint8Array(0)): Tlv => ({ type: tlvTypeV4.extraSymmetricKey, value: concatBytes(uint32be(context), data) })

/** The hand announces keys; the judged program must tell the same. */
async function announces(scene: Scene, tlvs: readonly Tlv[]): Promise<void> {
  const { hand, peer, stage } = scene
  await talked(scene)
  const { message, extraKeys } = hand.dataWithKeys('', tlvs)
  hand.sendMessage(message)
  await stage.settle()
  expectEqual(peer.of('extra-key').map(({ key }) => key), extraKeys.map((key) => hexEncode(key)), `the keys that ${peer.name} reports`)
  await stillStands(scene)
}

/** Extra symmetric keys. */
export const extraKeyScenarios: readonly Scenario[] = [
  ...(['peer', 'partner'] as const).flatMap((who) => [1, 0xfffffffe].map((context) => byTwo(extraGroup, {
    id: `v4-extra-key-${who}-${context === 1 ? 'low' : 'high'}`, title: `the ${who} uses an extra key for use ${context}`, section: 'Extra Symmetric Key', why: whyExtra, needs: extraNeeds,
    sent: 'extra-key with a context and data', expected: 'the same key, context and data in the event of the other side',
  }, async (stage) => {
    const by = stage[who]
    const other = stage.other(by)
    const data = 'cGhvdG8uanBnAP8='
    await stage.establish()
    await stage.talk()
    const { key } = await stage.ask(by, 'extra-key', { to: other.address, context, data })
    await stage.settle()
    expectThat(typeof key === 'string' && /^[0-9a-f]{128}$/.test(key), 'the key has 64 bytes in hex')
    expectEqual(other.of('extra-key').map((event) => [event.key, event.context, event.data]), [[key, context, data]], `what ${other.name} reports`)
    await stage.talk()
  }))),
  byTwo(extraGroup, {
    id: 'v4-extra-key-differ', title: 'each extra key is another one', section: 'Extra Symmetric Key', why: 'One key for two files would open both', needs: extraNeeds,
    sent: 'extra-key three times', expected: 'three keys',
  }, async (stage) => {
    await stage.establish()
    const keys: unknown[] = []
    for (let n = 0; n < 3; n++) {
      keys.push((await stage.ask(stage.peer, 'extra-key', { to: stage.partner.address, context: 1 }))['key'])
      await stage.settle()
    }
    expectEqual(new Set(keys).size, 3, 'different keys')
  }),
  ...([
    ['one', 'one key', [extraTlv(1)]],
    ['context', 'one key for another use', [extraTlv(0x01020304, Uint8Array.of(9, 8, 7))]],
    ['behind-padding', 'a key whose TLV comes after another', [{ type: 0, value: new Uint8Array(5) }, extraTlv(1)]],
    ['two', 'two keys in one message', [extraTlv(1), extraTlv(2)]],
    ['two-equal', 'two keys for one use in one message', [extraTlv(7), extraTlv(7)]],
    ['apart', 'two keys with another TLV between them', [extraTlv(1), { type: 0x4321, value: Uint8Array.of(1) }, extraTlv(1)]],
  ] as const).map(([id, what, tlvs]) => byHand(extraGroup, {
    id: `v4-extra-key-derived-${id}`, title: `${what}: derived as the specification says`, section: 'Extra Symmetric Key', why: whyExtra, needs: extraNeeds,
    sent: 'TLVs of type 7 of another program', expected: 'the same keys in the events, in order',
  }, (scene) => announces(scene, tlvs))),
]
