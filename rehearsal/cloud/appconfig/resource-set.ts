import { randomInt } from 'node:crypto';
import { badRequest, notFound } from './appconfig-error.ts';

export type Resource = { readonly Id: string; readonly Name: string };

/** The resources of one kind, in the order of their creation. Names need not be unique, as on AWS. */
export class ResourceSet<T extends Resource> {
  private readonly kind: string;
  private readonly byId = new Map<string, T>();

  /** `kind` as errors name it: `Application`. */
  constructor(kind: string) {
    this.kind = kind;
  }

  add(resource: T): T {
    this.byId.set(resource.Id, resource);
    return resource;
  }

  /** @throws AppConfigError ResourceNotFoundException */
  get(id: string): T {
    const found = this.byId.get(id);
    if (found === undefined) throw notFound(this.kind, id);
    return found;
  }

  /** By id, else by name, as the agent and the data plane look resources up. */
  find(idOrName: string): T {
    const named = this.all().filter((it) => it.Name === idOrName);
    if (named.length > 1 && !this.byId.has(idOrName))
      throw badRequest(`${named.length} resources of kind ${this.kind} are named ${idOrName}`);
    return this.byId.get(idOrName) ?? named[0] ?? this.get(idOrName);
  }

  all(): readonly T[] {
    return [...this.byId.values()];
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Seven letters and digits, as AWS gives. */
export function newId(): string {
  return Array.from({ length: 7 }, () => letters[randomInt(letters.length)]).join('');
}
