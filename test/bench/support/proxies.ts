/** What people put in front of a service instead: HAProxy and nginx, from the packages of Debian, where they are here. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../support/portico-folders.ts'
import { childrenOf } from './processor.ts'

/** Where Debian puts the module that proxies TCP. */
const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so'

interface Product {
  readonly name: string
  readonly command: string
  readonly package: string
  /** Why it can't be had, although its command is here. */
  missing?(): string | undefined
  configuration(port: number, target: number, folder: string): string
  arguments(file: string, folder: string): readonly string[]
}

const haproxy: Product = {
  name: 'HAProxy',
  command: 'haproxy',
  package: 'haproxy',
  configuration: (port, target) => `global
  maxconn 9000
defaults
  mode tcp
  timeout connect 10s
  timeout client 1h
  timeout server 1h
listen shared
  bind 127.0.0.1:${port} backlog 1024
  server worker 127.0.0.1:${target}
`,
  arguments: (file) => ['-db', '-f', file],
}

const nginx: Product = {
  name: 'nginx',
  command: 'nginx',
  package: 'nginx libnginx-mod-stream',
  missing: () => (existsSync(streamModule) ? undefined : 'its stream module is not here'),
  configuration: (port, target, folder) => `load_module ${streamModule};
pid ${folder}/nginx.pid;
error_log stderr error;
worker_processes auto;
events { worker_connections 9000; }
stream {
  server {
    listen 127.0.0.1:${port} backlog=1024;
    proxy_pass 127.0.0.1:${target};
    tcp_nodelay on;
    proxy_timeout 1h;
    proxy_half_close on;
  }
}
`,
  arguments: (file, folder) => ['-p', folder, '-c', file, '-g', 'daemon off;'],
}

export class TcpProxy implements AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly #child: ChildProcess

  private constructor(name: string, port: number, child: ChildProcess) {
    this.name = name
    this.port = port
    this.#child = child
  }

  /** The process that was started, and those that it has started. */
  get pids(): number[] {
    const { pid = 0 } = this.#child
    return [pid, ...childrenOf(pid)]
  }

  /** Those that are here, in front of a port, with a file of their own in `folder`; for the others one line says why not. */
  static async allOf(target: number, folder: string, cleanUp: AsyncDisposableStack): Promise<TcpProxy[]> {
    const proxies: TcpProxy[] = []
    for (const product of [haproxy, nginx]) {
      const missing = isHere(product) ? product.missing?.() : 'it is not here'
      if (missing === undefined) proxies.push(cleanUp.use(await TcpProxy.#start(product, target, folder)))
      else console.error(`  without ${product.name}: ${missing} (Debian: apt-get install ${product.package})`)
    }
    return proxies
  }

  static async #start(product: Product, target: number, parent: string): Promise<TcpProxy> {
    const port = await freePort()
    const folder = join(parent, product.name)
    mkdirSync(folder)
    const file = join(folder, 'configuration')
    writeFileSync(file, product.configuration(port, target, folder))
    const child = spawn(product.command, product.arguments(file, folder), { stdio: ['ignore', 'ignore', 'inherit'] })
    const proxy = new TcpProxy(product.name, port, child)
    await proxy.#listens()
    return proxy
  }

  async #listens(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`${this.name} ended with exit code ${this.#child.exitCode}`)
      const socket = connect({ port: this.port, host: '127.0.0.1' })
      const connected = await once(socket, 'connect').then(
        () => true,
        () => false,
      )
      socket.destroy()
      if (connected) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await ended
  }
}

function isHere({ command }: Product): boolean {
  return spawnSync(command, ['-v'], { stdio: 'ignore' }).error === undefined
}
