import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is built and from which versions. A changed line here, or in the module's files, makes another cache folder. */
export const KUBERNETES_VERSION = 'v1.37.2'

const [, MINOR = ''] = KUBERNETES_VERSION.split('.')

export const recipe = {
  // Without these a client meets v0.0.0-master.
  kubernetesFlags: [
    '-s -w',
    `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
    `-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${MINOR}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
  ].join(' '),
  components: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl', 'kwok'],
  // kwok has no stages built in.
  kwokStages: [
    'node/fast/node-initialize',
    'node/heartbeat-with-lease/node-heartbeat-with-lease',
    'pod/fast/pod-ready',
    'pod/fast/pod-complete',
    'pod/fast/pod-delete',
  ],
  containerd: 'v2.4.2',
  cni: 'v1.9.1',
  runc: 'v1.5.2',
  /** busybox for pods, libseccomp for runc, nft for kube-proxy and what it links; unpacked, never installed. */
  debianPackages: [
    'busybox-static',
    'libseccomp-dev',
    'nftables',
    'libnftables1',
    'libnftnl11',
    'libmnl0',
    'libjansson4',
    'libedit2',
    'libbsd0',
    'libgmp10',
  ],
  busyboxImage: 'docker.io/library/busybox:1.35',
  pauseImage: 'localhost/pause:1',
  /** Raise it when the steps change in a way that the lines above do not show. */
  steps: 1,
} as const

/** The folder of the Go module and pause.c. */
export const SOURCES = join(import.meta.dirname, '../binaries')

/** The sha256 of everything that the binaries come from, and of the platform that they are for. */
export async function cacheKey(part: 'kubernetes' | 'node'): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ part, recipe, platform: process.platform, arch: process.arch }))
  for (const file of ['go.mod', 'go.sum', 'main.go', 'pause.c']) hash.update(`\n${file}\n`).update(await readFile(join(SOURCES, file)))
  return hash.digest('hex')
}
