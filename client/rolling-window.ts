import { Histogram } from './histogram.ts';
import type { Path } from './paths.ts';

interface Slot {
  readonly latency: Readonly<Record<Path, Histogram>>;
  judged: number;
  failed: number;
}

const slots = 12;
const slotMs = 5000;

/** The reads of the last minute, by five seconds. Its memory is fixed: 24 histograms. */
export class RollingWindow {
  readonly #slots: readonly Slot[] = Array.from({ length: slots }, () => ({
    latency: { old: new Histogram(), new: new Histogram() },
    judged: 0,
    failed: 0,
  }));
  #at = -1;

  /** A read that a path has answered. */
  answered(path: Path, ms: number, nowMs: number): void {
    this.#slot(nowMs).latency[path].add(ms);
  }

  /** A read that was tried on the new path, and whether the new path was at fault. */
  judged(failed: boolean, nowMs: number): void {
    const slot = this.#slot(nowMs);
    slot.judged += 1;
    if (failed) slot.failed += 1;
  }

  latency(path: Path, nowMs: number): Histogram {
    this.#slot(nowMs);
    const all = new Histogram();
    for (const slot of this.#slots) all.merge(slot.latency[path]);
    return all;
  }

  newPath(nowMs: number): { readonly judged: number; readonly failed: number } {
    this.#slot(nowMs);
    const sum = (count: (slot: Slot) => number): number =>
      this.#slots.reduce((total, slot) => total + count(slot), 0);
    return { judged: sum((slot) => slot.judged), failed: sum((slot) => slot.failed) };
  }

  /** The slot of this moment; those whose time has come round again are emptied. */
  #slot(nowMs: number): Slot {
    const at = Math.floor(nowMs / slotMs);
    for (let passed = Math.max(this.#at + 1, at - slots + 1); passed <= at; passed += 1) this.#empty(passed);
    this.#at = Math.max(this.#at, at);
    return this.#slotAt(this.#at);
  }

  #empty(at: number): void {
    const slot = this.#slotAt(at);
    slot.latency.old.clear();
    slot.latency.new.clear();
    slot.judged = 0;
    slot.failed = 0;
  }

  #slotAt(at: number): Slot {
    const slot = this.#slots[at % slots];
    if (slot === undefined) throw new RangeError(`no slot ${at}`);
    return slot;
  }
}
