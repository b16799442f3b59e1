import { utf8Encode } from '../wire/index.js'

/** Leaves room for what a program adds: " (2)", ".part". */
const MAX_BYTES = 200

/** Control, format (bidirectional, joiners, zero width), surrogate, private and unassigned characters, line and paragraph separators. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Names that are devices in Windows, whatever ending they have. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:$|\.)/i

/**
 * Makes a name that somebody else chose fit to be the name of a file: never a path, never hidden, no control or bidirectional characters, nothing that
 * Windows refuses or takes for a device, at most 200 bytes of UTF-8. Something is always left.
 */
export function safeFileName(name: string): string {
  const last = name.normalize('NFC').replace(invisible, '').split(/[/\\]/).at(-1) ?? ''
  const plain = last.replace(/[<>:"|?*]/g, '_').replace(/\s+/gu, ' ').replace(/^[. ]+|[. ]+$/g, '')
  const short = shortened(device.test(plain) ? `_${plain}` : plain)
  return short === '' ? 'file' : short
}

/** Cuts in the middle of a long name, so that its ending stays. */
function shortened(name: string): string {
  if (utf8Encode(name).length <= MAX_BYTES) return name
  const ending = /\.[^. ]{1,16}$/u.exec(name)?.[0] ?? ''
  let left = ''
  let room = MAX_BYTES - utf8Encode(ending).length
  for (const character of name.slice(0, name.length - ending.length)) {
    room -= utf8Encode(character).length
    if (room < 0) break
    left += character
  }
  return `${left.replace(/[. ]+$/, '')}${ending}`
}
