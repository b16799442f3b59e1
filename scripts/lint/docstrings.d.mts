import type { ESLint } from 'eslint'

/** The link to a section of a specification, as docstrings must write it. */
export function specificationLink(name: 'OTRv2' | 'OTRv3' | 'OTRv4' | 'OTRv4 prekey server', heading: string): string

/** The rules, as an ESLint plugin. */
export const docstrings: ESLint.Plugin
