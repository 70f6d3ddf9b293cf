import { expect, it } from 'vitest'
import { eventOfDigest } from '../../../../controller/notify/channels/webhook/cloud-event.ts'
import { digestLines, digestOf } from '../../../../controller/notify/messages/digest.ts'
import { titleOf } from '../../../../controller/notify/messages/message-text.ts'
import { NOW } from '../../../domain/builders.ts'
import { at, message, request } from '../notified-objects.ts'

const approved = { conditions: [{ type: 'Approved', status: 'True' as const, lastTransitionTime: at(NOW) }] }

it('a summary says of each request what happened', () => {
  const digest = digestOf([message(), message(request('r2', {}, approved), 'Decided')], NOW)
  expect(digestLines(digest)).toEqual([
    'oidc:agent: 2',
    expect.stringMatching(/^Requested r1 \(risk Critical\): /) as string,
    expect.stringMatching(/^Decided r2 \(risk Critical\): /) as string,
  ])
  expect(eventOfDigest(digest)).toMatchObject({
    data: {
      requests: [
        { request: 'r1', event: 'Requested' },
        { request: 'r2', event: 'Decided' },
      ],
    },
  })
})

it('an approval that break-glass access gave itself is not called an approval', () => {
  expect(titleOf(message(request('r1', { breakGlass: true }, approved), 'Decided'))).toMatch(/^Break-glass access was taken/)
  expect(titleOf(message(request('r1', {}, approved), 'Decided'))).toMatch(/was approved/)
})
