/** The result of one operation of one client. */
export type Result = { readonly client: string; readonly operation: string; readonly passed: boolean }

type VitestResults = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly title: string; readonly status: string }[]
  }[]
}

/** The results from vitest's JSON report, for tests whose describe block is a client and whose title is an operation. */
export function readResults(report: string): readonly Result[] {
  const { testResults } = JSON.parse(report) as VitestResults
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ ancestorTitles, title, status }) => ({ client: ancestorTitles.join(' '), operation: title, passed: status === 'passed' }))
}

/** One line for each operation and client. Versions of one client share a line, which lists the versions that passed and those that failed. */
export function tableOf(results: readonly Result[]): string {
  const rows = new Map<string, { passed: string[]; failed: string[] }>()
  for (const { client, operation, passed } of results) {
    const [name = '', ...version] = client.split(' ')
    const key = `${name.padEnd(24)}${operation.padEnd(44)}`
    const row = rows.get(key) ?? { passed: [], failed: [] }
    row[passed ? 'passed' : 'failed'].push(version.join(' ') || 'the one')
    rows.set(key, row)
  }
  const lines = [...rows].map(
    ([key, { passed, failed }]) => `${key}${passed.join(', ')}${failed.length === 0 ? '' : `  FAILED: ${failed.join(', ')}`}\n`,
  )
  return ['\n', `${'client'.padEnd(24)}${'operation'.padEnd(44)}same through the gateway, or as documented\n`, ...lines].join('')
}
