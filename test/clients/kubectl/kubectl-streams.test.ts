import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { withoutChance } from '../alike.ts'
import { approve } from '../approve.ts'
import { interrupted } from '../interrupted.ts'
import { streams } from './kubectl-streams.ts'
import { IMAGE, makeSharedObjects } from '../shared-objects.ts'
import type { Program } from '../../cluster/run-program.ts'
import { until } from '../../until.ts'
import { admin, SIDES, workspace, type Side } from '../workspace.ts'
import { talkTo } from '../talk.ts'
import { kubectls } from '../versions.ts'
import { look } from '../compared-command.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()
const bytes = randomBytes(200_000)
beforeAll(async () => {
  await makeSharedObjects(on().shared)
  await writeFile(join(on().folder, 'file'), bytes)
})

/** One side after the other: they use the same pod. */
const bothWays = async <T>(walk: (side: Side) => Promise<T>): Promise<void> => {
  const [direct, gateway] = [await walk('direct'), await walk('gateway')]
  expect(gateway).toEqual(direct)
}

/** Repeats a line until a response comes: input while a stream is being attached may be lost, directly at kube-apiserver too. */
const answered = (talk: Program, line: string): Promise<true> =>
  until(
    `it says ${line}`,
    () => {
      talk.write(`${line}\n`)
      return talk.printed().includes(`said ${line}`)
    },
    { everyMs: 300 },
  )

const port = (talk: Program): string => /127[.]0[.]0[.]1:(\d+)/.exec(talk.printed())?.[1] ?? ''
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')

