import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hasErrorCode, unlessMissing } from '../../server/system-error.ts'

const folder = import.meta.dirname

describe('unlessMissing', () => {
  it('is undefined for a file that does not exist', async () => {
    expect(await unlessMissing(open(join(folder, 'nowhere')))).toBeUndefined()
  })

  it('passes results and other errors on', async () => {
    expect(await unlessMissing(Promise.resolve(1))).toBe(1)
    await expect(unlessMissing(open(join(import.meta.filename, 'below-a-file')))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })
})

describe('hasErrorCode', () => {
  it('compares the code of an error, and of nothing else', () => {
    expect(hasErrorCode(Object.assign(new Error('no'), { code: 'ENOSPC' }), 'ENOSPC')).toBe(true)
    expect(hasErrorCode(Object.assign(new Error('no'), { code: 'EIO' }), 'ENOSPC')).toBe(false)
    expect(hasErrorCode(new Error('ENOSPC'), 'ENOSPC')).toBe(false)
    expect(hasErrorCode({ code: 'ENOSPC' }, 'ENOSPC')).toBe(false)
  })
})
