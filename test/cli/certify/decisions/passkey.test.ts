import { expect, it } from 'vitest'
import { KubectlError } from '../../../../cli/kubectl/kubectl-error.ts'
import { formatNeedsPasskey, readNeedsPasskey } from '../../../../domain/approval/passkey.ts'
import { policy } from '../../../domain/builders.ts'
import { fakeIO } from '../../../fakes/io.ts'
import { requestOf } from '../../requests.ts'
import { runCertify } from '../../run-certify.ts'

const PAGE = 'https://console.example.com:8443/requests/r'
const messageWith = (page: string | undefined): string =>
  `accessrequests.jit.access "r" is forbidden: ${formatNeedsPasskey({ policies: [policy('p')], risk: 'High' }, page)}`

async function approve(message: string) {
  const name = 'r'
  const request = requestOf({ name })
  const io = fakeIO({
    'POST /apis/authentication.k8s.io/v1/selfsubjectreviews': () => ({ status: { userInfo: { username: 'oidc:alice' } } }),
    [`GET /apis/jit.access/v1/accessrequests/${name}`]: () => request,
    [`PUT /apis/jit.access/v1/accessrequests/${name}/approval`]: () => {
      throw new KubectlError('Forbidden', message)
    },
  })
  return { code: await runCertify(io, ['approve', name, '--yes']), io }
}

it('an approval that needs a passkey prints the page of the console, and has an exit code of its own', async () => {
  const { code, io } = await approve(messageWith(PAGE))
  expect(code).toBe(11)
  expect(io.noted().trimEnd().split('\n').at(-1)?.trim()).toBe(`open ${PAGE}`)
})
it('without a console, it says what is left to do', async () => {
  const { code, io } = await approve(messageWith(undefined))
  expect([code, io.noted().includes('kubectl certify deny r')]).toEqual([11, true])
})
it('another refusal has another code', async () => expect((await approve('accessrequests.jit.access "r" is forbidden: no')).code).toBe(6))
it('what the server says is what kubectl certify reads', () => {
  expect(readNeedsPasskey(messageWith(PAGE))).toEqual({ page: PAGE })
  expect(readNeedsPasskey(messageWith(undefined))).toEqual({})
  expect(readNeedsPasskey('approve it in the console: https://evil.example/x')).toBeUndefined()
})
