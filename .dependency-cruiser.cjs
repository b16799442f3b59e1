// The layers of the house, and no cycles. A folder of src/ imports only from itself and from those above it in this list.
const layers = ['wire', 'fingerprint', 'crypto', 'protocol', 'smp', 'tlvs', 'ratchet', 'v3', 'v4', 'forge', 'session', 'file', 'prekey', 'store', 'browser', 'transport', 'codes', 'conformance', 'cli']

/** Neighbours that stand side by side: neither imports the other. */
const apart = [['v3', 'v4'], ['v3', 'ratchet'], ['smp', 'ratchet'], ['tlvs', 'ratchet'], ['transport', 'store'], ['transport', 'browser'], ['transport', 'prekey'], ['file', 'prekey'], ['file', 'store']]

const beside = (layer) => apart.flatMap(([a, b]) => layer === a ? [b] : layer === b ? [a] : [])
const inFolder = (names) => `^src/(?:${names.join('|')})/`

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layers.map((layer, at) => ({
      name: `layer-${layer}`,
      comment: `src/${layer} imports from folders above it only: see the table in CONTRIBUTING.md`,
      severity: 'error',
      from: { path: inFolder([layer]) },
      to: { path: inFolder([...layers.slice(at + 1), ...beside(layer), 'none']) },
    })),
    {
      name: 'nobody-knows-the-door',
      comment: 'only src/cli uses the library as a stranger would',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:index\\.ts|cli/)' },
      to: { path: '^src/index\\.ts$' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'crypto-libraries',
      comment: 'the only folder that imports a crypto library is src/crypto',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/crypto/' },
      to: { path: 'node_modules/@(?:noble|stablelib)/' },
    },
    {
      name: 'browsers',
      comment: "what runs in browsers imports nothing of Node's",
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(?:cli|conformance|transport|store/node|prekey/store)/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'nobody-needs-it',
      comment: 'a file that nothing imports',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsConfig: { fileName: 'tsconfig.json' }, tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] } },
}
