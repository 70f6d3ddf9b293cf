import { AGENTS_GROUP } from '../../domain/api/names.ts'
import { KubectlError } from '../kubectl/kubectl-error.ts'
import type { Kubectl } from '../kubectl/kubectl.ts'
import { bad, good, unknown, type Finding } from './finding.ts'

/** Nobody: no policy governs it and no issuer can hand it out. With the masters' group RBAC lets it do anything, so that only the locks refuse. */
const AS = ['--as=jit.access:doctor', `--as-group=${AGENTS_GROUP}`, '--as-group=system:masters'] as const
const LOOK = 'kubectl -n jit-system get pods -l app.kubernetes.io/name=jit-webhook; kubectl get validatingwebhookconfiguration jit-access -o yaml'

/** What became of a write that is only tried (dryRun=All: nothing is stored, whatever happens). */
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

const PASSED = (what: string): string => `a write by an agent with every right in RBAC was not refused by ${what}`

function judge(what: string, refusal: KubectlError | undefined, refused: RegExp): Finding {
  if (refusal === undefined) return bad(PASSED(what), LOOK)
  const { message } = refusal
  if (refused.test(message)) return good(`tried: ${what} refuses a write by an agent that has every right in RBAC`)
  if (/failed calling webhook/.test(message)) return bad(`kube-apiserver cannot ask the webhook: ${message.split('\n')[0] ?? ''}`, LOOK)
  if (/cannot impersonate/.test(message))
    return unknown(`${what} was not tried: you may not act in the name of others`, 'run the doctor as a cluster admin')
  return unknown(`${what} was not tried: ${message.split('\n')[0] ?? ''}`)
}

/** Tries both locks in the name of an agent that RBAC would let do anything. Leaves nothing but two events in the audit log. */
export async function checkLocks(kubectl: Kubectl): Promise<readonly Finding[]> {
  const [webhook, never] = await Promise.all([tryToWrite(kubectl, 'default'), tryToWrite(kubectl, 'jit-system')])
  return [
    judge('the webhook', webhook, /admission webhook "governed\.jit\.access" denied/),
    judge('jit-access-never', never, /jit-access never lets an agent/),
  ]
}
