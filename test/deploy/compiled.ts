import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export interface Parameter {
  Type: string;
  Default?: string | number;
  Description?: string;
  AllowedPattern?: string;
  AllowedValues?: string[];
  MinValue?: number;
  MaxValue?: number;
  MaxLength?: number;
}

export interface Template {
  Parameters?: Record<string, Parameter>;
  Conditions?: Record<string, unknown>;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Description?: string; Condition?: string }>;
}

export interface Compiled {
  template: Template;
  /** What the stack is created with before it is filled. */
  first: Template;
  /** Parameters that osls would send with every call, with the first as well. */
  sent: unknown;
  /** How deploy/bundle.ts was called; null = it was not. */
  bundled: string[] | null;
  /** Where somebody tried to connect to. */
  connections: string[];
}

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIME_LIMIT_MS = 50_000;

/** Stands in for the bundler, which has tests of its own: empty packages, and a note of how it was called. */
const BUNDLER = `
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
mkdirSync('.package', { recursive: true });
const names = readdirSync('functions').filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3));
for (const name of names) writeFileSync('.package/' + name + '.zip', name);
writeFileSync('bundled.json', JSON.stringify(process.argv.slice(2)));
`;

/** No connection leaves the process: each is noted and refused. */
const NO_NETWORK = `
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const { Socket } = require('node:net');
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...words) {
  const [to] = words.flat();
  if (to?.path !== undefined && to.host === undefined) return connect.apply(this, words);
  appendFileSync(join(__dirname, 'connections.txt'), JSON.stringify(to?.host ?? to) + '\\n');
  this.destroy(new Error('no network in this test'));
  return this;
};
`;

/** Compiles a template with osls in a folder of its own: without credentials, without a network, within a time limit. */
export async function compileTemplate(config: string, options: readonly string[] = []): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'finedrop-deploy-'));
  try {
    for (const name of ['deploy', 'functions', 'serverless.yml', 'serverless.us-east-1.yml']) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'home'));
    writeFileSync(join(folder, 'deploy/bundle.ts'), BUNDLER);
    writeFileSync(join(folder, 'no-network.cjs'), NO_NETWORK);
    await runOsls(folder, ['package', '--config', config, ...options]);
    const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return {
      template: read('.serverless/cloudformation-template-update-stack.json'),
      first: read('.serverless/cloudformation-template-create-stack.json'),
      sent: read('.serverless/serverless-state.json').service.provider.stackParameters,
      bundled: orNull(() => read('bundled.json')),
      connections: orNull(() => readFileSync(join(folder, 'connections.txt'), 'utf8').trim().split('\n')) ?? [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function runOsls(folder: string, options: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/osls/bin/serverless.js'), ...options], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: join(folder, 'home'),
      NODE_OPTIONS: `--require ${join(folder, 'no-network.cjs')}`,
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT_MS,
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`osls ended with ${signal ?? code}: ${said.join('')}`));
    });
  });
}
