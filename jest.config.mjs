// Node runs with --experimental-vm-modules so that CommonJS tests can load packages that are ESM only.
export default {
  testEnvironment: 'node',
  // Temporal's native client keeps a handle open for good: without this the runner waits for it for ever.
  forceExit: true,
  testSequencer: '<rootDir>/tests/support/longest-first.mjs',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  // `npm test` measures coverage: core/ is pure, so that every branch can be tested.
  collectCoverageFrom: ['core/**/*.ts'],
  coverageThreshold: { global: { branches: 95 } },
  coverageDirectory: '.agent0/coverage',
  coverageReporters: ['text-summary', 'json'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    '^.+\\.mjs$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
}
