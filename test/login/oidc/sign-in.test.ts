import type { Request, Response } from 'express'
import { expect, it } from 'vitest'
import type { OidcService } from '../../../login/oidc/service.ts'
import { answerSignIn } from '../../../login/oidc/sign-in.ts'
import type { Outcome } from '../../../login/upstream-provider.ts'
import { FairCounts } from '../../../server/fair-counts.ts'

it('counts the answers that wait by client: IPv6 addresses of one network are one', async () => {
  const outcomes: Outcome[] = []
  const away = Promise.withResolvers<never>()
  const service = {
    config: {},
    redirectURI: 'https://login.test/upstream/corp/callback',
    waiting: new FairCounts<string>(1, 10),
    metrics: { answered: () => undefined },
    provider: { current: () => away.promise },
    context: {
      tickets: { read: () => 'interaction text ', secret: () => 'secret' },
      done: (outcome: Outcome) => Promise.resolve(void outcomes.push(outcome)),
    },
  } as unknown as OidcService
  const answerTo = (ip: string): Promise<void> => answerSignIn(service, { ip, originalUrl: '/callback?state=s' } as Request, {} as Response)
  const waiting = [answerTo('2001:db8::1'), answerTo('2001:db8:0:1::1')]
  await answerTo('2001:db8::2')
  expect(outcomes).toMatchObject([{ interaction: undefined, failure: { reason: 'Unavailable' } }])
  away.reject(new Error('away'))
  await Promise.all(waiting)
  expect(outcomes.slice(1)).toMatchObject([{ interaction: 'interaction' }, { interaction: 'interaction' }])
  await answerTo('2001:db8::2')
  expect(outcomes.at(-1)).toMatchObject({ interaction: 'interaction' })
})
