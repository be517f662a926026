#!/usr/bin/env node
// Node 20 is what a developer's machine may have; the deployed functions run on a newer one.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

import { run } from '../cli/program.ts';
import { terminalScreen } from '../cli/screen.ts';
import { rehearse } from '../rehearsal/command.ts';

// `underpin plan … | head` closes the pipe when it has seen enough; that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const { stdin: input, stdout: output, stderr: errors } = process;
process.exitCode = await run(process.argv.slice(2), terminalScreen({ input, output, errors }), [rehearse]);
