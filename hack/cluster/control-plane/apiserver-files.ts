import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeAuthentication, type Issuer } from './authentication.ts'
import type { Site } from '../addresses.ts'

/**
 * Writes the files that kube-apiserver reads besides certificates: its audit policy, its token issuers, and its client certificate for
 * webhooks.
 */
export async function writeApiserverFiles(
  { dir }: Site,
  { issuers = [], staticAdmissionDir }: { readonly issuers?: readonly Issuer[]; readonly staticAdmissionDir?: string },
): Promise<void> {
  await mkdir(join(dir, 'auth'), { mode: 0o700 })
  await writeAuthentication(dir, issuers)
  // Log metadata for everything and bodies for nothing, since bodies hold Secrets. Metadata includes the annotations of webhooks.
  const audit = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: [{ level: 'Metadata' }] }
  await writeFile(join(dir, 'audit-policy.yaml'), stringify(audit))
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile: join(dir, 'webhooks.kubeconfig'),
  }
  const policies = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyConfiguration',
    staticManifestsDir: staticAdmissionDir,
  }
  const admission = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: [
      { name: 'ValidatingAdmissionWebhook', configuration },
      { name: 'MutatingAdmissionWebhook', configuration },
      ...(staticAdmissionDir === undefined ? [] : [{ name: 'ValidatingAdmissionPolicy', configuration: policies }]),
    ],
  }
  await writeFile(join(dir, 'admission.yaml'), stringify(admission))
  const client = { 'client-certificate': join(dir, 'pki/webhook-client.crt'), 'client-key': join(dir, 'pki/webhook-client.key') }
  // The user name is normally the host of a webhook; `*` applies to every webhook.
  const kubeconfig = { apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user: client }] }
  await writeFile(join(dir, 'webhooks.kubeconfig'), stringify(kubeconfig), { mode: 0o600 })
}
