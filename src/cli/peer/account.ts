import { dsaFingerprint, ed448Fingerprint } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import {
  ClientCore, emptyVault, generateDsaKey, generateEd448Keys, generateInstanceTag, makePrekeyProfile, modes, parsePrivateKeys, systemRandom,
  type AccountSecrets, type ClientEvent, type ClientState, type DsaPrivateKey, type Ed448Keys, type PolicyChanges, type SavedState, type Version,
} from '../../index.js'
import { makeV4Identity, restoreAccount } from '../../session/account/own-profile.js'
import { base64Encode, encodeClientProfile, encodePrekeyProfile, hexEncode, MIN_INSTANCE_TAG, type ClientProfile } from '../../wire/index.js'
import type { Fields } from './request-fields.js'
import { clientOf, type CommandResult, type PeerState } from './state.js'

/** Makes an account, or opens the one whose state is kept. @throws OtrError `OTR_FIELD` for versions that the mode does not have */
export function account(fields: Fields): (state: PeerState) => Promise<CommandResult> {
  const address = fields.text('account')
  const versions = new Set(fields.versions('versions'))
  const mode = fields.optionalChoice('mode', ['compatible', 'standalone', 'interactive-only']) ?? 'compatible'
  const tag = fields.optionalInteger('tag', MIN_INSTANCE_TAG, 0xffffffff)
  const dsaFile = fields.optionalText('dsa')
  const ed448 = readEd448(fields)
  // Two of the three modes know version 4 alone.
  const hasDsa = (versions.has(3) || versions.has(2)) && mode === 'compatible'
  const speaks4 = versions.has(4)
  if (!hasDsa && !speaks4) throw new OtrError('OTR_FIELD', `mode ${mode} speaks version 4 alone`)
  return async (state) => {
    const saved = state.keeper?.saved
    if (saved !== undefined) {
      refuseAnother(saved.account.address, address)
      return { events: await open(state, saved), fields: accountFields(state) }
    }
    if (state.keeper?.running === true) {
      refuseAnother(clientOf(state).address, address)
      return { fields: accountFields(state) }
    }
    const dsa = hasDsa ? dsaFile === undefined ? await generateDsaKey(systemRandom) : findKey(dsaFile, address) : undefined
    const keys: AccountSecrets = {
      instanceTag: tag ?? generateInstanceTag(systemRandom), ...(dsa !== undefined && { dsa }), ...(speaks4 && { ed448: ed448.keys() }),
    }
    const profile = keys.ed448 && makeV4Identity(keys.ed448, {
      instanceTag: keys.instanceTag, now: state.clock.now, ...(dsa !== undefined && { dsa }), ...(ed448.expiration !== undefined && { expiration: ed448.expiration }),
    }, systemRandom).clientProfile
    const identity = restoreAccount(address, keys, profile, state.clock.now, systemRandom)
    const prekeyProfile = identity.v4 && makePrekeyProfile(identity, state.clock.now, systemRandom, ed448.prekeyExpiration)
    const vault = prekeyProfile && { policy: {}, conversations: [], prekeys: { ...emptyVault, profiles: [prekeyProfile] } }
    await start(state, { address, keys, clientProfile: profile, policy: { ...policyOf(versions), ...modes[mode] }, state: vault })
    return { fields: accountFields(state) }
  }
}

/** The driver chooses the versions for everybody. Without keys of its own for them, the peer speaks neither version 3 nor version 4. */
function policyOf(versions: ReadonlySet<Version>): PolicyChanges {
  return versions.has(2) ? { allowV2: true, v2WithEverybody: true, allowV3: versions.has(3) } : {}
}

/** The whole state of the client, sealed. */
export function exported(): (state: PeerState) => Promise<CommandResult> {
  return async (state) => {
    const { clientProfile, address, ...core } = coreParts(state)
    const saved: SavedState = {
      account: { address, keys: core.keys, ...(clientProfile !== undefined && { clientProfile }) },
      ...core.state,
      journal: [],
      nextEvent: state.keeper?.nextEvent ?? 1,
      records: [],
    }
    const { sealState } = await import('../../store/index.js')
    return { fields: { state: base64Encode(await sealState(passphraseOf(state), saved, systemRandom)) } }
  }
}

/** Continues as a client that was exported. Only one of the two clients may continue, or keys are used twice. @throws OtrError `OTR_STORE_ACCOUNT` if there is an account already */
export function imported(fields: Fields): (state: PeerState) => Promise<CommandResult> {
  const sealed = fields.bytes('state')
  return async (state) => {
    if (state.keeper?.saved !== undefined || state.keeper?.running === true) {
      throw new OtrError('OTR_STORE_ACCOUNT', 'an account is kept there already: import into an empty store')
    }
    const { openState } = await import('../../store/index.js')
    const saved = await openState(passphraseOf(state), sealed)
    return { events: await open(state, saved), fields: accountFields(state) }
  }
}

