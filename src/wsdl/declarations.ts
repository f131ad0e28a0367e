/** What must be declared for a service, in an order in which each comes after those that it is made of. */
import type {
  ContractType,
  DictionaryType,
  EnumerationType,
  FlagsType,
  ListType,
  Place,
  ServiceModel,
  Type,
} from './model.ts'

/** A contract together with those derived from it, wherever it is declared and they may stand. */
export interface FamilyDeclaration {
  readonly is: 'family'
  readonly of: ContractType
}

/** Lists and dictionaries only where they have names of their own: others are written where they stand. */
export type Declaration = ContractType | EnumerationType | FlagsType | ListType | DictionaryType | FamilyDeclaration

interface Needs {
  /** Must be declared before. */
  readonly first: readonly Declaration[]
  /** Should be; where contracts contain each other, one comes later. */
  readonly inside: readonly Declaration[]
}

export interface Order {
  readonly declarations: readonly Declaration[]
  /** Those that contain themselves, in whatever way. */
  readonly recursive: ReadonlySet<Declaration>
}

export class Declarations {
  readonly #families = new Map<ContractType, FamilyDeclaration>()

  /** What stands for the type in the file; undefined for one that is written where it stands. */
  of(type: Type): Declaration | undefined {
    if (type.is === 'contract') return type.children.length > 0 ? this.#familyOf(type) : type
    if (type.is === 'enumeration' || type.is === 'flags') return type
    if ((type.is === 'list' || type.is === 'dictionary') && type.own) return type
    return undefined
  }

  order(service: ServiceModel): Order {
    const roots = [...service.operations, ...service.callbacks].flatMap((each) => [
      ...each.in,
      ...(each.out ? [each.out] : []),
      ...each.faults.map(({ detail }) => detail),
    ])
    const groups = strongGroups(this.#inPlaces(roots), (each) => {
      const { first, inside } = this.#needsOf(each)
      return [...first, ...inside]
    })
    const recursive = groups.flatMap((group) => (this.#isRecursive(group) ? group : []))
    return {
      declarations: groups.flatMap((group) => this.#byNeed(group)),
      recursive: new Set(recursive),
    }
  }

  #familyOf(type: ContractType): FamilyDeclaration {
    let family = this.#families.get(type)
    if (!family) {
      family = { is: 'family', of: type }
      this.#families.set(type, family)
    }
    return family
  }

  #needsOf(each: Declaration): Needs {
    switch (each.is) {
      case 'contract':
        return { first: each.base ? [each.base] : [], inside: this.#inPlaces(each.members) }
      case 'family':
        return { first: [each.of, ...derivedFrom(each.of)], inside: [] }
      case 'list':
        return { first: [], inside: this.#inPlaces([each.item]) }
      case 'dictionary':
        return { first: [], inside: this.#inPlaces([each.key, each.value]) }
      case 'enumeration':
      case 'flags':
        return { first: [], inside: [] }
    }
  }

  /** What the places need, through lists and dictionaries that are written where they stand. */
  #inPlaces(places: readonly Place[]): Declaration[] {
    return places.flatMap(({ type }) => {
      const declared = this.of(type)
      if (declared) return [declared]
      if (type.is === 'list') return this.#inPlaces([type.item])
      return type.is === 'dictionary' ? this.#inPlaces([type.key, type.value]) : []
    })
  }

  #isRecursive(group: readonly Declaration[]): boolean {
    const [only] = group
    return group.length > 1 || (only !== undefined && this.#needsOf(only).inside.includes(only))
  }

  /** Within a group that contains itself: what must come first does. */
  #byNeed(group: readonly Declaration[]): Declaration[] {
    const sorted = new Set<Declaration>()
    const add = (each: Declaration): void => {
      for (const needed of this.#needsOf(each).first) if (group.includes(needed) && !sorted.has(needed)) add(needed)
      sorted.add(each)
    }
    for (const each of group) if (!sorted.has(each)) add(each)
    return [...sorted]
  }
}

/** Those that may stand where the contract is declared: its children and theirs. */
export function derivedFrom({ children }: ContractType): ContractType[] {
  return children.flatMap((each) => [each, ...derivedFrom(each)])
}

/** Tarjan's: groups whose members all lead to each other, those that others lead to before them. */
function strongGroups<T>(roots: readonly T[], next: (each: T) => readonly T[]): T[][] {
  const groups: T[][] = []
  const index = new Map<T, number>()
  const low = new Map<T, number>()
  const stack: T[] = []
  const onStack = new Set<T>()
  const visit = (each: T): void => {
    const own = index.size
    index.set(each, own)
    low.set(each, own)
    stack.push(each)
    onStack.add(each)
    for (const other of next(each)) {
      if (!index.has(other)) {
        visit(other)
        low.set(each, Math.min(low.get(each) ?? own, low.get(other) ?? own))
      } else if (onStack.has(other)) low.set(each, Math.min(low.get(each) ?? own, index.get(other) ?? own))
    }
    if (low.get(each) !== own) return
    const group = stack.splice(stack.indexOf(each))
    for (const member of group) onStack.delete(member)
    groups.push(group)
  }
  for (const root of roots) if (!index.has(root)) visit(root)
  return groups
}
