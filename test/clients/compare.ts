import { expect } from 'vitest'
import type { Seen } from './alike.ts'
import type { Command } from './compared-command.ts'

/**
 * Expects that the agent saw what the admin saw, or, where a difference is documented, that it saw that difference; otherwise the page is
 * wrong.
 */
export function compare({ differs }: Command, direct: Seen | undefined, gateway: Seen | undefined): void {
  expect(direct).toBeDefined()
  // An old client may lack a command for this server; it then reports that for both sides.
  if (differs === undefined || direct?.code !== 0) return expect(gateway).toEqual(direct)
  expect(gateway).toEqual({ code: differs.code, stdout: expect.stringMatching(differs.stdout), stderr: expect.stringMatching(differs.stderr) })
  expect(gateway).not.toEqual(direct)
}
