import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { useWords } from './words.js'

export interface FingerprintOf {
  readonly version: 3 | 4
  readonly fingerprint: string
}

type Module = typeof import('otr4/fingerprint')

/** Fingerprints as words and codes are loaded when somebody compares them. */
function useFingerprints(): Module | undefined {
  const [module, setModule] = useState<Module>()
  useEffect(() => { void import('otr4/fingerprint').then((loaded) => { setModule(loaded) }) }, [])
  return module
}

/** A fingerprint as words, and as digits for those who have no words. */
export function FingerprintWords({ fingerprint }: { readonly fingerprint: FingerprintOf }): VNode {
  const words = useWords()
  const module = useFingerprints()
  return (
    <div class="fingerprint">
      <p class="words" lang="en" dir="ltr">{module?.fingerprintWords(fingerprint).join(' ')}</p>
      <details><summary>{words.verifyDialog.digits}</summary><p class="digits" dir="ltr">{module?.fingerprintBlocks(fingerprint).join(' ')}</p></details>
    </div>
  )
}

/** Our name and fingerprint as a QR code. */
export function FingerprintCode({ account, fingerprint }: { readonly account: string, readonly fingerprint: FingerprintOf }): VNode | null {
  const words = useWords()
  const module = useFingerprints()
  if (module === undefined) return null
  const modules = module.qrModules(module.formatFingerprintUri({ address: account, fingerprints: [fingerprint] }))
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => isDark ? [`M${x} ${y}h1v1h-1z`] : [])).join('')
  return <svg class="qr" role="img" aria-label={words.verifyDialog.codeLabel} viewBox={`0 0 ${modules.length} ${modules.length}`} shape-rendering="crispEdges"><path d={path} /></svg>
}
