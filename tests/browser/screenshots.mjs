// Makes the pictures of the README: the undecided front page on a desktop and on a phone, and the privacy centre.
//
//   node tests/browser/screenshots.mjs docs/pictures [language]
//
// The language is that of the browser, `ru-RU` unless told. NEWS_SITE: the example's binary. CHROMIUM: the browser.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BINARY = process.env.NEWS_SITE ?? fileURLToPath(new URL('../../target/release/examples/news_site', import.meta.url));
const [directory, locale = 'ru-RU'] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node screenshots.mjs DIRECTORY [LANGUAGE]');
  process.exit(2);
}

const PICTURES = [
  { file: 'front-1280x800.png', path: '/', viewport: { width: 1280, height: 800 }, fullPage: false },
  { file: 'front-375x667.png', path: '/', viewport: { width: 375, height: 667 }, fullPage: false },
  { file: 'centre-1280x800.png', path: '/_consent/', viewport: { width: 1280, height: 800 }, fullPage: true },
];

async function addressOf(site) {
  for await (const line of createInterface({ input: site.stdout })) {
    const found = line.match(/http:\/\/127\.0\.0\.1:\d+(?=\/)/);
    if (found) return found[0];
  }
  throw new Error(`${BINARY} ended before it listened`);
}

const store = await mkdtemp(join(tmpdir(), 'news-site-'));
const site = spawn(BINARY, ['--listen', '127.0.0.1:0', '--store', store], { stdio: ['ignore', 'pipe', 'inherit'] });
await once(site, 'spawn');
const ended = once(site, 'close');
let browser;
try {
  const base = await addressOf(site);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      // No other host is reached.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      // Chromium has no sandbox for root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  await mkdir(directory, { recursive: true });
  for (const { file, path, viewport, fullPage } of PICTURES) {
    const context = await browser.newContext({ locale, viewport, colorScheme: 'light', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const answer = await page.goto(base + path, { waitUntil: 'load' });
    if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
    await page.screenshot({ path: join(directory, file), fullPage });
    console.log(join(directory, file));
    await context.close();
  }
} finally {
  await browser?.close();
  site.kill('SIGINT');
  await ended;
  await rm(store, { recursive: true, force: true });
}
