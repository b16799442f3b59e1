import {
  base64Decode, base64Encode, decodeClientProfile, decodePrekeyMessage, decodePrekeyProfile, encodeClientProfile, encodePrekeyMessage, encodePrekeyProfile, type Ensemble,
} from '../wire/index.js'
import { Unmet } from './expectation.js'
import { isJsonObject } from './peer-event.js'

/** An ensemble as the peer protocol writes it. */
export function ensembleFields({ clientProfile, prekeyProfile, prekeyMessage }: Ensemble): Readonly<Record<string, string>> {
  return {
    clientProfile: base64Encode(encodeClientProfile(clientProfile)),
    prekeyProfile: base64Encode(encodePrekeyProfile(prekeyProfile)),
    prekeyMessage: base64Encode(encodePrekeyMessage(prekeyMessage)),
  }
}

/** The ensemble that a program wrote. Throws `Unmet` if it is none, and `MalformedError` if a part cannot be decoded. */
export function readEnsembleFields(value: unknown): Ensemble {
  if (!isJsonObject(value)) throw new Unmet('an ensemble is an object')
  const { clientProfile, prekeyProfile, prekeyMessage } = value
  if (typeof clientProfile !== 'string' || typeof prekeyProfile !== 'string' || typeof prekeyMessage !== 'string') throw new Unmet('an ensemble has three parts, as base64')
  return {
    clientProfile: decodeClientProfile(base64Decode(clientProfile, 'clientProfile')),
    prekeyProfile: decodePrekeyProfile(base64Decode(prekeyProfile, 'prekeyProfile')),
    prekeyMessage: decodePrekeyMessage(base64Decode(prekeyMessage, 'prekeyMessage')),
  }
}
