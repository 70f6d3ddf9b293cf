import { html, type Html } from '../../../server/html/html.ts'

/** How a difference is shown. A link switches, so that it works without scripts. */
export type DiffView = 'unified' | 'split'

const KINDS: { readonly [first: string]: string } = { '+': 'added', '-': 'removed', '@': 'place' }

/** A line of a difference keeps its sign, so that color is not needed to read it. */
const unifiedLine = (line: string): Html => html`<span class="line ${KINDS[line[0] ?? ''] ?? ''}">${line} </span>`

/** One row of two columns. A line that one side does not have is absent there. */
export type Row = { readonly old?: string | undefined; readonly new?: string | undefined; readonly place?: string | undefined }

/** Pairs removed lines with the added ones that follow them. */
export function rowsOf(diff: string): readonly Row[] {
  const rows: Row[] = []
  let removed: string[] = []
  let added: string[] = []
  const flush = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) rows.push({ old: removed[index], new: added[index] })
    removed = []
    added = []
  }
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const [sign = '', text] = [line[0], line.slice(1)]
    // A removed line after an added one begins another change.
    if (sign === '-') {
      if (added.length > 0) flush()
      removed.push(text)
    } else if (sign === '+') added.push(text)
    else {
      flush()
      rows.push(sign === ' ' ? { old: text, new: text } : { place: line })
    }
  }
  flush()
  return rows
}

function cells(row: Row): Html {
  if (row.place !== undefined) return html`<td class="place" colspan="2">${row.place}</td>`
  const isSame = row.old !== undefined && row.new !== undefined && row.old === row.new
  const cell = (text: string | undefined, sign: string, kind: string): Html =>
    text === undefined ? html`<td class="none"></td>` : html`<td class="${isSame ? '' : kind}">${isSame ? ' ' : sign}${text}</td>`
  return html`${cell(row.old, '-', 'removed')}${cell(row.new, '+', 'added')}`
}

const split = (diff: string): Html =>
  html`<table class="diff">
    <thead>
      <tr>
        <th scope="col">Now</th>
        <th scope="col">After it</th>
      </tr>
    </thead>
    <tbody>
      ${rowsOf(diff).map(
        (row) =>
          html`<tr>
            ${cells(row)}
          </tr>`,
      )}
    </tbody>
  </table>`

const unified = (diff: string): Html =>
  html`<pre tabindex="0" role="region" aria-label="Difference">${diff.replace(/\n$/, '').split('\n').map(unifiedLine)}</pre>`

/** A difference, and the link to its other view. `path`: of the page. */
export const difference = (diff: string, { view, path }: { readonly view: DiffView; readonly path: string }): Html => html`
  <p class="facts" id="difference">
    ${view === 'split' ? html`<a href="${path}#difference">In one column</a>` : html`<a href="${path}?diff=split#difference">Side by side</a>`}
  </p>
  ${view === 'split' ? html`<div class="scroll" tabindex="0" role="region" aria-label="Difference">${split(diff)}</div>` : unified(diff)}
`
