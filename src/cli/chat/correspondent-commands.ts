import type { Client, ClientConversation } from '../../index.js'
import type { ChatCommand } from './commands.js'
import { compareWith, describeDevices, describeKeys, ownFingerprints } from './describe-keys.js'

const kept = ['fingerprint', 'compare', 'devices', 'name-device', 'lost', 'resend', 'discard'] as const satisfies readonly ChatCommand['do'][]

/** Commands about what the state has of a correspondent: keys, devices, messages that they perhaps could not read. */
export type CorrespondentCommand = Extract<ChatCommand, { do: (typeof kept)[number] }>

export function isCorrespondentCommand(command: ChatCommand): command is CorrespondentCommand {
  return kept.some((one) => one === command.do)
}

const nothingLost = 'nothing is lost'

/** Runs a command. Resolves to lines for the person to read. Rejects with the library's errors. */
export async function runCorrespondentCommand(command: CorrespondentCommand, client: Client, conversation: ClientConversation): Promise<string[]> {
  switch (command.do) {
    case 'fingerprint':
      return [...ownFingerprints(client, command.form), ...describeKeys(conversation, command.form)]
    case 'compare':
      return [compareWith(conversation, command.text)]
    case 'devices':
      return describeDevices(conversation)
    case 'name-device':
      await conversation.nameDevice(command.instance, command.name)
      return []
    case 'lost':
      return conversation.lost.length === 0 ? [nothingLost] : conversation.lost.map(({ handle, text }) => `${handle}: ${text}`)
    case 'resend':
    case 'discard':
      if (command.number === undefined && conversation.lost.length === 0) return [nothingLost]
      for (const handle of command.number === undefined ? conversation.lost.map((one) => one.handle) : [command.number]) {
        await (command.do === 'resend' ? conversation.resend(handle) : conversation.discard(handle))
      }
      return []
  }
}
