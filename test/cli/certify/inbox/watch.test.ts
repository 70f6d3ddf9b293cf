import { describe, expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { fakeIO } from '../../../fakes/io.ts'
import { approvedBy, requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const BASE = '/apis/jit.access/v1/accessrequests'

/** An inbox with one request, in which another one arrives and both are decided. The watch then ends the command. */
function watched() {
  let watches = 0
  return fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:me' } } }),
    'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ status: { allowed: true } }),
    [`GET ${BASE}`]: () => ({ metadata: { resourceVersion: '9' }, items: [requestOf({ name: 'first' })] }),
    [`WATCH ${BASE}`]: () => {
      watches += 1
      if (watches > 1) throw new KubectlError('Forbidden', 'the end of the test')
      return [
        { type: 'ADDED', object: requestOf({ name: 'second' }) },
        { type: 'MODIFIED', object: requestOf({ name: 'first', status: { ...approvedBy('x'), phase: 'Approved' } }) },
      ]
    },
  })
}

describe('kubectl certify --watch', () => {
  it('prints the row of a request again when it is decided, with what became of it', async () => {
    const io = watched()
    expect(await runCertify(io, ['--watch'])).toBe(6)
    const rows = io.printed().trim().split('\n')
    expect(rows.slice(1).map((row) => row.split(/ {3,}/).filter((_, column) => column === 0 || column === 5))).toEqual([
      ['first', '30m'],
      ['second', '30m'],
      ['first', 'Approved'],
    ])
  })
  it('keeps to names on standard output with -o name', async () => {
    const io = watched()
    await runCertify(io, ['--watch', '-o', 'name'])
    expect(io.printed()).toBe('accessrequest.jit.access/first\naccessrequest.jit.access/second\n')
    expect(io.noted()).toContain('accessrequest.jit.access/first approved')
  })
})
