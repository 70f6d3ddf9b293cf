import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { recipe } from '../build/recipe.ts'
import { kubeconfigOf, portOf, type Site } from '../addresses.ts'

/** Writes the configuration of containerd, CNI, kubelet and kube-proxy to `DIR/node`. `nodeDir` holds their programs. */
export async function writeNodeFiles(site: Site, nodeDir: string): Promise<void> {
  const folder = join(site.dir, 'node')
  for (const name of ['cni', 'manifests', 'flex', 'opt']) await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, 'containerd.toml'), containerd(folder, nodeDir))
  await writeFile(join(folder, 'cni/10-bridge.conflist'), JSON.stringify(network(site)))
  await writeFile(join(folder, 'kubelet.yaml'), stringify(kubelet(site, folder)))
  await writeFile(join(folder, 'kube-proxy.yaml'), stringify(kubeProxy(site)))
}

// The disabled plugins fail without their kernel modules, or report to a collector that does not exist.
const containerd = (folder: string, nodeDir: string): string => `version = 3
root = '${folder}/containerd'
state = '/run/containerd'
imports = []
disabled_plugins = ['io.containerd.nri.v1.nri', 'io.containerd.snapshotter.v1.erofs', 'io.containerd.snapshotter.v1.blockfile', 'io.containerd.differ.v1.erofs', 'io.containerd.mount-handler.v1.erofs', 'io.containerd.tracing.processor.v1.otlp', 'io.containerd.internal.v1.tracing']
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${recipe.pauseImage}'
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
  disable_apparmor = true
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = '${nodeDir}/bin/runc'
  SystemdCgroup = false
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['${nodeDir}/cni']
  conf_dir = '${folder}/cni'
[plugins.'io.containerd.internal.v1.opt']
  path = '${folder}/opt'
`

const podRange = (site: Site): string => `${site.network}.128/25`

const network = (site: Site): unknown => ({
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: { type: 'host-local', dataDir: '/run/cni-ipam', ranges: [[{ subnet: podRange(site) }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
  ],
})

const kubelet = (site: Site, folder: string): unknown => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  failSwapOn: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${site.cgroup}`,
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  address: '0.0.0.0',
  port: portOf(site, 'kubelet'),
  healthzPort: 0,
  readOnlyPort: 0,
  tlsCertFile: join(site.dir, 'pki/kubelet-server.crt'),
  tlsPrivateKeyFile: join(site.dir, 'pki/kubelet-server.key'),
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: join(site.dir, 'pki/ca.crt') } },
  authorization: { mode: 'Webhook' },
  podLogsDir: join(folder, 'podlogs'),
  staticPodPath: join(folder, 'manifests'),
  volumePluginDir: join(folder, 'flex'),
  resolvConf: '/etc/resolv.conf',
  oomScoreAdj: 0,
  // A developer's disk may be nearly full; that must not evict pods.
  evictionHard: {
    'memory.available': '0%',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
    'imagefs.inodesFree': '0%',
  },
  imageGCHighThresholdPercent: 100,
  syncFrequency: '10s',
  nodeStatusUpdateFrequency: '5s',
  makeIPTablesUtilChains: false,
  featureGates: { KubeletInUserNamespace: true },
})

const kubeProxy = (site: Site): unknown => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clientConnection: { kubeconfig: kubeconfigOf(site, 'kube-proxy') },
  hostnameOverride: site.nodeName,
  clusterCIDR: podRange(site),
  conntrack: { maxPerCore: 0, min: 0, tcpCloseWaitTimeout: '0s', tcpEstablishedTimeout: '0s' },
  nodePortAddresses: ['primary'],
})
