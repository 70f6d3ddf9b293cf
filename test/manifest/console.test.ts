import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { readConsoleConfig } from '../../console/config.ts'
import { ofKind, renderedWith, ROOT, type Manifest } from './overlay.ts'
import { rightsOf, rulesOf } from './rights.ts'

let manifests: readonly Manifest[] = []
beforeAll(async () => {
  manifests = await renderedWith('console')
}, 600_000)

it('the shipped configuration is accepted by the console', async () =>
  expect(await readConsoleConfig(join(ROOT, 'kustomize/components/console/config.yaml'))).toMatchObject({ listen: { port: 8443 } }))

it('the console may impersonate, and nothing else: objects of jit.access, and what a person may do', () => {
  expect(rightsOf(manifests, 'jit-console')).toEqual([
    'cluster: impersonate-on:user-info:create accesssuspensions,accessreviews,accessimpacts of jit.access',
    'cluster: impersonate-on:user-info:create selfsubjectaccessreviews of authorization.k8s.io',
    'cluster: impersonate-on:user-info:create,impersonate-on:user-info:get,impersonate-on:user-info:list,impersonate-on:user-info:delete approverkeys of jit.access',
    'cluster: impersonate-on:user-info:get accessrequests/plan,accesssessions/recording,accesssessions/events of jit.access',
    'cluster: impersonate-on:user-info:get,impersonate-on:user-info:list accessrequests,accessgrants,accesspolicies,accesssuspensions,breakglassreviews,accesssessions of jit.access',
    'cluster: impersonate-on:user-info:list notificationchannels of jit.access',
    'cluster: impersonate-on:user-info:update accessrequests/approval,accessgrants/revocation,accesssuspensions/lift,breakglassreviews/decision of jit.access',
    'cluster: impersonate-on:user-info:update approverkeys/registration of jit.access',
    'cluster: impersonate-on:user-info:watch accessrequests of jit.access',
    'cluster: impersonate:user-info userextras/jit.access/session of authentication.k8s.io',
    'cluster: impersonate:user-info userextras/jit.access/via of authentication.k8s.io named console',
    'cluster: impersonate:user-info users,groups of authentication.k8s.io',
  ])
  const role = manifests.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'jit-console') as Manifest
  expect(rulesOf(role).flatMap(({ verbs }) => verbs.filter((verb) => !verb.startsWith('impersonate')))).toEqual([])
})

it('with the console, the apiserver reads what a request would touch: workloads and what is around them, no Secret and no ConfigMap', () =>
  expect(rightsOf(manifests, 'jit-apiserver')).toEqual([
    'cluster: ClusterRole system:auth-delegator',
    'cluster: get,list deployments,statefulsets,daemonsets,replicasets of apps',
    'cluster: get,list jobs,cronjobs of batch',
    'cluster: get,list pods,services,replicationcontrollers,persistentvolumeclaims of core',
    'cluster: list poddisruptionbudgets of policy',
    'kube-system: Role extension-apiserver-authentication-reader',
  ]))

it('the Pod has limits, no privileges and no writable file system', () => {
  const deployment = ofKind(manifests, 'Deployment').find(({ metadata }) => metadata.name === 'jit-console')
  expect(deployment?.['spec']).toMatchObject({
    template: {
      spec: {
        serviceAccountName: 'jit-console',
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            resources: { limits: { cpu: '1', memory: '384Mi' } },
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
          },
        ],
      },
    },
  })
})
