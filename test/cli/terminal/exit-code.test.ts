import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CERTIFY_HELP, COMMAND_HELP } from '../../../cli/certify/help.ts'
import { CREATE_HELP } from '../../../cli/create-accessrequest/help.ts'
import { EXIT } from '../../../cli/terminal/exit-code.ts'

it('docs/reference/exit-codes.md lists all exit codes', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/reference/exit-codes.md'), 'utf8')
  const listed = [...page.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)])
  expect(Object.fromEntries(listed)).toEqual(EXIT)
})

it.each([['create accessrequest', CREATE_HELP], ['certify', CERTIFY_HELP], ...Object.entries(COMMAND_HELP)])(
  'the help of %s names only existing exit codes, once',
  (_, help) => {
    expect(help.match(/^Exit codes:/gm)).toHaveLength(1)
    const [, codes = ''] = /Exit codes:([\s\S]*?)\n\n/.exec(help) ?? []
    const named = [...codes.matchAll(/(?:^|,)\s*(\d+)\b/g)].map(([, code]) => Number(code))
    expect(named.slice(0, 3)).toEqual([0, 1, 2])
    expect(named.filter((code) => !(Object.values(EXIT) as number[]).includes(code))).toEqual([])
  },
)
