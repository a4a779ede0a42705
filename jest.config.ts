import type { Config } from 'jest';

/** Unit tests (`*.test.ts`) and integration tests (`*.test.itg.ts`) run from one command; both are hermetic. */
const config: Config = {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts', '**/*.test.itg.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/\\.build/', '/cdk\\.out/', '/rehearsal/out/'],
  modulePathIgnorePatterns: ['<rootDir>/\\.build', '<rootDir>/\\.worktrees', 'cdk\\.out', 'rehearsal/out'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript' },
          target: 'es2024',
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  reporters: ['default', './scripts/skipped-tests.ts'],
  globalSetup: './scripts/test-workshop.ts',
  testTimeout: 30_000,
  maxWorkers: 2,
};

export default config;
