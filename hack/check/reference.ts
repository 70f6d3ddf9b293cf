import { referencePages } from '../reference/reference-pages.ts'

/** Reference pages that differ from what the schemas generate. */
export async function referenceProblems(root: string): Promise<readonly string[]> {
  return (await referencePages({ root, write: false })).map((file) => `${file} is not what the schemas say: run npm run reference`)
}
