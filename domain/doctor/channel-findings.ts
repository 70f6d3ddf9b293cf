import type { AccessPolicy } from '../api/access-policy.ts'
import { conditionOf } from '../api/conditions.ts'
import { channelsOf } from '../api/notifications/notified-fields.ts'
import type { NotificationChannel } from '../api/notifications/notification-channel.ts'
import { bad, good, unknown, warning, type Finding } from './finding.ts'

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
  const givenUp = lost === 0 ? [] : [warning(`channel "${name}" missed ${lost} events, because it did not accept them in time`, look)]
  return [works(channel, look), ...givenUp]
}

export const NO_CHANNEL = good('no policy names a channel: approvers see requests with kubectl certify')

/** Names of the channels that policies use, sorted. */
export const channelNames = (policies: readonly AccessPolicy[]): readonly string[] => [...new Set(policies.flatMap(channelsOf))].sort()

/** Whether the channels that policies name exist and accept messages. Channels that no policy names are not checked. */
export function channelFindings(policies: readonly AccessPolicy[], channels: readonly NotificationChannel[]): readonly Finding[] {
  const named = channelNames(policies)
  if (named.length === 0) return [NO_CHANNEL]
  return named.flatMap((name) => {
    const channel = channels.find(({ metadata }) => metadata.name === name)
    if (channel !== undefined) return readiness(channel)
    const by = policies.filter((policy) => channelsOf(policy).includes(name)).map(({ metadata }) => metadata.name)
    return [bad(`channel "${name}" does not exist, and policy "${by.join('", "')}" names it`, 'kubectl get notificationchannels')]
  })
}
