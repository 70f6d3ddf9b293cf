import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testsByNeed } from './needs.ts'

describe('what a test file needs', () => {
  let root: string
  beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'jit-needs-'))))
  afterEach(() => rm(root, { recursive: true, force: true }))
  const write = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }

  it('follows from its imports, direct and indirect', async () => {
    await write('test/a/pure.test.ts', `import { x } from './words.ts'\nimport type { E } from '../cluster/environment.ts'\n`)
    await write('test/a/words.ts', `import { y } from './pure.test.ts'\n`) // a cycle
    await write('test/a/shared.test.ts', `import {\n  a,\n  b,\n} from './stage.ts'\n`)
    await write('test/a/stage.ts', `export { a, b } from '../cluster/environment.ts'\n`)
    await write('test/a/breaks.test.ts', `import { bareCluster } from '../cluster/bare-cluster.ts'\n`)
    await write('test/cluster/bare-cluster.ts', `import { startCluster } from '../../hack/cluster/start-cluster.ts'\n`)
    await write('test/cluster/environment.ts', '')
    await write('hack/cluster/start-cluster.ts', '')
    expect(testsByNeed(root)).toEqual({ unit: ['test/a/pure.test.ts'], cluster: ['test/a/breaks.test.ts'], environment: ['test/a/shared.test.ts'] })
  })
})
