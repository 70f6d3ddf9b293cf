import { conditionOf, type Condition } from '../../domain/api/conditions.ts'
import { unreadableFinding, type Cluster } from './visible-cluster.ts'
import { bad, good, type Finding } from '../../domain/doctor/finding.ts'

type APIService = {
  readonly spec?: { readonly caBundle?: string; readonly insecureSkipTLSVerify?: boolean }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

const LOOK = 'kubectl get apiservice v1.jit.access -o yaml; kubectl -n jit-system get pods,endpointslices'

function reached({ status }: APIService): Finding {
  const available = conditionOf(status?.conditions, 'Available')
  return available?.status === 'True'
    ? good('kube-apiserver reaches the API server (APIService v1.jit.access is Available)')
    : bad(`APIService v1.jit.access is not Available: ${available?.message ?? 'it has no status'}`, LOOK)
}

function verified({ spec }: APIService): Finding {
  return spec?.insecureSkipTLSVerify === true || (spec?.caBundle ?? '') === ''
    ? bad(
        'kube-apiserver does not verify the API server: the APIService has no caBundle',
        'install with cert-manager or kustomize/components/bootstrap-certificates, which set it',
      )
    : good('kube-apiserver verifies the API server with a dedicated CA')
}

/** Checks that kube-apiserver can reach jit-apiserver and verifies its certificate. */
export async function checkAggregation(cluster: Cluster): Promise<readonly Finding[]> {
  const reading = await cluster.read<APIService>('/apis/apiregistration.k8s.io/v1/apiservices/v1.jit.access')
  if (reading.is === 'absent') return [bad('there is no APIService v1.jit.access', 'kubectl apply -f manifests/install.yaml')]
  return reading.is === 'unreadable' ? [unreadableFinding('APIService v1.jit.access', reading)] : [reached(reading.value), verified(reading.value)]
}
