/** A program that prints a line of JSON for each thing that happens to it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

export interface PrintingProgram {
  /** What happens meanwhile arrives in one piece. */
  pause(): void
  resume(): void
  /** The next line; rejects when the program ends without one. */
  next(): Promise<Record<string, unknown>>
  /** Its exit code, and what it wrote to stderr. */
  readonly exited: Promise<{ code: number | null; stderr: string }>
}

export function printingProgram(command: string, args: readonly string[]): PrintingProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const printed: string[] = []
  let stderr = ''
  let isOver = false
  let changed = Promise.withResolvers<void>()
  const happened = () => {
    changed.resolve()
    changed = Promise.withResolvers()
  }
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line)
    happened()
  })
  child.stderr.on('data', (bytes) => {
    stderr += bytes
  })
  const exited = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once('close', (code) => {
      isOver = true
      happened()
      resolve({ code, stderr })
    }),
  )
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    exited,
    async next() {
      while (printed.length === 0 && !isOver) await changed.promise
      const line = printed.shift()
      if (line === undefined) throw new Error(`the program has ended: ${stderr}`)
      return JSON.parse(line) as Record<string, unknown>
    },
  }
}
