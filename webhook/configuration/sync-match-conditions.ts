import type { AccessPolicy } from '../../domain/api/access-policy.ts'
import { StatusError } from '../../domain/status-error.ts'
import type { KubeClient } from '../../kube/client.ts'
import { matchConditionsFor, type GovernedNames, type LeftOut, type MatchCondition } from './match-conditions.ts'

/** An object that says whom kube-apiserver asks about: match conditions of a webhook, or names that an admission policy takes as its parameter. */
export type Kept =
  | { readonly kind: 'ValidatingWebhookConfiguration'; readonly name: string }
  | { readonly kind: 'ConfigMap'; readonly namespace: string; readonly name: string }
export type Governed = { readonly conditions: readonly MatchCondition[]; readonly names: GovernedNames }

/** The one webhook of the configuration that is ours to keep. */
export const WEBHOOK_NAME = 'governed.jit.access'

export const pathOf = (kept: Kept): string =>
  kept.kind === 'ConfigMap'
    ? `/api/v1/namespaces/${encodeURIComponent(kept.namespace)}/configmaps/${encodeURIComponent(kept.name)}`
    : `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${encodeURIComponent(kept.name)}`

type Conditioned = { readonly name?: string; readonly matchConditions?: readonly MatchCondition[] }
type Configuration = { readonly webhooks?: readonly Conditioned[] }
type Parameter = { readonly data?: { readonly [key: string]: string } }

const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right)

const plain = (conditions: readonly MatchCondition[] | undefined): readonly MatchCondition[] =>
  (conditions ?? []).map(({ name, expression }) => ({ name, expression }))

/** One name a line. A name with a line break would be two, and nobody has such a one. */
const lines = (names: readonly string[]): string => names.filter((name) => !/[\r\n]/.test(name)).join('\n')

/** The object with these conditions or names and no others, since all conditions must hold; undefined when it has them already. */
export function broughtInStep(kept: Kept, object: object, { conditions, names }: Governed): object | undefined {
  if (kept.kind === 'ConfigMap') {
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

/** Writes what differs. Several replicas do so side by side: the text is the same, and the loser reads again. */
async function write(client: KubeClient, kept: Kept, governed: Governed): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const next = broughtInStep(kept, await client.json<object>({ method: 'GET', path: pathOf(kept) }), governed)
    if (next === undefined) return
    try {
      await client.json({ method: 'PUT', path: pathOf(kept), body: next })
      return
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 409 && attempt < ATTEMPTS)) throw error
    }
  }
}

export type Keeper = {
  /** Says that something may have changed. */
  nudge(): void
  stop(): void
}

const RETRY_MS = 2_000
/** Found out this way when somebody else changed the object and no watch told. */
const REGULARLY_MS = 30_000

/**
 * Keeps the objects in step with the policies' subjects. Writes only what it knows: before the policies were read it leaves the object
 * as it is. Until a write succeeds a new policy's subjects are not asked about when they come around the gateway; metrics tell.
 */
export function keepInStep(options: {
  readonly client: KubeClient
  readonly kept: readonly Kept[]
  /** The policies, or undefined while they are not known. */
  readonly policies: () => readonly AccessPolicy[] | undefined
  readonly cluster?: string
  readonly told: (kept: Kept, error?: unknown) => void
  readonly leftOut: (subjects: readonly LeftOut[]) => void
}): Keeper {
  let timer: NodeJS.Timeout | undefined
  let running = false
  let again = false
  let stopped = false

  const once = async (): Promise<boolean> => {
    const policies = options.policies()
    if (policies === undefined) return true
    const { leftOut, ...governed } = matchConditionsFor(policies, options.cluster)
    options.leftOut(leftOut)
    const results = await Promise.all(
      options.kept.map((kept) =>
        write(options.client, kept, governed).then(
          () => (options.told(kept), true),
          (error: unknown) => (options.told(kept, error), false),
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
