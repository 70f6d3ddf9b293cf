import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Express } from 'express'
import { FILES, type Script, type Style } from './asset-files.ts'

/** Read when the console starts: a file that is missing is an error then, not later. */
const CONTENTS: ReadonlyMap<string, Buffer> = new Map(Object.entries(FILES).map(([name, file]) => [name, readFileSync(file)]))

/** One digest of all files, so that a script can import another by a relative path and gets the version that it knows. */
function digestOf(contents: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256')
  for (const [name, content] of contents) hash.update(`${name}\0${content.length}\0`).update(content)
  return hash.digest('base64url').slice(0, 16)
}

const FOLDER = `/assets/${digestOf(CONTENTS)}`

export const scriptPath = (name: Script): string => `${FOLDER}/${name}.js`
export const stylePath = (name: Style): string => `${FOLDER}/${name}.css`

/**
 * Serves the files to everybody: they hold no data. Browsers keep them, since another content has another path. A path of another version of the
 * console is not found, and its page works without the file.
 */
export function serveAssets(app: Express): void {
  for (const [name, content] of CONTENTS)
    app.get(`${FOLDER}/${name}`, (_request, response) => {
      response.set('cache-control', 'public, max-age=31536000, immutable').type(name.endsWith('.css') ? 'css' : 'text/javascript')
      response.send(content)
    })
}
