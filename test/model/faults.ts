/** A change to a source file that puts an earlier fault back. */
export interface Edit {
  /** The path from the root of the repository. */
  readonly file: string
  /** Occurs in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** A fault of the kind that this library once had. */
export interface Fault {
  /** The id in the audit that found it. */
  readonly id: string
  readonly about: string
  readonly edits: readonly Edit[]
  /** The attacks of `attacks.ts` that it makes possible, by a part of their names. */
  readonly opens: readonly string[]
}

/** They are never in the package: `with-faults.mjs` puts them into the sources while a process loads them. */
export const faults: readonly Fault[] = [
  {
    id: 'A1',
    about: 'the conversation moves to the address that a message comes from',
    edits: [{
      file: 'src/session/client/client-core.ts',
      find: 'if (receiveFromElsewhere(transaction, unmatched, from)) return this.#commit(before, transaction)',
      replace: `if (receiveFromElsewhere(transaction, unmatched, from)) {
        const events = this.#commit(before, transaction)
        this.#book.forget(before.peer)
        this.#book.keep({ ...transaction.finish(), peer: from })
        return events
      }`,
    }],
    opens: ['comes as from mallory; version 3', 'comes as from mallory; version 4', 'the policy for bob goes with it'],
  },
  {
    id: 'A1',
    about: 'a renaming leaves nothing under the old name',
    edits: [{ file: 'src/session/conversation/rename.ts', find: 'return { moved, guard }', replace: 'return { moved, guard: 1 + 1 === 2 ? undefined : guard }' }],
    opens: ['the old name after a renaming'],
  },
  ...[3, 4].map((version): Fault => ({
    id: 'A3',
    about: `a session with another key takes the place of the one that runs; version ${version}`,
    edits: [{ file: `src/v${version}/establish.ts`, find: `if (holdsOther(session, fresh.${version === 3 ? 'theirFingerprint' : 'them.fingerprint'})`, replace: 'if (1 + 1 === 3' }],
    opens: [`it wipes the running session; version ${version}`],
  })),
  {
    id: 'A3',
    about: 'text goes to the key that was heard last',
    edits: [
      { file: 'src/session/known/key-book.ts', find: 'return key.accepted === true || compareTrust(key.trust, floorOf(book)) >= 0', replace: 'return true' },
      { file: 'src/session/conversation/instances.ts', find: 'standing(b) - standing(a) || compareTrust(b.trust, a.trust)', replace: 'standing(b) - standing(a)' },
    ],
    opens: ["a key exchange under bob's tag takes his place; version 3", "a key exchange under bob's tag takes his place; version 4"],
  },
  {
    id: 'A4',
    about: 'a key counts as changed only if others of its version are known',
    edits: [{ file: 'src/session/known/key-book.ts', find: 'const others = book.keys.length > 0', replace: 'const others = book.keys.some((one) => one.version === version)' }],
    opens: ['a held text for a version 4 key', "a version 4 stranger goes before bob's session", 'a key of the other version counts as the first'],
  },
  {
    id: 'A5',
    about: 'text goes to any remaining session',
    edits: [{ file: 'src/session/known/key-book.ts', find: 'return key.accepted === true || compareTrust(key.trust, floorOf(book)) >= 0', replace: 'return true' }],
    opens: ['after bob has ended the text goes to a stranger who waits'],
  },
  {
    id: 'A5',
    about: 'the last key exchange alone decides the floor',
    edits: [{ file: 'src/session/known/key-book.ts', find: 'for (const { trust } of keys) {', replace: 'for (const { trust } of keys.slice(-1)) {' }],
    opens: ['a stranger lowers what held texts ask for'],
  },
  {
    id: 'A9',
    about: 'asking for privacy does not set the latch',
    edits: [{ file: 'src/session/conversation/commands/start.ts', find: 'transaction.draft.latched = true', replace: '' }],
    opens: ['the network stops what the application started'],
  },
  {
    id: 'A9',
    about: 'a verified key does not set the latch',
    edits: [{ file: 'src/session/conversation/set-trust.ts', find: "if (trust === 'verified') draft.latched = true", replace: '' }],
    opens: ['a key was verified and no session came'],
  },
  {
    id: 'A10',
    about: 'an extra key ignores what the policy requires',
    edits: [{
      file: 'src/session/conversation/commands/extra-key.ts',
      find: 'chooseSessions(transaction.draft, instance ?? singleTarget(transaction.policy.sendTo), transaction.policy)',
      replace: 'chooseSessions(transaction.draft, instance ?? singleTarget(transaction.policy.sendTo), { requireVerified: false })',
    }],
    opens: ['an extra key goes to a key that nobody verified'],
  },
  {
    id: 'L2',
    about: 'clear lines are asked about without a limit',
    edits: [{ file: 'src/session/conversation/query.ts', find: 'if (draft.errorStartAt !== undefined && !isOver(draft.errorStartAt, policy.errorStartInterval, now)) return', replace: 'if (1 + 1 === 3 && isOver(0, policy.errorStartInterval, now)) return' }],
    opens: ['clear lines of anybody make the client ask again and again'],
  },
  {
    id: 'L8',
    about: 'the doubt outlives the proof',
    edits: [{ file: 'src/session/conversation/session-entries.ts', find: 'const old = changes.active === undefined ? entry : undefined', replace: 'const old = entry' }],
    opens: ['a proof does not take the doubt back'],
  },
]
