import { limits } from '../budget/limits.js'
import type { Trust, Version } from '../event.js'
import { compareTrust } from './key-book.js'

/** A device of the correspondent, as it last showed itself: plain data, a part of `Conversation`. */
export interface KnownDevice {
  /** Its instance tag. */
  readonly tag: number
  /** The version of its newest session. */
  readonly version: Version
  /** The key of that session: hex, lower case. */
  readonly fingerprint: string
  /** Seconds. */
  readonly firstSeen: number
  /** When a session with it last began or ended, seconds. What stands now knows better: see `DeviceInfo.lastSeen`. */
  readonly lastSeen: number
  /** What the application calls it. */
  readonly name?: string
}

/** A device of a correspondent, for people. */
export interface DeviceInfo {
  /** Its instance tag. */
  readonly instance: number
  /** The version of its newest session. */
  readonly version: Version
  /** Hex. */
  readonly fingerprint: string
  /** What that key is worth. */
  readonly trust: Trust
  /** Of its best session; `plaintext` where there is none. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** Whether a message that names no instance would go to it now. */
  readonly selected: boolean
  /** Whether the application chose it with `chooseDevice`. */
  readonly chosen: boolean
  /** Seconds. */
  readonly firstSeen: number
  /** When it last proved itself, seconds. */
  readonly lastSeen: number
  /** What the application calls it: `nameDevice`. */
  readonly name?: string
}

/** A session came to stand with a device. `isNew`: it was not known, and others were. */
export function deviceShown(
  devices: readonly KnownDevice[], shown: Pick<KnownDevice, 'tag' | 'version' | 'fingerprint'>, now: number,
  trustOf: (device: Pick<KnownDevice, 'version' | 'fingerprint'>) => Trust,
): { readonly devices: readonly KnownDevice[], readonly isNew: boolean } {
  const at = devices.findIndex(({ tag }) => tag === shown.tag)
  const known = devices[at]
  if (known !== undefined) {
    // Under a tag that somebody else uses too the device stays what it was.
    if (compareTrust(trustOf(shown), trustOf(known)) < 0) return { devices, isNew: false }
    return { devices: devices.with(at, { ...known, ...shown, lastSeen: now }), isNew: false }
  }
  const all = [...devices, { ...shown, firstSeen: now, lastSeen: now }]
  return { devices: all.length > limits.devices ? withoutOne(all, (device) => trustOf(device) === 'verified') : all, isNew: devices.length > 0 }
}

/** Where there are too many, the one that was silent longest goes; one with a verified key or a name only when all others have such. */
function withoutOne(devices: readonly KnownDevice[], isVerified: (device: KnownDevice) => boolean): readonly KnownDevice[] {
  const old = devices.slice(0, -1).sort((a, b) => a.lastSeen - b.lastSeen)
  const given = old.find((device) => device.name === undefined && !isVerified(device)) ?? old[0]
  return devices.filter((one) => one !== given)
}
