import { join } from 'node:path'
import type { Binaries } from '../binaries.ts'
import type { ComponentSpec } from '../component.ts'
import { kubeconfigOf, portOf, type Site } from '../addresses.ts'

export type Routing = 'on' | 'off'

const local = (port: number): string => `http://127.0.0.1:${port}`

export function etcdSpec(site: Site, { binDir }: Binaries): ComponentSpec {
  const [client, peer] = [local(portOf(site, 'etcdClient')), local(portOf(site, 'etcdPeer'))]
  return {
    name: 'etcd',
    command: join(binDir, 'etcd'),
    dir: site.dir,
    args: [
      `--data-dir=${site.dir}/etcd`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync', // a disposable cluster may be lost in a power failure; kill -9 loses nothing
      '--log-level=warn',
    ],
  }
}

/**
 * With routing on, aggregation and webhooks dial endpoint addresses, so that they reach pods. With routing off they dial the Service, and
 * one with `type: ExternalName, externalName: localhost` reaches a process on this machine.
 */
export function apiserverSpec(site: Site, { binDir, nodeKind }: Binaries, routing: Routing): ComponentSpec {
  const real = nodeKind === 'real'
  return {
    name: 'kube-apiserver',
    command: join(binDir, 'kube-apiserver'),
    dir: site.dir,
    args: [
      `--etcd-servers=${local(portOf(site, 'etcdClient'))}`,
      `--secure-port=${portOf(site, 'apiserver')}`,
      // A real node connects from its own address. Without one, listen on loopback only.
      ...(real ? ['--bind-address=0.0.0.0', `--advertise-address=${site.hostIP}`] : ['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1']),
      ...(real
        ? ['--kubelet-certificate-authority=pki/ca.crt', '--kubelet-preferred-address-types=InternalIP']
        : ['--endpoint-reconciler-type=none']),
      ...(real ? ['--enable-admission-plugins=NodeRestriction'] : []),
      // Without a controller manager no default ServiceAccount exists, and every Pod would be rejected.
      ...(nodeKind === 'none' ? ['--disable-admission-plugins=ServiceAccount'] : []),
      ...(routing === 'on' ? ['--enable-aggregator-routing=true'] : []),
      ...APISERVER_FLAGS,
    ],
  }
}

const APISERVER_FLAGS = [
  '--allow-privileged=true',
  '--authorization-mode=Node,RBAC',
  '--authentication-config=auth/authentication.yaml',
  '--client-ca-file=pki/ca.crt',
  '--tls-cert-file=pki/apiserver.crt',
  '--tls-private-key-file=pki/apiserver.key',
  '--service-account-key-file=pki/service-accounts.key',
  '--service-account-signing-key-file=pki/service-accounts.key',
  '--service-account-issuer=https://kubernetes.default.svc',
  '--service-cluster-ip-range=10.0.0.0/24',
  '--requestheader-client-ca-file=pki/front-proxy-ca.crt',
  '--requestheader-allowed-names=front-proxy-client',
  '--requestheader-username-headers=X-Remote-User',
  '--requestheader-uid-headers=X-Remote-Uid',
  '--requestheader-group-headers=X-Remote-Group',
  '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  '--proxy-client-cert-file=pki/front-proxy.crt',
  '--proxy-client-key-file=pki/front-proxy.key',
  '--kubelet-client-certificate=pki/kubelet-client.crt',
  '--kubelet-client-key=pki/kubelet-client.key',
  '--audit-policy-file=audit-policy.yaml',
  '--audit-log-path=audit.log',
  '--admission-control-config-file=admission.yaml',
]

export function controllersSpec(site: Site, { binDir }: Binaries): ComponentSpec {
  return {
    name: 'kube-controller-manager',
    command: join(binDir, 'kube-controller-manager'),
    dir: site.dir,
    args: [
      `--kubeconfig=${kubeconfigOf(site, 'controllers')}`,
      `--secure-port=${portOf(site, 'controllers')}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
      // The default rate limit delays the first ServiceAccounts by 5 seconds.
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--use-service-account-credentials=true',
      '--root-ca-file=pki/ca.crt',
      '--service-account-private-key-file=pki/service-accounts.key',
      '--cluster-signing-cert-file=pki/ca.crt',
      '--cluster-signing-key-file=pki/ca.key',
    ],
  }
}

export function schedulerSpec(site: Site, { binDir }: Binaries): ComponentSpec {
  return {
    name: 'kube-scheduler',
    command: join(binDir, 'kube-scheduler'),
    dir: site.dir,
    args: [
      `--kubeconfig=${kubeconfigOf(site, 'scheduler')}`,
      `--secure-port=${portOf(site, 'scheduler')}`,
      '--bind-address=127.0.0.1',
      '--leader-elect=false',
    ],
  }
}
