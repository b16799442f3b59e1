import type { TextFormat } from '../../index.js'
/** What a typed line asks for. */
export type ChatCommand =
  | { readonly do: 'say', readonly text: string }
  /** Something that the person does. */
  | { readonly do: 'me', readonly text: string }
  | { readonly do: 'nothing' }
  | { readonly do: 'quit' }
  | { readonly do: 'help', readonly topic: string }
  | { readonly do: 'with', readonly peer: string | undefined }
  | { readonly do: 'msg', readonly peer: string, readonly text: string }
  /** Lists the correspondents. */
  | { readonly do: 'who' }
  | { readonly do: 'window', readonly number: number | undefined }
  | { readonly do: 'close' }
  | { readonly do: 'join', readonly channel: string, readonly password: string | undefined }
  /** `channel` undefined: the one in front. */
  | { readonly do: 'part' | 'names', readonly channel: string | undefined }
  /** `privately` undefined: says what the log keeps. */
  | { readonly do: 'log', readonly privately: boolean | undefined }
  | { readonly do: 'clear-screen' }
  | { readonly do: 'end' | 'follow' | 'abort' | 'status' | 'go-clear' | 'outbox' | 'accept' | 'tell' }
  /** `versions` undefined: all that are allowed. */
  | { readonly do: 'start', readonly versions: readonly (3 | 4)[] | undefined }
  | { readonly do: 'lost' | 'devices' }
  | { readonly do: 'fingerprint', readonly form: 'digits' | 'words' }
  /** Shows our own fingerprints as a QR code. */
  | { readonly do: 'code' }
  | { readonly do: 'compare', readonly text: string }
  /** Allows version 2 for the correspondent, or not any more. `yes` undefined: the person reads first what it means. */
  | { readonly do: 'allow-2', readonly yes: boolean | undefined }
  /** Says how the correspondent's program writes and reads private text. */
  | { readonly do: 'format', readonly format: TextFormat | 'auto' }
  | { readonly do: 'name-device', readonly instance: number, readonly name: string }
  | { readonly do: 'cancel', readonly number: number | undefined }
  | { readonly do: 'resend' | 'discard', readonly number: number | undefined }
  | { readonly do: 'trust', readonly verified: boolean, readonly fingerprint: string | undefined }
  /** `secret` undefined: the person is asked for it. */
  | { readonly do: 'smp', readonly question: string | undefined, readonly secret: string | undefined }
  | { readonly do: 'answer', readonly secret: string | undefined }
  /** `instance` undefined: the best one. */
  | { readonly do: 'instance', readonly instance: number | undefined }
  /** Writes to a correspondent who is away. `text` undefined: sends what waits. */
  | { readonly do: 'offline', readonly text: string | undefined }
  /** Whether the person agrees to write to those who are away. */
  | { readonly do: 'agree', readonly yes: boolean }
  | { readonly do: 'policy', readonly changes: string }
  | { readonly do: 'send', readonly path: string }
  | { readonly do: 'files' }
  /** `number` undefined: the only one. `path` undefined: the present folder. */
  | { readonly do: 'get', readonly number: number | undefined, readonly path: string | undefined }
  | { readonly do: 'refuse' | 'stop' | 'resume', readonly number: number | undefined }
  | { readonly do: 'wrong', readonly why: string }

/** Commands that are not about the correspondent in front of the person. */
const aboutNobody = [
  'nothing', 'quit', 'wrong', 'help', 'clear-screen', 'who', 'with', 'window', 'close', 'msg', 'join', 'part', 'names', 'agree', 'code', 'log', 'policy', 'files', 'get', 'refuse', 'stop', 'resume',
] as const satisfies readonly ChatCommand['do'][]

/** A command about the correspondent or channel in front of the person. */
export type CommandAboutSomebody = Exclude<ChatCommand, { do: (typeof aboutNobody)[number] }>

export function isAboutSomebody(command: ChatCommand): command is CommandAboutSomebody {
  return !aboutNobody.some((one) => one === command.do)
}

