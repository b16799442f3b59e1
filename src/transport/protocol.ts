import { OtrError } from '../errors.js'
import type { Transport } from './transport.js'

/**
 * A network as a program knows it without a connection: its name, how its addresses compare, and how a person names it on a command line.
 * Light: the transport's own code is loaded by `CommandLine.open` alone.
 */
export interface Protocol {
  /** As libotr's programs call the network in their files; the same as `Transport.protocol`. */
  readonly name: string
  /** Other names for it that programs write. */
  readonly otherNames: readonly string[]
  /** How names compare is known only while connected, since each server says it. */
  readonly serverComparesNames: boolean
  /** The one key for a correspondent. @throws OtrError `OTR_TRANSPORT_ADDRESS` for what is no name there */
  readonly canonical: (name: string) => string
  /** The options of `otr4 chat` that choose it. */
  readonly commandLine: CommandLine
}

/** Options as they were typed, by their names without dashes. */
export type OptionValues = Readonly<Record<string, string | boolean | undefined>>

/** The options with which a person chooses a network for `otr4 chat`. */
export interface CommandLine {
  /** The option that chooses the network and takes an address: `irc` for `--irc HOST`. */
  readonly option: string
  /** What follows that option in the usage. */
  readonly usage: string
  /** Further options that go with this network. Several networks may share one. */
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>
  /** What the help says of them: lines of at most 79 columns that begin with two blanks. Empty where the usage says it all. */
  readonly help: string
  /** Whether a prekey server can be reached over this network. */
  readonly hasServices: boolean
  /** Reads what was typed. @throws OtrError `OTR_ARGUMENT` or `OTR_TRANSPORT_ADDRESS` where it makes no sense */
  readonly open: (address: string, asked: Asked) => Promise<Opening>
}

/** What was typed and set beside the address. */
export interface Asked {
  readonly values: OptionValues
  readonly env: Readonly<Record<string, string | undefined>>
  /** A server elsewhere without TLS is allowed. */
  readonly insecure: boolean
  /** Addresses of services, such as a prekey server, that are written to like people. */
  readonly services: readonly string[]
}

/** A transport that can be made. */
export interface Opening {
  /** The network's name for people. */
  readonly label: string
  /** A password that must be given: by this environment variable, or by the person. `what`: what it opens. */
  readonly password?: { readonly variable: string, readonly what: string }
  /** Makes the transport, not yet started. `password`: empty where none is known yet, or none is wanted. */
  readonly make: (password: string) => Transport
}

/** The text of an option; undefined where it was not given. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** Refuses what was typed. */
export function wrongOption(message: string): OtrError {
  return new OtrError('OTR_ARGUMENT', message)
}
