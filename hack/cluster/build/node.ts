import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchDebianPackages, LIBRARIES } from './debian.ts'
import { writeImage } from './image-tar.ts'
import { recipe, SOURCES } from './recipe.ts'
import { run } from './run-build.ts'
import type { Steps } from './build-steps.ts'

const STATIC_GO = { CGO_ENABLED: '0' }

/**
 * Builds what a node with real containers needs: containerd, runc, CNI plugins, nft, and the images of pause and busybox. Only on Linux
 * with gcc and apt. Fetches the packages first, so that a failure there does not waste minutes of building.
 */
export async function buildNode(out: string, steps: Steps): Promise<void> {
  for (const folder of ['bin', 'cni', 'img', 'deb']) await mkdir(join(out, folder), { recursive: true })
  await steps.step('the node: Debian packages', () => fetchDebianPackages(join(out, 'deb'), steps.signal))
  await steps.step(`the node: containerd ${recipe.containerd}`, () => buildContainerd(out, steps.signal))
  await steps.step(`the node: CNI plugins ${recipe.cni}`, () => buildCni(out, steps.signal))
  await steps.step(`the node: runc ${recipe.runc}`, () => buildRunc(out, steps.signal))
  await steps.step('the node: images of pause and busybox', () => buildImages(out, steps.signal))
  await writeNft(out)
}

async function buildContainerd(out: string, signal: AbortSignal): Promise<void> {
  const tags = 'no_btrfs no_devmapper no_zfs netgo osusergo'
  const flags = `-s -w -X github.com/containerd/containerd/v2/version.Version=${recipe.containerd}`
  const commands = ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
    (name) => `github.com/containerd/containerd/v2/cmd/${name}@${recipe.containerd}`,
  )
  await run('go', ['install', '-trimpath', '-tags', tags, '-ldflags', flags, ...commands], { env: { ...STATIC_GO, GOBIN: join(out, 'bin') }, signal })
}

async function buildCni(out: string, signal: AbortSignal): Promise<void> {
  const plugins = ['main/bridge', 'main/loopback', 'ipam/host-local'].map(
    (name) => `github.com/containernetworking/plugins/plugins/${name}@${recipe.cni}`,
  )
  await run('go', ['install', '-trimpath', '-ldflags', '-s -w', ...plugins], { env: { ...STATIC_GO, GOBIN: join(out, 'cni') }, signal })
}

async function buildRunc(out: string, signal: AbortSignal): Promise<void> {
  const deb = join(out, 'deb')
  const libraries = join(deb, LIBRARIES)
  const env = {
    CGO_ENABLED: '1',
    PKG_CONFIG_SYSROOT_DIR: deb,
    PKG_CONFIG_PATH: join(libraries, 'pkgconfig'),
    CGO_CFLAGS: `-I${deb}/usr/include`,
    CGO_LDFLAGS: `-L${libraries}`,
    GOBIN: join(out, 'bin'),
  }
  const flags = `-s -w -X main.version=${recipe.runc.slice(1)} -extldflags -static`
  const args = ['install', '-trimpath', '-tags', 'seccomp netgo osusergo', '-ldflags', flags, `github.com/opencontainers/runc@${recipe.runc}`]
  await run('go', args, { env, signal })
}

async function buildImages(out: string, signal: AbortSignal): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'jit-rootfs-'))
  try {
    const [pause, busybox] = [join(work, 'pause'), join(work, 'busybox')]
    await mkdir(pause)
    await run('gcc', ['-Os', '-static', '-s', '-o', join(pause, 'pause'), join(SOURCES, 'pause.c')], { signal })
    await writeImage({ name: recipe.pauseImage, rootfs: pause, command: ['/pause'] }, join(out, 'img/pause.tar'))
    await layBusybox(busybox, join(out, 'deb'))
    await writeImage({ name: recipe.busyboxImage, rootfs: busybox, command: ['sh'] }, join(out, 'img/busybox.tar'))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function layBusybox(root: string, deb: string): Promise<void> {
  for (const folder of ['bin', 'tmp', 'etc', 'root', 'proc', 'sys', 'dev', 'var', 'home']) await mkdir(join(root, folder), { recursive: true })
  await chmod(join(root, 'tmp'), 0o1777)
  await symlink('/tmp', join(root, 'var/tmp'))
  const folders = await readdir(deb)
  await copyFile(join(deb, folders.includes('bin') ? 'bin/busybox' : 'usr/bin/busybox'), join(root, 'bin/busybox'))
  const applets = (await run(join(root, 'bin/busybox'), ['--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox')
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet))
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n')
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
}

/** kube-proxy calls `nft`. This wrapper finds nft's libraries next to itself, wherever the cache folder is. */
async function writeNft(out: string): Promise<void> {
  const file = join(out, 'bin/nft')
  const script = `#!/bin/sh
deb=$(dirname "$(readlink -f "$0")")/../deb
LD_LIBRARY_PATH=$deb/${LIBRARIES}:$deb/${LIBRARIES.replace('usr/', '')} exec "$deb/usr/sbin/nft" "$@"
`
  await writeFile(`${file}.new`, script, { mode: 0o755 })
  await rename(`${file}.new`, file)
}
