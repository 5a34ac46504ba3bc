// What stands in the place of withheld frames, and what comes to life after a choice, in a real browser.
//
//   cargo build --release --example pages
//   node --test tests/browser/placeholder.test.mjs
//
// PAGES_SITE: the example's binary. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const page = (body) => `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Новости</title></head>
<body><main><h1>Новости</h1>${body}</main></body></html>`;
const FRAME = '<p>до</p><iframe width="560" height="315" src="https://smi2.ru/film?a=1&amp;b=2"></iframe><p id="behind">после</p>';
const STRICT = "Content-Security-Policy: default-src 'self'; script-src 'self' 'nonce-r4nd'; style-src 'self'; frame-src 'self' https://smi2.ru; "
  + "img-src 'self' https:; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";
const SCRIPTS = `<script>window.ran = [];</script>
<script src="https://smi2.ru/1.js"></script>
<script src="https://smi2.ru/2.js" defer></script>
<script>/* smi2.ru/data/js */ ran.push('inline'); (function(){var s=document.createElement('script');s.src='https://smi2.ru/data/js/7.js';document.head.append(s)})()</script>
<script src="https://smi2.ru/3.js" async></script>
<script type="module" src="https://smi2.ru/4.js"></script>
<script src="https://smi2.ru/5.js" onload="ran.push('onload 5')"></script>
<script src="https://smi2.ru/6.js"></script>
<img src="https://counter.yadro.ru/hit" alt="">
<iframe title="x" src="https://smi2.ru/frame" width="300" height="150"></iframe>`;
const PAGES = {
  'frame.html': page(FRAME),
  'strict.html': page(FRAME),
  'strict.headers': STRICT,
  'nonce.html': page('<p>x</p>'),
  'nonce.headers': "Content-Security-Policy: script-src 'nonce-r4nd'; style-src 'nonce-r4nd'; connect-src 'self'",
  'all.html': page(`<object data="https://smi2.ru/o" width="300" height="200"></object><embed src="https://smi2.ru/e" width="300" height="200">
