import type { ClientConversation } from '../session/client/client-conversation.js'
import type { ConversationHandle } from '../session/client/conversation-handle.js'

/** The members of a conversation that are values. They are copied to the page. */
export type ValueName = {
  [Name in Exclude<keyof ConversationHandle, 'peer'>]: ConversationHandle[Name] extends (...given: never[]) => unknown ? never : Name
}[Exclude<keyof ConversationHandle, 'peer'>]

/**
 * The members of a conversation that are commands. They are called in the worker. `extraKey` is not among them, because it returns a key: use it in
 * the worker, by `ServeOptions.extend`.
 */
export type CommandName = Exclude<keyof ClientConversation, ValueName | 'extraKey' | 'peer' | 'on'>

/** The values of a conversation at one moment. */
export type ConversationValues = Pick<ClientConversation, ValueName>

/** The compiler asks for each new member of a conversation in one of these two. */
const values: Readonly<Record<ValueName, true>> = { devices: true, keys: true, lost: true, outbox: true, policy: true, status: true, trustHistory: true }
const commands: Readonly<Record<CommandName, true>> = {
  abort: true, answer: true, cancel: true, chooseDevice: true, continueInPlaintext: true, discard: true, encrypted: true, end: true, expire: true,
  forgetDevice: true, gone: true, nameDevice: true, resend: true, send: true, sendOffline: true, sendTlvs: true, setPolicy: true, start: true,
  tellUnreadable: true, trust: true, undelivered: true, verify: true,
}

export const valueNames = Object.keys(values) as readonly ValueName[]
export const commandNames = Object.keys(commands) as readonly CommandName[]

/** Whether a page may call this command of a conversation. */
export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}
