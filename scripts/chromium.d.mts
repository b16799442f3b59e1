import type { Browser } from 'playwright-core'

export function findChromium(): string | undefined
export const howToInstallChromium: string
export function launchChromium(): Promise<Browser>
