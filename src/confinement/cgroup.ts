/** One cgroup (v2): a folder of the kernel whose files say what its processes use and may use. Source: cgroup-v2 of the kernel. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemCodeOf } from '#base/errors.ts'
import { signalTo } from '#launcher/processes.ts'

/** A process that forks while its group is being ended by hand is met at the next look. */
const greatestLooks = 100

export class Cgroup {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get name(): string {
    return basename(this.path)
  }

  get parent(): Cgroup {
    return new Cgroup(dirname(this.path))
  }

  child(name: string): Cgroup {
    return new Cgroup(join(this.path, name))
  }

  /** The groups below it; none when it isn't there. */
  get children(): Cgroup[] {
    try {
      const entries = readdirSync(this.path, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => this.child(name))
    } catch {
      return []
    }
  }

  /** One that is there already stays as it is. */
  make(): this {
    try {
      mkdirSync(this.path)
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST') throw error
    }
    return this
  }

  /** What a file of it says; undefined when there is no such file: the kernel or the group lacks that. */
  read(file: string): string | undefined {
    try {
      return readFileSync(join(this.path, file), 'utf8').trim()
    } catch {
      return undefined
    }
  }

  /** A number of a file; `key` names the line in those that have several. */
  number(file: string, key?: string): number | undefined {
    const text = this.read(file)
    const found = key === undefined ? text : new RegExp(`^${key} (\\d+)$`, 'm').exec(text ?? '')?.[1]
    return found === undefined || !/^\d+$/.test(found) ? undefined : Number(found)
  }

  /** Throws what the kernel says against it. A file that isn't there is not made. */
  write(file: string, value: string): void {
    writeFileSync(join(this.path, file), value, { flag: 'r+' })
  }

  /** The same for what the kernel may take its time for, as for memory that it has to free first. */
  async put(file: string, value: string): Promise<void> {
    await writeFile(join(this.path, file), value, { flag: 'r+' })
  }

  /** Takes a process from where it is. */
  take(pid: number): Promise<void> {
    return this.put('cgroup.procs', String(pid))
  }

  /** The processes in it, without those in groups below. */
  get ownPids(): number[] {
    const text = this.read('cgroup.procs')
    return text ? text.split('\n').map(Number) : []
  }

  /** The processes in it and in all groups below it. */
  get pids(): number[] {
    return [...this.ownPids, ...this.children.flatMap((child) => child.pids)]
  }

  /** Ends every process in it and below it. */
  kill(): void {
    try {
      this.write('cgroup.kill', '1')
      return
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw error // before Linux 5.14 there was no such file
    }
    for (let look = 0, { pids } = this; look < greatestLooks && pids.length > 0; look++, { pids } = this)
      for (const pid of pids) signalTo(pid, 'SIGKILL')
  }

  /** Removes it with the groups below it; false while there are processes. */
  remove(): boolean {
    if (!this.children.every((child) => child.remove())) return false
    try {
      rmdirSync(this.path)
      return true
    } catch (error) {
      return systemCodeOf(error) === 'ENOENT'
    }
  }
}
