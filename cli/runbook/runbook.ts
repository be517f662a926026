import { underpin } from '../command-name.ts';
import { dialectOf } from '../../engine/dialects/dialects.ts';
import type { ByHand } from '../../engine/dialects/for-people.ts';
import { consoleLink } from '../../engine/notices/wording.ts';
import type { MigrationDetails, DeploymentResources } from '../../engine/ledger/description.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { readsMove } from '../../engine/shapes/shape.ts';
import { undoneAtOnce, undoneLast } from '../../engine/plan/rollback-order.ts';
import type { Address } from '../aws/address.ts';
import { isWindow } from '../../lambdas/runtime/hold-item.ts';
import { isAbandoned, type Closeup } from '../status/look.ts';
import { phaseNow } from '../../engine/ledger/phase-now.ts';
import { minute } from '../../engine/words/span.ts';
import { AwsCommands } from './aws-commands.ts';

/** How this migration goes back from where it is now, as lines of Markdown. */
export function runbook(look: Closeup, address: Address): readonly string[] {
  const aws = new AwsCommands(address, look.surroundings);
  const { migration } = look;
  const gone = irreversible(migration);
  return [
    `# ${migration.name}: the way back, as of ${minute(look.at)}`,
    '',
    ...where(look, address),
    ...code('To reach the rehearsal from a shell', aws.preparation()),
    ...(gone === null ? [...meaning(migration), ...ordinary(look, address, aws)] : noWayBack(gone, look)),
    ...(gone === null ? [...machineDead(look, address, aws), ...byHand(look, address, aws)] : []),
  ];
}

/** Why a migration cannot go back any more; null while it can. */
export function irreversible({ steps, status }: MigrationDetails): string | null {
  const contract = steps.find(({ phase }) => phase === 'contract');
  if (contract?.applied === true && 'irreversible' in contract.undo)
    return `the phase contract is done: ${contract.undo.irreversible}`;
  return status === 'completed' ? 'it is completed, and what it changed is there to stay' : null;
}

function where(
  { migration, execution, state, hold, surroundings }: Closeup,
  { rehearsal }: Address,
): readonly string[] {
  const { reads } = migration;
  return [
    `It is ${migration.status}${migration.status === 'running' ? `, in phase ${phaseNow(migration, hold)}` : ''}; ${
      'percent' in reads
        ? `${reads.percent} % of reads are on the new shape`
        : `its reads are not known (${reads.unknown})`
    }.`,
    ...(hold === null ? [] : [`It waits at ${hold.hold}.`]),
    `Its execution is ${execution?.status ?? 'forgotten'}${state === null ? '' : `, in "${state}"`}: ${
      rehearsal === null ? consoleLink(migration.execution) : migration.execution
    }`,
    ...(surroundings.dashboardUrl === undefined ? [] : [`Dashboard: ${surroundings.dashboardUrl}`]),
    '',
  ];
}

const standing = ({ steps }: MigrationDetails): ReadonlySet<PhaseName> =>
  new Set(steps.filter(({ applied }) => applied).map(({ phase }) => phase));

/** What a rollback leaves where it is, if anything. */
function whatStays(migration: MigrationDetails, has: ReadonlySet<PhaseName>): readonly string[] {
  if (undoneLast(has, migration).length === 0) return [];
  if (migration.shape.kind === 'farewell' && !removes(migration))
    return ['what leaves may still be left out of a row, so that the next start goes on from here'];
  return [newShapeStays(migration, has)];
}

const removes = (migration: MigrationDetails): boolean => migration.settings.onRollback === 'remove';

const readsGo = ({ truth }: MigrationDetails): string =>
  truth === 'new'
    ? 'every read goes to the old shape, as the last reconciliation has left it; a write of the application counts where both sides have it'
    : 'every read goes to the old shape, which holds every write';

/** Docs: both-sides.md. */
const caughtUp =
  'what the old side has missed is copied to it, pass after pass, until one finds nothing: deploy the version that writes both sides';

function newShapeStays(migration: MigrationDetails, has: ReadonlySet<PhaseName>): string {
  if (removes(migration))
    return `then it asks at \`remove-new-shape\`; after an approval it also undoes ${undoneLast(has, migration).join(', ')}`;
  return migration.truth === null
    ? 'the new shape and its dual write stay, kept equal, so that the next start goes on from here'
    : 'the new shape stays; the next start copies to it what it misses by then';
}

function meaning(migration: MigrationDetails): readonly string[] {
  const has = standing(migration);
  const steps = [
    ...(has.has('quarantine') ? ['the old shape gets its name back'] : []),
    ...(readsMove(migration.shape) ? [readsGo(migration)] : []),
    'workers of this start become harmless',
    ...(migration.truth === 'new' ? [caughtUp] : []),
    ...undoneAtOnce(has, migration)
      .filter((phase) => phase !== 'quarantine')
      .map((phase) => `undo ${phase}: ${does(migration, phase)}`),
    ...whatStays(migration, has),
  ];
  return ['## What going back does', '', ...steps.map((step, at) => `${at + 1}. ${step}`), ''];
}

function does({ steps }: MigrationDetails, phase: PhaseName): string {
  const undo = steps.find((step) => step.phase === phase)?.undo;
  return undo === undefined || 'irreversible' in undo
    ? ''
    : undo.map((unit) => unit.does).join(', ') || 'nothing';
}

