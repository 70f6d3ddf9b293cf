import { copyFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buildImage } from './build.ts'
import { LOCAL_IMAGE } from './contents.ts'
import { readArguments } from '../read-arguments.ts'

/** `node hack/image/main.ts [--name NAME:TAG] [--output FILE]`: builds the product as an image that containerd, docker and podman load. */
const USAGE = `usage: node hack/image/main.ts [--name NAME:TAG] [--output FILE]\n`
const { values } = readArguments(USAGE, { name: { type: 'string', default: LOCAL_IMAGE }, output: { type: 'string' } })
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'jit-access/image')
const { file, name, seconds, cached } = await buildImage({ root: join(import.meta.dirname, '../..'), cache, name: values.name })
if (values.output !== undefined) await copyFile(file, values.output)
console.log(`${name} ${cached ? 'unchanged' : 'built'} in ${seconds.toFixed(1)} s: ${values.output ?? file}`)
