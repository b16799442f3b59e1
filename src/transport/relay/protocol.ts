import { userInfo } from 'node:os'
import { textOption, type Protocol } from '../protocol.js'
import { canonicalRelayName } from './frames.js'

/** The relay of this project. */
export const relayProtocol: Protocol = {
  name: 'relay',
  otherNames: [],
  serverComparesNames: false,
  canonical: canonicalRelayName,
  commandLine: {
    option: 'relay',
    usage: 'URL [--nick NAME]',
    options: { nick: { type: 'string' } },
    help: '',
    hasServices: true,
    open: async (url, { values }) => {
      const { RelayTransport } = await import('./client.js')
      const name = textOption(values, 'nick') ?? userInfo().username
      return { label: url, make: () => new RelayTransport({ url, name }) }
    },
  },
}
