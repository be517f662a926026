import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apart } from './apart.ts';
import type { Engine } from '../../engine/dialects/engine.ts';
import { besideTraffic } from './beside-traffic.ts';
import { gentle } from './gentle.ts';
import { onMysql } from './mysql/section.ts';
import { mysqlSubjects } from './mysql/subjects.ts';
import { shapeRates, tableRates } from './rates.ts';
import type { Options, Section } from './section.ts';
import { sizes } from './sizes.ts';
import { soak } from './soak.ts';
import { stops } from './stops.ts';
import { shapes, tables } from './subjects.ts';

/** What the bench measures, in the order in which it does. */
export const sections = {
  rates: tableRates,
  shapes: shapeRates,
  traffic: besideTraffic,
  gentle,
  apart,
  sizes,
  stops,
  mysql: onMysql,
  soak,
} as const satisfies Record<string, Section>;
export type SectionName = keyof typeof sections;

/** Whose server a section is measured on. */
export const engineOf = (name: SectionName): Engine => (name === 'mysql' ? 'mysql' : 'postgres');

const names = Object.keys(sections).filter((name): name is SectionName => name in sections);
/** A soak lasts as long as it is told, and is asked for by name. */
const usual = names.filter((name) => name !== 'soak');

const subjects = [...new Set([...tables, ...shapes, ...mysqlSubjects].map(({ name }) => name))];

const usage = `Usage: npm run bench -- [SECTION …] [options]

The backfill through the whole path (state machine, Lambda processes, Data API, triggers on) beside statements by hand and
beside other tools, on a server of its own.

Sections (default rates; all: every one but soak)
  rates     one change in tables of several kinds: one statement, the same with triggers on, loops of batches,
            other tools, the whole path (1000000 rows)
  shapes    other shapes of change, beside one statement (500000 rows)
  traffic   what an application meets while its table is copied (300000 rows)
  gentle    what the database's own ways to be gentle cost a copy, and give the application beside it
            (1000000 rows)
  apart     whose processor time each way takes (300000 rows; Linux only)
  sizes     how rates, history, invocations, calls and the bill grow
            (narrow, wide, uuid, uuid-by-place; 100000,1000000,10000000 rows, of wide and uuid no more than
            1000000)
  stops     how long workers go on once a guardrail's alarm is on (500000 rows)
  mysql     rates on MySQL, and for how long the exchange of a copy locks its table (300000 rows); the mysqld of
            this machine, or that of UNDERPIN_MYSQLD
  soak      a whole migration beside an application, and the memory of every part (10000000 rows; Linux only)

  --rows LIST       rows of each table, for sizes several
  --rounds N        how often each rate is measured (default 3)
  --workers LIST    numbers of workers (default 1,2,4)
  --traffic N       requests a second, for traffic, gentle, mysql and soak (default 150)
  --baseline S      seconds of traffic before each copy (default 10)
  --minutes N       how long the soak lasts, about (default 60)
  --pgroll PATH     measure this pgroll, too
  --pg-osc PATH     measure this pg-online-schema-change, too
  --only LIST       changes of ${subjects.join(', ')}
  --keep FOLDER     keep results and plots in FOLDER/results, and tables in FOLDER/README.md between their marks
  --help            this text

Numbers of a machine that does other work beside it mean nothing.
`;

export interface Asked {
  readonly sections: readonly SectionName[];
  readonly options: Options;
  readonly keep: string | undefined;
}

/** Reads the command line. Ends the program where it is wrong, and after --help. */
export function readOptions(words: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rows: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      workers: { type: 'string', default: '1,2,4' },
      traffic: { type: 'string', default: '150' },
      baseline: { type: 'string', default: '10' },
      minutes: { type: 'string', default: '60' },
      pgroll: { type: 'string' },
      'pg-osc': { type: 'string' },
      only: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return {
    sections: sectionsOf(positionals),
    keep: values.keep === undefined ? undefined : withReadme(values.keep),
    options: {
      rows: values.rows === undefined ? undefined : wholes('rows', values.rows),
      rounds: whole('rounds', values.rounds),
      workers: wholes('workers', values.workers),
      requestsPerSecond: whole('traffic', values.traffic),
      baselineMs: whole('baseline', values.baseline) * 1000,
      minutes: whole('minutes', values.minutes),
      only: values.only?.split(',').map((name) => oneOf('--only', name, subjects)),
      pgroll: program('pgroll', values.pgroll),
      pgOsc: program('pg-osc', values['pg-osc']),
    },
  };
}

function sectionsOf(asked: readonly string[]): readonly SectionName[] {
  if (asked.length === 0) return ['rates'];
  const chosen = asked.flatMap((name) => (name === 'all' ? usual : [oneOf('SECTION', name, names)]));
  return names.filter((name) => chosen.includes(name));
}

const wholes = (option: string, text: string): readonly number[] =>
  text.split(',').map((each) => whole(option, each));

function whole(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  return wrong(`--${option} is "${text}". Write a whole number above 0.`);
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  return known.find((each) => each === text) ?? wrong(`${option} is "${text}". Write ${known.join(', ')}.`);
}

function program(option: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return wrong(`--${option}: "${path}" cannot be run. Write the path of its program.`);
  }
}

function withReadme(folder: string): string {
  if (existsSync(join(folder, 'README.md'))) return folder;
  return wrong(`--keep: ${folder} has no README.md. Write the folder of the page, such as bench.`);
}

function wrong(message: string): never {
  process.stderr.write(`${message}\n`);
  return process.exit(2);
}
