import { expect, it } from 'vitest'
import { createReader } from '../../../cli/impact/reader.ts'
import { KubectlError } from '../../../cli/kubectl/kubectl-error.ts'
import { fakeIO } from '../../fakes/io.ts'

const UNSERVED = 'the server could not find the requested resource'

function reading(message: string) {
  const { kubectl, clock } = fakeIO({
    'TEXT get': () => {
      throw new KubectlError('NotFound', message)
    },
  })
  return createReader({ kubectl, clock }).read('/api/v1/namespaces/shop/pods/a')
}

it('an object is absent only if the server says so, and unreadable if the server does not know its kind', async () => {
  expect(await reading('pods "a" not found')).toEqual({ is: 'absent' })
  expect(await reading(UNSERVED)).toEqual({ is: 'unreadable', why: UNSERVED })
})
