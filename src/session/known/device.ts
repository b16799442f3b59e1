import { limits } from '../budget/limits.js'
import type { Trust, Version } from '../event.js'
import type { KnownFormat } from '../text/text-format.js'
import { compareTrust } from './key-book.js'

/** A device of the correspondent, as it was last seen: plain data, a part of `Conversation`. */
export interface KnownDevice {
  /** Its instance tag. */
  readonly tag: number
  /** The version of its newest session. */
  readonly version: Version
  /** The key of that session: hex, lower case. */
  readonly fingerprint: string
  /** Seconds. */
  readonly firstSeen: number
  /** When a session with it last began or ended, seconds. A current session may have seen it later: see `DeviceInfo.lastSeen`. */
  readonly lastSeen: number
  /** The name that the application gave it. */
  readonly name?: string
  /** How its program writes and reads private text, as far as that is known. Of version 3: version 4 says it. */
  readonly text?: KnownFormat
  /** Its program does not answer a text with a heartbeat: nothing follows from its silence. */
  readonly noHeartbeats?: boolean
}

/** A device of a correspondent, for people. */
export interface DeviceInfo {
  /** Its instance tag. */
  readonly instance: number
  /** The version of its newest session. */
  readonly version: Version
  /** Hex. */
  readonly fingerprint: string
  /** The trust in that key. */
  readonly trust: Trust
  /** The state of its best session; `plaintext` if it has none. */
  readonly state: 'plaintext' | 'handshake' | 'encrypted' | 'finished'
  /** Whether a message without an instance would go to it now. */
  readonly selected: boolean
  /** Whether the application chose it with `chooseDevice`. */
  readonly chosen: boolean
  /** Seconds. */
  readonly firstSeen: number
  /** When it last completed a key exchange or sent something authentic, seconds. */
  readonly lastSeen: number
  /** The name that the application gave it with `nameDevice`. */
  readonly name?: string
}

/** Returns the device with this tag, if it last used this key. */
export function findDevice(
  devices: readonly KnownDevice[], { tag, version, fingerprint }: Pick<KnownDevice, 'tag' | 'version' | 'fingerprint'>,
): KnownDevice | undefined {
  return devices.find((device) => device.tag === tag && device.version === version && device.fingerprint === fingerprint)
}

/** Notes that a session was established with a device. `isNew`: this device was not known, but others were. */
export function deviceShown(
  devices: readonly KnownDevice[], shown: Pick<KnownDevice, 'tag' | 'version' | 'fingerprint'>, now: number,
  trustOf: (device: Pick<KnownDevice, 'version' | 'fingerprint'>) => Trust,
): { readonly devices: readonly KnownDevice[], readonly isNew: boolean } {
  const at = devices.findIndex(({ tag }) => tag === shown.tag)
  const known = devices[at]
  if (known !== undefined) {
    // Somebody else may use this tag with a key that is trusted less: then the device does not change.
    if (compareTrust(trustOf(shown), trustOf(known)) < 0) return { devices, isNew: false }
    return { devices: devices.with(at, { ...known, ...shown, lastSeen: now }), isNew: false }
  }
  const all = [...devices, { ...shown, firstSeen: now, lastSeen: now }]
  return { devices: all.length > limits.devices ? withoutOne(all, (device) => trustOf(device) === 'verified') : all, isNew: devices.length > 0 }
}

/** Removes the device that was seen least recently. One with a verified key or a name goes only if all others have one too. */
function withoutOne(devices: readonly KnownDevice[], isVerified: (device: KnownDevice) => boolean): readonly KnownDevice[] {
  const old = devices.slice(0, -1).sort((a, b) => a.lastSeen - b.lastSeen)
  const given = old.find((device) => device.name === undefined && !isVerified(device)) ?? old[0]
  return devices.filter((one) => one !== given)
}
