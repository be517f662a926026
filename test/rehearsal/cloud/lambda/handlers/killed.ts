import process from 'node:process';

// Whoever kills it does so before it is ready.
process.kill(process.pid, 'SIGKILL');

export const handler = (): Promise<string> => Promise.resolve('never');
