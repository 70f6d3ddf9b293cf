import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shellWord } from '../../../domain/shell-word.ts'
import { KUBECTL_COMPLETE } from '../../../cli/completion/scripts.ts'
import { COMPLETER, PLUGINS } from '../../plugins/plugins.ts'

/** Makes a folder for PATH: kubectl, and the plugins, which run on this project's Node regardless of the `node` on PATH. */
export async function makeBinDir(options: {
  readonly dir: string
  readonly kubectl: string
  readonly root: string
  readonly node: string
}): Promise<void> {
  await mkdir(options.dir, { recursive: true })
  await symlink(options.kubectl, join(options.dir, 'kubectl'))
  for (const plugin of PLUGINS) {
    const script = join(options.root, 'cli', `${plugin}.ts`)
    await writeFile(join(options.dir, plugin), `#!/bin/sh\nexec ${shellWord(options.node)} ${shellWord(script)} "$@"\n`, { mode: 0o755 })
  }
  await writeFile(join(options.dir, COMPLETER), KUBECTL_COMPLETE, { mode: 0o755 })
}
