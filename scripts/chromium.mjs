// Finds and starts Chromium. It is a package of the system, controlled by playwright-core, which brings no browser of its own.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

/** The path of the program, or undefined. The environment variable OTR4_CHROMIUM overrides it. */
export function findChromium() {
  return [process.env.OTR4_CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path))
}

export const howToInstallChromium = 'there is no Chromium: install it (Debian: apt-get install chromium), or say where it is in OTR4_CHROMIUM'

/** Starts a headless Chromium. If there is none, throws an error that says how to install it. */
export async function launchChromium() {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToInstallChromium)
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
