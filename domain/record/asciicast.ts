import type { Played, Recorded } from './replay.ts'
import { streamText } from './shown-in.ts'

const CHANNEL = { stdin: 'i', stdout: 'o', stderr: 'o', resize: 'r' } as const
const SIZE = /^([1-9]\d{0,3})x([1-9]\d{0,3})$/

function sizeOf(data: readonly Recorded<'stream.data'>[]): { readonly width: number; readonly height: number } {
  const [, width = '80', height = '24'] = SIZE.exec(data.find(({ channel }) => channel === 'resize')?.data ?? '') ?? []
  return { width: Number(width), height: Number(height) }
}

/**
 * The terminal of an exec or attach as asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header, then one `[seconds, code, data]` a line.
 * Streams without a terminal do not return the carriage at a line feed, but players expect it, so carriage returns are added. Program output is kept
 * unchanged, including escape sequences: a player executes them as the terminal did.
 */
export function asciicastOf(request: Played): string {
  const { opened, data, intent, time } = request
  const { width, height } = sizeOf(data)
  const title = [intent?.user, intent?.namespace, intent?.name].filter((word) => word !== undefined).join(' ')
  const header = {
    version: 2,
    width,
    height,
    timestamp: Math.floor(Date.parse(opened?.time ?? time) / 1000),
    ...(title === '' ? {} : { title }),
    ...(opened?.command === undefined ? {} : { command: opened.command.join(' ') }),
  }
  const text = (shown: string): string => (opened?.tty === true ? shown : shown.replaceAll(/\r?\n/g, '\r\n'))
  const frames = data
    .toSorted((left, right) => left.offsetMs - right.offsetMs)
    .filter((frame) => frame.channel !== 'resize' || SIZE.test(streamText(frame)))
    .map((frame) =>
      JSON.stringify([frame.offsetMs / 1000, CHANNEL[frame.channel], frame.channel === 'resize' ? streamText(frame) : text(streamText(frame))]),
    )
  return [JSON.stringify(header), ...frames, ''].join('\n')
}
