import { readClientProfile, writeClientProfile, type ClientProfile } from './client-profile.js'
import { readPrekeyMessage, writePrekeyMessage, type PrekeyMessage } from './prekey-message.js'
import { readPrekeyProfile, writePrekeyProfile, type PrekeyProfile } from './prekey-profile.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/**
 * PREKEY-ENSEMBLE: what somebody published so that others can write to one of their instances while it is away. Nothing in it is verified:
 * `verifyEnsemble` of version 4 does that.
 *
 * @see [OTRv4, "Publishing Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#publishing-prekey-ensembles)
 */
export interface Ensemble {
  /** The owner's Client Profile. */
  readonly clientProfile: ClientProfile
  /** The owner's Prekey Profile. */
  readonly prekeyProfile: PrekeyProfile
  /** The Prekey Message, which may be used once. */
  readonly prekeyMessage: PrekeyMessage
}

/**
 * Reads an ensemble from a longer message: its three parts follow one another.
 *
 * @see [OTRv4, "Publishing Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#publishing-prekey-ensembles)
 */
export function readEnsemble(reader: Reader): Ensemble {
  return { clientProfile: readClientProfile(reader), prekeyProfile: readPrekeyProfile(reader), prekeyMessage: readPrekeyMessage(reader) }
}

/**
 * Writes a Prekey Ensemble: Client Profile, Prekey Profile, prekey message.
 *
 * @see [OTRv4, "Publishing Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#publishing-prekey-ensembles)
 */
export function writeEnsemble(writer: Writer, { clientProfile, prekeyProfile, prekeyMessage }: Ensemble): void {
  writeClientProfile(writer, clientProfile)
  writePrekeyProfile(writer, prekeyProfile)
  writePrekeyMessage(writer, prekeyMessage)
}

/**
 * The bytes of Client Profile, Prekey Profile and Prekey Message (with its version and type), concatenated.
 *
 * @see [OTRv4, "Publishing Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#publishing-prekey-ensembles)
 */
export function encodeEnsemble(ensemble: Ensemble): Uint8Array {
  const writer = new Writer()
  writeEnsemble(writer, ensemble)
  return writer.finish()
}

/**
 * Decodes an ensemble; it must fill all bytes.
 *
 * @throws MalformedError (`OTR_MALFORMED`) also for trailing bytes
 * @see [OTRv4, "Publishing Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#publishing-prekey-ensembles)
 */
export function decodeEnsemble(bytes: Uint8Array): Ensemble {
  const reader = new Reader(bytes)
  const ensemble = readEnsemble(reader)
  reader.end('end of ensemble')
  return ensemble
}
