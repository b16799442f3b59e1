import { findDevice, type KnownDevice } from '../known/device.js'
import type { Policy } from '../policy.js'
import type { ReceivedText } from './received-text.js'
import type { KnownFormat, TextFormat } from './text-format.js'

/** The text format for a session with this key under this tag. `undefined`: nothing is known. */
export function formatFor(
  devices: readonly KnownDevice[], { version, tag, fingerprint }: Pick<KnownDevice, 'version' | 'tag' | 'fingerprint'>, { textFormat }: Pick<Policy, 'textFormat'>,
): TextFormat | undefined {
  if (version === 4) return 'plain'
  if (textFormat !== 'auto') return textFormat
  return findDevice(devices, { version, tag, fingerprint })?.text?.format
}

/**
 * Learns from a private text of a device in version 3: what its characters reveal, and what the network says about its program, which counts for more. A proof
 * replaces a mere indication, never the other way round. Returns the same array if there is nothing new.
 */
export function learnFormat(
  devices: readonly KnownDevice[], shown: Pick<KnownDevice, 'version' | 'tag' | 'fingerprint'>, received: ReceivedText | undefined, program: TextFormat | undefined,
): readonly KnownDevice[] {
  const device = findDevice(devices, shown)
  if (device === undefined) return devices
  const learned = learnedOf(device.text, received, program)
  return learned === device.text ? devices : devices.with(devices.indexOf(device), { ...device, ...(learned !== undefined && { text: learned }) })
}

function learnedOf(known: KnownFormat | undefined, received: ReceivedText | undefined, program: TextFormat | undefined): KnownFormat | undefined {
  if (program !== undefined) return known?.by === 'program' && known.format === program ? known : { format: program, by: 'program' }
  if (known?.by === 'program' || known?.format === 'plain') return known
  const sign = received?.sign
  return sign === undefined || sign === known?.format ? known : { format: sign, by: 'text' }
}
