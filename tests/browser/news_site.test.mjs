// Drives the example news site with a real browser and looks at what the browser asks the network for.
//
//   cargo build --release --example news_site
//   node --test tests/browser/news_site.test.mjs
//
// NEWS_SITE: the example's binary. CHROMIUM: the browser.
//
// Nothing here reaches the real network. Requests to other hosts are answered by fakes, and every host name
// resolves to a local socket, which also tells of connections that no request shows (`preconnect`).

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const BINARY = process.env.NEWS_SITE ?? fileURLToPath(new URL('../../target/release/examples/news_site', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE = 10_000;

const GATED = ['mc.yandex.ru', 'mc.webvisor.org', 'top-fwz1.mail.ru', 'counter.yadro.ru', 'smi2.ru', 'smi2.net'];
const GATED_WITH_SUBDOMAINS = ['smi2.ru', 'smi2.net'];

const REFUSE = '#tc button[name=choice][value=refuse]';
const ACCEPT = '#tc button[name=choice][value=accept]';
const SAVE = '#tc button[name=choice][value=save]';

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const RAN = 'window.__ran = (window.__ran || []).concat(document.currentScript ? document.currentScript.src : location.href);';

function isGated(url) {
  const { hostname } = new URL(url);
  return GATED.includes(hostname) || GATED_WITH_SUBDOMAINS.some((host) => hostname.endsWith(`.${host}`));
}

function isHost(url, host) {
  const { hostname } = new URL(url);
  return hostname === host || hostname.endsWith(`.${host}`);
}

// --- the example server -------------------------------------------------------------------------------------------

async function startSite() {
  const store = await mkdtemp(join(tmpdir(), 'news-site-'));
  const child = spawn(BINARY, ['--listen', '127.0.0.1:0', '--store', store], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { complaints += text; });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const address = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
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

// --- the visitor --------------------------------------------------------------------------------------------------

/** Stands in for every other host of the world and keeps the first bytes sent to it; those of TLS name the host. */
async function startSink() {
  const sockets = new Set();
  const heard = [];
  const server = createServer((socket) => {
    const index = heard.push('') - 1;
    sockets.add(socket);
    socket.on('data', (bytes) => { heard[index] += bytes.toString('latin1'); });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    gatedHosts: (since = 0) => GATED.filter((host) => heard.slice(since).some((bytes) => bytes.includes(host))),
    count: () => heard.length,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function fake(route) {
  const request = route.request();
  const headers = { 'access-control-allow-origin': '*' };
  if (request.resourceType() === 'script') {
    const cookie = isHost(request.url(), 'mc.yandex.ru') ? "document.cookie = '_ym_uid=1; path=/; max-age=86400';" : '';
    return route.fulfill({ headers, contentType: 'text/javascript', body: `${RAN}${cookie}` });
  }
  if (request.resourceType() === 'image') {
    return route.fulfill({ headers, contentType: 'image/gif', body: GIF });
  }
  return route.fulfill({ headers, contentType: 'text/plain', body: '' });
}

/** A visitor who has never been here: a browser of their own, so that no connection of another test is counted. */
async function visit(base, options, scenario) {
  const sink = await startSink();
  let context;
  try {
    // A profile of its own (temporary), not an incognito context: in those Chromium ignores `preconnect`.
    context = await chromium.launchPersistentContext('', {
      executablePath: CHROMIUM,
      headless: true,
      locale: 'ru-RU',
      viewport: { width: 1280, height: 800 },
      args: [
        `--host-resolver-rules=MAP * 127.0.0.1:${sink.port}, EXCLUDE 127.0.0.1`,
        // Chromium has no sandbox for root.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    await context.route((url) => url.hostname !== '127.0.0.1', fake);
    const requests = [];
    context.on('request', (request) => requests.push({ url: request.url(), type: request.resourceType() }));
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const { url } = message.location();
      if (!url.endsWith('/favicon.ico')) errors.push(`${message.text()} (${url})`);
    });
    await scenario(visitor({ base, context, page, requests, errors, sink }));
  } finally {
    await context?.close();
    await sink.stop();
  }
}

function visitor({ base, context, page, requests, errors, sink }) {
  let seen = 0;
  let contacted = 0;
  const banner = page.locator('section#tc');
  return {
    context,
    page,
    banner,
    errors,
    /** From here on only what happens next counts. */
    forget() {
      seen = requests.length;
      contacted = sink.count();
    },
    gated: () => requests.slice(seen).filter(({ url }) => isGated(url)),
    async open(path) {
      const response = await page.goto(base + path, { waitUntil: 'load' });
      assert.equal(response.status(), 200, path);
      await page.waitForLoadState('networkidle');
    },
    async reload() {
      await page.reload({ waitUntil: 'load' });
      await page.waitForLoadState('networkidle');
    },
    async bannerGone() {
      await banner.waitFor({ state: 'hidden' });
      await page.waitForLoadState('networkidle');
    },
    async nothingGated(when) {
      await page.waitForLoadState('networkidle');
      assert.deepEqual(requests.slice(seen).filter(({ url }) => isGated(url)), [], `requests ${when}`);
      assert.deepEqual(sink.gatedHosts(contacted), [], `connections ${when}`);
    },
    async asked(what, wanted) {
      const deadline = Date.now() + PATIENCE;
      while (!requests.slice(seen).some(wanted)) {
        const list = requests.slice(seen).map(({ url }) => url).join('\n  ');
        assert.ok(Date.now() < deadline, `${what} was not requested, only\n  ${list}`);
        await sleep(50);
      }
    },
    async connected(host) {
      const deadline = Date.now() + PATIENCE;
      while (!sink.gatedHosts(contacted).includes(host)) {
        assert.ok(Date.now() < deadline, `no connection to ${host}`);
        await sleep(50);
      }
    },
    async cookieNames() {
      return (await context.cookies()).map(({ name }) => name);
    },
  };
}

async function insideViewport(page, selector) {
  const box = await page.locator(selector).boundingBox();
  const { width, height } = page.viewportSize();
  assert.ok(box, `${selector} has no box`);
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  assert.ok(
    box.x >= 0 && box.y >= 0 && right <= width && bottom <= height,
    `${selector} (${box.x},${box.y})-(${right},${bottom}) is outside ${width}x${height}`,
  );
}

const metrikaScript = ({ url }) => isHost(url, 'mc.yandex.ru') && new URL(url).pathname === '/metrika/tag.js';
const metrikaPixel = ({ url }) => isHost(url, 'mc.yandex.ru') && new URL(url).pathname.startsWith('/watch/');
const topMailRuScript = ({ url }) => isHost(url, 'top-fwz1.mail.ru') && new URL(url).pathname === '/js/code.js';
const smi2 = ({ url }) => isHost(url, 'smi2.ru') || isHost(url, 'smi2.net');
const smi2Script = (request) => request.type === 'script' && smi2(request);

// --- the tests ----------------------------------------------------------------------------------------------------

let site;

before(async () => { site = await startSite(); });
after(async () => {
  const { code, signal, complaints } = await site.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `SIGINT must end the example with 0\n${complaints}`);
});

for (const javaScriptEnabled of [true, false]) {
  describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    const options = { javaScriptEnabled };

    for (const viewport of [{ width: 1280, height: 800 }, { width: 375, height: 667 }]) {
      test(`asks first, ${viewport.width}x${viewport.height}`, () => visit(site.base, { ...options, viewport }, async (v) => {
        await v.open('/');
        await v.nothingGated('before the choice');
        assert.ok(await v.banner.isVisible(), 'the banner is visible');
        for (const selector of ['section#tc', ACCEPT, REFUSE]) await insideViewport(v.page, selector);
        // Without script a browser builds the `div` of the counter's `noscript` in `head` as the first of `body`.
        const first = javaScriptEnabled ? 'body > section#tc:first-child' : 'body > section#tc';
        assert.equal(await v.page.locator(first).count(), 1, 'the banner comes first in the page');
        assert.equal(await v.page.locator('#tc input[name=purpose]:checked:not(:disabled)').count(), 0, 'nothing is ticked in advance');
        for (const document of ['consent', 'policy']) {
          const link = v.page.locator(`#tc a[href^="/_consent/documents/${document}"]`).first();
          const answer = await v.context.request.get(new URL(await link.getAttribute('href'), site.base).href);
          assert.equal(answer.status(), 200, document);
        }
        await v.open('/article/1');
        await v.nothingGated('on an article before the choice');
        assert.ok(await v.banner.isVisible(), 'the banner is visible on an article');
        assert.deepEqual(v.errors, []);
      }));
    }

    test('keeps a refusal', () => visit(site.base, options, async (v) => {
      await v.open('/');
      const url = v.page.url();
      await v.page.locator(REFUSE).click();
      await v.bannerGone();
      assert.equal(v.page.url(), url);
      await v.nothingGated('after the refusal');
      await v.reload();
      assert.ok(!(await v.banner.isVisible()), 'the banner stays away');
      await v.open('/article/1');
      assert.ok(!(await v.banner.isVisible()), 'the banner stays away on an article');
      await v.nothingGated('on the pages after the refusal');
      assert.deepEqual(v.errors, []);
    }));

    test('lets everything run after consent and stops it after withdrawal', () => visit(site.base, options, async (v) => {
      await v.open('/');
      await v.nothingGated('before the choice');
      const url = v.page.url();
      await v.page.locator(ACCEPT).click();
      await v.bannerGone();
      assert.equal(v.page.url(), url);
      if (javaScriptEnabled) {
        await v.asked('the script of Yandex Metrika', metrikaScript);
        await v.asked('the script of Top.Mail.Ru', topMailRuScript);
        await v.asked('a script of SMI2', smi2Script);
        await v.page.waitForFunction(() => (window.__ran ?? []).length > 0);
        await v.page.waitForFunction(() => document.cookie.includes('_ym_uid='));
      } else {
        await v.asked('the pixel of Yandex Metrika', metrikaPixel);
        // What the counter left when the visitor still had JavaScript on.
        await v.context.addCookies([{ name: '_ym_uid', value: '1', url: site.base }]);
      }
      // The hint is back as well; this also shows that the socket would have heard it before.
      await v.connected('mc.yandex.ru');
      assert.ok((await v.cookieNames()).includes('_ym_uid'));

      await v.open('/_consent/');
      v.forget();
      const withdrawn = v.page.waitForResponse((answer) => new URL(answer.url()).pathname === '/_consent/withdraw');
      await v.page.locator('form[action="/_consent/withdraw"] button').first().click();
      assert.ok((await withdrawn).status() < 400, 'the withdrawal is accepted');
      await v.page.waitForLoadState('load');
      await v.open('/');
      await v.nothingGated('after the withdrawal');
      assert.ok(!(await v.cookieNames()).includes('_ym_uid'), 'the cookie of the counter is gone');
      await v.reload();
      await v.nothingGated('on a reload after the withdrawal');
    }));

    test('takes a choice of single purposes', () => visit(site.base, options, async (v) => {
      await v.open('/');
      await v.page.locator('#tc details > summary').click();
      const metrics = v.page.locator('#tc input[name=purpose][value=metrics]');
      const recommendations = v.page.locator('#tc input[name=purpose][value=recommendations]');
      assert.ok(!(await metrics.isChecked()) && !(await recommendations.isChecked()), 'nothing is ticked in advance');
      await metrics.check();
      await v.page.locator(SAVE).click();
      await v.bannerGone();
      await v.asked('Yandex Metrika', javaScriptEnabled ? metrikaScript : metrikaPixel);
      await v.reload();
      assert.deepEqual(v.gated().filter(smi2), [], 'SMI2 was not allowed');

      await v.open('/_consent/');
      assert.ok(await v.page.locator('input[name=purpose][value=metrics]').first().isChecked(), 'the centre shows the choice');
      assert.ok(!(await v.page.locator('input[name=purpose][value=recommendations]').first().isChecked()), 'the centre shows the choice');
    }));

    test('can be refused from the keyboard', () => visit(site.base, options, async (v) => {
      await v.open('/');
      const focused = v.page.locator(`${REFUSE}:focus`);
      let steps = 0;
      while ((await focused.count()) === 0) {
        steps += 1;
        // The banner is the first thing in the page: nothing may have to be walked through before it.
        assert.ok(steps <= 12, 'the refusal is not reached by Tab');
        await v.page.keyboard.press('Tab');
      }
      await v.page.keyboard.press('Enter');
      await v.bannerGone();
      await v.nothingGated('after the refusal');
      await v.reload();
      assert.ok(!(await v.banner.isVisible()), 'the banner stays away');
      await v.nothingGated('on a reload after the refusal');
    }));
  });
}
