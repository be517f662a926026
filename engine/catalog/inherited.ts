import type { SessionSettings } from '../dialects/inspector.ts';
import type { InheritedFacts } from './inherited-facts.ts';

/** One kind of what the database said. */
export type Of<K extends InheritedFacts['kind']> = Extract<InheritedFacts, { kind: K }>;
/** With its new name. */
export type Named<T> = T & { readonly as: string };
/** `lasting`: its definition once the column bears the name that it keeps. */
export type InheritedIndex = Named<Of<'index'>> & { readonly lasting: string };
export type InheritedConstraint = Named<Of<'check' | 'foreign key'>>;
export type InheritedForeignKey = Named<Of<'foreign key'>>;
export type InheritedStatistics = Named<Of<'statistics'>>;
/** An index, a check or a statistics object of the old column that the new one does not get. */
export type LeftBehind = Of<'left behind'>;

/** What the new column takes over from the old one, as the database itself would write it. */
export interface Inheritance {
  readonly type: string;
  /** Quoted; null for the type's own. */
  readonly collation: string | null;
  /** The collation that its values are compared by; null for a type without. */
  readonly collates: string | null;
  readonly plain: boolean;
  /** Whether storage and compression can be chosen for its values. */
  readonly toastable: boolean;
  readonly defaultVaries: Of<'column'>['defaultVaries'];
  readonly oldDefaultVaries: Of<'column'>['oldDefaultVaries'];
  /** The old column's constant default, converted; null where there is none or it is no constant. */
  readonly upDefault: string | null;
  /** A default that comes with the new column's type, a domain, and would fill old rows. */
  readonly typeDefault: string | null;
  /** Whether adding the column rewrites the table, as a domain with a constraint does. */
  readonly rewrites: boolean;
  /** What the domains of the new column's type ask of every value, each by its name. */
  readonly domainRules: readonly string[];
  /** Whether the old column's type, not the column, is NOT NULL. */
  readonly oldRefusesNull: boolean;
  /** The new type and the old one without the domains over them; null where there is no old column. */
  readonly base: string;
  readonly oldBase: string | null;
  /** What ties the old column of a partitioned table to its partitions, in words that follow its name. */
  readonly inPartitions: readonly string[];
  readonly indexes: readonly InheritedIndex[];
  readonly constraints: readonly InheritedConstraint[];
  readonly statistics: readonly InheritedStatistics[];
  readonly leftBehind: readonly LeftBehind[];
  /** Of the session that compiled the plan: what its expressions were read under, they are run under. */
  readonly settings: SessionSettings;
}

/** Whether others may change what the new column's type asks of a value, and what it gives where there is none. */
export const isDomain = ({ type, base }: Inheritance): boolean => type !== base;

/** What is built on the new side, and what is not. */
export type BuiltObjects = Pick<Inheritance, 'indexes' | 'constraints' | 'statistics' | 'leftBehind'>;

/** What the new side gets. */
export type Heir = Of<'index' | 'check' | 'foreign key' | 'statistics'>;

/** Whether it is a foreign key that refers to the column. */
export const refersToIt = <T extends Heir>(heir: T): heir is Extract<T, Of<'foreign key'>> =>
  heir.kind === 'foreign key' && heir.refers;
