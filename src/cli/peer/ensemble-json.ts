import { MalformedError, OtrError } from '../../errors.js'
import type { Ensemble } from '../../index.js'
import { decodeClientProfile, decodePrekeyMessage, decodePrekeyProfile } from '../../wire/index.js'
import type { Fields } from './request-fields.js'

/** Reads an ensemble. A malformed one is no error of the request, for it may have come over a network. @throws OtrError `OTR_NO_ENSEMBLE` */
export function readEnsemble(fields: Fields): Ensemble {
  const parts = [fields.bytes('clientProfile'), fields.bytes('prekeyProfile'), fields.bytes('prekeyMessage')] as const
  try {
    return { clientProfile: decodeClientProfile(parts[0]), prekeyProfile: decodePrekeyProfile(parts[1]), prekeyMessage: decodePrekeyMessage(parts[2]) }
  } catch (error) {
    if (error instanceof MalformedError) throw new OtrError('OTR_NO_ENSEMBLE', error.message)
    throw error
  }
}
