/** What a typed line asks for. */
export type ChatCommand =
  | { readonly do: 'say', readonly text: string }
  | { readonly do: 'nothing' }
  | { readonly do: 'quit' }
  | { readonly do: 'help', readonly about: 'chat' | 'otr' }
  | { readonly do: 'with', readonly peer: string | undefined }
  | { readonly do: 'msg', readonly peer: string, readonly text: string }
  | { readonly do: 'who' }
  | { readonly do: 'clear-screen' }
  | { readonly do: 'start' | 'end' | 'abort' | 'status' | 'go-clear' | 'outbox' | 'accept' }
  | { readonly do: 'lost' | 'devices' }
  | { readonly do: 'fingerprint', readonly form: 'digits' | 'words' | 'qr' }
  | { readonly do: 'compare', readonly text: string }
  | { readonly do: 'name-device', readonly instance: number, readonly name: string }
  | { readonly do: 'cancel', readonly number: number | undefined }
  | { readonly do: 'resend' | 'discard', readonly number: number | undefined }
  | { readonly do: 'trust', readonly verified: boolean, readonly fingerprint: string | undefined }
  /** `secret` undefined: to be asked for. */
  | { readonly do: 'smp', readonly question: string | undefined, readonly secret: string | undefined }
  | { readonly do: 'answer', readonly secret: string | undefined }
  /** Undefined: whichever is best. */
  | { readonly do: 'instance', readonly instance: number | undefined }
  /** Write to who is away: this text, or what waits. */
  | { readonly do: 'offline', readonly text: string | undefined }
  /** The person's answer to whether he wants to do that. */
  | { readonly do: 'agree', readonly yes: boolean }
  | { readonly do: 'policy', readonly changes: string }
  | { readonly do: 'wrong', readonly why: string }

/** What people read for `/help`. */
export const chatHelp = `
what you type goes to the one you are talking with; /otr help says how to make that private
/with NAME          talk with NAME from now on
/msg NAME TEXT      say one thing to NAME
/me TEXT            say what you do
/who                whom you have talked with
/clear              empty the screen
/quit               leave; Ctrl-D does the same. What --state keeps goes on when you are back, other private conversations end
//TEXT              say a line that begins with a slash
`.trim()

/** What people read for `/otr help`. */
export const otrHelp = `
/otr start                  ask to talk privately, or renew the keys of a private conversation
/otr end                    end the private conversation
/otr status                 how private the conversation is, keys and fingerprints
/otr smp ["QUESTION"] [SECRET]  verify the other by something that only you two know; asks for what is left out
/otr answer [SECRET]        answer such a question
/otr abort                  stop a verification
/otr trust [FINGERPRINT]    you have compared the fingerprint with the other: count the key as verified
/otr distrust [FINGERPRINT] count it as not verified
/otr fingerprint [words|qr] your fingerprint and the other's, to be compared over the telephone, or as a code for his camera
/otr compare TEXT           whether digits, words or the line of a code are the other's fingerprint
/otr accept                 go on with a new key of the other without verifying it
/otr clear                  after a private conversation: go on in clear
/otr outbox                 what waits until the conversation is private
/otr cancel [NUMBER]        take back what waits
/otr lost                   what the other perhaps could not read
/otr resend [NUMBER]        send it again
/otr discard [NUMBER]       give it up
/otr devices                the other's devices
/otr device TAG [NAME]      give one of them a name
/otr instance TAG|best      which of the other's programs to write to
/otr offline [TEXT]         write to the other who is away, or send what waits: it is read later, and can be denied less well
/otr offline yes|no         whether to do that by itself
/otr policy [NAME=VALUE,..] what this program does by itself
`.trim()

/** Reads a typed line. Total: what makes no sense comes back as `wrong`. */
export function parseCommand(line: string): ChatCommand {
  if (line.trim() === '') return { do: 'nothing' }
  if (!line.startsWith('/')) return { do: 'say', text: line }
  if (line.startsWith('//')) return { do: 'say', text: line.slice(1) }
  const [name, rest] = split(line.slice(1))
  switch (name.toLowerCase()) {
    case 'me':
      return rest === '' ? wrong('/me TEXT') : { do: 'say', text: `/me ${rest}` }
    case 'quit':
    case 'exit':
    case 'q':
      return { do: 'quit' }
    case 'help':
    case 'h':
    case '?':
      return { do: 'help', about: rest.toLowerCase() === 'otr' ? 'otr' : 'chat' }
    case 'with':
    case 'query':
      return rest.includes(' ') ? wrong('/with NAME') : { do: 'with', peer: rest || undefined }
    case 'msg': {
      const [peer, text] = split(rest)
      return peer === '' || text === '' ? wrong('/msg NAME TEXT') : { do: 'msg', peer, text }
    }
    case 'who':
    case 'names':
      return { do: 'who' }
    case 'clear':
      return { do: 'clear-screen' }
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
      return { do: 'help', about: 'otr' }
    case 'start':
    case 'refresh':
    case 'restart':
      return { do: 'start' }
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
      return form === 'digits' || form === 'words' || form === 'qr' ? { do: 'fingerprint', form } : wrong('/otr fingerprint [words|qr]')
    }
    case 'compare':
      return rest === '' ? wrong('/otr compare TEXT') : { do: 'compare', text: rest }
    case 'accept':
      return { do: 'accept' }
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

/** `"question" secret`, `secret`, `"question"` or nothing. Quotes mark a question; a secret is taken as it stands. */
function parseSmp(rest: string): ChatCommand {
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
