import { phaseLines, type PhaseRow, type Progress, type PhaseStanding } from '../../cli/phase-lines.ts';
import { backfillProgress, verificationProgress } from '../../cli/status/progress.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import type { Section } from '../../report/section.ts';
import { failedDuring, type Application } from '../stage/application.ts';
import { rest } from '../stage/rest.ts';
import type { Outcome } from '../stage/result.ts';
import type { TimedSection, Timeline } from '../stage/timeline.ts';
import type { LedgerWatch } from '../stage/watch.ts';
import type { Screen } from './screen.ts';

const refreshMs = 200;
/** Where no line is redrawn, and nothing moves that a report draws. */
const unwatchedMs = 1000;
/** The rate is that of the last two seconds, as under `underpin status --watch`. */
const rateOverMs = 2000;

/** The phases of a rehearsal: those that are over as lines that stay, the one under way and those to come below, redrawn. */
export class PhaseList {
  private shown = 0;
  private readonly all: readonly Section[];

  constructor(
    private readonly parts: {
      readonly screen: Screen;
      readonly timeline: Timeline;
      readonly ledger: LedgerWatch;
      readonly application: Application;
      readonly rows: number;
      /** The phases that the plan has. */
      readonly lived: readonly PhaseName[];
    },
  ) {
    this.all = ['plan', ...parts.lived];
  }

  /** Redraws until the signal says that the migration has ended. */
  async watch(ended: AbortSignal): Promise<void> {
    const { screen, timeline } = this.parts;
    while (!ended.aborted) {
      await this.show();
      await rest(screen.isLive || timeline.current === 'backfill' ? refreshMs : unwatchedMs, ended);
    }
  }

  async show(): Promise<void> {
    const { all } = this;
    const { screen, timeline } = this.parts;
    const progress = { backfill: await this.backfill(), verify: await this.verification() };
    const latency = await this.latency();
    const phases = timeline.phases();
    const now = phases.at(-1);
    if (now === undefined) return;
    this.keep(
      phases.slice(0, -1),
      progress,
      phases.some(({ name }) => name === 'rollback'),
    );
    const goesBack = now.name === 'rollback';
    const place = goesBack ? 'rolling back' : `phase ${all.indexOf(now.name) + 1} of ${all.length}`;
    const rows: readonly PhaseRow[] = [
      rowOf(now, 'under-way', progress),
      ...(goesBack ? [] : all.slice(all.indexOf(now.name) + 1)).map((name): PhaseRow => ({
        name,
        standing: 'to-come',
        lastedMs: null,
      })),
    ];
    const footer = ['', `  ${screen.styled('dim', [place, ...latency].join(' · '))}`];
    screen.live([...rows.flatMap((row) => phaseLines(row, screen)), ...footer].join('\n'));
  }

  /** All of them, with how the last one ended. */
  async end(outcome: Outcome): Promise<void> {
    const progress = { backfill: await this.backfill(), verify: await this.verification() };
    const phases = this.parts.timeline.phases();
    this.keep(phases.slice(0, -1), progress, outcome === 'rolled-back');
    for (const phase of phases.slice(this.shown)) {
      const went = phase.name === 'rollback' ? 'rollback' : 'done';
      this.print(rowOf(phase, outcome === 'failed' ? 'stopped' : went, progress));
    }
    this.shown = phases.length;
  }

  private keep(over: readonly TimedSection[], progress: Progresses, wentBack: boolean): void {
    for (const [at, phase] of over.entries()) {
      if (at < this.shown) continue;
      const isLast = at === over.length - 1;
      this.print(
        rowOf(phase, wentBack && isLast && phase.name !== 'rollback' ? 'stopped' : 'done', progress),
      );
      this.shown = at + 1;
    }
  }

  private print(row: PhaseRow): void {
    const { screen } = this.parts;
    for (const line of phaseLines(row, screen)) screen.line(line);
  }

  private async backfill(): Promise<Progress | null> {
    const { ledger, rows } = this.parts;
    const backfill = await ledger.backfill();
    const nowMs = Date.now();
    const before = ledger.course.findLast(({ atMs }) => atMs <= nowMs - rateOverMs);
    return backfillProgress(
      { backfill: { ...backfill, changed: backfill.rows }, estimatedRows: rows },
      {
        now: iso(nowMs),
        earlier: before === undefined ? undefined : { rows: before.rows, at: iso(before.atMs) },
      },
    );
  }

  private async verification(): Promise<Progress | null> {
    const { checked, mismatches } = await this.parts.ledger.verification();
    const finished = { rows: checked, changed: mismatches, shards: 1, shardsDone: 1 };
    return verificationProgress(checked === 0 ? null : finished);
  }

  private async latency(): Promise<readonly string[]> {
    const { application } = this.parts;
    const now = await application.snapshot();
    if (now === undefined) return [];
    return [
      `p95 ${now.recentP95.toFixed(1)} ms, baseline ${application.baseline?.p95Ms.toFixed(1) ?? '0'} ms`,
      `${failedDuring(now)} requests failed`,
    ];
  }
}

type Progresses = Readonly<Partial<Record<Section, Progress | null>>>;

const rowOf = (
  { name, durationMs }: TimedSection,
  standing: PhaseStanding,
  progress: Progresses,
): PhaseRow => ({
  name,
  standing,
  lastedMs: durationMs,
  progress: progress[name] ?? null,
});

const iso = (ms: number): string => new Date(ms).toISOString();
