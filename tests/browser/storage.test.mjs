// What a tracker keeps in a real browser, and what of it is left when it is taken back: 8 cookies, a key of local storage and
// one of session storage; by the script, by the form of the privacy centre, and in a second tab. What the site keeps itself
// stays.
//
//   cargo build --release --example pages
//   node --test tests/browser/storage.test.mjs
//
// PAGES_SITE: the example's binary. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const COOKIES = ['_ym_uid', '_ym_d', '_ym_isad', '_ym_visorc_w', '_ym_metrika_enabled', '_ym_debug', '_ym_hostIndex', '_ym_eight'];
const KEYS = { localStorage: ['_ym_retry'], sessionStorage: ['_ym_tab_7'] };
const OWN = { localStorage: ['_ym', 'theme'], sessionStorage: ['_ym_ta', 'draft'] };
const DECLARED = [
  ...COOKIES.map((name) => `{ name = "${name}", lifetime = "365 days" }`),
  '{ name = "_ym_retry", lifetime = "unknown", storage = "local" }',
  '{ name = "_ym_tab*", lifetime = "session", storage = "session" }',
];
const policy = (gate = '') => (text) => `${text.replace(
  'catalogue = "yandex-metrika"\n',
  `catalogue = "yandex-metrika"\ncookies = [\n${DECLARED.join(',\n')}]\n`,
)}\n${gate}`;

// It writes again as long as it runs, and when its page goes away; the cookies at once only.
const TRACKER = `for (const name of ${JSON.stringify(COOKIES)}) document.cookie = name + '=1; path=/; max-age=86400';
const keep = () => {
  for (const [storage, names] of Object.entries(${JSON.stringify(KEYS)}))
    for (const name of names) try { window[storage].setItem(name, '1'); } catch {}
};
keep();
setInterval(keep, 5);
for (const end of ['pagehide', 'unload']) addEventListener(end, keep);
document.addEventListener('visibilitychange', keep);
window.tracked = true;`;
const page = (title) => `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>${title}</title>
<script src="https://mc.yandex.ru/metrika/tag.js"></script></head><body><main><h1>${title}</h1></main></body></html>`;
const PAGES = { 'a.html': page('А'), 'b.html': page('Б') };

for (const [how, gate] of [['pages for each visitor', ''], ['pages for everyone', '[gate]\npages = "neutral"']]) {
  describe(`what is kept, on ${how}`, () => {
    let site;
    let browser;
    before(async () => { [site, browser] = await Promise.all([startSite({ policy: policy(gate), pages: PAGES }), startBrowser()]); });
    after(() => Promise.all([site?.stop(), browser?.close()]));

    async function visit(steps, prepare) {
      const context = await browser.newContext({ locale: 'ru-RU', reducedMotion: 'reduce' });
      try {
        const asked = [];
        const errors = [];
        await context.route((url) => url.origin !== site.base, (route) => {
          asked.push(route.request().url());
          return route.fulfill({ contentType: 'text/javascript', body: TRACKER });
        });
        const open = async (path) => {
          const tab = await context.newPage();
          tab.on('pageerror', (error) => errors.push(String(error)));
          tab.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
          if (prepare) await tab.addInitScript(prepare);
          await tab.goto(`${site.base}${path}`, { waitUntil: 'load' });
          return tab;
        };
        await steps({ context, open, asked });
        assert.deepEqual(errors, [], 'no error and no violation');
      } finally {
        await context.close();
      }
    }

    const accept = async (tab) => {
      await tab.locator('#tc button[value=accept]').click();
      await tracked(tab);
    };
    const tracked = (tab) => tab.waitForFunction(() => window.tracked);
    const keepOwn = (tab) => tab.evaluate((own) => {
      for (const [storage, names] of Object.entries(own)) for (const name of names) window[storage].setItem(name, 'own');
    }, OWN);
    const kept = (tab) => tab.evaluate(() => ({
      localStorage: Object.keys(localStorage).sort(), sessionStorage: Object.keys(sessionStorage).sort(),
    }));
    const both = { localStorage: ['_ym', '_ym_retry', 'theme'], sessionStorage: ['_ym_ta', '_ym_tab_7', 'draft'] };
    const cookies = async (context) => (await context.cookies()).map(({ name }) => name).filter((name) => name.startsWith('_ym'));
    /** A page that runs the tracker no more, and has told the site so. */
    const stopped = async (tab) => {
      await tab.waitForFunction(() => document.readyState === 'complete' && !window.tracked && document.querySelector('#tc-l, form'));
      await tab.waitForTimeout(300);
    };
    const nothingLeft = async (context, tabs) => {
      assert.deepEqual(await cookies(context), [], '0 of 8 cookies');
      for (const tab of tabs) assert.deepEqual(await kept(tab), OWN, '0 of 2 storage keys, and the own ones');
    };

    test('the script takes everything back, in two tabs', () => visit(async ({ context, open, asked }) => {
      const first = await open('/a.html');
      await accept(first);
      const second = await open('/b.html');
      await tracked(second);
      for (const tab of [first, second]) {
        await keepOwn(tab);
        assert.deepEqual(await kept(tab), both, 'it keeps what it likes');
      }
      assert.deepEqual((await cookies(context)).sort(), [...COOKIES].sort());
      asked.length = 0;
      // The page that says it is replaced before it could tell how it went.
      await first.evaluate(() => { window.towerConsent.withdraw(); });
      await Promise.all([stopped(first), stopped(second)]);
      await nothingLeft(context, [first, second]);
      assert.deepEqual(asked, [], 'nothing is asked for afterwards');
      await Promise.all([first.reload(), second.reload()]);
      await nothingLeft(context, [first, second]);
      assert.deepEqual(asked, [], 'nor on the next page');
    }));

    test('the form of the privacy centre takes everything back, in two tabs', () => visit(async ({ context, open, asked }) => {
      const first = await open('/a.html');
      await accept(first);
      const second = await open('/b.html');
      await tracked(second);
      for (const tab of [first, second]) await keepOwn(tab);
      const fetched = [];
      context.on('request', (request) => { if (request.resourceType() === 'fetch' && request.method() === 'POST') fetched.push(request.url()); });
      await first.goto(`${site.base}/_consent/`);
      assert.deepEqual(await kept(first), both, 'to look is to take nothing back');
      asked.length = 0;
      await first.locator('form[action$="/withdraw"] button').click();
      await first.waitForLoadState('load');
      await Promise.all([stopped(first), stopped(second)]);
      await nothingLeft(context, [first, second]);
      assert.deepEqual([fetched, asked], [[], []], 'by forms alone');
    }));

    test('what is allowed keeps what it keeps', () => visit(async ({ context, open }) => {
      const tab = await open('/a.html');
      await tab.locator('#tc summary').click();
      await tab.locator('#tc input[value=metrics]').check();
      await tab.locator('#tc button[value=save]').click();
      await tracked(tab);
      await keepOwn(tab);
      await tab.reload();
      await tracked(tab);
      assert.deepEqual(await kept(tab), both);
      assert.equal((await cookies(context)).length, 8);
    }));

    test('a storage that is forbidden stops nothing', () => visit(async ({ context, open }) => {
      const tab = await open('/a.html');
      await accept(tab);
      await tab.evaluate(() => { window.towerConsent.withdraw(); });
      await stopped(tab);
      assert.deepEqual(await cookies(context), []);
      assert.deepEqual(await tab.evaluate(() => Object.keys(sessionStorage)), [], 'the other is emptied all the same');
    }, () => Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('forbidden', 'SecurityError'); } })));
  });
}
