import type { Version } from '../versions/version.js'

/**
 * Why there is no private conversation yet. `none`: nobody answered in time; `unfinished`: an answer came, but the key exchange is not complete;
 * `older-draft`: an answer has the form of an older draft of version 4; `incompatible`: an answer of version 4 cannot be read or verified;
 * `version-2`: version 2 alone was offered to us, and nobody chose it.
 */
export type ContactAnswer = 'none' | 'unfinished' | 'older-draft' | 'incompatible' | 'version-2'

/** The attempt to begin a private conversation, until there is one or the person decides otherwise. Nothing in it was authenticated. */
export interface Contact {
  /** When we offered one, seconds; absent: we did not, but something came. */
  readonly since?: number
  /** The versions that we offered. */
  readonly versions: readonly Version[]
  /** What came of it; absent: nothing yet. */
  readonly answer?: ContactAnswer
  /** When a notice last said so, seconds. */
  readonly saidAt?: number
}

/** The attempt to begin a private conversation, as an application shows it. Nothing in it was authenticated. */
export interface ContactStatus extends Omit<Contact, 'saidAt'> {
  /**
   * The older versions that may be asked for instead, if the person agrees: 3 by `start({ versions: [3] })`; 2, which their program may have alone, by
   * `setPolicy({ allowV2: true })` and `start`.
   */
  readonly choices: readonly Version[]
}

/** The offer of ours that may still be answered. */
export function openOffer(contact: Contact | undefined): Contact & { readonly since: number } | undefined {
  return contact?.since === undefined || contact.answer !== undefined ? undefined : { ...contact, since: contact.since }
}
