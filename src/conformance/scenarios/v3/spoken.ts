import { generationOf, type Generation } from '../../../v3/generation.js'
import type { Ability } from '../../ability.js'
import type { GroupId, Scenario } from '../../scenario.js'
import type { PairOptions } from '../../stage.js'

/** The version of which scenarios are made: 3, or 2, which has the same key exchange, messages and SMP, but neither instance tags nor an extra key. */
export interface Spoken {
  readonly version: 2 | 3
  readonly document: 'OTRv2' | 'OTRv3'
  /** The kinds of its messages. */
  readonly kinds: Pick<Generation, 'dhCommit' | 'dhKey' | 'revealSignature' | 'signature' | 'data'>
  readonly query: string
  /** The group of a whitespace tag. */
  readonly tag: string
}

export const version3: Spoken = { version: 3, document: 'OTRv3', kinds: generationOf({ version: 3 }), query: '?OTRv3?', tag: '  \t\t  \t\t' }

export const version2: Spoken = { version: 2, document: 'OTRv2', kinds: generationOf({ version: 2 }), query: '?OTRv2?', tag: '  \t\t  \t ' }

/** What every whitespace tag begins with. */
export const tagBase = ' \t  \t\t\t\t \t \t \t  '

/** A scenario without what follows from its version and group: `id` is the end of the id, `section` a title, and `needs` what is needed beside the version. */
export interface Draft extends Omit<Scenario, 'group' | 'section' | 'needs' | 'partnerNeeds' | 'accounts'> {
  readonly section: string
  readonly needs?: readonly Ability[]
  readonly accounts?: Partial<PairOptions>
  /** The partner is moved by hand, and the scenario opens the account of the judged program by itself. */
  readonly byHand?: true
}

type GroupName<Id extends string = GroupId> = Id extends `v2-${infer Name}` ? Name : never

/** The scenarios of a group in one of the versions. `feature`: what all of them need. */
export function scenariosOf({ version, document }: Spoken, group: GroupName, drafts: readonly Draft[], feature: readonly Ability[] = []): readonly Scenario[] {
  return drafts.map(({ id, section, needs = [], accounts, byHand, ...rest }) => ({
    ...rest,
    id: `v${version}-${group}-${id}`, group: `v${version}-${group}`, section: { document, title: section },
    needs: [`v${version}`, ...feature, ...needs],
    ...byHand === true ? { partnerNeeds: [] } : { accounts: { versions: String(version), ...accounts } },
  }))
}
