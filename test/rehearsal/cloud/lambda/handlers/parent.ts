import process from 'node:process';
import { startLambda } from '../../../../../rehearsal/cloud/lambda/lambda.ts';

// Started as a process of its own, to be killed while its sandbox is busy. Prints the sandbox's process id.
const functions = new Map([['sample', { file: process.argv[2] ?? '', timeoutMs: 600_000 }]]);
const service = startLambda({ functions, environment: {} });
const { payload } = await service.invoke('sample', { do: 'pid' });
void service.invoke('sample', { do: 'forever' });
console.log(payload);
