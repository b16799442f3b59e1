import { tlvTypeV3, type OtrMessageV2, type OtrMessageV3 } from '../wire/index.js'
import { readTlvsV2, readTlvsV3 } from './read-tlvs.js'

/** The version that a session speaks: 3, or the older 2, which has the same key exchange, ciphers, keys and SMP. */
export type V3Version = 2 | 3

/** The messages of a conversation in version 3, or in version 2. */
export type V3Message = OtrMessageV2 | OtrMessageV3

/** A message of either version, by its name. */
export type MessageNamed<Name extends string> = Extract<V3Message, { readonly kind: `v2-${Name}` | `v3-${Name}` }>

/** Everything in which versions 2 and 3 differ here. The codecs have the other differences: `wire/version-2.ts`, `wire/fragment.ts`. */
export interface Generation {
  /** Whether messages have instance tags. Without tags, there is one session for each address. */
  readonly hasTags: boolean
  /** Reads the TLVs that the version defines. */
  readonly readTlvs: typeof readTlvsV3
  /** The type of the TLV that announces the use of the extra symmetric key; `undefined` in version 2. */
  readonly extraKey: number | undefined
  readonly dhCommit: MessageNamed<'dh-commit'>['kind']
  readonly dhKey: MessageNamed<'dh-key'>['kind']
  readonly revealSignature: MessageNamed<'reveal-signature'>['kind']
  readonly signature: MessageNamed<'signature'>['kind']
  readonly data: MessageNamed<'data'>['kind']
}

const generations: Readonly<Record<V3Version, Generation>> = {
  2: {
    hasTags: false,
    readTlvs: readTlvsV2,
    extraKey: undefined,
    dhCommit: 'v2-dh-commit', dhKey: 'v2-dh-key', revealSignature: 'v2-reveal-signature', signature: 'v2-signature', data: 'v2-data',
  },
  3: {
    hasTags: true,
    readTlvs: readTlvsV3,
    extraKey: tlvTypeV3.extraSymmetricKey,
    dhCommit: 'v3-dh-commit', dhKey: 'v3-dh-key', revealSignature: 'v3-reveal-signature', signature: 'v3-signature', data: 'v3-data',
  },
}

/** Returns the row of the table for this version, by default 3. */
export function generationOf({ version = 3 }: { readonly version?: V3Version }): Generation {
  return generations[version]
}
