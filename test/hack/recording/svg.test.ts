import { expect, test } from 'vitest'
import { castOf, linesIn, paced } from '../../../hack/recording/cast.ts'
import { filmOf } from '../../../hack/recording/svg.ts'

test('long pauses are shortened, and lines that were printed at once are spread', () => {
  const lines = [0, 0, 60_000].map((atMs) => ({ atMs, text: 'x' }))
  expect(paced(lines).map(({ atMs }) => atMs)).toEqual([45, 90, 1290])
})

test('terminal output is text in the recording, never markup, and keeps its order', () => {
  const film = filmOf([
    { atMs: 10, text: '[agent]$ kubectl get pods' },
    { atMs: 20, text: '<script>alert(1)</script> & \u001b[31mred' },
  ])
  expect(film).not.toContain('<script')
  expect(film).not.toContain('\u001b')
  expect(film).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; [31mred')
  expect(film.indexOf('kubectl get pods')).toBeLessThan(film.indexOf('alert(1)'))
  expect(film).toContain('class="command"')
})

test('a line longer than the window is wrapped', () => {
  expect(filmOf([{ atMs: 1, text: 'y'.repeat(250) }]).match(/<text/g)).toHaveLength(3)
})

test('a recording is an asciicast, from which the same lines are read', () => {
  const lines = [
    { atMs: 45, text: '=== 1. "quoted" ü' },
    { atMs: 1290, text: '' },
  ]
  const [header = '', first = ''] = castOf(lines).split('\n')
  expect(JSON.parse(header)).toEqual({ version: 2, width: 118, height: 28 })
  expect(JSON.parse(first)).toEqual([0.045, 'o', '=== 1. "quoted" ü\r\n'])
  expect(linesIn(castOf(lines))).toEqual(lines)
})
