import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { bundles, lambda, source, untilBusy } from './scene.ts';
import { eventually } from '../../../eventually.ts';

describe('the end', () => {
  test('an aborted caller is let go while the function runs on', async () => {
    const { service } = lambda();
    const controller = new AbortController();
    const call = service.invoke('sample', { do: 'forever' }, controller.signal);
    call.catch(() => undefined);
    await untilBusy(service);
    controller.abort(new Error('the service closes'));
    await expect(call).rejects.toThrow('the service closes');
    expect(service.running()).toHaveLength(1);
    expect(service.unanswered()).toEqual([{ name: 'sample', payload: { do: 'forever' } }]);
  });

  test('an invocation is unanswered while its sandbox starts, and until it answers', async () => {
    const { service } = lambda();
    const controller = new AbortController();
    const call = service.invoke('sample', { do: 'pid' }, controller.signal);
    call.catch(() => undefined);
    controller.abort();
    await expect(call).rejects.toThrow();
    expect(service.running()).toEqual([]);
    expect(service.unanswered()).toEqual([{ name: 'sample', payload: { do: 'pid' } }]);
    await eventually(() => expect(service.unanswered()).toEqual([]));
  });

  test('no sandbox outlives a parent that was killed', async () => {
    const parent = spawn(process.execPath, [
      '--import',
      'tsx',
      source('parent'),
      bundles.get('sample') ?? '',
    ]);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [pid] = z.tuple([z.coerce.number()]).parse(await once(createInterface(parent.stdout), 'line'));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => expect(isAlive(pid)).toBe(false));
  });

  test('close leaves no process behind', async () => {
    const { service, wish } = lambda();
    const pid = Number(await wish({ do: 'pid' }));
    await service.close();
    expect(isAlive(pid)).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