/** Reads a typed line. Never throws: what makes no sense is a command `wrong`. */
export function parseCommand(line: string): ChatCommand {
  if (line.trim() === '') return { do: 'nothing' }
  if (!line.startsWith('/')) return { do: 'say', text: line }
  if (line.startsWith('//')) return { do: 'say', text: line.slice(1) }
  const [name, rest] = split(line.slice(1))
  switch (name.toLowerCase()) {
    case 'me':
      return rest === '' ? wrong('/me TEXT') : { do: 'me', text: rest }
    case 'quit':
    case 'exit':
    case 'q':
      return { do: 'quit' }
    case 'help':
    case 'h':
    case '?':
      return { do: 'help', topic: rest.toLowerCase() }
    case 'with':
    case 'query':
      return rest.includes(' ') ? wrong('/with NAME') : { do: 'with', peer: rest || undefined }
    case 'msg': {
      const [peer, text] = split(rest)
      return peer === '' || text === '' ? wrong('/msg NAME TEXT') : { do: 'msg', peer, text }
    }
    case 'who':
      return { do: 'who' }
    case 'window':
    case 'win':
    case 'w':
      return rest === '' || /^\d{1,3}$/.test(rest) ? { do: 'window', number: rest === '' ? undefined : Number(rest) } : wrong('/window [NUMBER]')
    case 'close':
      return rest === '' ? { do: 'close' } : wrong('/close')
    case 'join':
    case 'j': {
      const [channel, password, ...more] = rest.split(/ +/)
      return channel === undefined || channel === '' || more.length > 0 ? wrong('/join #CHANNEL [PASSWORD]') : { do: 'join', channel, password }
    }
    case 'part':
    case 'leave':
    case 'names':
      return rest.includes(' ') ? wrong(`/${name} [#CHANNEL]`) : { do: name === 'names' ? 'names' : 'part', channel: rest || undefined }
    case 'log': {
      const asked = /^private\s+(yes|no|on|off)$/i.exec(rest)?.[1]?.toLowerCase()
      return rest !== '' && asked === undefined ? wrong('/log [private yes|no]') : { do: 'log', privately: asked === undefined ? undefined : asked === 'yes' || asked === 'on' }
    }
    case 'clear':
      return { do: 'clear-screen' }
    case 'send':
      return rest === '' ? wrong('/send FILE') : { do: 'send', path: rest }
    case 'files':
      return { do: 'files' }
    case 'get': {
      const [number, path] = /^\d{1,9}$/.test(split(rest)[0]) ? split(rest) : ['', rest]
      return { do: 'get', number: number === '' ? undefined : Number(number), path: path || undefined }
    }
    case 'refuse':
    case 'stop':
    case 'resume': {
      const word = name.toLowerCase() as 'refuse' | 'stop' | 'resume'
      return rest === '' || /^\d{1,9}$/.test(rest) ? { do: word, number: rest === '' ? undefined : Number(rest) } : wrong(`/${word} [NUMBER]`)
    }
    case 'otr':
      return parseOtr(rest)
    case 'smp':
    case 'answer':
      return parseOtr(`${name} ${rest}`)
    default:
      return { do: 'wrong', why: `there is no command /${name}; /help lists them, and // begins a line that shall start with a slash` }
  }
}

