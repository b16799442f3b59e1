import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A program around somebody's implementation that this repository has. */
export interface KnownPeer {
  readonly name: string
  /** The words of the command that starts it. */
  readonly command: readonly string[]
  /** The file that exists if the program is built. */
  readonly built: string
}

/** The programs that `test/interop/install.sh` builds. `root`: a checkout of this repository. */
export function knownPeers(root: string): Readonly<Record<'libotr' | 'otr3' | 'otr3Newest' | 'otrr' | 'libotrNg' | 'potr' | 'npmOtr' | 'otr4j', KnownPeer>> {
  const build = (path: string): string => join(root, 'test/interop/.build', path)
  const program = (name: string, path: string): KnownPeer => ({ name, command: [build(path)], built: build(path) })
  return {
    libotr: program('libotr', 'libotr/peer'),
    otr3: program('otr3', 'otr3/peer'),
    otr3Newest: program('otr3, the newest', 'otr3-newest/peer'),
    otrr: program('otrr', 'otrr/target/release/otrr-peer'),
    libotrNg: program('libotr-ng', 'libotr-ng/peer'),
    potr: {
      name: 'python-potr',
      command: ['/usr/bin/env', `PYTHONPATH=${build('potr/packages')}`, 'python3', '-B', join(root, 'test/interop/peers/potr/peer.py')],
      built: build('potr/packages/potr/__init__.py'),
    },
    npmOtr: {
      name: "npm's otr",
      command: [process.execPath, join(root, 'test/interop/peers/npm-otr/peer.mjs')],
      built: join(root, 'node_modules/otr/index.js'),
    },
    otr4j: {
      name: 'otr4j',
      // The options that start quickest: each conversation starts a Java process of its own.
      command: ['java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', ['classes', 'jars/*'].map((path) => build(`otr4j/${path}`)).join(':'), 'Peer'],
      built: build('otr4j/classes/Peer.class'),
    },
  }
}

/** Whether the program is there. */
export function isBuilt({ built }: KnownPeer): boolean {
  return existsSync(built)
}
