import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import type { GovernedNames } from '../../domain/policy/governed-expression.ts'
import { matchConditionsFor, type ExemptSubject, type MatchCondition } from './match-conditions.ts'

/** An object that selects the users to check: the match conditions of a webhook, or the parameter of an admission policy. */
export type SyncTarget =
  | { readonly kind: 'ValidatingWebhookConfiguration'; readonly name: string }
  | { readonly kind: 'ConfigMap'; readonly namespace: string; readonly name: string }
export type Governed = { readonly conditions: readonly MatchCondition[]; readonly names: GovernedNames }

/** The only webhook of the configuration that this process updates. */
export const WEBHOOK_NAME = 'governed.jit.access'

export const pathOf = (target: SyncTarget): string =>
  target.kind === 'ConfigMap'
    ? `/api/v1/namespaces/${encodeURIComponent(target.namespace)}/configmaps/${encodeURIComponent(target.name)}`
    : `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${encodeURIComponent(target.name)}`

type Conditioned = { readonly name?: string; readonly matchConditions?: readonly MatchCondition[] }
type Configuration = { readonly webhooks?: readonly Conditioned[] }
type Parameter = { readonly data?: { readonly [key: string]: string } }

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

const plain = (conditions: readonly MatchCondition[] | undefined): readonly MatchCondition[] =>
  (conditions ?? []).map(({ name, expression }) => ({ name, expression }))

/** One name per line. Names with a line break are dropped, since they would read as two; no user has such a name. */
const lines = (names: readonly string[]): string => names.filter((name) => !/[\r\n]/.test(name)).join('\n')

/**
 * The object with exactly these conditions or names; undefined when it has them already. Other conditions are removed, since
 * kube-apiserver calls the webhook only when all conditions match.
 */
export function syncedObject(target: SyncTarget, object: object, { conditions, names }: Governed): object | undefined {
  if (target.kind === 'ConfigMap') {
    const { data = {} } = object as Parameter
    const wanted = { users: lines(names.users), groups: lines(names.groups) }
    const others = Object.keys(data).some((key) => !(key in wanted))
    return !others && data['users'] === wanted.users && data['groups'] === wanted.groups ? undefined : { ...object, data: wanted }
  }
  const { webhooks = [] } = object as Configuration
  const ours = webhooks.filter(({ name }) => name === WEBHOOK_NAME)
  if (ours.length === 0) throw new Error(`it has no webhook named ${WEBHOOK_NAME}`)
  if (ours.every(({ matchConditions }) => same(plain(matchConditions), conditions))) return undefined
  return { ...object, webhooks: webhooks.map((webhook) => (webhook.name === WEBHOOK_NAME ? { ...webhook, matchConditions: conditions } : webhook)) }
}

const ATTEMPTS = 5

/** Writes the object if it differs. After a conflict it reads again: a former leader, or another owner of the object, has written it. */
async function write(client: KubeClient, target: SyncTarget, governed: Governed): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const next = syncedObject(target, await client.json<object>({ method: 'GET', path: pathOf(target) }), governed)
    if (next === undefined) return
    try {
      await client.json({ method: 'PUT', path: pathOf(target), body: next })
      return
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 409 && attempt < ATTEMPTS)) throw error
    }
  }
}

export type MatchConditionSync = {
  /** Starts a sync now, because the policies or the objects may have changed. */
  nudge(): void
  stop(): void
}

const RETRY_MS = 2_000
/** Resync period. Detects changes by others that no watch reported. */
const REGULARLY_MS = 30_000

/**
 * Keeps the objects in sync with the policies' subjects. Leaves them unchanged until the policies have been read. Until a write succeeds,
 * kube-apiserver does not call the webhook when a new policy's subjects bypass the gateway; the metric jit_controller_configuration_in_step
 * shows this.
 */
export function syncMatchConditions(options: {
  readonly client: KubeClient
  readonly targets: readonly SyncTarget[]
  /** The policies, or undefined until they have been read, and while another process does this. */
  readonly policies: () => readonly AccessPolicy[] | undefined
  readonly cluster?: string
  readonly report: (target: SyncTarget, error?: unknown) => void
  readonly exempt: (subjects: readonly ExemptSubject[]) => void
}): MatchConditionSync {
  let timer: NodeJS.Timeout | undefined
  let running = false
  let again = false
  let stopped = false

  const once = async (): Promise<boolean> => {
    const policies = options.policies()
    // Looked at again soon: the leadership may have ended and begun again without notice.
    if (policies === undefined) return false
    const { exempt, ...governed } = matchConditionsFor(policies, options.cluster)
    options.exempt(exempt)
    const results = await Promise.all(
      options.targets.map((target) =>
        write(options.client, target, governed).then(
          () => (options.report(target), true),
          (error: unknown) => (options.report(target, error), false),
        ),
      ),
    )
    return results.every((done) => done)
  }

  const run = async (): Promise<void> => {
    clearTimeout(timer)
    if (running) return void (again = true)
    running = true
    again = false
    const good = await once().finally(() => (running = false))
    if (stopped) return
    timer = setTimeout(() => void run(), again ? 0 : good ? REGULARLY_MS : RETRY_MS)
  }

  return {
    nudge: () => void run(),
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
