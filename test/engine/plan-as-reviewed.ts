import { livedPhases, phaseOf, type Phase, type Plan, type Unit } from '../../engine/plan/plan.ts';
import type { Walk } from '../../engine/plan/walk.ts';
import { statementsOfWalk } from '../../engine/plan/walk-statements.ts';

function written(unit: Unit): string {
  const title = `-- ${unit.does} (lock: ${unit.lock}${unit.kind === 'online' ? '; runs beside the traffic' : ''})`;
  if (unit.kind === 'brief') return [title, ...unit.statements.map((each) => `${each};`)].join('\n');
  const clean = unit.clean === null ? [] : ['-- … if it failed, first:', `${unit.clean};`];
  return [title, `${unit.statement};`, '-- … is watched by:', `${unit.state};`, ...clean].join('\n');
}

function section(name: string, { run, undo }: Phase): readonly string[] {
  if (run.length === 0 && 'length' in undo && undo.length === 0) return [];
  const back = 'irreversible' in undo ? [`-- cannot be undone: ${undo.irreversible}`] : undo.map(written);
  return [`---- phase ${name} ----`, ...run.map(written), `---- undo of ${name} ----`, ...back];
}

const headingOf = ({ batch, purposes, truth }: Walk): string => {
  if (truth !== undefined)
    return `---- the walk over the rows while the ${truth} side is the truth, each statement one call ----`;
  if (batch !== undefined) return '---- the walk over the rows, each statement one call ----';
  return purposes.includes('verify')
    ? '---- the comparison of every row, each statement one call ----'
    : '---- the comparison once the names are exchanged ----';
};

const walked = (walk: Walk): readonly string[] => [
  headingOf(walk),
  ...Object.entries(statementsOfWalk(walk)).map(([name, statement]) => `-- ${name}\n${statement};`),
];

/** A plan as a DBA reads it: phase by phase, each with its undo. */
export function planAsReviewed({ migration, warnings, phases, walks }: Plan, engine: string): string {
  return [
    `-- ${migration}: what runs on ${engine}, phase by phase, each with its undo. Written by the tests; read it as a DBA would.`,
    ...warnings.map((warning) => `-- warning: ${warning}`),
    ...livedPhases({ phases }).flatMap((name) => section(name, phaseOf({ phases }, name))),
    ...walks.flatMap(walked),
  ]
    .join('\n\n')
    .concat('\n');
}
