/** The folders of a Portico of one's own, a port for it, and the processes that belong to it. */
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const fixtures = join(import.meta.dirname, '../fixtures/apps')

export interface Setup {
  /** Applications: the name of a folder under test/fixtures/apps, or files with their texts. */
  readonly apps?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  /** Attributes and children inside <applicationPools>, in place of one pool with all defaults. */
  readonly pools?: string
  /** Children of the site, behind its bindings. */
  readonly applications?: string
  /** Attributes of <net.tcp>. */
  readonly netTcp?: string
  /** Entries of allowAccounts. */
  readonly allowAccounts?: string
  /** Attributes of <portico>. */
  readonly portico?: string
  /** Children of <portico>. */
  readonly porticoElements?: string
}

/** The folders of one Portico, and a port that is free. */
export class PorticoFolders implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'portico-'))
  readonly apps = join(this.root, 'apps')
  readonly config = join(this.root, 'config')
  readonly home = join(this.root, 'home')
  readonly port: number

  private constructor(port: number, setup: Setup) {
    this.port = port
    chmodSync(this.root, 0o755) // accounts of pools have to get to their applications
    mkdirSync(this.apps)
    mkdirSync(this.config)
    for (const [name, source] of Object.entries(setup.apps ?? {})) this.deploy(name, source)
    this.configure(setup)
  }

  static async make(setup: Setup = {}): Promise<PorticoFolders> {
    return new PorticoFolders(await freePort(), setup)
  }

  /** Copies an application into apps/. */
  deploy(name: string, source: string | Readonly<Record<string, string>>): void {
    const folder = join(this.apps, name)
    if (typeof source === 'string') {
      cpSync(join(fixtures, source), folder, { recursive: true })
      return
    }
    mkdirSync(folder)
    for (const [file, text] of Object.entries(source)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
  }

  /** Copies the files of a fixture into an application that is there. */
  add(name: string, fixture: string): void {
    cpSync(join(fixtures, fixture), join(this.apps, name), { recursive: true })
  }

  configure(setup: Setup, port = this.port): void {
    const {
      pools = '<add name="DefaultAppPool"/>',
      applications = '',
      netTcp = '',
      allowAccounts,
      portico = '',
      porticoElements = '',
    } = setup
    writeFileSync(
      join(this.config, 'applicationHost.config'),
      `<configuration><portico ${portico}>${porticoElements}</portico><system.applicationHost>
        <applicationPools>${pools}</applicationPools>
        <sites>
          <site name="Default Web Site" id="1">
            <bindings><binding protocol="net.tcp" bindingInformation="${port}:*"/></bindings>
            ${applications}
          </site>
          <applicationDefaults applicationPool="DefaultAppPool" enabledProtocols="net.tcp"/>
        </sites>
      </system.applicationHost></configuration>`,
    )
    writeFileSync(
      join(this.config, 'SMSvcHost.exe.config'),
      `<configuration><system.serviceModel.activation><net.tcp ${netTcp}>
        ${allowAccounts === undefined ? '' : `<allowAccounts>${allowAccounts}</allowAccounts>`}
      </net.tcp></system.serviceModel.activation></configuration>`,
    )
  }

  /** Makes the home, for another account; it can read the rest. */
  giveTo({ uid, gid }: { uid: number; gid: number }): void {
    mkdirSync(this.home)
    chownSync(this.home, uid, gid)
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** The pids of processes whose environment names the home: its PM2 and its worker processes. */
export function processesOf(home: string): number[] {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  return own.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(home)
    } catch {
      return false
    }
  })
}

/** A port that was free a moment ago, chosen by the kernel. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || !address) throw new Error('a listening server has an address')
  return address.port
}
