import { expect } from 'vitest'
import type { Seen } from './alike.ts'
import type { Command } from './walk.ts'

/** Expects of the agent what the admin saw, or what is documented instead: then it must differ, or the page would be wrong. */
export function compare({ differs }: Command, direct: Seen | undefined, gateway: Seen | undefined): void {
  expect(direct).toBeDefined()
  // An old client may lack a command for this server; then it says so whoever asks.
  if (differs === undefined || direct?.code !== 0) return expect(gateway).toEqual(direct)
  expect(gateway).toEqual({ code: differs.code, stdout: expect.stringMatching(differs.stdout), stderr: expect.stringMatching(differs.stderr) })
  expect(gateway).not.toEqual(direct)
}
