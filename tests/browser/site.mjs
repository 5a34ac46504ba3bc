// Starts the example news site on a free port of this machine, with the sample policy or a changed copy of it.
//
// NEWS_SITE: the example's binary. CHROMIUM: the browser.

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BINARY = process.env.NEWS_SITE ?? fileURLToPath(new URL('../../target/release/examples/news_site', import.meta.url));
const POLICY = fileURLToPath(new URL('../../policies/news-site', import.meta.url));
const PATIENCE = 10_000;

/** `policy`: what is added to the end of `policy.toml`, or a function of its text. */
export async function startSite({ policy } = {}) {
  const store = await mkdtemp(join(tmpdir(), 'news-site-'));
  const folder = join(store, 'policy');
  await cp(POLICY, folder, { recursive: true });
  const file = join(folder, 'policy.toml');
  const change = async (how) => {
    const text = await readFile(file, 'utf8');
    await writeFile(file, typeof how === 'function' ? how(text) : `${text}\n${how}\n`);
  };
  if (policy) await change(policy);
  const child = spawn(BINARY, ['--listen', '127.0.0.1:0', '--store', join(store, 'log'), '--policy', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { complaints += text; });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const address = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      told += `${line}\n`;
      const found = line.match(/http:\/\/127\.0\.0\.1:\d+(?=\/)/);
      if (found) resolve(found[0]);
    });
  });
  // An example that stays silent is ended, which the second promise then tells.
  const silent = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const base = await Promise.race([
    address,
    ended.then(({ code, signal }) => { throw new Error(`${BINARY} told no address (${code ?? signal})\n${complaints}`); }),
  ]).finally(() => clearTimeout(silent));
  return {
    base,
    store: join(store, 'log'),
    /** Puts a changed policy into force: waits until the site tells so. */
    async publish(how) {
      const before = told.length;
      await change(how);
      child.kill('SIGHUP');
      const deadline = Date.now() + PATIENCE;
      while (!/in force/.test(told.slice(before))) {
        if (Date.now() > deadline) throw new Error(`the policy was not put into force:\n${told.slice(before)}${complaints}`);
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
    },
    async stop() {
      child.kill('SIGINT');
      const stubborn = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      const end = await ended;
      clearTimeout(stubborn);
      await rm(store, { recursive: true, force: true });
      return { ...end, complaints };
    },
  };
}

/** A browser that reaches nothing but this machine. */
export function startBrowser(args = [], options = {}) {
  return chromium.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      // Chromium has no sandbox for root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...args,
    ],
  });
}
