import { referencePages } from '../reference/reference-pages.ts'

/** Reference pages that differ from what the schemas generate. */
export async function referenceProblems(root: string): Promise<readonly string[]> {
  return (await referencePages({ root, write: false })).map((file) => `${file} is not what it is generated from: run npm run reference`)
}
