import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { readLoginConfig } from '../../login/config/read-config.ts'
import { ofKind, renderedWith, ROOT, type Manifest } from './overlay.ts'
import { rightsOf } from './rights.ts'

let manifests: readonly Manifest[] = []
beforeAll(async () => {
  manifests = await renderedWith('login')
}, 600_000)

it('the shipped configuration is accepted by login', async () =>
  expect(await readLoginConfig(join(ROOT, 'kustomize/components/login/config.yaml'))).toMatchObject({ listen: { port: 8443 } }))

it('login may read and write what it can name, and list nothing', () => {
  expect(rightsOf(manifests, 'jit-login')).toEqual(['cluster: create,get,update,delete loginstates of jit.access'])
})

it('two Pods run, with limits, no privileges, and nothing that they may write except for their own records', () => {
  const set = ofKind(manifests, 'StatefulSet').find(({ metadata }) => metadata.name === 'jit-login')
  expect(set?.['spec']).toMatchObject({
    replicas: 2,
    template: {
      spec: {
        serviceAccountName: 'jit-login',
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            args: ['login/main.ts', '--config', '/etc/jit-access/config/config.yaml'],
            resources: { limits: { cpu: '1', memory: '512Mi' } },
            securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
            volumeMounts: [
              ...['config', 'tls', 'secrets', 'signing-keys'].map((name) => ({ name, readOnly: true })),
              { name: 'records', mountPath: '/var/lib/jit-access/records' },
            ],
          },
        ],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: 'records' }, spec: { accessModes: ['ReadWriteOnce'] } }],
  })
  const policy = ofKind(manifests, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'jit-login')
  expect(policy?.['spec']).toMatchObject({ policyTypes: ['Ingress', 'Egress'] })
})
