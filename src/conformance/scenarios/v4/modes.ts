import { ensembleFields } from '../../ensemble-fields.js'
import { expectEqual, expectThat } from '../../expectation.js'
import type { Scenario } from '../../scenario.js'
import { byHand, talked } from './scene.js'

const modesGroup = 'v4-modes'
const whyModes = 'Who chose a mode wants no conversation that is less than it'

/** What must not begin in a mode. */
const strict = (['standalone', 'interactive-only'] as const).flatMap((mode): Scenario[] => [
  byHand(modesGroup, {
    id: `v4-modes-${mode}-works`, title: `in mode ${mode} an Identity message begins a conversation`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'an Identity message', expected: 'a session in which texts are read',
  }, async (scene) => {
    await talked(scene, 2)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-no-clear`, title: `in mode ${mode} nothing goes in clear`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'a text of its own before any key exchange', expected: 'no line has the text',
  }, async ({ hand, stage, peer }) => {
    await peer.attempt('send', { to: hand.address, text: 'a secret for two' })
    await stage.settle()
    expectThat(!hand.lines.some((line) => line.includes('a secret for two')), `${peer.name} does not send the text in clear`)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-no-query`, title: `in mode ${mode} a query of version 3 is not answered`, section: 'OTRv4 Modes', why: whyModes,
    sent: '?OTRv3? and a whitespace tag for version 3', expected: 'no D-H Commit message',
  }, async ({ hand, stage, peer }) => {
    hand.sendLine('?OTRv3?')
    hand.sendLine('hello \t  \t\t\t\t \t \t \t    \t\t  \t\t')
    await stage.settle()
    expectThat(!hand.lines.some((line) => line.startsWith('?OTR:AAM')), `${peer.name} begins no conversation of version 3`)
  }, { account: { mode } }),
  byHand(modesGroup, {
    id: `v4-modes-${mode}-profile`, title: `in mode ${mode} the Client Profile has version 4 alone`, section: 'OTRv4 Modes', why: whyModes,
    sent: 'an Identity message', expected: 'a profile with the versions "4", without a key of version 3',
  }, async ({ hand, peer }) => {
    await hand.establish()
    const [authR] = hand.came('v4-auth-r')
    expectEqual([authR?.clientProfile.versions, authR?.clientProfile.dsaPublicKey === undefined], ['4', true], `versions, and whether ${peer.name} has no key of version 3`)
  }, { account: { mode } }),
])

/** The modes of version 4. */
export const modeScenarios: readonly Scenario[] = [
  ...strict,
  byHand(modesGroup, {
    id: 'v4-modes-interactive-only-offline', title: 'in mode interactive-only nobody begins an offline conversation', section: 'OTRv4 Modes', why: whyModes, needs: ['offline'],
    sent: 'send-offline', expected: 'no Non-Interactive-Auth message',
  }, async ({ hand, stage, peer }) => {
    const [ensemble] = hand.ensembles()
    if (ensemble === undefined) throw new Error('no ensemble')
    await peer.attempt('send-offline', { to: hand.address, ensemble: ensembleFields(ensemble), text: 'for you alone' })
    await stage.settle()
    expectThat(hand.came('v4-non-interactive-auth').length === 0, `${peer.name} sends no Non-Interactive-Auth message`)
  }, { account: { mode: 'interactive-only' } }),
]
