import { checkedField, numberedLines } from './lines.js'
import { fileError } from './s-expression.js'

/** One line of libotr's file `otr.instance_tags`: the tag of one account on this computer. */
export interface LibotrInstanceTag {
  /** The name of the account. */
  readonly account: string
  /** The network, as programs with libotr name it: `prpl-jabber`, `IRC`. */
  readonly protocol: string
  /** 0x100 to 0xffffffff. */
  readonly instanceTag: number
}

const FILE = 'instance tags file'
const WARNING = '# WARNING! You shouldn\'t copy this file to another computer. It is unnecessary and can cause problems.\n'

/** The smallest tag that an instance may have. @see [OTRv3, "Instance Tags"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html) */
const SMALLEST_TAG = 0x100

/**
 * Reads the text of `otr.instance_tags`. Lines that begin with # and empty lines are skipped. A tag belongs to one instance: if the user will
 * still use the old messenger, do not take its tag over.
 *
 * @throws OtrError `OTR_FILE` with the line and the problem
 */
export function parseInstanceTags(text: string): LibotrInstanceTag[] {
  return numberedLines(text).filter(({ line }) => line !== '' && !line.startsWith('#')).map(({ line, number }) => {
    const [account, protocol, digits, ...more] = line.split('\t')
    if (account === undefined || protocol === undefined || digits === undefined) {
      throw fileError(FILE, number, 'account, protocol and instance tag are expected, with tabs between them')
    }
    if (more.length > 0) throw fileError(FILE, number, 'too many fields')
    if (!/^[0-9a-fA-F]{8}$/.test(digits)) throw fileError(FILE, number, 'the instance tag must have 8 hexadecimal digits')
    const instanceTag = Number.parseInt(digits, 16)
    if (instanceTag < SMALLEST_TAG) throw fileError(FILE, number, 'an instance tag below 00000100')
    return { account, protocol, instanceTag }
  })
}

/**
 * Writes the lines as libotr does, with its warning as the first line.
 *
 * @throws OtrError `OTR_FILE` for a value that the file cannot hold
 */
export function formatInstanceTags(tags: readonly LibotrInstanceTag[]): string {
  return WARNING + tags.map(({ account, protocol, instanceTag }, index) => {
    const line = index + 2
    if (!Number.isInteger(instanceTag) || instanceTag < SMALLEST_TAG || instanceTag > 0xffff_ffff) {
      throw fileError(FILE, line, 'an instance tag outside 00000100 to ffffffff')
    }
    if (account.startsWith('#')) throw fileError(FILE, line, 'an account that begins with # would be read as a comment')
    const names = [checkedField(FILE, line, 'the account', account), checkedField(FILE, line, 'the protocol', protocol)]
    return `${[...names, instanceTag.toString(16).padStart(8, '0')].join('\t')}\n`
  }).join('')
}
