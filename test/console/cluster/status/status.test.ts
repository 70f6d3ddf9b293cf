import { expect, it } from 'vitest'
import { readStatus } from '../../../../console/cluster/status/status.ts'
import { grant, NOW, policy } from '../../../domain/builders.ts'
import { stubClient } from '../stub-client.ts'

const lists = { accesspolicies: [policy('a')], notificationchannels: [], accesssuspensions: [], breakglassreviews: [], accessgrants: [] }
const named = async (given: Parameters<typeof stubClient>[0], name: string) =>
  (await readStatus(stubClient(given).client, NOW)).find((section) => section.name === name)?.findings ?? []

it('what the user may not read is not known: it does not count as fine', async () => {
  const sections = await readStatus(stubClient({}).client, NOW)
  expect(sections.length).toBe(5)
  for (const { name, findings } of sections)
    expect(
      findings.map(({ verdict }) => verdict),
      name,
    ).toEqual(['unknown'])
})
it('a policy without channels needs no right to read them', async () => {
  const { notificationchannels: _, ...rest } = lists
  expect(await named(rest, 'Channels')).toMatchObject([{ verdict: 'good' }])
  expect(await named({ ...rest, accesspolicies: [policy('a', { notifications: [{ channel: 'chat' }] })] }, 'Channels')).toMatchObject([
    { verdict: 'unknown' },
  ])
})
it('no policy is a warning: every agent is refused', async () =>
  expect(await named({ ...lists, accesspolicies: [] }, 'Policies')).toMatchObject([{ verdict: 'warning' }]))
it('lists the grants that end first, and counts the others', async () => {
  const grants = Array.from({ length: 120 }, (_, index) => ({
    ...grant({ expiresAt: new Date(NOW + (index + 1) * 1000).toISOString() }),
    metadata: { name: `g${index}` },
  }))
  const findings = await named({ ...lists, accessgrants: grants.toReversed() }, 'Grants')
  expect(findings[0]?.message).toBe('120 live grants that you can see')
  expect(findings[1]?.message).toContain('grant g0 of oidc:agent ends in 1s')
  expect(findings.at(-1)?.message).toBe('and 70 more that end within an hour')
})
