import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../compare.ts'
import { helmSteps } from './helm-steps.ts'
import { admin, SIDES, workspace } from '../workspace.ts'
import { helms } from '../versions.ts'
import { look } from '../compared-command.ts'

const BUILD_MS = 900_000 // if nothing is cached
const on = workspace()

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: "1"\n',
  'values.yaml': 'greeting: hello\nport: 80\npassword: change-me\n',
  'templates/configmap.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting | quote }}\n',
  'templates/secret.yaml':
    'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}\nstringData:\n  password: {{ .Values.password | quote }}\n',
  // No Deployment: the sample policy requires an approval for each deletion of one.
  'templates/NOTES.txt': 'It listens on {{ .Values.port }}.\n',
  'templates/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{port: {{ .Values.port }}}]\n',
}

beforeAll(async () => {
  await mkdir(join(on().folder, 'chart/templates'), { recursive: true })
  for (const [file, text] of Object.entries(CHART)) await writeFile(join(on().folder, 'chart', file), text)
})

describe.each(helms())('helm $version', ({ path }) => {
  let program = ''
  beforeAll(async () => void (program = await path()), BUILD_MS)

  it.each(helmSteps)('$name', async (command) => {
    const [direct, gateway] = await Promise.all(SIDES.map((side) => look(side, command, { program, workspace: on(), namespace: on().own[side] })))
    // Objects of the release are complete: a mask in one would end up in everything that runs on it.
    const greeting = await admin(['-n', on().own.gateway, 'get', 'configmap', 'web', '--ignore-not-found', '-o', 'jsonpath={.data.greeting}'])
    expect(greeting).not.toContain('jit.access')
    const [own, other] = await Promise.all(
      [on().own.gateway, on().own.direct].map((namespace) =>
        admin(['-n', namespace, 'get', 'secret', 'web', '--ignore-not-found', '-o', 'jsonpath={.data.password}']),
      ),
    )
    // The step that is refused for one side leaves the other a revision ahead.
    if (!command.name.includes('reuse')) expect(own).toBe(other)
    compare(command, direct, gateway)
  })
})
