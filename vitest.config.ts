import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './hack/test/longest-first.ts'
import { testsByNeed } from './test/cluster/needs.ts'

const files = testsByNeed(import.meta.dirname)
const SECONDS = 1000

// Skip a project without files: vitest takes an empty list for "all files".
const project = <T extends object>(name: keyof typeof files, test: T) =>
  files[name].length === 0 ? [] : [{ extends: true as const, test: { name, include: [...files[name]], ...test } }]

// A busy machine can be many times slower. Tests wait for conditions, so these limits only end what would never end.
const unhurried = { testTimeout: 300 * SECONDS, hookTimeout: 300 * SECONDS, expect: { poll: { timeout: 120 * SECONDS } } }

// Files share the modules of their process, because loading them again for each file takes a quarter of the time of unit tests, and some 25 s of
// processor time of the others. So a test leaves nothing behind in its process: vitest restores spies, environment variables and globals after each
// test.
const shared = { ...unhurried, isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true }

// A third of the time of a worker is waiting, so there are more workers than cores.
const unit = { ...shared, maxWorkers: Math.ceil(availableParallelism() * 1.5) }

// One cluster takes some 600 MB, so a process runs what boots or shares one a file at a time, after unit tests if it runs both.
const oneByOne = { ...shared, fileParallelism: false, testTimeout: 600 * SECONDS, hookTimeout: 600 * SECONDS }

// Groups count from 1: of files in group 0 vitest keeps those for the end that have one worker, as on two cores.
export default defineConfig({
  test: {
    reporters: ['default', './hack/test/tally-reporter.ts'],
    passWithNoTests: false,
    // Messages show what they compare whole: a failure on a CI machine may not come a second time.
    chaiConfig: { truncateThreshold: 0 },
    sequence: { sequencer: LongestFirst },
    projects: [
      ...project('unit', { ...unit, sequence: { groupOrder: 1 } }),
      ...project('cluster', { ...oneByOne, sequence: { groupOrder: 2 } }),
      ...project('environment', { ...oneByOne, sequence: { groupOrder: 3 }, globalSetup: ['./test/cluster/setup/global-setup.ts'] }),
    ],
  },
})
