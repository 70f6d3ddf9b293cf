import { execFileSync } from 'node:child_process'
import { expect, it, vi } from 'vitest'
import { growHeapFurther } from '../../../server/process/grow-heap-further.ts'

const setFlagsFromString = vi.hoisted(() => vi.fn<(flags: string) => void>())
vi.mock('node:v8', () => ({ setFlagsFromString }))

it('a heap grows further by a flag that V8 knows: an unknown flag would be ignored', () => {
  growHeapFurther()
  const [flag = ''] = (setFlagsFromString.mock.calls[0]?.[0] ?? '').split('=')
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  expect(known).toContain(`${flag} (`)
})
