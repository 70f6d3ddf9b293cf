import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from '../manifest/overlay.ts'

const PAGES = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted()

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (file: string): readonly string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

function brokenLinks(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link))
  return links.filter((link) => {
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, file))) return true
    return anchor !== undefined && !anchorsOf(file).includes(anchor)
  })
}

it('every link to a file or heading of this repository works', () => {
  expect(PAGES.length).toBeGreaterThan(20)
  expect(PAGES.map((page) => ({ page, broken: brokenLinks(page) })).filter(({ broken }) => broken.length > 0)).toEqual([])
})
/** Paths of this repository in backticks, as `domain/mask/masker.ts`. Not read: decisions, which name files of their time, and placeholders such as KIND. */
function missingPaths(page: string): readonly string[] {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const roots = new Set(folders.map(({ name }) => name))
  const paths = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/`([a-z][\w.-]*\/[\w./-]*)`/g)].map(([, path = '']) => path)
  return paths.filter((path) => roots.has(path.split('/')[0] ?? '') && !/[A-Z]{4}/.test(path) && !existsSync(join(ROOT, path)))
}
it('every path in backticks exists', () => {
  const pages = PAGES.filter((page) => !page.startsWith('docs/decisions/'))
  expect(pages.map((page) => ({ page, missing: missingPaths(page) })).filter(({ missing }) => missing.length > 0)).toEqual([])
})
it('the index names every page of docs/', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8')
  const pages = globSync(['docs/*.md', 'docs/how-to/*.md', 'docs/reference/*.md'], { cwd: ROOT }).map((page) => page.slice('docs/'.length))
  expect(pages.length).toBeGreaterThan(10)
  expect(pages.filter((page) => page !== 'README.md' && !index.includes(`(${page})`))).toEqual([])
})
