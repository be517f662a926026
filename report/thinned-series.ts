/** A value at a time, in milliseconds since the epoch; null where there is none. */
export interface Sample {
  readonly atMs: number;
  readonly value: number | null;
}

/**
 * A series with few enough points to be drawn: of each stretch of time its first, lowest, highest and last are kept, so
 * that no spike is lost; a gap stays a gap. Drawn at the same width, it is the same picture.
 */
export function thinnedSeries(samples: readonly Sample[], most: number): readonly Sample[] {
  if (samples.length <= most) return samples;
  const first = samples[0]?.atMs ?? 0;
  const span = Math.max(1, (samples.at(-1)?.atMs ?? first) - first);
  const stretches = Math.max(1, Math.floor(most / 5));
  const kept: Sample[] = [];
  for (const stretch of byStretch(samples, (atMs) => Math.floor(((atMs - first) / span) * stretches)))
    kept.push(...extremes(stretch));
  return kept;
}

function* byStretch(
  samples: readonly Sample[],
  stretchOf: (atMs: number) => number,
): Generator<readonly Sample[]> {
  let from = 0;
  for (let at = 1; at <= samples.length; at += 1) {
    const [here, next] = [samples[at - 1], samples[at]];
    if (here && next && stretchOf(here.atMs) === stretchOf(next.atMs)) continue;
    yield samples.slice(from, at);
    from = at;
  }
}

function extremes(stretch: readonly Sample[]): readonly Sample[] {
  const keep = new Set<Sample | undefined>([stretch[0], stretch.at(-1)]);
  let low: Sample | undefined;
  let high: Sample | undefined;
  for (const sample of stretch) {
    if (sample.value === null) continue;
    if (low?.value === undefined || low.value === null || sample.value < low.value) low = sample;
    if (high?.value === undefined || high.value === null || sample.value > high.value) high = sample;
  }
  keep.add(low).add(high);
  // One gap a stretch is enough to break the line.
  keep.add(stretch.find(({ value }) => value === null));
  return stretch.filter((sample) => keep.has(sample));
}
