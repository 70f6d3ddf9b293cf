import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { conditionOf } from '../../../domain/api/conditions.ts'
import { CHANNELS_PATH, POLICIES_PATH } from '../../../domain/api/names.ts'
import { channelsOf } from '../../../domain/api/notifications/facts.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import { unseen, type Cluster } from '../cluster.ts'
import { bad, good, unknown, warning, type Finding } from '../finding.ts'

function works({ metadata: { name, generation }, status }: NotificationChannel, look: string): Finding {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready?.status === 'True' && ready.observedGeneration === generation) return good(`channel "${name}" accepts messages`)
  if (ready?.status === 'False' && ready.observedGeneration === generation)
    return bad(`channel "${name}" does not work (${ready.reason ?? ready.status}): ${ready.message ?? ''}`, look)
  return unknown(`channel "${name}": no message was sent yet, so nobody knows whether it works`, look)
}

function readiness(channel: NotificationChannel): readonly Finding[] {
  const { name } = channel.metadata
  const look = `kubectl describe notificationchannel ${name}`
  const lost = channel.status?.givenUp ?? 0
  const givenUp = lost === 0 ? [] : [warning(`channel "${name}" was never told ${lost} events, because it did not accept them in time`, look)]
  return [works(channel, look), ...givenUp]
}

/** Checks whether the channels that policies name exist and accept messages. Channels that no policy names are not checked. */
export async function checkChannels(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, channels] = await Promise.all([cluster.list<AccessPolicy>(POLICIES_PATH), cluster.list<NotificationChannel>(CHANNELS_PATH)])
  if (policies.is !== 'there') return [unseen('AccessPolicies', policies)]
  const named = [...new Set(policies.value.flatMap(channelsOf))].sort()
  if (named.length === 0) return [good('no policy names a channel: approvers see requests with kubectl certify')]
  if (channels.is !== 'there') return [unseen('NotificationChannels', channels)]
  return named.flatMap((name) => {
    const channel = channels.value.find(({ metadata }) => metadata.name === name)
    if (channel !== undefined) return readiness(channel)
    const by = policies.value.filter((policy) => channelsOf(policy).includes(name)).map(({ metadata }) => metadata.name)
    return [bad(`channel "${name}" does not exist, and policy "${by.join('", "')}" names it`, 'kubectl get notificationchannels')]
  })
}
