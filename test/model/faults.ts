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

const TRANSACTION = 'src/session/conversation/transaction.ts'
const NEGOTIATE = 'src/session/versions/negotiate.ts'
const APPLY_STEP = 'src/session/conversation/apply-step.ts'

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
    edits: [{ file: `src/v${version}/establish.ts`, find: `if (holdsOther(session, newer.${version === 3 ? 'theirFingerprint' : 'them.fingerprint'})`, replace: 'if (1 + 1 === 3' }],
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
    edits: [{ file: TRANSACTION, find: 'const old = changes.active === undefined ? entry : undefined', replace: 'const old = entry' }],
    opens: ['a proof does not take the doubt back'],
  },
  {
    id: 'Q2/2',
    about: 'version 2 needs no choice',
    edits: [{ file: TRANSACTION, find: 'policy.allowV2 && (mayBeVersion2', replace: '(mayBeVersion2' }],
    opens: ['nobody chose version 2, and it is answered'],
  },
  {
    id: 'Q1/2',
    about: 'a choice for everybody counts for who was seen with a newer version',
    edits: [{ file: NEGOTIATE, find: 'conversation.policy.allowV2 === true || highestKnown(conversation) < 3', replace: 'conversation.policy.allowV2 !== false' }],
    opens: ['seen with version 3, then offered version 2 alone; everybody may have it'],
  },
  {
    id: 'Q1/2',
    about: 'a choice outlives a newer version',
    edits: [{ file: APPLY_STEP, find: 'draft.policy = applyPolicy(draft.policy, { allowV2: undefined })', replace: '' }],
    opens: ['seen with version 3, then offered version 2 alone; it was chosen before'],
  },
  {
    id: 'Q1/2',
    about: 'sessions of version 2 outlive a newer version',
    edits: [{ file: APPLY_STEP, find: 'endVersion2(transaction)\n  transaction.notice', replace: 'transaction.notice' }],
    opens: ['version 2 goes on beside version 3'],
  },
  {
    id: 'Q1/2',
    about: 'any key of a newer version ends a choice',
    edits: [{ file: APPLY_STEP, find: '|| !isSendable(draft, state.version, publicHex(fingerprint), false)) return', replace: ') return' }],
    opens: ['a key that nobody accepted ends the choice'],
  },
  {
    id: 'Q1/2',
    about: 'any key of a newer version ends what everybody may have, and leaves the session',
    edits: [{ file: TRANSACTION, find: '|| standsInVersion2(this.draft)', replace: '' }],
    opens: ['a key that nobody accepted makes a session of version 2 unreadable'],
  },
  {
    id: 'Q1/2',
    about: 'a D-H Commit of version 2 is no offer',
    edits: [{ file: 'src/session/conversation/receive/line.ts', find: 'if (version === 2 && opens(addressed)) refuseOfferOf2', replace: 'if (1 + 1 === 3) refuseOfferOf2' }],
    opens: ['an offer of version 2 alone by who had version 3 is not called a downgrade'],
  },
  {
    id: 'Q1/2',
    about: 'a key counts as one of version 3 wherever it was shown',
    edits: [{ file: NEGOTIATE, find: 'highest = onlyIn2 === true ? 2 : 3', replace: 'highest = onlyIn2 === true ? 3 : 3' }],
    opens: ['who has version 2 only is said to have had something newer'],
  },
  {
    id: 'Q13/2',
    about: 'a choice counts whatever is required',
    edits: [{ file: 'src/session/policy.ts', find: 'allowV2: chosen && !forbidsVersion2({ ...policy, requireVerified })', replace: 'allowV2: chosen' }],
    opens: ['chosen, and answered although verified keys are required'],
  },
  {
    id: 'Q14/2',
    about: 'a choice that is taken back ends nothing',
    edits: [{ file: 'src/session/client/conversation-handle.ts', find: 'if (!isAllowed ||', replace: 'if (isAllowed && ' }],
    opens: ['the choice is taken back, and the session stands'],
  },
  {
    id: 'Q14/2',
    about: 'what was begun is begun again whatever was chosen since',
    edits: [
      { file: 'src/session/client/client-core.ts', find: 'filter(hasVersion2)', replace: 'filter(({ sessions }) => hasVersion2({ sessions, openings: [] }))' },
      { file: 'src/session/conversation/timers.ts', find: 'unanswered && isAllowed(transaction, adapter) && ', replace: 'unanswered && ' },
    ],
    opens: ['the choice is taken back, and a key exchange is begun again'],
  },
  {
    id: 'V2',
    about: 'version 2 has keys of its own',
    edits: [{ file: 'src/session/versions/version.ts', find: 'return version === 2 ? 3 : version', replace: 'return version as KeyVersion' }],
    opens: ['a key that was verified in version 3 is another one in version 2'],
  },
]
