import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is built, and from which versions. Changing a value here, or a file of the Go module, changes the cache folder. */
export const KUBERNETES_VERSION = 'v1.37.2'

const [, MINOR = ''] = KUBERNETES_VERSION.split('.')

export const recipe = {
  // Without these, the components report version v0.0.0-master.
  kubernetesFlags: [
    '-s -w',
    `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
    `-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${MINOR}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${KUBERNETES_VERSION}`,
  ].join(' '),
  components: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kwok'],
  // kwok has no built-in stages.
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
  /** busybox for pods, libseccomp for runc, nft for kube-proxy and the libraries it links. Unpacked, never installed. */
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
  /** Increment when the build steps change without changing a value above. */
  steps: 1,
} as const

/** The folder of the Go module and of pause.c. */
export const SOURCES = join(import.meta.dirname, '../binaries')

/** The SHA-256 of every input of the binaries and of the target platform. */
export async function cacheKey(part: 'kubernetes' | 'node'): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ part, recipe, platform: process.platform, arch: process.arch }))
  for (const file of ['go.mod', 'go.sum', 'main.go', 'kubectl/main.go', 'pause.c'])
    hash.update(`\n${file}\n`).update(await readFile(join(SOURCES, file)))
  return hash.digest('hex')
}
