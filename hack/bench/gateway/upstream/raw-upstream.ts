import { join } from 'node:path'
import { firstUrl, startChild, type Child } from '../variants/child.ts'
import type { Site } from '../run-files.ts'

/** Number of known values in the run: this many keys of live Secrets, which the gateway searches for everywhere. */
export const KNOWN = 1000

export function startRawUpstream({ serving }: Site, canary: string, megabytes: number): Promise<Child> {
  const program = join(import.meta.dirname, 'raw-server.ts')
  const args = ['--cert', serving.certFile, '--key', serving.keyFile, '--canary', canary, '--known', String(KNOWN), '--megabytes', String(megabytes)]
  return startChild({ command: process.execPath, args: [program, ...args], url: firstUrl })
}
