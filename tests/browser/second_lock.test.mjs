// The second lock in a real browser: what the gate cannot see, since the site's own script and style sheet ask for it, is
// stopped by the Content-Security-Policy of the visitor's decision.
//
//   cargo build --release --example pages
//   node --test tests/browser/second_lock.test.mjs
//
// PAGES_SITE: the example's binary. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const PAGES = {
  'home.html': `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Новости</title>
<link rel="stylesheet" href="/own.css"><script>window.inline = true;</script><script src="/own.js" defer></script></head>
<body><main><h1>Новости</h1><p class="counted">текст</p></main></body></html>`,
  'own.css': '.counted { background: url(https://counter.yadro.ru/hit?css); color: rgb(1, 2, 3) }',
  'own.js': `const counter = document.createElement('script');
counter.src = ['https://mc.yandex', 'ru/metrika/tag.js'].join('.');
document.head.append(counter);
new Image().src = ['https://counter.yadro', 'ru/hit?js'].join('.');
window.own = true;`,
};
PAGES['narrow.html'] = PAGES['home.html'];
PAGES['narrow.headers'] = "Content-Security-Policy: img-src 'self'";

const COUNTERS = ['https://counter.yadro.ru/hit?css', 'https://counter.yadro.ru/hit?js', 'https://mc.yandex.ru/metrika/tag.js'];

describe('the second lock', () => {
  const sites = {};
  let browser;
  before(async () => {
    const start = async (mode) => { sites[mode] = await startSite({ pages: PAGES, policy: `[gate]\ncsp = "${mode}"` }); };
    [browser] = await Promise.all([startBrowser(), start('enforce'), start('report')]);
  });
  after(() => Promise.all([...Object.values(sites).map((site) => site.stop()), browser?.close()]));

  async function visit(mode, javaScriptEnabled, steps) {
    const site = sites[mode];
    const context = await browser.newContext({ locale: 'ru-RU', javaScriptEnabled });
    try {
      const tab = await context.newPage();
      let asked = [];
      await context.route((url) => url.origin !== site.base, (route) => {
        asked.push(route.request().url());
        return route.fulfill({ contentType: 'text/plain', body: '' });
      });
      const load = async (path = 'home') => {
        asked = [];
        const answer = await tab.goto(`${site.base}/${path}.html`, { waitUntil: 'networkidle' });
        return { asked: asked.toSorted(), headers: answer.headers() };
      };
      await steps({ tab, load, site });
    } finally {
      await context.close();
    }
  }

  for (const javaScriptEnabled of [true, false]) {
    const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;
    const all = javaScriptEnabled ? COUNTERS : COUNTERS.slice(0, 1);
    test(`stops what the site's own files ask for, until it is allowed, ${how}`, () =>
      visit('enforce', javaScriptEnabled, async ({ tab, load }) => {
        const first = await load();
        assert.deepEqual(first.asked, [], 'before a choice');
        assert.ok(first.headers['content-security-policy'], 'there is a lock');
        // What is the site's own works.
        const colour = await tab.locator('.counted').evaluate((element) => getComputedStyle(element).color);
        assert.equal(colour, 'rgb(1, 2, 3)');
        if (javaScriptEnabled) assert.ok(await tab.evaluate(() => window.own && window.inline));
        const submit = async (button) => {
          await tab.locator(button).first().click();
          await tab.waitForLoadState('networkidle');
        };
        await submit('button[name=choice][value=accept]');
        assert.deepEqual((await load()).asked, all, 'after consent');
        assert.deepEqual((await load('narrow')).asked.filter((url) => url.includes('yadro')), [], "the site's own policy holds");
        await tab.goto(`${sites.enforce.base}/_consent/`);
        await submit('form[action$="/withdraw"] button');
        assert.deepEqual((await load()).asked, [], 'after a withdrawal');
      }));
  }

  test('only tells in report mode, and says of whom', () => visit('report', true, async ({ tab, load, site }) => {
    const reported = tab.waitForRequest((request) => request.url() === `${site.base}/_consent/csp`);
    const { asked, headers } = await load();
    assert.deepEqual(asked, COUNTERS);
    assert.equal(headers['content-security-policy'], undefined);
    assert.match(headers['content-security-policy-report-only'], /report-/);
    assert.match((await reported).postData(), /mc\.yandex\.ru|counter\.yadro\.ru/);
  }));
});
