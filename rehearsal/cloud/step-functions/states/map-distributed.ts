import { mapRunArn } from '../arns.ts';
import type { MapState } from '../definition/states.ts';
import { uuid } from '../expression-functions.ts';
import { Aborted, errorDetails, StateFailure } from '../failure.ts';
import type { Json } from '../json.ts';
import { MapRun, type ChildExecution, type MapRunSettings } from '../map-run.ts';
import { number, whole } from '../numbers.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Visit } from '../visit.ts';
import { workOf } from './map-batches.ts';

export interface MapResult {
  readonly result: readonly Json[];
  /** What its success follows. What comes after the state follows what the walk did last. */
  readonly after: number;
}

/**
 * The children of a distributed Map, each an execution with a history of its own. Outputs of children that failed
 * within the tolerance are left out.
 *
 * @throws StateFailure States.ExceedToleratedFailureThreshold
 */
export async function runChildren(visit: Visit<MapState>, items: readonly Json[]): Promise<MapResult> {
  const mapRun =
    visit.position.mapRun === undefined ? await begin(visit, items) : redrive(visit, visit.position.mapRun);
  const { clock } = visit.run.surroundings;
  try {
    await runAll(visit, mapRun);
  } catch (failure) {
    mapRun.end(failure instanceof StateFailure ? 'FAILED' : 'ABORTED', clock.now());
    if (failure instanceof StateFailure) {
      visit.record('MapRunFailed', { mapRunFailedEventDetails: errorDetails(failure) });
    }
    throw failure;
  }
  mapRun.end('SUCCEEDED', clock.now());
  const after = visit.recordAside('MapRunSucceeded', visit.frame.lastEventId);
  return {
    result: mapRun.children.flatMap((child) => (child?.output === undefined ? [] : [child.output])),
    after,
  };
}

async function begin(visit: Visit<MapState>, items: readonly Json[]): Promise<MapRun> {
  const settings = await settingsOf(visit);
  const work = await workOf(visit, items);
  visit.record('MapStateStarted', { mapStateStartedEventDetails: { length: items.length } });
  const { home, random, clock, executions } = visit.run.surroundings;
  const machine = visit.run.machine.name;
  const label = visit.state.Label ?? labelFrom(visit.name);
  const origin = {
    arn: mapRunArn(home, machine, label, uuid(random)),
    machine: `${machine}/${label}`,
    executionArn: visit.run.execution.arn,
    scope: visit.state.ItemProcessor,
  };
  const mapRun = new MapRun(origin, settings, work, new Date(clock.now()));
  visit.position.mapRun = mapRun;
  executions.registerMapRun(mapRun);
  visit.record('MapRunStarted', { mapRunStartedEventDetails: { mapRunArn: origin.arn } });
  return mapRun;
}

/** The run goes on: children that succeeded stay as they are. */
function redrive(visit: Visit<MapState>, mapRun: MapRun): MapRun {
  for (const child of mapRun.children) {
    if (child !== undefined && child.status !== 'SUCCEEDED') child.awaitRedrive();
  }
  mapRun.status = 'RUNNING';
  mapRun.stopDate = undefined;
  mapRun.redriveCount += 1;
  mapRun.redriveDate = new Date(visit.run.surroundings.clock.now());
  const mapRunRedrivenEventDetails = { mapRunArn: mapRun.origin.arn, redriveCount: mapRun.redriveCount };
  visit.record('MapRunRedriven', { mapRunRedrivenEventDetails });
  return mapRun;
}

async function settingsOf(visit: Visit<MapState>): Promise<MapRunSettings> {
  const {
    MaxConcurrency = 0,
    ToleratedFailureCount: count,
    ToleratedFailurePercentage: percentage,
  } = visit.state;
  return {
    maxConcurrency: await whole(visit, 'MaxConcurrency', MaxConcurrency, { min: 0 }),
    toleratedFailureCount:
      count === undefined ? undefined : await whole(visit, 'ToleratedFailureCount', count, { min: 0 }),
    toleratedFailurePercentage:
      percentage === undefined
        ? undefined
        : await number(visit, 'ToleratedFailurePercentage', percentage, { min: 0, max: 100 }),
  };
}

async function runAll(visit: Visit<MapState>, mapRun: MapRun): Promise<void> {
  const { maxConcurrency } = mapRun.settings;
  const count = mapRun.work.length;
  const exceeded = new AbortController();
  const signal = AbortSignal.any([visit.signal, exceeded.signal]);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !signal.aborted) {
      await runChild(visit, mapRun, next++, signal);
      if (mapRun.exceedsTolerance()) exceeded.abort(new Aborted('Too many children failed'));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrency || count, count) }, lane));
  visit.signal.throwIfAborted();
  if (!mapRun.exceedsTolerance()) return;
  throw new StateFailure(
    'States.ExceedToleratedFailureThreshold',
    'The specified tolerated failure threshold was exceeded',
  );
}

async function runChild(
  visit: Visit<MapState>,
  mapRun: MapRun,
  index: number,
  signal: AbortSignal,
): Promise<void> {
  const known = mapRun.children[index];
  if (known?.status === 'SUCCEEDED') return;
  if (known !== undefined) known.redrive();
  const child: ChildExecution = known ?? visit.run.surroundings.executions.startChild(mapRun, index);
  mapRun.children[index] = child;
  try {
    await untilAborted(child.settled(), signal);
  } catch {
    child.stop();
    await child.settled();
  }
}

/** A label may not hold everything that a state's name may. */
const labelFrom = (name: string) => name.replaceAll(/[^\w-]/g, '').slice(0, 40) || 'Map';
