import { OtrError } from 'otr4'
import { sentence } from 'otr4/codes'
import { openBot } from './bot.js'
import { readFriends } from './friends.js'

try {
  const server = process.env['BOT_SERVER']
  const bot = await openBot({
    jid: needed('BOT_JID'),
    password: needed('BOT_PASSWORD'),
    ...server !== undefined && { server },
    directory: process.env['BOT_STATE'] ?? 'state',
    passphrase: needed('BOT_PASSPHRASE'),
    friends: readFriends(needed('BOT_FRIENDS')),
    log: (line) => { console.log(line) },
  })
  for (const fingerprint of bot.fingerprints) console.log(`fingerprint: ${fingerprint}`)
  // Close in order: what was begun gets finished, and the store is unlocked.
  const stop = (): void => { void bot.close() }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
} catch (error) {
  // The code is stable and has a sentence for people; the message is for developers.
  console.error(error instanceof OtrError ? `${sentence(error.code)} (${error.code}: ${error.message})` : error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** A setting. Secrets come from the environment, not from arguments, which everybody on the machine can read. */
function needed(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`set ${name}: README.md says what to`)
  return value
}
