import { findChromium, howToInstallChromium } from '../../../scripts/chromium.mjs'
import { inCI } from './peers.js'

/** Skips a test or a suite that this machine cannot run, and says what is missing; in CI it fails instead. */
export function skipWithout(context: Mocha.Context, missing: string): never {
  if (inCI) throw new Error(missing)
  process.stderr.write(`      ${missing}\n`)
  context.skip()
}

export function needsChromium(context: Mocha.Context): void {
  if (findChromium() === undefined) skipWithout(context, `${howToInstallChromium}; test/interop/install.sh does it`)
}
