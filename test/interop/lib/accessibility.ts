import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

interface Axe {
  run(): Promise<{ readonly violations: readonly { readonly id: string, readonly nodes: readonly { readonly html: string }[] }[] }>
}

const axe = createRequire(new URL('../../../web/package.json', import.meta.url)).resolve('axe-core/axe.min.js')

/** What a screen reader or a person with weak eyes could not use on a page as it is now: the rule and the elements of each violation. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(axe, 'utf8'))
  const { violations: found } = await page.evaluate<Awaited<ReturnType<Axe['run']>>>('axe.run()')
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
