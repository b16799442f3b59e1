// Where Chromium is: a package of the system's, driven by playwright-core, which brings no browser of its own.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable']

/** The program, or undefined. OTR4_CHROMIUM names another. */
export function findChromium() {
  return [process.env.OTR4_CHROMIUM, ...places].find((path) => path !== undefined && existsSync(path))
}

export const howToInstallChromium = 'there is no Chromium: install it (Debian: apt-get install chromium), or say where it is in OTR4_CHROMIUM'

/** A headless Chromium; throws and says how to install one where there is none. */
export async function launchChromium() {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(howToInstallChromium)
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
