import { AGENTS_GROUP } from '../../domain/api/names.ts'
import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import { bad, good, unknown, type Finding } from '../../domain/doctor/finding.ts'

/** A user that no policy governs and no issuer can issue. The group system:masters makes RBAC allow everything, so that only the locks can refuse. */
const AS = ['--as=jit.access:doctor', `--as-group=${AGENTS_GROUP}`, '--as-group=system:masters'] as const
const LOOK = 'kubectl -n jit-system get pods -l app.kubernetes.io/name=jit-webhook; kubectl get validatingwebhookconfiguration jit-access -o yaml'

/** Tries a write with dryRun=All, which never stores anything. Returns the error, or undefined when it was allowed. */
async function tryToWrite(kubectl: Kubectl, namespace: string): Promise<KubectlError | undefined> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'jit-doctor-' } }
  try {
    await kubectl.text(['create', '--raw', `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`, '-f', '-', ...AS], {
      input: JSON.stringify(body),
    })
    return undefined
  } catch (error) {
    if (error instanceof KubectlError) return error
    throw error
  }
}

const PASSED = (what: string): string => `${what} did not refuse a write by an agent that RBAC allows everything`

function judge(what: string, refusal: KubectlError | undefined, refused: RegExp): Finding {
  if (refusal === undefined) return bad(PASSED(what), LOOK)
  const { message } = refusal
  if (refused.test(message)) return good(`tried: ${what} refuses a write by an agent that RBAC allows everything`)
  if (/failed calling webhook/.test(message)) return bad(`kube-apiserver cannot call the webhook: ${message.split('\n')[0] ?? ''}`, LOOK)
  if (/cannot impersonate/.test(message)) return unknown(`${what} was not tried: you may not impersonate`, 'run the doctor as a cluster admin')
  return unknown(`${what} was not tried: ${message.split('\n')[0] ?? ''}`)
}

/** Tries the webhook and the admission policy as an agent that RBAC allows everything. Only adds two events to the audit log. */
export async function checkLocks(kubectl: Kubectl): Promise<readonly Finding[]> {
  const [webhook, never] = await Promise.all([tryToWrite(kubectl, 'default'), tryToWrite(kubectl, 'jit-system')])
  return [
    judge('the webhook', webhook, /admission webhook "governed\.jit\.access" denied/),
    judge('jit-access-never', never, /jit-access never lets an agent/),
  ]
}