/** Used where no passphrase is set: the state is then sealed in form only. */
function passphraseOf({ passphrase }: PeerState): string {
  return passphrase ?? 'otr4 peer without OTR4_PASSPHRASE'
}

function refuseAnother(kept: string, asked: string): void {
  if (kept !== asked) throw new OtrError('OTR_STORE_ACCOUNT', 'the account that is kept there has another name')
}

/** A client of the peer, made or opened. */
interface Start {
  readonly address: string
  readonly keys: AccountSecrets
  readonly clientProfile: ClientProfile | undefined
  readonly policy?: PolicyChanges
  readonly state: ClientState | undefined
  /** The number of the next event. */
  readonly nextEvent?: number
}

async function open(state: PeerState, saved: SavedState): Promise<readonly ClientEvent[]> {
  const { address, keys, clientProfile } = saved.account
  const core = await start(state, { address, keys, clientProfile, state: saved, nextEvent: saved.nextEvent })
  return state.keeper === undefined ? core.resume() : []
}

/** Begins to use a client. */
async function start(peer: PeerState, { address, keys, clientProfile, policy = {}, state, nextEvent = 1 }: Start): Promise<ClientCore> {
  const core = new ClientCore({
    account: restoreAccount(address, keys, clientProfile, peer.clock.now, systemRandom),
    clock: () => peer.clock.now,
    // What the driver gives is sent unchanged, byte for byte; what arrives is reported unchanged.
    policy: { textFormat: 'plain', ...policy },
    ...(state !== undefined && { state }),
  })
  await peer.keeper?.begin(core, nextEvent, () => ({ address, keys, ...(core.clientProfile !== undefined && { clientProfile: core.clientProfile }) }))
  peer.client = core
  peer.keys = keys
  return core
}

function coreParts(state: PeerState): Omit<Start, 'state'> & { readonly state: ClientState } {
  const core = clientOf(state)
  if (state.keys === undefined) throw new OtrError('OTR_INTERNAL', 'a client without keys')
  return { address: core.address, keys: state.keys, clientProfile: core.clientProfile, state: core.exportState() }
}

/** The fields of an answer that describe an account. */
function accountFields(peer: PeerState): Readonly<Record<string, unknown>> {
  const { keys: { instanceTag, dsa }, clientProfile, state } = coreParts(peer)
  const prekeyProfile = state.prekeys?.profiles.at(-1)
  return {
    tag: instanceTag,
    ...(dsa !== undefined && { fingerprint3: hexEncode(dsaFingerprint(dsa)) }),
    ...(clientProfile !== undefined && {
      fingerprint4: hexEncode(ed448Fingerprint(clientProfile.publicKey, clientProfile.forgingKey)),
      clientProfile: base64Encode(encodeClientProfile(clientProfile)),
    }),
    ...(prekeyProfile !== undefined && { prekeyProfile: base64Encode(encodePrekeyProfile(prekeyProfile.profile)) }),
  }
}

/** The fields of version 4. */
interface Ed448Fields {
  readonly keys: () => Ed448Keys
  readonly expiration: number | undefined
  readonly prekeyExpiration: number | undefined
}

function readEd448(fields: Fields): Ed448Fields {
  const symmetricKey = fields.optionalBytes('ed448')
  if (symmetricKey !== undefined && symmetricKey.length !== 57) throw new OtrError('OTR_FIELD', 'field "ed448" must have 57 bytes')
  const forging = fields.optionalChoice('forging', ['discard', 'keep'])
  const expiration = fields.optionalInteger('profileExpires', 0, Number.MAX_SAFE_INTEGER)
  const prekeyExpiration = fields.optionalInteger('prekeyProfileExpires', 0, Number.MAX_SAFE_INTEGER)
  return { keys: () => ({ ...generateEd448Keys(systemRandom, forging), ...(symmetricKey !== undefined && { symmetricKey }) }), expiration, prekeyExpiration }
}

/** The account's key in a libotr file: the last one under its name, as libotr does, or the only one in the file. */
function findKey(text: string, address: string): DsaPrivateKey {
  const keys = parsePrivateKeys(text)
  const named = keys.filter(({ account: name }) => name === address || name.split('/')[0] === address).at(-1)
  const found = named ?? (keys.length === 1 ? keys[0] : undefined)
  if (found === undefined) throw new OtrError('OTR_FILE', `the private-key file has ${keys.length} keys, none for this account`)
  return found.key
}
