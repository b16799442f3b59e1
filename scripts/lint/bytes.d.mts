import type { ESLint } from 'eslint'

/** The rules, as an ESLint plugin. */
export const bytes: ESLint.Plugin
