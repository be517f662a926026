import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSwitch } from '../../client/index.ts';
import { parseFlags, withReadShare } from '../../engine/reads/flags.ts';
import { startAppConfigAgent } from '../../rehearsal/cloud/appconfig/agent.ts';
import { scene as appConfigScene } from '../rehearsal/cloud/appconfig/scene.ts';
import { agentScene, body, flag, pathsAt } from './scene.ts';
import { eventually } from '../eventually.ts';

// The code of docs/reads.md in a program that answers keys on stdin with paths on stdout.
const languages = {
  python: {
    tool: ['python3', '--version'],
    files: {
      'main.py': [
        'import sys',
        'from switch import ReadSwitch',
        'reads = ReadSwitch(sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000)',
        'for line in sys.stdin:',
        '    print(reads.path(line.rstrip("\\n")), flush=True)',
      ],
    },
    source: 'switch.py',
    build: undefined,
    run: ['python3', 'main.py'],
  },
  java: {
    tool: ['javac', '-version'],
    files: {
      'Main.java': [
        'import java.io.*; import java.nio.charset.StandardCharsets; import java.time.Duration;',
        'class Main { public static void main(String[] args) throws IOException {',
        '  var reads = new ReadSwitch(args[0], args[1], Duration.ofMillis(Long.parseLong(args[2])));',
        '  var keys = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));',
        '  for (String key; (key = keys.readLine()) != null; ) System.out.println(reads.path(key));',
        '} }',
      ],
    },
    source: 'ReadSwitch.java',
    build: ['javac', '-encoding', 'UTF-8', 'ReadSwitch.java', 'Main.java'],
    run: ['java', '-XX:TieredStopAtLevel=1', 'Main'],
  },
  go: {
    tool: ['go', 'version'],
    files: {
      'main.go': [
        'package main',
        'import ("bufio"; "fmt"; "os"; "strconv"; "time")',
        'func main() {',
        '  ms, _ := strconv.Atoi(os.Args[3])',
        '  reads := NewReadSwitch(os.Args[1], os.Args[2], time.Duration(ms) * time.Millisecond)',
        '  for keys := bufio.NewScanner(os.Stdin); keys.Scan(); { fmt.Println(reads.Path(keys.Text())) }',
        '}',
      ],
    },
    source: 'switch.go',
    build: ['go', 'build', '-o', 'main', 'switch.go', 'main.go'],
    run: ['./main'],
  },
} as const;
type Language = keyof typeof languages;

const refreshMs = 100;
const docs = await readFile('docs/reads.md', 'utf8');
const codeOf = (language: Language): string =>
  new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'su').exec(docs)?.[1] ?? '';

const isHere = ([tool, word]: readonly [string, string]): boolean => spawnSync(tool, [word]).status === 0;

/** The program of a language, built in a folder of its own. */
async function built(language: Language): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `underpin-${language}-`));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { files, source, build } = languages[language];
  await writeFile(join(folder, source), codeOf(language));
  for (const [name, lines] of Object.entries(files)) await writeFile(join(folder, name), lines.join('\n'));
  if (build === undefined) return folder;
  const [tool, ...words] = build;
  // A compiler takes its time on a busy machine; nothing of this process waits for it.
  expect((await promisify(execFile)(tool, words, { cwd: folder })).stderr).toBe('');
  return folder;
}

interface Asked {
  path(key: string): Promise<string>;
}

function started(language: Language, folder: string, url: string): Asked {
  const [tool, ...words] = languages[language].run;
  const child: ChildProcess = spawn(tool, [...words, flag, url, String(refreshMs)], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const waiting: ((path: string) => void)[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => waiting.shift()?.(line));
  return {
    path: (key) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin?.write(`${key}\n`);
      }),
  };
}

const keys = [
  ...Array.from({ length: 300 }, (_, key) => String(key)),
  'someone@example.com',
  '漢字',
  'a b=c,d',
];

async function answers(of: Asked): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const key of keys) paths.push(await of.path(key));
  return paths;
}

/**
 * Asks for each key until its path is the one expected. One look at all keys would not do: on a busy machine an answer
 * takes longer than a program's patience now and then, and for a while after that it asks for no key at all.
 */
async function comesToTake(of: Asked, expected: readonly string[]): Promise<void> {
  for (const [place, key] of keys.entries())
    await eventually(async () => expect(await of.path(key), key).toBe(expected[place]));
}

/** The rehearsal's AppConfig and agent, with the flag as the migrations write it. */
async function localAgent() {
  const appConfig = await appConfigScene({ type: 'AWS.AppConfig.FeatureFlags' });
  const agent = await startAppConfigAgent({ appConfigEndpoint: appConfig.endpoint });
  const strategy = await appConfig.strategy(0, 0);
  return {
    agent,
    url: `${agent.endpoint}/applications/shop/environments/live/configurations/switches`,
    move: async (percent: number): Promise<void> => {
      const version = await appConfig.store(withReadShare(parseFlags(undefined), flag, { percent }));
      const { DeploymentNumber = 0 } = await appConfig.deploy(version, strategy);
      await eventually(async () =>
        expect((await appConfig.deployment(DeploymentNumber)).State).toBe('COMPLETE'),
      );
      await agent.poll();
    },
  };
}

describe.each(Object.keys(languages).filter((name): name is Language => name in languages))(
  '%s',
  (language) => {
    const { tool } = languages[language];
    const here = isHere(tool);
    if (!here) console.warn(`${language} is not tested: there is no ${tool[0]} on this machine`);

    test.skipIf(!here)('takes the paths that the client for TypeScript takes, and keeps them', async () => {
      const folder = await built(language);
      const { agent, url, move } = await localAgent();
      const ours = readSwitch({ flag, agent: url, refreshMs, onEvent: () => {}, metrics: false });
      onTestFinished(() => ours.close());
      const theirs = started(language, folder, url);
      expect(new Set(await answers(theirs))).toEqual(new Set(['old']));
      for (const percent of [5, 25, 100]) {
        await move(percent);
        const paths = pathsAt(percent, keys);
        await eventually(() => expect(keys.map((key) => ours.pathOf(key))).toEqual(paths));
        await comesToTake(theirs, paths);
      }
      await agent.close();
      expect(new Set(await answers(theirs))).toEqual(new Set(['new']));
      expect(new Set(await answers(started(language, folder, url)))).toEqual(new Set(['old']));
    });

    test.skipIf(!here)('goes on by the last good answer whatever the agent says', async () => {
      const folder = await built(language);
      const good = body('{"enabled":true,"_variant":"new-100"}');
      const agent = await agentScene(good);
      onTestFinished(() => agent.close());
      const theirs = started(language, folder, agent.url);
      // The first question of a cold process may take longer than its patience.
      await eventually(async () => expect(await theirs.path('1')).toBe('new'));
      const bad = [
        body('{"enabled":true}', 500),
        body('<html>'),
        body('{"enabled":"yes"}'),
        body('null'),
        body('[]'),
        // Never: they give up by themselves.
        () => {},
      ];
      for (const answer of bad) {
        agent.answer = answer;
        const before = agent.asked.length;
        // Until it has asked, and once more.
        for (let looks = 0; looks < 2; looks += agent.asked.length > before ? 1 : 0) {
          expect(await theirs.path('1')).toBe('new');
          expect(await theirs.path('2')).toBe('old');
        }
      }
      agent.answer = good;
      await eventually(async () => expect(await theirs.path('2')).toBe('new'));
    });
  },
);
