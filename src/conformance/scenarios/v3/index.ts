import type { Scenario } from '../../scenario.js'
import { akeScenarios } from './ake.js'
import { crossingScenarios } from './crossing.js'
import { dataScenarios, revealScenarios, rotationScenarios } from './data.js'
import { endScenarios, errorsScenarios } from './end.js'
import { fragmentScenarios } from './fragments.js'
import { otherFormScenarios, withoutTagsScenarios } from './no-tags.js'
import { impostorScenarios } from './impostor.js'
import { offerScenarios } from './offer.js'
import { smpScenarios } from './smp.js'
import { version2, version3, type Spoken } from './spoken.js'
import { tagScenarios } from './tags.js'
import { extraKeyScenarios, tlvsScenarios } from './tlvs.js'

/** The groups of messages, which both versions have. */
const ofMessages = [offerScenarios, akeScenarios, impostorScenarios, crossingScenarios, dataScenarios, rotationScenarios, revealScenarios, smpScenarios, fragmentScenarios]

const inVersion = (spoken: Spoken, groups: readonly ((spoken: Spoken) => readonly Scenario[])[]): readonly Scenario[] => groups.flatMap((group) => group(spoken))

/** Version 3, in the order of the groups. */
export const version3Scenarios: readonly Scenario[] = [
  ...inVersion(version3, ofMessages), ...tagScenarios, ...tlvsScenarios(version3), ...extraKeyScenarios, ...inVersion(version3, [errorsScenarios, endScenarios]),
]

/** Version 2: the scenarios of version 3 without those of tags and of the extra key, and what only a version without tags can do wrong. */
export const version2Scenarios: readonly Scenario[] = [
  ...inVersion(version2, ofMessages), ...otherFormScenarios, ...withoutTagsScenarios, ...inVersion(version2, [tlvsScenarios, errorsScenarios, endScenarios]),
]
