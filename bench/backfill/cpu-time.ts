import { readdirSync, readFileSync } from 'node:fs';

/**
 * Whose time it is: `backends` serve sessions, `server` is the rest of PostgreSQL (WAL writer, checkpointer, workers of I/O and
 * of autovacuum), `cloud` this process (state machine, Data API and its other services), `handlers` are the functions, and
 * `application` is the traffic.
 */
export const parts = ['backends', 'server', 'cloud', 'handlers', 'application'] as const;
export type Part = (typeof parts)[number];

/** Milliseconds of processor time since each process began, by its number. */
type Reading = ReadonlyMap<number, { readonly part: Part; readonly ms: number }>;

/** Reads the processor time of this process and all below it. Linux alone has /proc. */
export const readCpu = (): Reading =>
  new Map(ours().map((pid) => [pid, { part: partOf(pid), ms: msOf(pid) }] as const));

/** Bytes of memory that each part has for itself; what PostgreSQL's processes share is counted in none. */
export function readMemory(): Readonly<Record<Part, number>> {
  const bytes = { backends: 0, server: 0, cloud: 0, handlers: 0, application: 0 };
  for (const pid of ours()) {
    const own = /^RssAnon:\s+(\d+) kB/mu.exec(read(`/proc/${pid}/status`))?.[1] ?? 0;
    bytes[partOf(pid)] += Number(own) * 1024;
  }
  return bytes;
}

/** This process and all below it. */
function ours(): readonly number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(Number(name))] as const),
  );
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === process.pid || isOurs(parents.get(pid)));
  return [...parents.keys()].filter(isOurs);
}

/** What each part has used between two readings. */
export function cpuBetween(before: Reading, after: Reading): Readonly<Record<Part, number>> {
  const used = { backends: 0, server: 0, cloud: 0, handlers: 0, application: 0 };
  for (const [pid, { part, ms }] of after) used[part] += ms - (before.get(pid)?.ms ?? 0);
  return used;
}

function partOf(pid: number): Part {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  // A backend names its user, its database and where its client is.
  if (/^postgres: \S+ \S+ [\d.]+\(/.test(command)) return 'backends';
  if (/^postgres: |\/postgres -D /.test(command)) return 'server';
  if (command.includes('runtime.mjs')) return 'handlers';
  return command.includes('/traffic/index.mjs') ? 'application' : 'cloud';
}

// The second word may hold blanks and brackets: the state and the parent stand behind its last bracket.
const parentOf = (pid: number): number =>
  Number(
    read(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')[1] ?? 0,
  );

/** Of all its threads, in nanoseconds: a tick of /proc/PID/stat is as long as a small batch. */
function msOf(pid: number): number {
  const threads = list(`/proc/${pid}/task`);
  const each = threads.map((thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]));
  return each.reduce((sum, ns) => sum + ns, 0) / 1e6;
}

/** Nothing of a process that has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
