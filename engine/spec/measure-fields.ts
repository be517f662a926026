import * as z from 'zod';
import { bytesPattern, parseBytes } from '../words/bytes.ts';
import { durationPattern, formatDuration, parseDuration } from '../words/duration.ts';
import { faultMessage, printable, type Fault } from './fault.ts';
import { formatPercentage, growthPattern, parsePercentage, sharePattern } from '../words/percentage.ts';
import { rangeFault, refuse, valueMessage, type About, type Issue } from './spec-fields.ts';

/** A duration in milliseconds, in whole multiples of `finest`, between two durations. */
function duration(about: About, [min, max]: readonly [string, string], finest: number) {
  return z
    .string({ error: (issue) => durationMessage(issue, about) })
    .meta({ description: about.is, examples: [about.example], pattern: durationPattern.source })
    .transform((written, context) => {
      const ms = parseDuration(written);
      if (ms === undefined) return refuse(context, durationFault(written, about));
      const inside = ms >= (parseDuration(min) ?? 0) && ms <= (parseDuration(max) ?? 0);
      if (!inside) return refuse(context, rangeFault(written, min, max));
      const whole = ms % finest === 0;
      return whole
        ? ms
        : refuse(context, {
            fact: `\`${printable(written)}\` is finer than a second.`,
            remedy: 'Write whole seconds.',
          });
    });
}

function durationMessage(issue: Issue, about: About): string {
  if (typeof issue.input === 'number') return faultMessage(durationFault(String(issue.input), about));
  return valueMessage('a duration', about)(issue);
}

function durationFault(written: string, { example }: About): Fault {
  const bare = /^\d+$/.test(written);
  const fact = bare
    ? `\`${printable(written)}\` has no unit.`
    : `\`${printable(written)}\` is not a duration.`;
  const meant = bare
    ? `\`${printable(written)}s\` for seconds or \`${printable(written)}ms\``
    : `\`${example}\``;
  return {
    fact,
    remedy: `Write whole numbers with the units d, h, m, s, ms, largest first, such as ${meant}.`,
  };
}

export function milliseconds(about: About, min: string, max: string) {
  return duration(about, [min, max], 1);
}

export function seconds(about: About, min: string, max: string) {
  return duration(about, [min, max], 1000).transform((ms) => ms / 1000);
}

/** A percentage as a share of 1. `growth` permits the plus of `+10%`. */
export function percentage(about: About, sort: 'share' | 'growth', max: number) {
  const pattern = sort === 'growth' ? growthPattern : sharePattern;
  return z
    .string({ error: valueMessage('a percentage', about) })
    .meta({ description: about.is, examples: [about.example], pattern: pattern.source })
    .transform((written, context) => {
      const share = pattern.test(written) ? parsePercentage(written) : undefined;
      if (share === undefined) {
        const fact = `\`${printable(written)}\` is not a percentage.`;
        return refuse(context, { fact, remedy: `Write a number and \`%\`, such as \`${about.example}\`.` });
      }
      return share <= max ? share : refuse(context, rangeFault(written, '0%', formatPercentage(max)));
    });
}

/** A size in bytes, between two sizes. */
export function bytes(about: About, min: string, max: string) {
  return z
    .string({ error: valueMessage('a size', about) })
    .meta({ description: about.is, examples: [about.example], pattern: bytesPattern.source })
    .transform((written, context) => {
      const size = parseBytes(written);
      if (size === undefined) {
        const fact = `\`${printable(written)}\` is not a size.`;
        const remedy = `Write a number and kB, MB, GB or TB, such as \`${about.example}\`.`;
        return refuse(context, { fact, remedy });
      }
      const inside = size >= (parseBytes(min) ?? 0) && size <= (parseBytes(max) ?? 0);
      return inside ? size : refuse(context, rangeFault(written, min, max));
    });
}

/** What is said when a value of a key sets a limit for another: the duration as a person writes it. */
export function secondsText(count: number): string {
  return formatDuration(count * 1000);
}
