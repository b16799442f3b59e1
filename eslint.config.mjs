// Lint: strict types, and the layers of the house. A folder imports only from the folders listed under it.
import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import importX from 'eslint-plugin-import-x'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'

/** Bottom first. Each folder may import from itself and from those above it in this list. */
const layers = ['wire', 'crypto', 'protocol', 'smp', 'ratchet', 'v3', 'v4', 'session', 'prekey', 'store', 'transport', 'forge', 'cli']

/** Neighbours that stand side by side: neither imports the other. */
const apart = [['v3', 'v4'], ['v3', 'ratchet'], ['smp', 'ratchet'], ['transport', 'store'], ['transport', 'prekey']]

const zones = layers.flatMap((layer, at) => {
  const forbidden = layers.slice(at + 1)
  for (const [a, b] of apart) {
    if (layer === a) forbidden.push(b)
    if (layer === b) forbidden.push(a)
  }
  return forbidden.map((from) => ({
    target: `./src/${layer}`,
    from: `./src/${from}`,
    message: `src/${layer} may not import from src/${from}: see the layers in CONTRIBUTING.md`,
  }))
})

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', 'assembly/**', 'test/interop/.build/**', 'test/interop/peers/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/transport/**', 'src/store/**', 'src/prekey/store/**'],
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
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['@noble/*'], message: 'Only src/crypto imports a crypto library.' }] }],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
)
