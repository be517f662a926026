import { expect, test } from 'vitest';
import { warningLines } from '../../../rehearsal/screen/warning-lines.ts';

const long =
  'COPY public.users FROM without a list of columns fails from expand on. Name the columns before the start';

test('a terminal shows a line for each warning, and says where the whole of it is', () => {
  expect(warningLines([long, 'short'], 40)).toEqual([
    '  2 warnings, whole in the report:',
    '    ! COPY public.users FROM without a…',
    '    ! short',
  ]);
});

test('elsewhere than on a terminal they are whole', () => {
  expect(warningLines([long], Number.POSITIVE_INFINITY)).toEqual([`  warning: ${long}`]);
});

test('a plan without warnings says nothing of them', () => {
  expect(warningLines([], 80)).toEqual([]);
});
