import { stringify } from 'yaml'
import { COMPLETER } from './plugins.ts'

/**
 * The manifest with which krew installs `kubectl certify` (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/).
 *
 * There is none for `kubectl create accessrequest`: krew turns a dash of a plugin's name into an underscore in its file name, and kubectl
 * takes a subcommand of `create` from a file that is named `kubectl-create-accessrequest`.
 */
export function krewManifest({ version, uri, sha256 }: { readonly version: string; readonly uri: string; readonly sha256: string }): string {
  const bin = 'kubectl-certify'
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'certify' },
    spec: {
      version: `v${version}`,
      shortDescription: 'Approve what AI agents ask to do',
      description:
        'Shows the access requests of AI agents that wait for you, with what runs if you approve, and approves, denies and revokes them. To complete its commands, see: kubectl certify completion --help. Needs jit-access in the cluster, and Node 22.15 or later on this machine.',
      platforms: ['linux', 'darwin'].map((os) => ({
        selector: { matchLabels: { os } },
        uri,
        sha256,
        bin,
        files: [
          { from: bin, to: '.' },
          { from: COMPLETER, to: '.' },
          { from: 'LICENSE', to: '.' },
        ],
      })),
    },
  })
}
