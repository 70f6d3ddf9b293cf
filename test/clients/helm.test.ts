import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { helmSteps } from './helm-steps.ts'
import { admin, SIDES, stage } from './stage.ts'
import { builder } from './versions.ts'
import { look } from './walk.ts'

const BUILD_MS = 900_000 // when nothing is in the cache
const on = stage()
let program = ''

const CHART = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: "1"\n',
  'values.yaml': 'greeting: hello\nport: 80\n',
  'templates/configmap.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting | quote }}\n',
  // No Deployment: the sample policy has each deletion of one approved.
  'templates/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  ports: [{port: {{ .Values.port }}}]\n',
}

beforeAll(async () => {
  program = await builder().helm()
  await mkdir(join(on().folder, 'chart/templates'), { recursive: true })
  for (const [file, text] of Object.entries(CHART)) await writeFile(join(on().folder, 'chart', file), text)
}, BUILD_MS)

describe('helm', () => {
  it.each(helmSteps)('$name', async (command) => {
    const [direct, gateway] = await Promise.all(SIDES.map((side) => look(side, command, { program, stage: on(), namespace: on().own[side] })))
    // What the release made is whole: a mask in it would be in all that runs on it.
    const greeting = await admin(['-n', on().own.gateway, 'get', 'configmap', 'web', '--ignore-not-found', '-o', 'jsonpath={.data.greeting}'])
    expect(greeting).not.toContain('jit.access')
    const { differs } = command
    if (differs === undefined) return expect(gateway).toEqual(direct)
    expect(gateway).toEqual({ code: differs.code, stdout: expect.stringMatching(differs.stdout), stderr: expect.stringMatching(differs.stderr) })
  })
})
