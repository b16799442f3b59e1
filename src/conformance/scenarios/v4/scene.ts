import { OtrError } from '../../../errors.js'
import type { IdentityMessage } from '../../../wire/index.js'
import { expectEqual, expectThat, Unmet } from '../../expectation.js'
import { learnedOf } from '../../dialect.js'
import { HandV4, type HandAccount } from '../../hand/hand-v4.js'
import type { Ability } from '../../ability.js'
import type { RequestFields } from '../../link.js'
import type { Party } from '../../party.js'
import type { GroupId, RequirementLevel, Scenario } from '../../scenario.js'
import type { Stage } from '../../stage.js'

/** What a scenario of version 4 declares: the fields of `Scenario` that differ. */
export interface Declared {
  readonly id: string
  readonly title: string
  /** The title of a section. */
  readonly section: string
  readonly sent: string
  readonly expected: string
  readonly why: string
  readonly level?: RequirementLevel
  readonly needs?: readonly Ability[]
  readonly document?: Scenario['section']['document']
}

/** Where a scenario is played in which the partner is moved by hand. */
export interface Scene {
  readonly stage: Stage
  readonly peer: Party
  readonly hand: HandV4
}

/** How the two of a scene are opened. */
export interface SceneOptions {
  readonly account?: RequestFields
  readonly policy?: RequestFields
  readonly hand?: (now: number) => HandAccount
}

function declared(group: GroupId, { section, document = 'OTRv4', level = 'must', needs = [], ...rest }: Declared): Omit<Scenario, 'play'> {
  return { ...rest, group, level, needs: ['v4', ...needs], section: { document, title: section } }
}

/** A scenario of the judged program and a partner that is moved by hand, in the partner's place. */
export function byHand(group: GroupId, what: Declared, play: (scene: Scene) => Promise<void>, options: SceneOptions = {}): Scenario {
  return {
    ...declared(group, what), partnerNeeds: [],
    play: (stage) => judging(async () => { await play(await openScene(stage, options)) }),
  }
}

/** What a program sent, and our own code cannot use, is a fault of the program. */
async function judging(play: () => Promise<void>): Promise<void> {
  try {
    await play()
  } catch (error) {
    if (error instanceof OtrError && error.code !== 'OTR_INTERNAL') throw new Unmet(`what it sent cannot be used: ${error.message}`)
    throw error
  }
}

/** A scenario of two programs that both speak version 4. */
export function byTwo(group: GroupId, what: Declared, play: (stage: Stage) => Promise<void>, accounts: Scenario['accounts'] = { versions: '4' }): Scenario {
  return { ...declared(group, what), accounts, play: (stage) => judging(() => play(stage)) }
}

/** Opens the account of the judged program, and puts a hand in the partner's place. */
export async function openScene(stage: Stage, { account, policy, hand }: SceneOptions = {}): Promise<Scene> {
  await stage.openAccount('peer', { versions: '4', ...account })
  if (policy !== undefined) await stage.ask(stage.peer, 'policy', policy)
  const now = stage.can(stage.peer, 'clock') ? stage.now : Math.floor(Date.now() / 1000)
  const theHand = new HandV4(stage.partner.address, stage.peer.address, stage.network, now, hand?.(now), learnedOf(stage.dialect))
  return { stage, peer: stage.peer, hand: theHand }
}

/** The clocks of both go on. */
export async function pass({ stage, peer, hand }: Scene, seconds: number): Promise<void> {
  stage.need(peer, 'clock')
  stage.now += seconds
  hand.now = stage.now
  await peer.call('clock', { now: stage.now })
  await stage.network.settle()
}

/** The hand says something, and it is read. */
export async function handSays({ peer, hand }: Scene, text: string): Promise<void> {
  const expectRead = listenTo(peer)
  await hand.say(text)
  expectRead([text])
}

/** The judged program says something, and the hand reads it. */
export async function peerSays({ stage, peer, hand }: Scene, text: string): Promise<void> {
  const before = hand.texts().length
  await stage.send(peer, text)
  await stage.settle()
  expectEqual(hand.texts().slice(before), [text], `what can be read of ${peer.name}`)
}

/** Both say something: keys are renewed on both sides. */
export async function rounds(scene: Scene, count: number): Promise<void> {
  for (let round = 1; round <= count; round++) {
    await handSays(scene, `question ${round}`)
    await peerSays(scene, `answer ${round}`)
  }
}

/** A session in which both have spoken. */
export async function talked(scene: Scene, count = 1): Promise<void> {
  await scene.hand.establish()
  await rounds(scene, count)
}

/** Listens to the judged program from here on. What is returned fails unless it has read just these texts since. */
export function listenTo(peer: Party): (texts: readonly string[]) => void {
  const before = peer.privateTexts().length
  return (texts) => { expectEqual(peer.privateTexts().slice(before), texts, `what ${peer.name} reads`) }
}

/** Has the judged program begin with an Identity message, which nobody answers yet. */
export async function identityOf({ stage, peer, hand }: Scene): Promise<IdentityMessage> {
  const lines: string[] = []
  stage.hook((parcel) => {
    if (parcel.from === peer.address) lines.push(parcel.message)
    return parcel.from === peer.address ? [] : [parcel]
  })
  await stage.start(peer, { how: 'identity' })
  await stage.settle()
  stage.unhook()
  for (const line of lines) {
    const message = hand.messageOf(line)
    if (message?.kind === 'v4-identity') return message
  }
  throw new Unmet(`${peer.name} begins with an Identity message`)
}

/** Fails unless both sides can still read each other in the session. */
export async function stillStands(scene: Scene): Promise<void> {
  await handSays(scene, 'does the session stand?')
  await peerSays(scene, 'the session stands')
}

/** Fails if the judged program has a private session. */
export async function notPrivate({ stage, peer }: Scene): Promise<void> {
  await stage.expectNotEncrypted(peer)
}

/** Fails unless a key exchange that is right in all is completed now. */
export async function canStillBegin(scene: Scene): Promise<void> {
  await scene.hand.establish()
  await handSays(scene, 'after all')
}

/** How often the judged program has answered with a message of this kind. */
export function expectNone({ hand, peer }: Scene, kind: 'v4-auth-r' | 'v4-auth-i' | 'v4-identity' | 'v4-data'): void {
  expectThat(hand.came(kind).length === 0, `${peer.name} does not answer with ${names[kind]}`)
}

const names = { 'v4-auth-r': 'an Auth-R message', 'v4-auth-i': 'an Auth-I message', 'v4-identity': 'an Identity message', 'v4-data': 'a data message' } as const