<video src="https://smi2.ru/v" width="300" height="200"></video><iframe src="https://smi2.ru/small" width="200" height="90"></iframe>
<div style="position:relative;width:50%;padding-top:28%"><iframe src="https://smi2.ru/ratio" style="position:absolute;inset:0;width:100%;height:100%"></iframe></div>`),
  'scripts.html': page(SCRIPTS),
  'writer.html': page('<p>a</p><script>document.write("<script src=https://smi2.ru/w.js></scr"+"ipt>")/* smi2.ru/data/js createElement */</script><p>b</p>'),
};
const PLACE = 'iframe[srcdoc]';

describe('withheld frames', () => {
  let site;
  let browser;
  before(async () => { [site, browser] = await Promise.all([startSite({ pages: PAGES }), startBrowser()]); });
  after(() => Promise.all([site?.stop(), browser?.close()]));

  async function visit(path, options, steps) {
    const context = await browser.newContext({ locale: 'ru-RU', reducedMotion: 'reduce', ...options });
    try {
      const tab = await context.newPage();
      tab.asked = [];
      tab.errors = [];
      await context.route((url) => url.origin !== site.base, (route) => {
        const url = new URL(route.request().url());
        tab.asked.push(url.pathname);
        const script = /\.js$/.test(url.pathname);
        return route.fulfill(script
          ? { contentType: 'text/javascript', body: `(window.ran ??= []).push('${url.pathname}')`, headers: { 'access-control-allow-origin': '*' } }
          : { contentType: 'text/html', body: `<title>content</title><p id=content>content ${url.pathname}` });
      });
      tab.on('console', (message) => { if (message.type() === 'error') tab.errors.push(message.text()); });
      tab.on('pageerror', (error) => tab.errors.push(String(error)));
      await tab.goto(`${site.base}/${path}`, { waitUntil: 'load' });
      await steps(tab, context);
    } finally {
      await context.close();
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;
    test(`shows once what is asked for once, ${how}`, () => visit('frame.html', { javaScriptEnabled }, async (tab) => {
      assert.deepEqual(tab.asked, []);
      const box = await tab.locator(PLACE).boundingBox();
      assert.ok(box.width >= 560 && box.height >= 315, JSON.stringify(box));
      await tab.frameLocator(PLACE).getByRole('button', { name: 'Загрузить один раз' }).click();
      await tab.frameLocator(PLACE).locator('#content').waitFor();
      assert.deepEqual(tab.asked, ['/film']);
      assert.deepEqual(await tab.locator(PLACE).boundingBox(), box, 'nothing shifts');
      await tab.reload();
      await tab.frameLocator(PLACE).getByRole('button', { name: 'Загрузить один раз' }).waitFor();
      assert.deepEqual(tab.asked, ['/film'], 'nothing is remembered');
    }));

    test(`allows always, and only that purpose, ${how}`, () => visit('frame.html', { javaScriptEnabled }, async (tab, context) => {
      await tab.frameLocator(PLACE).getByRole('button', { name: 'Разрешать всегда' }).click();
      await tab.frameLocator('main iframe').locator('#content').waitFor();
      assert.equal(new URL(tab.url()).pathname, '/frame.html');
      const state = await (await context.request.get(`${site.base}/_consent/state`)).json();
      assert.deepEqual([state.granted, state.undecided], [['recommendations'], ['metrics']]);
    }));

    test(`works by keyboard, ${how}`, () => visit('frame.html', { javaScriptEnabled }, async (tab) => {
      await tab.frameLocator(PLACE).locator('button').first().focus();
      await tab.keyboard.press('Tab');
      assert.equal(await tab.frameLocator(PLACE).locator(':focus').textContent(), 'Разрешать всегда');
      await tab.keyboard.press('Shift+Tab');
      await tab.keyboard.press('Enter');
      await tab.frameLocator(PLACE).locator('#content').waitFor();
    }));

    test(`lives under a strict policy, ${how}`, () => visit('strict.html', { javaScriptEnabled }, async (tab) => {
      assert.deepEqual(tab.errors, []);
      const button = tab.frameLocator(PLACE).getByRole('button', { name: 'Загрузить один раз' });
      assert.equal(await button.evaluate((one) => getComputedStyle(one).fontWeight), '600', 'its style has come');
      await button.click();
      await tab.frameLocator(PLACE).locator('#content').waitFor();
      assert.deepEqual(tab.errors, []);
    }));
  }

  test('has no fault axe knows', async () => {
    for (const colorScheme of ['light', 'dark']) {
      for (const path of ['frame.html', 'all.html']) {
        await visit(path, { colorScheme, bypassCSP: true }, async (tab) => {
          for (const frame of tab.frames()) await frame.evaluate(AXE);
          const { violations } = await tab.evaluate(() => window.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
          }));
          const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
          assert.deepEqual(told, [], `${path} ${colorScheme}`);
        });
      }
    }
  });

  test('shifts nothing', () => visit('all.html', {}, async (tab) => {
    const shifts = await tab.evaluate(() => new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; }).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 500);
    }));
    assert.equal(shifts, 0);
    assert.equal(await tab.locator(PLACE).count(), 5);
    for (const place of await tab.locator(PLACE).all()) {
      const { width, height } = await place.boundingBox();
      assert.ok(width >= 200 && height >= 90, `${width}x${height}`);
    }
  }));

  test('revives everything in its order without a reload', () => visit('scripts.html', {}, async (tab) => {
    await tab.waitForFunction(() => window.towerConsent);
    await tab.evaluate(() => { window.same = true; });
    assert.deepEqual(tab.asked, []);
    await tab.locator('#tc button[value=accept]').click();
    await tab.waitForFunction(() => !document.querySelector('[data-tc]'));
    await tab.waitForFunction(() => window.ran.length >= 9);
    assert.ok(await tab.evaluate(() => window.same), 'the page is the same');
    const ran = await tab.evaluate(() => window.ran);
    const ordered = ran.filter((name) => ['/1.js', '/2.js', 'inline', '/5.js', 'onload 5', '/6.js'].includes(name));
    assert.deepEqual(ordered, ['/1.js', '/2.js', 'inline', '/5.js', 'onload 5', '/6.js'], ran.join());
    for (const name of ['/3.js', '/4.js', '/data/js/7.js', '/hit', '/frame']) assert.ok(ran.includes(name) || tab.asked.includes(name), name);
    assert.equal(new Set(tab.asked).size, tab.asked.length, `each once: ${tab.asked}`);
    assert.equal(await tab.frameLocator('main iframe').locator('#content').count(), 1, 'the frame shows its content');
  }));

  test('brings what writes into the page to life by one reload', () => visit('writer.html', {}, async (tab) => {
    let loads = 0;
    tab.on('framenavigated', (frame) => { if (!frame.parentFrame()) loads += 1; });
    await tab.waitForFunction(() => window.towerConsent);
    await tab.locator('#tc button[value=accept]').click();
    await tab.waitForFunction(() => (window.ran ?? []).includes('/w.js'));
    assert.equal(loads, 1);
  }));

  test('runs under a policy of nonces alone', () => visit('nonce.html', {}, async (tab) => {
    await tab.waitForFunction(() => window.towerConsent);
    await tab.locator('#tc form > div button[value=refuse]').click();
    await tab.locator('#tc').waitFor({ state: 'hidden' });
    assert.deepEqual(tab.errors, []);
  }));

  test('revives a fragment that comes later, once everything is allowed', () => visit('scripts.html', {}, async (tab) => {
    await tab.waitForFunction(() => window.towerConsent);
    await tab.locator('#tc button[value=accept]').click();
    await tab.waitForFunction(() => !document.querySelector('[data-tc]'));
    await tab.evaluate(() => {
      const part = document.createElement('div');
      part.innerHTML = '<script type="text/plain" data-tc="recommendations" data-tc-src="https://smi2.ru/late.js"></scr' + 'ipt>';
      document.querySelector('main').append(part);
    });
    await tab.waitForFunction(() => window.ran.includes('/late.js'));
  }));
});
