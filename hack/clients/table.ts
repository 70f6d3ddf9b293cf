/** What came of one operation of one client. */
export type Result = { readonly client: string; readonly operation: string; readonly passed: boolean }

type VitestResults = {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly title: string; readonly status: string }[]
  }[]
}

/** The results of tests whose describe is a client and whose title is an operation, from vitest's JSON report. */
export function readResults(report: string): readonly Result[] {
  const { testResults } = JSON.parse(report) as VitestResults
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ ancestorTitles, title, status }) => ({ client: ancestorTitles.join(' '), operation: title, passed: status === 'passed' }))
}

/** One line an operation and client, those of several versions of one client together: which versions passed, and which failed. */
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
