import type { AccessPolicy } from '../../../domain/api/access-policy.ts'
import { CHANNELS_PATH, POLICIES_PATH } from '../../../domain/api/names.ts'
import type { NotificationChannel } from '../../../domain/api/notifications/notification-channel.ts'
import { channelFindings, channelNames, NO_CHANNEL } from '../../../domain/doctor/channel-findings.ts'
import type { Finding } from '../../../domain/doctor/finding.ts'
import { unreadableFinding, type Cluster } from '../visible-cluster.ts'

/** Checks whether the channels that policies name exist and accept messages. Channels that no policy names are not checked. */
export async function checkChannels(cluster: Cluster): Promise<readonly Finding[]> {
  const [policies, channels] = await Promise.all([cluster.list<AccessPolicy>(POLICIES_PATH), cluster.list<NotificationChannel>(CHANNELS_PATH)])
  if (policies.is !== 'there') return [unreadableFinding('AccessPolicies', policies)]
  if (channelNames(policies.value).length === 0) return [NO_CHANNEL]
  return channels.is === 'there' ? channelFindings(policies.value, channels.value) : [unreadableFinding('NotificationChannels', channels)]
}