function ordinary(
  { migration, hold, execution }: Closeup,
  { words }: Address,
  aws: AwsCommands,
): readonly string[] {
  const { name } = migration;
  if (migration.status !== 'running' || isAbandoned(migration, execution)) return [];
  const orders = { migration: name, order: 'abort', reason: 'why', by: 'who' };
  const rejection =
    hold === null ? null : { migration: name, hold: hold.hold, decision: 'reject', reason: 'why' };
  return [
    '## Go back now',
    '',
    ...(hold === null || rejection === null
      ? ['It works, and goes back within seconds when it is told to:']
      : [
          `It waits at the ${isWindow(hold) ? 'window' : 'gate'} ${hold.hold}; to refuse it rolls back at once:`,
        ]),
    ...code('', [
      ...(hold === null ? [] : [`${underpin} reject ${hold.hold} --migration ${name} --reason '…'${words}`]),
      `${underpin} abort ${name} --reason '…'${words}`,
    ]),
    ...code('The same without the command line', [
      ...(rejection === null ? [] : [aws.decide(rejection)]),
      aws.invoke('steer-migration', orders),
    ]),
    ...code('All migrations of this target at once, by the alarm that guards it', [aws.tripGuardrail()]),
  ];
}

function machineDead({ migration }: Closeup, { words }: Address, aws: AwsCommands): readonly string[] {
  const { name, truth } = migration;
  return [
    '## When the state machine is dead',
    '',
    ...(truth === 'new'
      ? [
          'An execution that was stopped or failed leaves everything as it stands. The new side is the truth, so that a new start',
          'goes back and nowhere else: it ends as rolled back, and the start after it goes forward.',
        ]
      : [
          'An execution that was stopped or failed leaves everything as it stands. A new start takes the migration over: workers of',
          'the old one are fenced off, what must not stand is put back, and it goes on from its checkpoints. To go back instead,',
          'start it and abort it, or send the reads back by hand and leave the rest.',
        ]),
    ...code('', [`${underpin} start ${name}${words}`, aws.start(name)]),
  ];
}

function byHand(
  { migration, surroundings }: Closeup,
  { words }: Address,
  aws: AwsCommands,
): readonly string[] {
  const { name, execution } = migration;
  return [
    '## Reads back by hand',
    '',
    ...(standing(migration).has('quarantine')
      ? [
          '**The old shape is in quarantine: give it its name back first** (the SQL below, up to "undo quarantine"), or reads fail.',
          '',
        ]
      : []),
    ...code('By the function that the state machine calls', [
      aws.invoke('switch-reads-back', { migration: name, execution }),
    ]),
    ...code('Without any function of Underpin', aws.readsBack(name, migration.truth !== null)),
    '## When the Data API is down',
    '',
    `The same SQL by ${dialectOf(surroundings.engine).client.name}, on database ${surroundings.database} of ${surroundings.cluster}, as the role that owns the table.`,
    'Each statement by itself, in this order; a lock that is not granted leaves no trace, so try again. Print only this:',
    `\`${underpin} runbook ${name} --sql${words}\`.`,
    '',
    '```sql',
    ...sqlScript(migration, surroundings),
    '```',
  ];
}

/** What a rollback does in the database, as a script. */
export function sqlScript(migration: MigrationDetails, { engine }: DeploymentResources): readonly string[] {
  if (migration.truth === 'new')
    return [
      '-- The new side is the truth, and the old one has to be brought up to it before it is the truth again: walks over the rows, which only',
      `-- the handlers do. Nothing is lost meanwhile. When the Data API answers again: ${underpin} start ${migration.name}`,
    ];
  const { lockTimeoutMs } = migration.settings;
  const phases = undoneAtOnce(standing(migration), migration).flatMap((phase) => {
    const undo = migration.steps.find((step) => step.phase === phase)?.undo;
    return undo === undefined || 'irreversible' in undo ? [] : [{ phase, undo }];
  });
  const claim = { migration: migration.name, epoch: migration.epoch, lockTimeoutMs };
  return dialectOf(engine).byHand.rollback(claim, phases).flatMap(written);
}

const written = ({ does: what, statements }: ByHand): readonly string[] => [
  `-- ${what}`,
  ...statements.map((statement) => `${statement};`),
  '',
];

function noWayBack(gone: string, { surroundings, migration }: Closeup): readonly string[] {
  return [
    '## There is no way back',
    '',
    `For ${gone}. Nothing of Underpin can bring it back.`,
    'What is wrong now is fixed forward, by a new migration. Data of before that is in a restored copy of the cluster only:',
    ...code('', [
      `aws rds restore-db-cluster-to-point-in-time --source-db-cluster-identifier ${surroundings.cluster.split(':').at(-1) ?? ''} \\\n  --db-cluster-identifier restored-before-contract --restore-to-time ${contractedAt(migration)} --region ${surroundings.region}`,
    ]),
  ];
}

const contractedAt = ({ visits, updatedAt }: MigrationDetails): string =>
  new Date(visits.find(({ phase }) => phase === 'contract')?.enteredAt ?? updatedAt).toISOString();

const code = (title: string, commands: readonly string[]): readonly string[] =>
  commands.length === 0
    ? []
    : [...(title === '' ? [''] : [`${title}:`, '']), '```sh', ...commands, '```', ''];
