import { cardOf, cardsOf, otherEnds, type Card, type Kind } from './cards.ts';
import { element, text, type Point } from './svg.ts';

const columns = 4;
const cardWidth = 222;
const gap = 38;
const margin = 24;
const lineHeight = 19;
const titleHeight = 34;
const rowGap = 58;

const heightOf = ({ lines }: Card): number => titleHeight + lines.length * lineHeight + 10;

interface Placed {
  readonly card: Card;
  readonly at: Point;
}

/** Row after row, as high as their highest card. */
function placed(
  cards: readonly Card[],
  top: number,
): { readonly cards: readonly Placed[]; readonly bottom: number } {
  const rows = Math.ceil(cards.length / columns);
  const result: Placed[] = [];
  let y = top;
  for (let row = 0; row < rows; row += 1) {
    const inRow = cards.slice(row * columns, (row + 1) * columns);
    inRow.forEach((card, column) => result.push({ card, at: { x: margin + column * (cardWidth + gap), y } }));
    y += Math.max(...inRow.map(heightOf)) + rowGap;
  }
  return { cards: result, bottom: y };
}

const marks: Readonly<Record<Kind, string>> = {
  task: '●',
  choice: '◆',
  hold: '◷',
  machine: '▣',
  loop: '↻',
  wait: '◷',
  end: '■',
  stop: '■',
};

function drawn({ card, at }: Placed): string {
  const tone = card.title === 'Rollback' || card.title === otherEnds ? 'back' : 'card';
  return element(
    'g',
    {},
    element('rect', {
      class: card.optional ? `${tone} optional` : tone,
      x: at.x,
      y: at.y,
      width: cardWidth,
      height: heightOf(card),
      rx: 8,
    }),
    text(card.title, { class: 'title', x: at.x + 14, y: at.y + 22 }),
    ...card.lines.map(({ name, kind, depth }, index) => {
      const y = at.y + titleHeight + 10 + index * lineHeight;
      const x = at.x + 14 + depth * 14;
      return text(marks[kind], { class: kind, x, y }) + text(name, { x: x + 17, y });
    }),
  );
}

/** From one card to the next: to the right, or down to the next row. */
function arrow(from: Placed, to: Placed): string {
  const start = { x: from.at.x + cardWidth, y: from.at.y + 18 };
  const end = { x: to.at.x, y: to.at.y + 18 };
  if (from.at.y === to.at.y)
    return element('path', { class: 'way', d: `M${start.x} ${start.y}H${end.x - 3}` });
  const side = start.x + gap / 2;
  const between = to.at.y - rowGap / 3;
  return element('path', {
    class: 'way',
    d: `M${start.x} ${start.y}H${side}V${between}H${margin / 2}V${end.y}H${end.x - 3}`,
  });
}

// With the width of each, as far as a font can be known.
const legend: readonly (readonly [Kind, string, number])[] = [
  ['task', 'runs a function', 136],
  ['machine', 'runs a nested machine', 174],
  ['hold', 'waits until a deadline', 170],
  ['choice', 'decides', 96],
  ['loop', 'for each', 96],
  ['stop', 'ends as failed', 0],
];

function legendLine(y: number): string {
  let x = margin;
  const parts = legend.map(([kind, says, width]) => {
    const part = text(marks[kind], { class: kind, x, y }) + text(says, { x: x + 17, y });
    x += width;
    return part;
  });
  return parts.join('') + text('dashed: only where the plan has it', { x: x + 128, y });
}

/** The machines of a migration as one picture. */
export function picture(machines: Readonly<Record<'migration' | 'gate' | 'verify', unknown>>): string {
  const all = cardsOf(machines.migration);
  const forward = placed(
    all.filter(({ title }) => title !== 'Rollback' && title !== otherEnds),
    margin,
  );
  const nested = [cardOf('Gate machine', machines.gate), cardOf('Verify machine', machines.verify)];
  const below = placed(
    [...all.filter(({ title }) => title === 'Rollback' || title === otherEnds), ...nested],
    forward.bottom,
  );
  const width = margin * 2 + columns * cardWidth + (columns - 1) * gap;
  const height = below.bottom + 6;
  const arrows = forward.cards.slice(1).map((each, index) => {
    const before = forward.cards[index];
    return before === undefined ? '' : arrow(before, each);
  });
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': 'The state machine of a migration, phase by phase',
    },
    element('style', {}, style),
    element('defs', {}, arrowHead),
    element('rect', { class: 'paper', width, height, rx: 12 }),
    ...arrows,
    ...forward.cards.filter(({ card }) => card.backs).map(backFrom),
    ...[...forward.cards, ...below.cards].map(drawn),
    legendLine(height - 22),
  );
}

/** A frame's Catch: drawn as the start of the way only, since all of them lead to one place. */
function backFrom({ card, at }: Placed): string {
  const x = at.x + cardWidth - 58;
  const y = at.y + heightOf(card);
  return (
    element('path', { class: 'fails', d: `M${x} ${y}v18` }) +
    text('Rollback', { class: 'fails-to', x: x - 22, y: y + 31 })
  );
}

const arrowHead = ['way', 'fails']
  .map((name) =>
    element(
      'marker',
      { id: name, viewBox: '0 0 8 8', refX: 6, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' },
      element('path', { class: `${name}-head`, d: 'M0 0 8 4 0 8z' }),
    ),
  )
  .join('');

const style = `
text { font: 12.5px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2933 }
.title { font-size: 15px; font-weight: 600 }
.paper { fill: #fbfcfd }
.card { fill: #ffffff; stroke: #7b8794; stroke-width: 1.4 }
.optional { stroke-dasharray: 5 4 }
.back { fill: #fff5f5; stroke: #c53030; stroke-width: 1.4 }
.way { fill: none; stroke: #52606d; stroke-width: 1.6; marker-end: url(#way) }
.way-head { fill: #52606d }
.fails { fill: none; stroke: #c53030; stroke-width: 1.4; marker-end: url(#fails) }
.fails-head, .fails-to, .stop { fill: #c53030 }
.fails-to { font-size: 11px }
.task, .end { fill: #2f7d4f } .hold, .wait { fill: #b7791f } .machine { fill: #2b6cb0 } .loop, .choice { fill: #6b46c1 }
`;
