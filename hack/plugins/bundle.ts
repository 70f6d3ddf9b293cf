import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import type { Plugin } from './plugins.ts'

/** The oldest Node whose `node:zlib` reads Zstandard, which replay needs. */
export const OLDEST_NODE = [22, 15] as const

/** Runs before the plugin, in syntax that every Node understands. */
const CHECK = `const [major, minor] = process.versions.node.split('.').map(Number)
if (major < ${OLDEST_NODE[0]} || (major === ${OLDEST_NODE[0]} && minor < ${OLDEST_NODE[1]})) {
  console.error(\`error: this kubectl plugin needs Node ${OLDEST_NODE.join('.')} or later, and "node" on PATH is \${process.versions.node}; install a newer one from https://nodejs.org\`)
  process.exit(1)
}
`

/**
 * Static imports of builtins as dynamic ones, which run after the check. An old Node does not even start a file that statically imports a
 * name that its builtins lack.
 */
function importLate(code: string): string {
  const late = code
    .replaceAll(/^import \{([^}]+)\} from "(node:[^"]+)";$/gm, (_, names: string, from: string) => {
      return `const {${names.replaceAll(' as ', ': ')}} = await import("${from}");`
    })
    .replaceAll(/^import (\w+) from "(node:[^"]+)";$/gm, 'const { default: $1 } = await import("$2");')
    .replaceAll(/^import \* as (\w+) from "(node:[^"]+)";$/gm, 'const $1 = await import("$2");')
  const left = /^import .*$/m.exec(late)
  if (left !== null) throw new Error(`the bundle imports what is not a builtin of Node: ${left[0]}`)
  return late
}

export type BundleOptions = { readonly root: string; readonly version: string; readonly dir: string }

/** Writes a plugin as one executable file that needs nothing but Node. Returns its path. @throws what the bundler throws */
export async function bundlePlugin(plugin: Plugin, { root, version, dir }: BundleOptions): Promise<string> {
  const file = join(dir, plugin)
  const bundle = await rolldown({ input: join(root, 'cli', `${plugin}.ts`), platform: 'node', cwd: root, logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false, minify: false })
  await bundle.close()
  const [entry, ...more] = output
  if (more.length > 0) throw new Error(`${plugin}: the bundle has ${more.length} files beside its entry`)
  const code = entry.code.replace(/^#!.*\n/, '')
  const text = `#!/usr/bin/env node\n// jit-access ${version}, bundled by "npm run plugins".\n${CHECK}${importLate(code)}`
  // The name is the command, so it cannot end in `.mjs`: Node detects a module by the top-level await.
  await writeFile(file, text)
  await chmod(file, 0o755)
  return file
}
