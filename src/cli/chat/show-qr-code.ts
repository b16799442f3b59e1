import { formatFingerprintUri } from '../../fingerprint/index.js'
import { fingerprintCode } from '../fingerprint-qr.js'
import type { ChatContext } from './correspondents.js'
import { fingerprintsOf } from './describe-keys.js'

/** Shows our own fingerprints as a QR code until a key is pressed, and then the line that the code contains. */
export async function showCode({ client, view, show }: ChatContext): Promise<void> {
  const fingerprints = fingerprintsOf(client)
  const line = formatFingerprintUri({ address: client.account, fingerprints })
  const room = view.wholeScreen()
  if (room === undefined) {
    const code = fingerprintCode(client.account, fingerprints, { columns: undefined, rows: undefined, colours: false })
    show({ type: 'info', text: ['needs' in code ? [] : code.rows, line].flat().join('\n') })
    return
  }
  const code = fingerprintCode(client.account, fingerprints, room)
  if ('needs' in code) {
    const { needs } = code
    const text = `the window is too small for the code: it needs ${needs.columns} columns and ${needs.rows} rows, and there are ${room.columns ?? 0} and ${room.rows ?? 0}. `
      + 'Make it larger, or compare words: /otr fingerprint words'
    show({ type: 'error', text })
    return
  }
  await view.showWhole(code.rows)
  if (!code.whole) show({ type: 'info', text: 'the window had room for the key of version 4 alone' })
  show({ type: 'info', text: line })
}
