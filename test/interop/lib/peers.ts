/** The programs that speak the peer protocol, what they cannot do, and whether they are built on this machine. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { knownPeers } from '../../../src/conformance/known-peers.js'
import { defaultPeerLimits, PeerProcess } from '../../../src/conformance/peer-process.js'

/** What an implementation has no call for. The scenarios say it and go round it. */
export type Lack = 'smp-abort' | 'extra-key' | 'heartbeat' | 'tlvs' | 'dsa-import' | 'fingerprint' | 'ssid-bold' | 'refresh' | 'clock'

export interface PeerKind {
  readonly name: string
  readonly command: readonly string[]
  /** The file that tells whether it is built, where that is not the program itself. */
  readonly built?: string
  readonly lacks: readonly Lack[]
  /** How a wrong SMP secret may end with it, on either side. */
  readonly wrongSecret: readonly string[]
  /** Loses what was typed before the session, instead of sending it when it stands. */
  readonly forgetsHeldText?: boolean
  /** Stands still between a question of SMP and its user's answer: what arrives is looked at afterwards. */
  readonly waitsForAnswer?: boolean
  /** Of the versions in a white-space tag it sees the last one only. */
  readonly readsLastTagOnly?: boolean
  /** When D-H Commits cross and its own stands, it repeats it and then waits for the wrong message: somebody has to ask again. */
  readonly forgetsItsCommit?: boolean
  /** Version 4: it answers one query of a correspondent with an Identity message, and refuses to answer another one ever after. */
  readonly answersOneQuery?: boolean
  /** Version 3: compares counters across key pairs, so that of two messages in a row the next turn's first one is lost. */
  readonly losesAfterTwoInARow?: boolean
}

export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** Starts a program. Some make their keys while they are asked: an answer may take two minutes. */
export function startPeer({ name, command }: PeerKind): PeerProcess {
  return new PeerProcess(name, command, { cwd: projectRoot, limits: { ...defaultPeerLimits, answer: 120 } })
}

const known = knownPeers(projectRoot)

/** `otr4 peer` from the sources, or what OTR4_PEER says (words separated by spaces). */
export const otr4: PeerKind = {
  name: 'otr4',
  command: process.env['OTR4_PEER']?.split(' ') ?? [process.execPath, '--import', 'tsx', `${projectRoot}src/cli/main.ts`, 'peer'],
  lacks: [],
  wrongSecret: ['failed'],
}

export const libotr: PeerKind = { ...known.libotr, lacks: [], wrongSecret: ['failed'] }

export const otr3: PeerKind = {
  ...known.otr3,
  // 'refresh': for a minute after a session began it answers no query.
  lacks: ['smp-abort', 'heartbeat', 'tlvs', 'refresh', 'clock'],
  // Where the secrets differ it tells `failed` and aborts, and takes the other side's last message for an abort.
  wrongSecret: ['failed', 'aborted'],
  forgetsItsCommit: true,
}

/** The same program over the newest otr3, where somebody has given its sources: see `install.sh`. */
export const otr3Newest: PeerKind = { ...otr3, ...known.otr3Newest }

export const otrr: PeerKind = {
  ...known.otrr,
  lacks: ['extra-key', 'heartbeat', 'tlvs', 'dsa-import', 'fingerprint', 'ssid-bold', 'clock'],
  wrongSecret: ['failed'],
  forgetsHeldText: true,
  waitsForAnswer: true,
  readsLastTagOnly: true,
  answersOneQuery: true,
  losesAfterTwoInARow: true,
}

/** The C library of version 4, which speaks an older draft. Built from sources that a person has got: see `install.sh`. */
export const libotrNg: PeerKind = {
  ...known.libotrNg,
  lacks: ['smp-abort', 'extra-key', 'heartbeat', 'tlvs', 'dsa-import', 'fingerprint', 'ssid-bold', 'clock'],
  wrongSecret: ['failed'],
}

/** python-potr, which is in WeeChat's script, in Poezio, and was in Gajim's plugin: version 2 alone. */
export const potr: PeerKind = {
  ...known.potr,
  lacks: ['extra-key', 'heartbeat', 'tlvs', 'clock'],
  // Whoever finds that the secrets differ says so, and aborts.
  wrongSecret: ['failed', 'aborted'],
  forgetsHeldText: true,
}

/** npm's package `otr`, which is among what the benchmarks need. */
export const npmOtr: PeerKind = {
  ...known.npmOtr,
  lacks: ['extra-key', 'heartbeat', 'tlvs', 'clock'],
  wrongSecret: ['failed'],
}

/** Built from sources that a person has got: see `install.sh`. No registry has an otr4j that speaks version 4. */
export const otr4j: PeerKind = {
  ...known.otr4j,
  lacks: ['dsa-import', 'extra-key', 'fingerprint', 'heartbeat', 'ssid-bold', 'tlvs', 'clock'],
  wrongSecret: ['failed', 'aborted'],
}

export const inCI = process.env['CI'] === 'true'

/** Whether the program is there. A test that needs one that is not there fails in CI, and elsewhere says how to get it. */
export function isBuilt(kind: PeerKind): boolean {
  const file = kind.built ?? kind.command[0]
  return file !== undefined && existsSync(file)
}

export const howToInstall = 'build the peers with: bash test/interop/install.sh (Debian, as root)'
