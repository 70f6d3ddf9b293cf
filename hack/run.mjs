// The start of every npm script: installs node_modules if needed, then starts the target with the Node version that the project pins. Runs
// on the machine's own Node (>= 22.15) with nothing installed, so it is plain JavaScript with node: builtins only.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants, homedir, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath, pathToFileURL } from 'node:url'

const OLDEST_MAJOR = 24

/**
 * Whether node_modules matches package-lock.json. npm keeps a copy of the lock file in node_modules, without the root and without
 * optional packages for other machines. Every package in it must have the version and integrity of the lock file.
 */
export function isInstalled(root) {
  const read = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  let wanted, found
  try {
    wanted = read('package-lock.json')
    found = read('node_modules/.package-lock.json')
  } catch {
    return false
  }
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true
    const here = found[path]
    if (here === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return here.version === entry.version && here.integrity === entry.integrity
  })
}

/** The project's own Node where npm has one for this machine, else the user's, if it is new enough. Throws with a message for the user. */
export function findNode(root, { execPath, version }) {
  const own = join(root, 'node_modules/.bin/node')
  if (existsSync(own)) return own
  if (Number(version.split('.')[0]) >= OLDEST_MAJOR) return execPath
  throw new Error(
    `This needs Node >= ${OLDEST_MAJOR}. npm has none to pin for ${process.platform}-${process.arch}, and yours is ${version}: install one (https://nodejs.org).`,
  )
}

/** The path of a target. A TypeScript file runs unbuilt, by type stripping; anything else is a program in node_modules. */
export function commandOf(root, target) {
  if (/[.](ts|mjs)$/.test(target)) return resolve(root, target)
  const bin = JSON.parse(readFileSync(join(root, 'node_modules', target, 'package.json'), 'utf8')).bin
  return join(root, 'node_modules', target, typeof bin === 'string' ? bin : bin[target])
}

function install(root) {
  process.stderr.write('node_modules is missing or does not match package-lock.json: npm ci …\n')
  const started = Date.now()
  // Under `npm run`, start npm's own script with this Node, without a shell and without another npm.
  const npm = process.env.npm_execpath
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const { status, error } = spawnSync(command, [...args, 'ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (error !== undefined) throw new Error(`npm did not start: ${error.message}`)
  if (status !== 0) throw new Error(`npm ci ended with code ${status}`)
  process.stderr.write(`installed in ${Math.round((Date.now() - started) / 1000)} s\n`)
}

/** Installs once if two scripts start on a fresh clone: the second waits until the first has finished or exited. */
function installOnce(root) {
  const lock = join(tmpdir(), `jit-access-npm-ci-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.pid`)
  for (let told = false; !isInstalled(root);) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (!told) process.stderr.write('another script is installing node_modules; waiting for it …\n')
      told = true
      if (!isAlive(lock)) rmSync(lock, { force: true })
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      continue
    }
    try {
      install(root)
      if (!isInstalled(root)) throw new Error('npm ci succeeded, but node_modules still does not match package-lock.json')
    } finally {
      rmSync(lock, { force: true })
    }
  }
}

function isAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'))
    // Empty: its owner has created but not yet written it, unless that was long ago.
    if (pid === 0) return Date.now() - statSync(lock).mtimeMs < 5000
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Where Node keeps compiled code. A program of this project then starts in half the time, and so do the hundreds that tests start. */
const compileCache = (env) => env.NODE_COMPILE_CACHE ?? join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'jit-access/compiled')

function handOver(root, [target, ...args]) {
  const node = findNode(root, { execPath: process.execPath, version: process.versions.node })
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: compileCache(process.env),
  }
  const child = spawn(node, [commandOf(root, target), ...args], { stdio: 'inherit', env })
  // A terminal sends Ctrl-C to the child directly. Forwarding it too would deliver two signals, and the second means to exit at once.
  const atTerminal = [0, 1, 2].some((stream) => isatty(stream))
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => atTerminal || child.kill(signal))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => fail(`${node} did not start: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)))
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
  try {
    if (process.argv.length < 3) throw new Error('usage: node hack/run.mjs TARGET [ARG]...')
    installOnce(root)
    handOver(root, process.argv.slice(2))
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}