describe.each(await kubectls('unlike'))('kubectl $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)

  const talk = (side: Side, args: readonly string[]): Promise<Program> => talkTo(['-n', on().shared, ...args], { program, side, workspace: on() })
  /** At a terminal, which `script` provides. */
  const atTerminal = (side: Side, args: readonly string[]): Promise<Program> =>
    talkTo(['-qefc', quoted([program, '-n', on().shared, ...args]), '/dev/null'], { program: 'script', side, workspace: on() })

  it.each(streams)('$name', async (command) => {
    const where = { program, workspace: on(), namespace: on().shared }
    const [direct, gateway] = await Promise.all(SIDES.map((side) => look(side, command, where)))
    expect(gateway).toEqual(direct)
  })

  it('cp, every byte', async () => {
    for (const side of SIDES) expect((await readFile(join(on().folder, `back-${side}`))).equals(bytes)).toBe(true)
    expect(await readFile(join(on().folder, 'www-gateway/index.html'), 'utf8')).toBe('hello from the pod\n')
  })

  it('exec -it, its size and exit code', () =>
    bothWays(async (side) => {
      const shell = await atTerminal(side, ['exec', '-it', 'talker', '--', 'sh'])
      await shell.says('# ')
      shell.write('stty size; tty; echo $((40+2))\n')
      // Echo and prompt arrive in the order in which they happen, so wait for the prompt before sending more.
      await shell.says('42\r\n/ # ')
      shell.write('exit 5\n')
      const { code } = await shell.ended
      // The shell asks for the cursor position, unless it already received input.
      return {
        code,
        printed: withoutChance(shell.printed(), {})
          .replace(/pts\/\d+/, 'pts')
          .replaceAll('\u001b[6n', ''),
      }
    }))

  it('exec -it, Ctrl-C', () =>
    bothWays(async (side) => {
      const shell = await atTerminal(side, ['exec', '-it', 'talker', '--', 'sh'])
      await shell.says('# ')
      shell.write("echo be''gun; sleep 30\n")
      await shell.says('begun')
      shell.write('\u0003')
      shell.write('echo code $?\n')
      await shell.says('code 130')
      shell.write('\u0004')
      return { code: (await shell.ended).code }
    }))

  it('attach -i', () =>
    bothWays(async (side) => {
      const attached = await talk(side, ['attach', '-i', 'listener'])
      await answered(attached, `hello ${side}`)
      return { code: (await interrupted(attached)).code }
    }))

  it('logs -f, line by line', () =>
    bothWays(async (side) => {
      const following = await talk(side, ['logs', '-f', 'talker'])
      await following.says('line 3\n')
      return { code: (await interrupted(following)).code, printed: following.printed() }
    }))

  it('get --watch, as it happens', () =>
    bothWays(async (side) => {
      const name = `seen-${side}`
      const watching = await talk(side, ['get', 'configmaps', '-l', 'watched', '--watch', '-o', 'name'])
      await admin(['-n', on().shared, 'create', 'configmap', name])
      await admin(['-n', on().shared, 'label', 'configmap', name, 'watched=yes'])
      await watching.says(`configmap/${name}`)
      const { code } = await interrupted(watching) // before the object is deleted, which a running watch would print
      await admin(['-n', on().shared, 'delete', 'configmap', name])
      return { code, printed: withoutChance(watching.printed(), { [side]: 'SIDE' }) }
    }))

  it('port-forward', () =>
    bothWays(async (side) => {
      const forwarding = await talk(side, ['port-forward', 'svc/talker', ':80'])
      await forwarding.says('Forwarding from 127.0.0.1')
      const url = `http://127.0.0.1:${port(forwarding)}/index.html`
      const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(url)).text()))
      const lost = (await fetch(`${url}x`)).status
      return {
        code: (await interrupted(forwarding)).code,
        answers,
        lost,
        printed: forwarding
          .printed()
          .replaceAll(/(:|for )\d+/g, '$1PORT')
          .split('\n')
          .sort(),
      }
    }))

  it('port-forward, nobody listens', () =>
    bothWays(async (side) => {
      const forwarding = await talk(side, ['port-forward', 'pod/talker', ':81'])
      await forwarding.says('Forwarding from 127.0.0.1')
      const failed = await fetch(`http://127.0.0.1:${port(forwarding)}/`).then(
        () => false,
        () => true,
      )
      await forwarding.says('refused')
      await interrupted(forwarding)
      return { failed }
    }))

  it('proxy', () =>
    bothWays(async (side) => {
      const proxy = await talk(side, ['proxy', '--port=0'])
      await proxy.says('Starting to serve')
      const url = `http://127.0.0.1:${port(proxy)}`
      const one = (await (await fetch(`${url}/api/v1/namespaces/${on().shared}/configmaps/one`)).json()) as object
      const version = (await (await fetch(`${url}/version`)).json()) as object
      const { status } = await fetch(`${url}/api/v1/namespaces/${on().shared}/configmaps/nobody`)
      return { code: (await interrupted(proxy)).code, one, version, status }
    }))

  it('proxy, protobuf alone', async () => {
    const [direct, gateway] = await Promise.all(
      SIDES.map(async (side) => {
        const proxy = await talk(side, ['proxy', '--port=0'])
        await proxy.says('Starting to serve')
        const answer = await fetch(`http://127.0.0.1:${port(proxy)}/api/v1/namespaces/${on().shared}/configmaps/one`, {
          headers: { Accept: 'application/vnd.kubernetes.protobuf' },
        })
        const text = await answer.text()
        await interrupted(proxy)
        return { status: answer.status, type: answer.headers.get('content-type'), text }
      }),
    )
    expect(direct).toMatchObject({ status: 200, type: 'application/vnd.kubernetes.protobuf' })
    expect(gateway).toEqual({ status: 406, type: 'application/json', text: expect.stringContaining('only application/json can be masked') })
  })

  it('debug waits for its approval', () =>
    bothWays(async (side) => {
      const name = `debugger-${randomBytes(3).toString('hex')}`
      const debugging = ['debug', 'talker', '-i', '-c', name, `--image=${IMAGE}`, '--', 'sh', '-c', 'while read line; do echo "said $line"; done']
      const session = await talk(side, debugging)
      if (side === 'gateway') await approve(`${on().shared}/pods/talker/ephemeralcontainers`)
      await answered(session, 'a line')
      session.endInput()
      const { code } = await session.ended
      const containers = await admin(['-n', on().shared, 'get', 'pod', 'talker', '-o', 'jsonpath={.spec.ephemeralContainers[*].name}'])
      return { code, there: containers.split(' ').includes(name) }
    }))

  it('drain is refused, and says that no grant helps', async () => {
    const node = (await admin(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}'])).trim()
    const drained = await look('gateway', { name: 'drain', args: ['drain', node] }, { program, workspace: on(), namespace: on().shared })
    expect(drained.code).toBe(1)
    expect(drained.stderr).toContain('cannot patch nodes')
    expect(drained.stderr).toContain('no grant can allow it')
  })
})
