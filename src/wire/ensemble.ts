import { readClientProfile, writeClientProfile, type ClientProfile } from './client-profile.js'
import { readPrekeyMessage, writePrekeyMessage, type PrekeyMessage } from './prekey-message.js'
import { readPrekeyProfile, writePrekeyProfile, type PrekeyProfile } from './prekey-profile.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/**
 * PREKEY-ENSEMBLE: what somebody published so that others can write to one of their instances while it is away. Nothing in it is verified:
 * `verifyEnsemble` of version 4 does that.
 */
export interface Ensemble {
  /** Whose it is. */
  readonly clientProfile: ClientProfile
  /** Their Prekey Profile. */
  readonly prekeyProfile: PrekeyProfile
  /** The prekey message: to be used once. */
  readonly prekeyMessage: PrekeyMessage
}

/** Reads an ensemble that stands among others: its three parts behind each other, as a retrieval message has them. */
export function readEnsemble(reader: Reader): Ensemble {
  return { clientProfile: readClientProfile(reader), prekeyProfile: readPrekeyProfile(reader), prekeyMessage: readPrekeyMessage(reader) }
}

/** Writes a Prekey Ensemble: Client Profile, Prekey Profile, prekey message. */
export function writeEnsemble(writer: Writer, { clientProfile, prekeyProfile, prekeyMessage }: Ensemble): void {
  writeClientProfile(writer, clientProfile)
  writePrekeyProfile(writer, prekeyProfile)
  writePrekeyMessage(writer, prekeyMessage)
}

/** The bytes of Client Profile, Prekey Profile and Prekey Message (with its version and type), one behind the other. */
export function encodeEnsemble(ensemble: Ensemble): Uint8Array {
  const writer = new Writer()
  writeEnsemble(writer, ensemble)
  return writer.finish()
}

/** The ensemble in these bytes, all of them. @throws MalformedError (`OTR_MALFORMED`) also for trailing bytes */
export function decodeEnsemble(bytes: Uint8Array): Ensemble {
  const reader = new Reader(bytes)
  const ensemble = readEnsemble(reader)
  reader.end('end of ensemble')
  return ensemble
}