function parseOtr(line: string): ChatCommand {
  const [name, rest] = split(line)
  switch (name.toLowerCase()) {
    case '':
    case 'help':
      return { do: 'help', topic: rest.toLowerCase() || 'otr' }
    case 'start':
    case 'refresh':
    case 'restart':
      if (rest !== '' && rest !== '3' && rest !== '4') return wrong('/otr start [3|4]')
      return { do: 'start', versions: rest === '' ? undefined : [rest === '3' ? 3 : 4] }
    case 'end':
    case 'stop':
    case 'finish':
      return { do: 'end' }
    case 'status':
    case 'info':
      return { do: 'status' }
    case 'fingerprint':
    case 'fingerprints': {
      const form = rest.toLowerCase() || 'digits'
      if (form === 'qr') return { do: 'code' }
      return form === 'digits' || form === 'words' ? { do: 'fingerprint', form } : wrong('/otr fingerprint [words|qr]')
    }
    case 'compare':
      return rest === '' ? wrong('/otr compare TEXT') : { do: 'compare', text: rest }
    case 'format': {
      const format = (['auto', 'plain', 'html', 'escapes'] as const).find((one) => one === rest.toLowerCase())
      return format === undefined ? wrong('/otr format auto|plain|html|escapes') : { do: 'format', format }
    }
    case 'allow': {
      const word = /^2(?:\s+(yes|no))?$/i.exec(rest)
      return word === null ? wrong('/otr allow 2 [yes|no]') : { do: 'allow-2', yes: word[1] === undefined ? undefined : word[1].toLowerCase() === 'yes' }
    }
    case 'accept':
      return { do: 'accept' }
    case 'follow':
      return { do: 'follow' }
    case 'tell':
      return { do: 'tell' }
    case 'devices':
      return { do: 'devices' }
    case 'device': {
      const [tag, given] = split(rest)
      const instance = instanceIn(tag)
      return instance === undefined ? wrong('/otr device TAG [NAME]') : { do: 'name-device', instance, name: given }
    }
    case 'lost':
      return { do: 'lost' }
    case 'trust':
      return { do: 'trust', verified: true, fingerprint: rest || undefined }
    case 'distrust':
    case 'untrust':
      return { do: 'trust', verified: false, fingerprint: rest || undefined }
    case 'smp':
    case 'ask':
    case 'auth':
    case 'verify':
      return parseSmp(rest)
    case 'answer':
      return { do: 'answer', secret: rest || undefined }
    case 'abort':
      return { do: 'abort' }
    case 'clear':
    case 'plaintext':
      return { do: 'go-clear' }
    case 'outbox':
      return { do: 'outbox' }
    case 'cancel':
      return numbered('cancel', rest)
    case 'resend':
      return numbered('resend', rest)
    case 'discard':
      return numbered('discard', rest)
    case 'instance': {
      if (rest.toLowerCase() === 'best') return { do: 'instance', instance: undefined }
      const instance = instanceIn(rest)
      return instance === undefined ? wrong('/otr instance TAG|best') : { do: 'instance', instance }
    }
    case 'offline':
      return /^(?:yes|no)$/i.test(rest) ? { do: 'agree', yes: rest.toLowerCase() === 'yes' } : { do: 'offline', text: rest || undefined }
    case 'policy':
      return { do: 'policy', changes: rest }
    default:
      return { do: 'wrong', why: `there is no command /otr ${name}; /otr help lists them` }
  }
}

function numbered(name: 'cancel' | 'resend' | 'discard', rest: string): ChatCommand {
  return rest === '' || /^\d{1,9}$/.test(rest) ? { do: name, number: rest === '' ? undefined : Number(rest) } : wrong(`/otr ${name} [NUMBER]`)
}

/** An instance tag in hex, as the program shows it. */
function instanceIn(text: string): number | undefined {
  return /^(?:0x)?[0-9a-f]{3,8}$/i.test(text) ? parseInt(text.replace(/^0x/i, ''), 16) : undefined
}

/** `"question" secret`, `secret`, `"question"` or nothing. Quotes mark a question; a secret is used unchanged. */
function parseSmp(rest: string): ChatCommand {
  // A question without quotes would be taken for the secret, and the secret that is typed next would be sent as a message.
  if (!rest.startsWith('"') && rest.endsWith('?')) return { do: 'wrong', why: 'is that the question? Put it in quotes, /otr smp "QUESTION", or type /otr smp alone and be asked' }
  if (!rest.startsWith('"')) return { do: 'smp', question: undefined, secret: rest || undefined }
  const end = rest.indexOf('"', 1)
  const question = rest.slice(1, end).trim()
  if (end < 0 || question === '') return wrong('/otr smp "QUESTION" SECRET')
  return { do: 'smp', question, secret: rest.slice(end + 1).trim() || undefined }
}

/** The first word and the rest of a line. */
function split(line: string): [string, string] {
  const match = /^\s*(\S*)\s?(.*)$/s.exec(line)
  return [match?.[1] ?? '', (match?.[2] ?? '').trim()]
}

function wrong(usage: string): ChatCommand {
  return { do: 'wrong', why: `usage: ${usage}` }
}
