import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Check } from './checks.ts'

export type CheckResult = { readonly passed: boolean; readonly output: string }

const ROOT = join(import.meta.dirname, '../..')

/** Runs a tool from this project's node_modules/.bin, never one from PATH. */
async function runTool(tool: string, args: readonly string[]): Promise<CheckResult> {
  const bin = join(ROOT, 'node_modules/.bin')
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` }
  return await new Promise((resolve) => {
    let output = ''
    const child = spawn(join(bin, tool), args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.on('error', (error) => resolve({ passed: false, output: `${tool} did not start: ${error.message}` }))
    child.on('close', (code) => resolve({ passed: code === 0, output }))
  })
}

/** A check that throws has failed. */
export async function runCheck(check: Check): Promise<CheckResult> {
  if ('tool' in check) return await runTool(check.tool, check.args)
  try {
    const problems = await check.problems(ROOT)
    return { passed: problems.length === 0, output: problems.join('\n') }
  } catch (error) {
    return { passed: false, output: String(error) }
  }
}
