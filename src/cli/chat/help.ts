/** Help by topic, in pages that fit a small terminal: at most 18 lines of at most 76 columns. */

const overview = `
What you type goes to the one in front of you; the words before it say how
private that is. Lines that begin with a slash are commands:

  /with NAME      talk with NAME; /msg NAME TEXT says one thing to NAME
  /otr start      ask for privacy       /otr smp    verify who it is
  /otr end        end it                /otr status how private it is
  /me TEXT        say what you do       /who        whom you talked with
  /join #CHANNEL  talk in a channel     /close      close this window
  /clear          empty the screen      /quit       leave; so does Ctrl-D
  //TEXT          say a line that begins with a slash

/help TOPIC says more: otr, start, smp, trust, fingerprint, devices,
waiting, lost, offline, files, policy, windows, keys, paste, channels, log
`

const pages: Readonly<Record<string, string>> = {
  otr: `
Private conversations (OTR). Each line has a page: /otr help TOPIC

  start        /otr start, /otr end, /otr clear, /otr status
  smp          /otr smp, /otr answer, /otr abort: verify by a shared secret
  trust        /otr trust, /otr distrust, /otr accept
  fingerprint  /otr fingerprint [words|qr], /otr compare TEXT
  devices      /otr devices, /otr device TAG NAME, /otr instance TAG|best
  waiting      /otr outbox, /otr cancel [NUMBER]
  lost         /otr lost, /otr resend [NUMBER], /otr discard [NUMBER],
               /otr tell, /otr follow
  offline      /otr offline [TEXT], /otr offline yes|no
  policy       /otr policy [NAME=VALUE,...], /otr format WORD,
               /otr allow 2 [yes|no]
`,
  start: `
/otr start   ask the other for privacy, or renew the keys of a private
             conversation; /otr start 3 asks in version 3 alone, for a
             program whose version 4 cannot be read
/otr allow 2 for a program that has version 2 only, as Thunderbird,
             Profanity and WeeChat: says first what that means
/otr end     end the private conversation. What you type then waits
/otr clear   after that: go on in clear, where everybody on the way reads
/otr status  how private the conversation is, with keys and fingerprints

Private means that nobody on the way can read along. It does not say who is
at the other end: that is what /otr smp is for.
`,
  smp: `
/otr smp                       verify the other: asks you for a question and
                               for the answer that only you two know
/otr smp "QUESTION" [ANSWER]   the same, typed at once
/otr answer [ANSWER]           answer when the other has asked you
/otr abort                     stop a verification

Neither side learns the other's answer, only whether both are the same. Take
something that others cannot guess, and agree on how it is written: case and
blanks count. Whoever answers a question has verified nobody: ask in turn.
`,
  trust: `
/otr trust [FINGERPRINT]     you have compared the fingerprint with the
                             other, by telephone or in person
/otr distrust [FINGERPRINT]  the key does not count as verified any more
/otr accept                  go on with another key than before, unverified

A key that was never seen before, or another than before, is nobody's until
you verify it. /otr smp does that without comparing anything.
`,
  fingerprint: `
/otr fingerprint         yours and the other's, as digits
/otr fingerprint words   the same as words, to be read out
/otr fingerprint qr      yours as a code for the other's camera
/otr compare TEXT        whether digits, words or the line of a code are the
                         other's fingerprint

If both sides see the same two, nobody stands between you: /otr trust
`,
  devices: `
/otr devices              the other's devices, and which one you write to
/otr device TAG [NAME]    give one of them a name
/otr instance TAG|best    write to this one, or to the best again

A device with a key that you have not met is told, and never becomes the one
that you write to by itself.
`,
  waiting: `
/otr outbox            what waits until the conversation is private
/otr cancel [NUMBER]   take one back, or all

What waits is never sent in clear. It leaves by itself when the conversation
is private; /otr clear does not send it either.
`,
  lost: `
/otr lost               what the other perhaps could not read
/otr resend [NUMBER]    send one again, or all
/otr discard [NUMBER]   give it up

Nothing is sent twice by itself: the other may have read it after all.
Where "probably lost" stands beside your line, /otr start begins anew.

/otr tell               they write to an earlier installation of yours: say
                        so to them, and begin anew
/otr follow             the other has another address: go on there
`,
  offline: `
/otr offline [TEXT]   write to the other who is away, or send what waits
/otr offline yes|no   whether to do that by itself

It needs --prekey-server. The other reads it when they are back. Whoever
writes first in this way can deny less well that they did.
`,
  files: `
/send FILE            offer a file to the other, and send it
/files                what goes, comes or waits
/get [NUMBER] [WHERE] take a file that the other offers: into a folder, or
                      under a new name. Nothing is ever overwritten
/refuse [NUMBER]      do not take it; or give up one that goes or comes
/stop [NUMBER]        stop for now
/resume [NUMBER]      go on where it stopped

Only in a private conversation, over a relay that carries files. A file is
sealed; name and contents are for the other alone. It is whole when you read
that it is. Files from others may be dangerous, whoever sent them.
`,
  policy: `
/otr policy                    what this program does by itself
/otr policy NAME=VALUE,...     change it until you leave; --policy does so
                               from the start

requireEncryption=true   nothing goes in clear
requireVerified=true     nothing goes to a key that nobody has verified
allowV3=false            version 4 alone
answerStrangers=false    not one byte to those whom you never talked with

/otr format html      the other's program is Pidgin, bitlbee or Tkabber:
                      it writes private text as HTML and reads it so
/otr format escapes   it is mcabber or hexchat-otr
/otr format plain     it shows what is typed, as this one does
/otr format auto      find it out by what they write (as from the start)
`,
  windows: `
Each correspondent has a window, with a line of its own: what you began to
type for one is never sent to another.

/with NAME        open a window, or go back to it
Alt-1 .. Alt-9    go to a window; Alt-0 is the tenth; /window NUMBER
Alt-A             where something new is
Ctrl-N, Ctrl-P    the next, the one before
PageUp, PageDown  look back, and forward again; Alt-End to the end
/close            close the window; nothing ends by that

The bar above your line says who you are, with whom you talk, how private
that is, and where something new was said.
`,
  keys: `
Tab               complete a name or a command; again for the next
Up, Down          what you typed before; secrets are never kept
Ctrl-A, Ctrl-E    beginning and end of the line; Ctrl-Left, -Right by words
Ctrl-W, Ctrl-U    erase a word, all before the cursor; Ctrl-K all behind it
Ctrl-Y            put back what was erased
Ctrl-C            leave a question; else erase the line; else leave: you are
                  asked when private conversations would end
Ctrl-D            on an empty line: as Ctrl-C
Ctrl-L            draw the screen again
Ctrl-Z            to the shell; fg comes back
`,
  paste: `
What you paste is text and never a command. One line is put where you type,
for you to send. More lines are shown as they would be sent, and you are
asked.
Lines end messages: three lines are three messages; empty ones are left out.
`,
  channels: `
/join #CHANNEL [PASSWORD]  talk in a channel of an IRC network
/names [#CHANNEL]          who is there
/part [#CHANNEL]           leave it; so does closing its window
/me TEXT                   say what you do. To a person it travels inside
                           the encryption, where there is one

A channel is always in clear: everybody there and the server reads it. OTR
does nothing there. Talk privately with one person: /with NAME
`,
  log: `
/log                  what is kept of what is said
/log private yes|no   keep private text too, or not, until you leave

Without --log DIR nothing is kept. With it, what was said in clear is
written to DIR; private text is not, unless you say so: whoever has the disk
reads it then.
`,
}

const otherNames: Readonly<Record<string, string>> = {
  end: 'start', clear: 'start', status: 'start', verify: 'smp', answer: 'smp', abort: 'smp', distrust: 'trust', accept: 'trust',
  allow: 'start', compare: 'fingerprint', qr: 'fingerprint', format: 'policy', tell: 'lost', follow: 'lost', device: 'devices', instance: 'devices', outbox: 'waiting', cancel: 'waiting', resend: 'lost',
  discard: 'lost', window: 'windows', with: 'windows', close: 'windows', send: 'files', get: 'files', refuse: 'files', stop: 'files', resume: 'files', join: 'channels', names: 'channels', part: 'channels', tab: 'keys',
}

/** The names of the pages. */
export const helpTopics: readonly string[] = Object.keys(pages)

/** The page of a topic, or of a command; undefined where there is none. Empty: the first page. */
export function helpFor(topic: string): string | undefined {
  const name = topic.replace(/^\/?(?:otr\s+)?/, '')
  const page = name === '' && !topic.startsWith('/otr') ? overview : pages[otherNames[name] ?? (name || 'otr')]
  return page?.replace(/^\n|\n$/g, '')
}
