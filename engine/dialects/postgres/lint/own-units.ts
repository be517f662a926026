import { brief } from '../../../plan/brief.ts';
import type { Brief, Online, Unit } from '../../../plan/plan.ts';
import type { AddedDomains, Authored } from '../../authored.ts';
import { addedInCatalog } from '../catalog-alone.ts';
import { createIndex } from '../index-builds.ts';
import { addConstraint } from '../constraints.ts';
import { fieldOf, listOf, namesOf, textOf } from '../naming/tree.ts';
import { identifier, literal, qualifiedName } from '../quote.ts';
import { isRunning, tag } from '../running-statement.ts';
import { indexNames } from './index-rules.ts';
import { lockOf, strongest } from './lock-table.ts';
import { definitionOf, partsOf, type Part } from './parts.ts';

/**
 * An author's statements as units, in their order: what runs beside the traffic is one by itself, started and watched; what
 * stands between commits together.
 */
export function ownUnits(
  migration: string,
  statements: readonly string[],
  { verb, parser, adds }: Parameters<Authored['units']>[2],
): readonly Unit[] {
  const units: Unit[] = [];
  let waiting: readonly Own[] = [];
  const commit = (): void => {
    if (waiting.length > 0) units.push(together(waiting, verb));
    waiting = [];
  };
  for (const [at, text] of statements.entries()) {
    const parts = partsOf(text, parser)?.flat() ?? [];
    const alone = onlineUnit(migration, text, parts);
    if (alone === undefined) {
      waiting = [...waiting, { text, parts, before: askedAgain(at, adds) }];
      continue;
    }
    commit();
    units.push(alone);
  }
  commit();
  return units;
}

interface Own {
  readonly text: string;
  readonly parts: readonly Part[];
  readonly before: readonly string[];
}

const together = (own: readonly Own[], verb: string): Brief =>
  brief(
    `${verb} ${own.length === 1 ? 'a statement' : `${own.length} statements`} of the author`,
    strongest(own.flatMap(({ parts }) => parts.map(lockOf))),
    own.flatMap(({ text, before }) => [...before, text]),
  );

/** The domain's own default is what the author wants in the rows that are there. */
const askedAgain = (at: number, adds: AddedDomains | undefined): readonly string[] =>
  (adds?.domains ?? []).flatMap((each) =>
    adds === undefined || each.at !== at
      ? []
      : addedInCatalog(adds.table, { type: each.type, default: null, holdsNull: false }),
  );

function onlineUnit(migration: string, text: string, parts: readonly Part[]): Online | undefined {
  const [whole, command] = parts;
  if (whole?.kind === 'IndexStmt' && whole.node['concurrent'] === true) return built(migration, text, whole);
  if (whole?.kind === 'DropStmt' && whole.node['concurrent'] === true) return dropped(migration, text, whole);
  if (command?.kind === 'AT_ValidateConstraint' && parts.length === 2)
    return validated(migration, text, command);
  return undefined;
}

/** The indexes that are built beside the traffic. */
export const indexesBuilt: Authored['indexesBuilt'] = (statements, parser) =>
  statements.flatMap((text) => {
    const [whole] = partsOf(text, parser)?.flat() ?? [];
    const name = textOf(whole?.node, 'idxname');
    const isOne = whole?.kind === 'IndexStmt' && whole.node['concurrent'] === true;
    return isOne && whole.table !== null && name !== undefined ? [{ name, table: whole.table }] : [];
  });

/** Of types with a length or of several dimensions none is a domain. */
export const columnsAdded: Authored['columnsAdded'] = (statements, parser) =>
  statements
    .flatMap((text) => partsOf(text, parser)?.flat() ?? [])
    .flatMap((part) => {
      if (part.kind !== 'AT_AddColumn' || part.table === null) return [];
      const definition = definitionOf(part, 'ColumnDef');
      const written = fieldOf(definition, 'typeName');
      const names = namesOf(written?.['names']);
      const isPlain =
        listOf(written?.['typmods']).length === 0 && listOf(written?.['arrayBounds']).length === 0;
      const column = textOf(definition, 'colname');
      if (column === undefined || !isPlain || names.length === 0 || names[0] === 'pg_catalog') return [];
      return [{ table: part.table, column, type: names.map(identifier).join('.') }];
    });

const named = (migration: string, name: string, text: string): string => `${tag(migration, name)}\n${text}`;

function built(migration: string, text: string, { node, table }: Part): Online | undefined {
  const name = textOf(node, 'idxname');
  if (name === undefined || table === null) return undefined;
  const unit = createIndex(migration, table, name, { unique: false, definition: '' });
  return { ...unit, statement: named(migration, name, text) };
}

function validated(migration: string, text: string, { node, table }: Part): Online | undefined {
  const name = textOf(node, 'name') ?? '';
  if (table === null) return undefined;
  const online = addConstraint(migration, table, name, '').find((unit) => unit.kind === 'online');
  return online === undefined ? undefined : { ...online, statement: named(migration, name, text) };
}

function dropped(migration: string, text: string, part: Part): Online {
  const [schema = '', name = ''] = indexNames(part);
  return {
    kind: 'online',
    does: `drop ${name}`,
    lock: 'SHARE UPDATE EXCLUSIVE',
    statement: named(migration, name, text),
    scans: 0,
    state: `SELECT json_build_object('state', CASE
  WHEN ${isRunning(migration, name)} THEN 'running'
  WHEN to_regclass(${literal(qualifiedName({ schema, name }))}) IS NULL THEN 'done'
  ELSE 'absent' END)::text`,
    clean: null,
  };
}
