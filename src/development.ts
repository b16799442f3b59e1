/**
 * For development, of programs with `otr4` and of `otr4` itself. Do not use it in a released program.
 */
export { watchWipes } from './crypto/watch-wipes.js'
export { OtrError } from './errors.js'
