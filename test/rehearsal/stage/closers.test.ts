import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { Closers } from '../../../rehearsal/stage/closers.ts';

function recorded() {
  const log: string[] = [];
  const part = (name: string) => ({
    close: () => {
      log.push(name);
      return Promise.resolve();
    },
  });
  return { log, part };
}

test('what was opened is closed newest first, and once', async () => {
  const { log, part } = recorded();
  const closers = new Closers();
  await closers.add(part('database'));
  await closers.add(part('cloud'));
  await Promise.all([closers.close(), closers.close()]);
  expect(log).toEqual(['cloud', 'database']);
});

test('one that fails to close keeps none of the others open', async () => {
  const { log, part } = recorded();
  const closers = new Closers();
  await closers.add(part('database'));
  closers.later(() => Promise.reject(new Error('stuck')));
  await expect(closers.close()).rejects.toThrow('not everything could be closed cleanly');
  expect(log).toEqual(['database']);
});

test('what is still being opened while all is closed is waited for, closed, and given to nobody', async () => {
  const { log, part } = recorded();
  const closers = new Closers();
  const opening = new EventEmitter();
  const adding = closers.add(once(opening, 'open').then(() => part('late server')));
  const refused = expect(adding).rejects.toMatchObject({ name: 'Interrupted' });
  const closing = closers.close();
  opening.emit('open');
  await closing;
  expect(log).toEqual(['late server']);
  await refused;
});

test('what is opened after all was closed is closed at once', async () => {
  const { log, part } = recorded();
  const closers = new Closers();
  await closers.close();
  await expect(closers.add(part('too late'))).rejects.toMatchObject({ name: 'Interrupted' });
  expect(log).toEqual(['too late']);
});
