/** Users and groups that a test makes, changes and deletes, without touching those of the machine. */
import type { Accounts } from '#identity/accounts.ts'

export class FakeAccounts implements Accounts {
  readonly users = new Map<string, { uid: number; gid: number }>([['root', { uid: 0, gid: 0 }]])
  readonly groups = new Map<string, { gid: number; members: string[] }>([['root', { gid: 0, members: [] }]])
  asked = 0

  user(name: string, uid: number, gid = uid, ...groups: string[]): this {
    this.users.set(name, { uid, gid })
    for (const group of groups) this.groups.get(group)?.members.push(name)
    return this
  }

  group(name: string, gid: number): this {
    this.groups.set(name, { gid, members: [] })
    return this
  }

  userByName(name: string) {
    this.asked++
    const user = this.users.get(name)
    return user && { name, ...user, home: `/home/${name}`, shell: '/bin/sh' }
  }

  userById(uid: number) {
    const [name] = [...this.users].find(([, user]) => user.uid === uid) ?? []
    return name === undefined ? undefined : this.userByName(name)
  }

  groupByName(name: string) {
    const group = this.groups.get(name)
    return group && { name, ...group }
  }

  groupById(gid: number) {
    const [name] = [...this.groups].find(([, group]) => group.gid === gid) ?? []
    return name === undefined ? undefined : this.groupByName(name)
  }

  groupsOf(user: string, gid: number) {
    const member = [...this.groups.values()].filter(({ members }) => members.includes(user))
    return [gid, ...member.map((group) => group.gid)]
  }
}
