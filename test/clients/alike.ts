import type { Ran } from '../cluster/run-program.ts'

/** Patterns of output that differs between any two runs of one command, each with its replacement. */
const CHANCE: readonly (readonly [RegExp, string])[] = [
  // kubectl 1.30 to 1.33 print this when the ends of two streams overlap, through either server; at a terminal in mid-line.
  [/E\d{4} \d\d:\d\d:\d\d[.]\d+ +\d+ websocket[.]go:\d+\] Unknown stream id \d, discarding message\r?\n/g, ''],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d+)?(?:Z|[+]00:00)/g, 'TIME'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.]\d+ [+-]\d{4}/g, 'TIME'],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/("?resourceVersion"?: )"\d+"/g, '$1"VERSION"'],
  [/\b10[.]\d+[.]\d+[.]\d+/g, 'IP'],
  [/(?<=\s|[(=])(?:\d+d)?(?:\d+h)?(?:\d+m)?\d+(?:[.]\d+)?[smhd](?=\s|[),]|$)/gm, 'AGE'],
  [/(-[bcdfghjklmnpqrstvwxz2456789]{8,10})-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1-POD'],
  [/exec \\?"[0-9a-f]{64}\\?"/g, 'exec ID'],
  [/containerd:\/\/[0-9a-f]{64}/g, 'CONTAINER'],
  [/https:\/\/(?:localhost|127[.]0[.]0[.]1):\d+/g, 'SERVER'],
  [/\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d/g, 'TIME'],
  [/^[EWI]\d{4} \d\d:\d\d:\d\d[.]\d+ +\d+ /gm, 'LOG '],
  [/\/tmp\/(LIVE|MERGED)-\d+/g, '/tmp/$1'],
  // kubectl cp ends when it has read the archive, whether or not this line has arrived, or arrived completely.
  [/^tar: removing leading '\/' from member names\n|^tar: r[^\n]*$(?![^])/gm, ''],
  // How Go reports its own timeout depends on the HTTP version, which is 1.1 at the gateway, and on the moment.
  [/(?:net\/http: request canceled|context deadline exceeded)(?: \(Client[.]Timeout[^)]*\))?/g, 'its time is up'],
  [/\bmodifiedAt=\d+/g, 'modifiedAt=TIME'],
  [/[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'TIME'],
  [/ {2,}|[ ]*\t[ ]*/g, '  '],
]

/** The output of one run without what differs by chance. `names` are those of the run: its namespace, its folder. */
export function withoutChance(text: string, names: { readonly [name: string]: string }): string {
  const renamed = Object.entries(names).reduce((all, [own, common]) => all.replaceAll(own, common), text)
  return CHANCE.reduce((all, [pattern, common]) => all.replace(pattern, common), renamed)
}

export type Seen = { readonly code: number; readonly stdout: string; readonly stderr: string }

export const seen = ({ code, stdout, stderr }: Ran, names: { readonly [name: string]: string }): Seen => ({
  code,
  stdout: withoutChance(stdout, names),
  stderr: withoutChance(stderr, names),
})
