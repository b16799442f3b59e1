import type { Command } from './command.js'

export const command: Command = {
  summary: 'drive a complete OTR client with JSON lines on standard input and output',
  help: 'usage: otr4 peer',
  run: () => Promise.resolve(0),
}
