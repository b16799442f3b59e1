import { rfc6979Key, javaGroupKey } from '../../dsa.js'
import { Group, hex, integer, list, record, text } from '../define.js'
import { pubkey } from './fingerprints.js'

const digits = (bytes: Uint8Array): string => `#${bytes[0]! >= 0x80 ? '00' : ''}${Buffer.from(bytes).toString('hex').toUpperCase()}#`

const key = { account: text('as the messenger writes it'), protocol: text('the messenger\'s name of the network'), publicKey: hex('PUBKEY: type 0x0000, p, q, g, y'), x: hex('the private number, big-endian') }
const fingerprintLine = { username: text('the correspondent'), account: text('our account'), protocol: text('the network'), fingerprint: hex('', 20), trust: text('empty: not trusted') }
const tagLine = { account: text('our account'), protocol: text('the network'), instanceTag: integer('0x100 to 0xffffffff') }

export function libotrFiles(): Group {
  const group = new Group('libotr-files', 'Files of libotr', 'In which libotr and the messengers that use it keep keys, fingerprints and instance tags. A reader of them lets people keep their identity.', {
    privateKeys: { about: 'otr.private_key: an S-expression of libgcrypt for each account', section: 'libotr, otrl_privkey_read', given: { file: text('the text') }, expected: { keys: list(record(key, 'a key'), 'in the order of the file') } },
    fingerprints: { about: 'otr.fingerprints: five fields between tabs; old files have four', section: 'libotr, otrl_privkey_read_fingerprints', given: { file: text('the text') }, expected: { lines: list(record(fingerprintLine, 'a line'), 'in the order of the file') } },
    instanceTags: { about: 'otr.instance_tags: account, protocol and tag between tabs, comments behind #', section: 'libotr, otrl_instag_read', given: { file: text('the text') }, expected: { tags: list(record(tagLine, 'a line'), 'in the order of the file') } },
  })
  type Key = typeof rfc6979Key
  const account = (name: string, protocol: string, { p, q, g, y, x }: Key): string => ` (account\n(name ${name})\n(protocol ${protocol})\n(private-key \n (dsa \n${([['p', p], ['q', q], ['g', g], ['y', y], ['x', x]] as const).map(([letter, value]) => `  (${letter} ${digits(value)})\n`).join('')}  )\n )\n )\n`
  const file = (...accounts: readonly string[]): string => `(privkeys\n${accounts.join('')})\n`
  const expected = (name: string, protocol: string, one: Key): object => ({ account: name, protocol, publicKey: pubkey(one), x: one.x })
  const valid = (about: string, content: string, ...keys: readonly object[]): void => { group.valid('privateKeys', about, { file: content }, { keys: keys as never }) }
  const whole = account('alice', 'prpl-jabber', rfc6979Key)
  valid('one account', file(whole), expected('alice', 'prpl-jabber', rfc6979Key))
  valid('two accounts', file(whole, account('bob', 'IRC', javaGroupKey)), expected('alice', 'prpl-jabber', rfc6979Key), expected('bob', 'IRC', javaGroupKey))
  valid('a name in quotation marks', file(account('"alice@example.org/"', 'prpl-jabber', rfc6979Key)), expected('alice@example.org/', 'prpl-jabber', rfc6979Key))
  valid('a name with its length', file(account('5:a(b)c', 'p', rfc6979Key)), expected('a(b)c', 'p', rfc6979Key))
  valid('a quotation mark and a backslash in the name', file(account('"a\\"b\\\\c"', 'p', rfc6979Key)), expected('a"b\\c', 'p', rfc6979Key))
  valid('digits in lower case', file(whole.replace(/#[0-9A-F]+#/g, (found) => found.toLowerCase())), expected('alice', 'prpl-jabber', rfc6979Key))
  valid('in one line', file(whole).replaceAll('\n', ' '), expected('alice', 'prpl-jabber', rfc6979Key))
  const bad: readonly (readonly [string, string, string])[] = [
    ['empty', 'there is no list', ''], ['another list', 'the list is not privkeys', file(whole).replace('privkeys', 'keys')], ['the last bracket is missing', 'a list is not closed', file(whole).trimEnd().slice(0, -1)],
    ['a bracket too many', 'something stands behind the list', `${file(whole)})`], ['no name', 'the name is missing', file(whole.replace('(name alice)\n', ''))], ['no protocol', 'the protocol is missing', file(whole.replace('(protocol prpl-jabber)\n', ''))],
    ['no y', 'a number of the key is missing', file(whole.replace(/ {2}\(y [^)]*\)\n/, ''))], ['no x', 'a number of the key is missing', file(whole.replace(/ {2}\(x [^)]*\)\n/, ''))], ['an RSA key', 'the key is not DSA', file(whole.replace('(dsa', '(rsa'))],
    ['an odd number of digits', 'digits come in pairs', file(whole.replace(/\(q #../, '(q #9'))], ['y of another key', 'y is not g^x', file(whole.replace(digits(rfc6979Key.y), digits(rfc6979Key.g)))], ['x is 0', 'x is not between 1 and q - 1', file(whole.replace(digits(rfc6979Key.x), '#00#'))],
  ]
  for (const [about, why, content] of bad) group.invalid('privateKeys', about, why, { file: content })

  const print = group.draw('print', 20)
  const other = group.draw('other', 20)
  const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const line = (fields: readonly string[]): string => `${fields.join('\t')}\n`
  const fingerprint = (trust: string, bytes = print): object => ({ username: 'bob', account: 'alice', protocol: 'p', fingerprint: bytes, trust })
  const lines = (about: string, content: string, ...found: readonly object[]): void => { group.valid('fingerprints', about, { file: content }, { lines: found as never }) }
  lines('not trusted', line(['bob', 'alice', 'p', hexOf(print), '']), fingerprint(''))
  lines('verified by hand', line(['bob', 'alice', 'p', hexOf(print), 'verified']), fingerprint('verified'))
  lines('verified by a shared secret', line(['bob', 'alice', 'p', hexOf(print), 'smp']), fingerprint('smp'))
  lines('four fields, of an old version', line(['bob', 'alice', 'p', hexOf(print)]), fingerprint(''))
  lines('digits in upper case', line(['bob', 'alice', 'p', hexOf(print).toUpperCase(), '']), fingerprint(''))
  lines('two lines', line(['bob', 'alice', 'p', hexOf(print), 'smp']) + line(['bob', 'alice', 'p', hexOf(other), '']), fingerprint('smp'), fingerprint('', other))
  lines('empty', '')
  for (const [about, why, fields] of [
    ['three fields', 'a field is missing', ['bob', 'alice', 'p']], ['six fields', 'too many fields', ['bob', 'alice', 'p', hexOf(print), 'smp', 'x']], ['39 digits', 'a fingerprint has 40 digits', ['bob', 'alice', 'p', hexOf(print).slice(1), '']],
    ['no digits', 'a fingerprint has 40 digits', ['bob', 'alice', 'p', 'z'.repeat(40), '']], ['no user', 'the user is missing', ['', 'alice', 'p', hexOf(print), '']],
  ] as const) group.invalid('fingerprints', about, why, { file: line(fields) })

  const warning = '# WARNING! You shouldn\'t copy this file to another computer. It is unnecessary and can cause problems.\n'
  const tags = (about: string, content: string, ...found: readonly object[]): void => { group.valid('instanceTags', about, { file: content }, { tags: found as never }) }
  tags('under the warning', `${warning}alice\tprpl-jabber\t27e31597\n`, { account: 'alice', protocol: 'prpl-jabber', instanceTag: 0x27e31597 })
  tags('the smallest, and the greatest', 'a\tp\t00000100\nb\tp\tffffffff\n', { account: 'a', protocol: 'p', instanceTag: 0x100 }, { account: 'b', protocol: 'p', instanceTag: 0xffffffff })
  tags('comments and empty lines alone', `${warning}\n#x\n`)
  for (const [about, why, content] of [
    ['below 0x100', 'the tag is below 0x100', 'a\tp\t000000ff\n'], ['two fields', 'a field is missing', 'a\t27e31597\n'], ['four fields', 'too many fields', 'a\tp\t27e31597\tx\n'], ['seven digits', 'a tag has 8 digits', 'a\tp\t7e31597\n'], ['no digits', 'a tag has 8 digits', 'a\tp\tzzzzzzzz\n'],
  ] as const) group.invalid('instanceTags', about, why, { file: content })
  return group
}
