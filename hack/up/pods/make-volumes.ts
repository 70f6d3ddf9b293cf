import { chown, mkdir } from 'node:fs/promises'
import { apply, type Kubectl } from '../kubectl.ts'
import type { Layout } from '../environment-paths.ts'

/** The uid that the image runs as. */
const UID = 65532

type Volume = { readonly name: string; readonly path: string; readonly size: string; /** Defaults to the name. */ readonly claim?: string }

function volume({ name, path, size, claim = name }: Volume): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: size },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path, type: 'Directory' },
      claimRef: { namespace: 'jit-system', name: claim },
    },
  }
}

/**
 * Makes folders of this machine the volumes that `kustomize/overlays/local` claims, so that records can be read here while the pods write
 * them.
 */
export async function makeVolumes(kubectl: Kubectl, { records, loginRecords, data }: Layout): Promise<void> {
  for (const folder of [records, loginRecords, data]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chown(folder, UID, UID)
  }
  await apply(kubectl, [
    volume({ name: 'jit-gateway-records', path: records, size: '10Gi' }),
    volume({ name: 'jit-apiserver-data', path: data, size: '1Gi' }),
    volume({ name: 'jit-login-records', path: loginRecords, size: '10Gi', claim: 'records-jit-login-0' }),
  ])
}
