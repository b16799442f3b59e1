// Lint: strict types, and what may stand where. The layers and cycles are dependency-cruiser's: .dependency-cruiser.cjs
import js from '@eslint/js'
import jsdoc from 'eslint-plugin-jsdoc'
import tsdoc from 'eslint-plugin-tsdoc'
import tseslint from 'typescript-eslint'
import { bytes } from './scripts/lint/bytes.mjs'
import { docstrings } from './scripts/lint/docstrings.mjs'

export default tseslint.config(
  { ignores: ['docs/.dist/', 'dist/**', 'examples/*/dist/**', 'web/dist/**', 'coverage/**', 'assembly/**', 'test/interop/.build/**', 'test/interop/peers/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/browser/**', 'src/conformance/**', 'src/transport/**', 'src/store/node/**', 'src/prekey/store/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'The core runs in browsers: node: belongs in cli/, transport/ and store/.' }] }],
      'no-restricted-globals': ['error', 'Buffer', 'process', 'setTimeout', 'setInterval', 'require'],
      'no-restricted-properties': ['error',
        { object: 'Date', property: 'now', message: 'Time is a parameter.' },
        { object: 'Math', property: 'random', message: 'Randomness is a parameter.' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/crypto/**'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['@noble/*', '@stablelib/*'], message: 'Only src/crypto imports a crypto library.' }] }],
    },
  },
  // Where secrets are, bytes are made and copied by name.
  {
    files: ['src/{crypto,ratchet,v3,v4,smp,session,prekey,store}/**/*.ts'],
    // The second gives msgpackr the Buffer that it needs in Node, and wipes it.
    ignores: ['src/crypto/secret.ts', 'src/store/message-pack.ts'],
    plugins: { bytes },
    rules: { 'bytes/named-copies': 'error' },
  },
  // Examples are projects of their own; here `otr4` is what stands in src/.
  {
    files: ['examples/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: false, project: 'examples/tsconfig.json' } },
    rules: { '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: ['test'] }] }] },
  },
  // Docstrings. That every public member has one, that bytes say their length and form, and that @throws names codes, is check:api's.
  {
    files: ['src/**/*.ts'],
    plugins: { tsdoc, jsdoc, docstrings },
    rules: {
      'tsdoc/syntax': 'error',
      'jsdoc/check-param-names': ['error', { checkDestructured: false, disableMissingParamChecks: true, allowExtraTrailingParamDocs: true }],
      'jsdoc/check-tag-names': ['error', { definedTags: ['internal', 'remarks'] }],
      'jsdoc/require-param-description': 'error',
      'jsdoc/require-returns-description': 'error',
      'jsdoc/require-throws-description': 'error',
      'jsdoc/no-types': 'error',
      'docstrings/specification-links': 'error',
      'docstrings/quoted-sections': 'error',
      'docstrings/throws-tags': 'error',
      'docstrings/thrown-codes': 'error',
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  // Declarations beside scripts; no project of the compiler has them.
  { files: ['**/*.d.mts'], extends: [tseslint.configs.strict] },
  // A script of the pages of the documentation.
  { files: ['scripts/site/site.js'], languageOptions: { globals: { localStorage: 'readonly' } } },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly', setTimeout: 'readonly', clearTimeout: 'readonly' } },
  },
)
