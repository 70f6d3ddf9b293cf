import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const MANIFESTS = join(import.meta.dirname, '../../../manifests/install.yaml')
const UNITS: { readonly [unit: string]: number } = { Mi: 1, Gi: 1024 }

type Container = { readonly resources?: { readonly limits?: { readonly memory?: string } } }
type Workload = {
  readonly kind?: string
  readonly metadata?: { readonly name?: string }
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } } }
}

const limitOf = (workload: Workload | undefined): string => workload?.spec?.template?.spec?.containers?.[0]?.resources?.limits?.memory ?? ''

/** The memory limit of a Deployment in the manifests, in MiB. */
export async function memoryLimitMiB(deployment: string): Promise<number> {
  const documents = parseAllDocuments(await readFile(MANIFESTS, 'utf8')).map((each) => each.toJS() as Workload)
  const limit = limitOf(documents.find(({ kind, metadata }) => kind === 'Deployment' && metadata?.name === deployment))
  const [, number, unit = ''] = /^(\d+)(\w+)$/.exec(limit) ?? []
  const factor = UNITS[unit]
  if (number === undefined || factor === undefined) throw new Error(`${deployment} has no memory limit in Mi or Gi`)
  return Number(number) * factor
}
