import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SOURCE_FOLDERS } from './folders.ts'
import { filesIn } from './source-files.ts'

const SOURCE = /[.](ts|js|mts|cjs|sh)$/
const MAX_LINES = 300
/** A folder with more source files than this holds more than one idea. */
const MAX_FILES = 15

/** The lines of a source file. Comments count: they are read as well. */
const linesOf = async (file: string): Promise<number> => (await readFile(file, 'utf8')).split('\n').length - 1

/** Source files that are too long to read in one sitting. */
async function longFiles(root: string, files: readonly string[]): Promise<readonly string[]> {
  const sizes = await Promise.all(files.map(async (file) => [file, await linesOf(join(root, file))] as const))
  return sizes.filter(([, lines]) => lines > MAX_LINES).map(([file, lines]) => `${file}: ${lines} lines, the limit is ${MAX_LINES}`)
}

/** Folders that directly hold too many source files, those of hack and test included. */
function fullFolders(files: readonly string[]): readonly string[] {
  const folders = [...Map.groupBy(files, (file) => dirname(file))]
  return folders.filter(([, held]) => held.length > MAX_FILES).map(([folder, held]) => `${folder}/: ${held.length} files, the limit is ${MAX_FILES}`)
}

/** Source files that are too long, and folders with too many of them. */
export async function sizeProblems(root: string): Promise<readonly string[]> {
  const files = (await Promise.all(SOURCE_FOLDERS.map((folder) => filesIn(root, folder, { name: SOURCE })))).flat()
  if (files.length === 0) return ['no source file was found: the folders of this check are wrong']
  return [...(await longFiles(root, files)), ...fullFolders(files)]
}
