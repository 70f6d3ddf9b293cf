import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { certifyComplete } from '../../../cli/certify/certify.ts'
import { COMMAND_HELP } from '../../../cli/certify/help.ts'
import { fakeIO } from '../../fakes/io.ts'
import { runCertify } from '../run-certify.ts'

/** The commands, as completion lists them. */
async function commands(): Promise<readonly string[]> {
  const io = fakeIO()
  await certifyComplete(io, [''])
  return io.printed().split('\n').slice(0, -2)
}

it('every command has its help, and a row on the page of the commands', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/reference/kubectl-certify.md'), 'utf8')
  const names = await commands()
  expect(names.length).toBeGreaterThan(10)
  expect(names.filter((name) => !Object.hasOwn(COMMAND_HELP, name))).toEqual([])
  expect(names.filter((name) => !page.includes(`| \`kubectl certify ${name}`))).toEqual([])
})

it.each([
  ['list', 'the list of requests is "kubectl certify" itself'],
  ['aprove', 'did you mean "kubectl certify approve"?'],
  ['get-pods-1', 'to see a request: kubectl certify show get-pods-1'],
  ['zzz', 'all commands: kubectl certify --help'],
])('says what %s may mean', async (word, said) => {
  const io = fakeIO()
  expect(await runCertify(io, [word])).toBe(2)
  expect(io.noted()).toContain(said)
})
