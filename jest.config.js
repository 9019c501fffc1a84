import { availableParallelism } from 'node:os';

// Jest runs the suite as ES modules: PGlite and jose exist only as such.
export default {
  testEnvironment: 'node',
  // A hang ends; a busy machine is no failure. What has to be quick is measured in bench/.
  testTimeout: 60_000,
  // Suites of the line mostly wait for servers of their own: two fit on two cores, where Jest by itself would run one.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.patchline/'],
  modulePathIgnorePatterns: ['<rootDir>/.patchline/'],
};
