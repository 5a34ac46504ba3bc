// Starts the example news site on a free port of this machine, with the sample policy or a changed copy of it.
//
// NEWS_SITE: the example's binary, with the feature `dashboard`. FAULTS: the one that invents logs.
// PAGES_SITE: the one that serves stored pages. CHROMIUM: the browser.

import { execFileSync, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BINARY = process.env.NEWS_SITE ?? fileURLToPath(new URL('../../target/release/examples/news_site', import.meta.url));
const FAULTS = process.env.FAULTS ?? fileURLToPath(new URL('../../target/release/examples/faults', import.meta.url));
const PAGES = process.env.PAGES_SITE ?? fileURLToPath(new URL('../../target/release/examples/pages', import.meta.url));
const POLICY = fileURLToPath(new URL('../../policies/news-site', import.meta.url));
const PATIENCE = 10_000;

/** The token of the dashboards that are started here. */
export const TOKEN = 'a-token-for-tests-only';

/**
 * `policy`: what is added to the end of `policy.toml`, or a function of its text. `dashboard`: whether the dashboard is
 * started too. `sample`: for how many days the log is filled with invented choices beforehand. `pages`: a folder of stored
 * pages, or their names and texts, that are served in the place of the news site.
 */
export async function startSite({ policy, dashboard = false, sample, pages } = {}) {
  const store = await mkdtemp(join(tmpdir(), 'news-site-'));
  const folder = join(store, 'policy');
  await cp(POLICY, folder, { recursive: true });
  const file = join(folder, 'policy.toml');
  const change = async (how) => {
    const text = await readFile(file, 'utf8');
    await writeFile(file, typeof how === 'function' ? how(text) : `${text}\n${how}\n`);
  };
  if (policy) await change(policy);
  if (sample) execFileSync(FAULTS, ['sample', join(store, 'log'), `${sample}`, '60'], { stdio: 'ignore', env: { SEED: '7' } });
  const admin = dashboard ? ['--admin', '127.0.0.1:0'] : [];
  if (typeof pages === 'object') {
    for (const [name, text] of Object.entries(pages)) await writeFile(join(store, name), text);
  }
  const [binary, others] = pages
    ? [PAGES, ['--pages', typeof pages === 'string' ? pages : store]]
    : [BINARY, ['--listen', '127.0.0.1:0', '--store', join(store, 'log'), ...admin]];
  const child = spawn(binary, [...others, '--policy', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CONSENT_ADMIN_TOKEN: TOKEN },
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
      const found = told.match(/http:\/\/127\.0\.0\.1:\d+(?=\/)/g) ?? [];
      if (found.length > (dashboard ? 1 : 0)) resolve(found);
    });
  });
  // An example that stays silent is ended, which the second promise then tells.
  const silent = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
  const [base, adminBase] = await Promise.race([
    address,
    ended.then(({ code, signal }) => { throw new Error(`${binary} told no address (${code ?? signal})\n${complaints}`); }),
  ]).finally(() => clearTimeout(silent));
  return {
    base,
    /** Where the dashboard is, if it was started. */
    admin: dashboard ? adminBase : undefined,
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
