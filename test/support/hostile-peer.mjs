/**
 * A program that speaks the peer protocol and does nothing of OTR. At the command `at` it misbehaves: `node hostile-peer.mjs HOW AT`.
 */
import { createInterface } from 'node:readline'

const [how, at = 'start'] = process.argv.slice(2)
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const results = {
  hello: { name: 'hostile', version: how, protocol: 1, features: ['v3', 'smp', 'fragments'] },
  status: { sessions: [], selected: null },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, cmd } = JSON.parse(line)
  const answer = { id, ok: true, out: [], ...results[cmd] }
  if (cmd !== at) {
    write(answer)
    continue
  }
  switch (how) {
    case 'silent': break
    case 'dies': process.stderr.write('assertion failed: <b>x</b>\n', () => process.exit(3)); break
    case 'killed': process.kill(process.pid, 'SIGSEGV'); break
    case 'no-json': process.stdout.write('Segmentation fault\n'); break
    case 'no-object': process.stdout.write('[1]\n'); break
    case 'wrong-id': write({ ...answer, id: 'x' }); break
    case 'old-id': write({ ...answer, id: id - 1 }); break
    case 'no-id': write({ ok: true, out: [] }); break
    case 'no-ok': write({ id, out: [] }); break
    case 'bad-event': write({ ...answer, out: [{ type: 'send', to: 5 }] }); break
    case 'bad-error': write({ id, ok: false }); break
    case 'unasked': process.stdout.write(`${JSON.stringify(answer)}\n`.repeat(2)); break
    case 'floods': {
      const piece = 'x'.repeat(1 << 20)
      const more = () => { while (process.stdout.write(piece)); process.stdout.once('drain', more) }
      process.stdout.on('error', () => process.exit(0))
      more()
      break
    }
    case 'chatters': {
      const more = () => { while (process.stdout.write('{}\n')); process.stdout.once('drain', more) }
      process.stdout.on('error', () => process.exit(0))
      more()
      break
    }
    case 'answers-for-ever': write({ ...answer, out: [{ type: 'send', to: 'partner@example.org', message: '?OTRv3?' }] }); break
    case 'lies': write({ ...answer, ok: false, error: { code: 'UNSUPPORTED', message: 'not here' } }); break
    default: write(answer)
  }
}
