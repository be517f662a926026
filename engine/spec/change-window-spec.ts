import * as z from 'zod';
import { minutesLeft, type AvoidedHours } from './change-window.ts';
import { faultMessage, describeValue, printable, type Fault } from './fault.ts';
import { nearest } from '../words/nearest.ts';
import { refuse, section, valueMessage, textMessage, whenSound } from './spec-fields.ts';

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
const dayPattern = `(?:${days.join('|')})`;
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const span = `${dayPattern}(?:-${dayPattern})?`;
/** `Mon-Fri 08:00-18:00`, `Sat,Sun 00:00-24:00`, `22:00-06:00` for every day. */
const pattern = `^(?:(${span}(?:,${span})*) )?(${time})-(${time}|24:00)$`;

const hoursAbout = {
  is: 'Hours in which no step is started: days and times by the wall clock of `timeZone`; without days, every day.',
  example: 'Mon-Fri 08:00-18:00',
};

const hours = z
  .string({ error: textMessage('days and times', hoursAbout) })
  .meta({ description: hoursAbout.is, examples: [hoursAbout.example], pattern })
  .transform((written, context): AvoidedHours => {
    const [, on, from = '', until = ''] = new RegExp(pattern, 'u').exec(written) ?? [];
    if (until === '') return refuse(context, notHours(written));
    const parsed = { days: daysOf(on), from: minutes(from), until: minutes(until), written };
    return parsed.from === parsed.until ? refuse(context, noTime(written)) : parsed;
  });

const notHours = (written: string): Fault => ({
  fact: `\`${printable(written)}\` is not hours of a week.`,
  remedy: `Write days and times, such as \`${hoursAbout.example}\`, \`Sat,Sun 00:00-24:00\` or \`22:00-06:00\`.`,
});

const noTime = (written: string): Fault => ({
  fact: `\`${printable(written)}\` ends where it begins.`,
  remedy: 'Write `00:00-24:00` for whole days.',
});

function daysOf(written = 'Mon-Sun'): readonly number[] {
  const listed = written.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const from = indexOf(first);
    // `Sat-Mon` goes over Sunday.
    const count = ((indexOf(last) - from + 7) % 7) + 1;
    return Array.from({ length: count }, (_, n) => ((from + n) % 7) + 1);
  });
  return [...new Set(listed)].toSorted((a, b) => a - b);
}

const indexOf = (day: string): number => days.findIndex((each) => each === day);
const minutes = (written: string): number => Number(written.slice(0, 2)) * 60 + Number(written.slice(3));

const notBeforeAbout = {
  is: 'The moment before which no step is started, with its offset from UTC. A migration that is started sooner waits.',
  example: '2026-12-01T06:00:00Z',
};
const notBefore = z.iso
  .datetime({
    offset: true,
    error: (issue) =>
      typeof issue.input === 'string'
        ? faultMessage({
            fact: `${describeValue(issue.input)}, not a moment with its offset from UTC.`,
            remedy: `Write \`${notBeforeAbout.example}\` or \`2026-12-01T07:00:00+01:00\`.`,
          })
        : textMessage('a moment', notBeforeAbout)(issue),
  })
  .meta({ description: notBeforeAbout.is, examples: [notBeforeAbout.example] })
  .transform((written) => new Date(written).toISOString());

const zoneAbout = {
  is: 'The time zone of `avoid`, by its IANA name.',
  example: 'Europe/Berlin',
};
const timeZone = z
  .string({ error: textMessage('the name of a time zone', zoneAbout) })
  .meta({ description: zoneAbout.is, examples: [zoneAbout.example] })
  .transform((written, context) => (isZone(written) ? written : refuse(context, unknownZone(written))));

function unknownZone(written: string): Fault {
  const near = nearest(written, Intl.supportedValuesOf('timeZone'));
  const fact = `\`${printable(written)}\` is not a time zone.`;
  return {
    fact,
    remedy:
      near === undefined
        ? `Write its IANA name, such as \`${zoneAbout.example}\`.`
        : `Did you mean \`${near}\`?`,
  };
}

// A fixed offset like `+01:00` is a zone for Intl, but not one that knows summer.
function isZone(name: string): boolean {
  if (!/^[A-Za-z]/u.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const mostHours = 50;

/** When a migration may take its steps. */
export const changeWindow = section(
  {
    notBefore: z.exactOptional(notBefore),
    avoid: z
      .array(hours, { error: valueMessage('a list', { is: '', example: "['Mon-Fri 08:00-18:00']" }) })
      .max(mostHours, {
        error: faultMessage({
          fact: `There are more than ${mostHours} entries.`,
          remedy: 'Put days together, such as `Mon-Fri 08:00-18:00`.',
        }),
      })
      .refine((avoided) => minutesLeft(avoided) > 0, {
        error: faultMessage({
          fact: 'These hours leave no minute of the week.',
          remedy: 'Leave some hours in which the migration may go on.',
        }),
      })
      .prefault([])
      .meta({ description: 'Hours in which phases wait and workers pause; what has begun is finished.' }),
    timeZone: z.exactOptional(timeZone),
  },
  {
    is: 'When the migration may take its steps. If left out, at any time.',
    example: "{ avoid: ['Mon-Fri 08:00-18:00'], timeZone: Europe/Berlin }",
  },
)
  .superRefine(
    ({ avoid, timeZone: zone }, context) => {
      if (avoid.length === 0 || zone !== undefined) return;
      const fact = 'Hours are given, but not by whose clock.';
      const remedy = `Write \`timeZone: ${zoneAbout.example}\` or \`timeZone: UTC\`.`;
      context.addIssue({ code: 'custom', path: ['avoid'], message: faultMessage({ fact, remedy }) });
    },
    { when: whenSound('avoid', 'timeZone') },
  )
  .transform((written) => ({ ...written, timeZone: written.timeZone ?? 'UTC' }));
