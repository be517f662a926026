import { parseDocument } from 'yaml';
import type { PhaseName } from '../../engine/plan/plan.ts';
import type { Spec } from '../../engine/spec/spec.ts';

/** The windows of a migration in seconds, as the file has them and as they are rehearsed. */
export interface Window {
  readonly key: string;
  readonly declaredSeconds: number;
  readonly rehearsedSeconds: number;
}

// Long enough to see reads of each share and more than one reconciliation, short enough to stay and watch.
const shortest = { bake: 2, window: 6, reconcileEvery: 3, quarantine: 4 };

/** The windows with `timeScale` dividing them, or each cut to its few seconds where it is longer. */
export function rehearsedWindows(spec: Spec, timeScale: number | null): readonly Window[] {
  const scaled = (key: string, declaredSeconds: number, few: number): Window => ({
    key,
    declaredSeconds,
    rehearsedSeconds:
      timeScale === null
        ? Math.min(declaredSeconds, few)
        : Math.max(1, Math.round(declaredSeconds / timeScale)),
  });
  const window = scaled('confidence.window', spec.confidence.windowSeconds, shortest.window);
  const every = scaled(
    'confidence.reconcileEvery',
    spec.confidence.reconcileEverySeconds,
    shortest.reconcileEvery,
  );
  return [
    scaled('reads.bake', spec.reads.bakeSeconds, shortest.bake),
    window,
    { ...every, rehearsedSeconds: Math.min(every.rehearsedSeconds, window.rehearsedSeconds) },
    // By default it is the window itself.
    ...(spec.contract.quietSeconds < spec.confidence.windowSeconds
      ? [scaled('contract.quiet', spec.contract.quietSeconds, shortest.reconcileEvery)]
      : []),
    scaled('contract.quarantine', spec.contract.quarantineSeconds, shortest.quarantine),
  ];
}

/** Those that a plan with these phases lives through. */
export const livedWindows = (windows: readonly Window[], lived: readonly PhaseName[]): readonly Window[] =>
  windows.filter(({ key }) => lived.includes(phaseOfWindow(key)));

const phasesOfSections: Readonly<Record<string, PhaseName>> = {
  reads: 'read-switch',
  confidence: 'confidence',
};

const phaseOfWindow = (key: string): PhaseName => phasesOfSections[key.split('.')[0] ?? ''] ?? 'quarantine';

/** The migration's file with its windows rewritten, and without its change window: a rehearsal waits for no Monday. */
export function withWindows(text: string, windows: readonly Window[]): string {
  const document = parseDocument(text);
  for (const { key, rehearsedSeconds } of windows) document.setIn(key.split('.'), `${rehearsedSeconds}s`);
  document.delete('changeWindow');
  return document.toString();
}
