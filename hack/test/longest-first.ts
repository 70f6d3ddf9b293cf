import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { OTHER_FILES, SLOW_FILES } from './slow-files.ts'

/** The files of each of `count` shards, which take about the same time. Every process computes the same shards from the same files. */
export function shardsOf(files: readonly string[], count: number): readonly (readonly string[])[] {
  const shards = Array.from({ length: count }, () => ({ files: [] as string[], seconds: 0 }))
  for (const file of bySeconds([...files].sort(), (each) => each)) {
    const least = shards.reduce((one, other) => (other.seconds < one.seconds ? other : one))
    least.files.push(file)
    least.seconds += secondsOf(file)
  }
  return shards.map((shard) => shard.files)
}

const secondsOf = (file: string): number => SLOW_FILES.get(file) ?? OTHER_FILES
const bySeconds = <T>(files: readonly T[], pathOf: (file: T) => string): T[] =>
  files.toSorted((one, other) => secondsOf(pathOf(other)) - secondsOf(pathOf(one)))

/** Starts the slowest files first, so that no worker ends with one while the others have nothing to do. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return bySeconds(await super.sort(files), (file) => this.#pathOf(file))
  }
  override shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { index, count } = this.ctx.config.shard ?? { index: 1, count: 1 }
    const own = new Set(
      shardsOf(
        files.map((file) => this.#pathOf(file)),
        count,
      )[index - 1],
    )
    return Promise.resolve(files.filter((file) => own.has(this.#pathOf(file))))
  }
  #pathOf(file: TestSpecification): string {
    return relative(this.ctx.config.root, file.moduleId)
  }
}
