import { expect, it } from 'vitest'
import type { KubeClient } from '../../kube/client.ts'
import { createLatestRevision } from '../../kube/latest-revision.ts'

const asking = (answer: unknown) => {
  const calls: object[] = []
  const json = <T>(call: object): Promise<T> => (calls.push(call), Promise.resolve(answer as T))
  return { calls, revision: createLatestRevision({ json } as Partial<KubeClient> as KubeClient) }
}

it('is the version of a list that is not limited and finds nothing', async () => {
  const { calls, revision } = asking({ metadata: { resourceVersion: '9007199254740993' } })
  expect(await revision()).toBe(9007199254740993n)
  expect(calls).toMatchObject([{ method: 'GET', query: { fieldSelector: expect.stringMatching(/^metadata[.]name=/) as string } }])
  expect(calls[0]).not.toHaveProperty('query.limit')
  expect(calls[0]).not.toHaveProperty('query.resourceVersion')
})

it.each([[{}], [{ metadata: {} }], [{ metadata: { resourceVersion: 'abc' } }]])('is an error when the answer %j has no version', async (answer) => {
  await expect(asking(answer).revision()).rejects.toMatchObject({ code: 502 })
})
