// Pages that are the same for everyone, in a real browser, with scripts and without: who has not chosen is asked and nothing
// moves, who has chosen sees no banner for a single frame, what is allowed comes to life without a reload, and nothing else
// is ever asked for.
//
//   cargo build --release --example pages
//   node --test tests/browser/neutral.test.mjs
//
// PAGES_SITE: the example's binary. CHROMIUM: the browser. PICTURES: a folder for screenshots, none unless told.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const REFUSE = '#tc form > div button[value=refuse]';
const ACCEPT = '#tc button[value=accept]';
const SAVE = '#tc button[value=save]';
const NEUTRAL = '[gate]\npages = "neutral"';
const GATED = /(^|\.)(yandex\.ru|mail\.ru|yadro\.ru|smi2\.ru)$/;
const TEXT = '<p>Движение пустили в обе стороны, ограничения сняли с вечера пятницы.</p>'.repeat(12);
const page = (head, body) => `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Вести</title>${head}</head><body>
<main><h1>Мост открыли</h1>${body}</main><footer><p>Подвал</p></footer></body></html>`;
const METRICS = `<script>window.ran = [];</script><script src="https://mc.yandex.ru/metrika/tag.js"></script>
<noscript><img src="https://mc.yandex.ru/watch/1" alt=""></noscript>`;
const PAGES = {
  'page.html': page(METRICS, `${TEXT}<script src="https://smi2.ru/data/js/1.js"></script>
<iframe title="Ролик" width="300" height="200" src="https://smi2.ru/film"></iframe>`),
  'page.headers': 'Cache-Control: public, max-age=600',
  'other.html': page(METRICS, TEXT),
  'writer.html': page('<script>window.ran = [];</script>', `<p id="before">a</p><script>
document.write("<a id=written href='https://www.liveinternet.ru/click'>");document.write("<img src='https://counter.yadro.ru/hit?1' alt=''></a>");
</script><p id="behind">b</p><style>#before{background:url(https://smi2.ru/x.png)}</style>
<p id="styled" style="background-image:url(https://smi2.ru/y.png)">c</p>
<script>/* smi2.ru/data/js createElement */ fetch('https://smi2.ru/both'); ym(1, 'hit'); 'https://mc.yandex.ru/metrika/tag.js'</script>`),
  'strict.html': page('', '<p>x</p><script src="https://mc.yandex.ru/metrika/tag.js"></script>'),
  'strict.headers': "Content-Security-Policy: default-src 'none'; script-src 'self' https://mc.yandex.ru; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'",
};

/** Looks at every frame that is painted whether the banner is in it, and adds up what moves. */
const WATCH = () => {
  window.seen = { frames: 0, banner: 0, link: 0, shift: 0, shown: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.seen.shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  const visible = (selector) => document.querySelector(selector)?.checkVisibility() === true;
  const look = () => {
    window.seen.frames += 1;
    if (visible('#tc')) window.seen.banner += 1;
    if (visible('#tc-l')) window.seen.link += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  // Between frames, too: what is shown for less than one is no flash, but must not be either.
  new MutationObserver(() => { if (visible('#tc')) window.seen.shown.push(performance.now()); })
    .observe(document, { childList: true, subtree: true, attributes: true });
  window.told = [];
  document.addEventListener('tc:change', ({ detail }) => window.told.push(detail));
};

describe('pages for everyone', () => {
  let site;
  let browser;
  before(async () => {
    [site, browser] = await Promise.all([startSite({ policy: NEUTRAL, pages: PAGES }), startBrowser()]);
    if (process.env.PICTURES) await mkdir(process.env.PICTURES, { recursive: true });
  });
  after(() => Promise.all([site?.stop(), browser?.close()]));

  async function visit(options, steps) {
    const context = await browser.newContext({ locale: 'ru-RU', reducedMotion: 'reduce', ...options });
    try {
      const tab = await context.newPage();
      tab.asked = [];
      tab.states = 0;
      tab.errors = [];
      await context.route((url) => url.origin !== site.base, (route) => {
        const url = new URL(route.request().url());
        tab.asked.push(url);
        const script = /\.js$/.test(url.pathname);
        return route.fulfill({
          contentType: script ? 'text/javascript' : 'text/plain',
          body: script ? `(window.ran ||= []).push('${url.hostname}'); window.ym = () => {};` : '',
          headers: { 'access-control-allow-origin': '*' },
        });
      });
      tab.on('request', (request) => { if (new URL(request.url()).pathname === '/_consent/state') tab.states += 1; });
      tab.on('pageerror', (error) => tab.errors.push(String(error)));
      if (options?.javaScriptEnabled !== false) await tab.addInitScript(WATCH);
      tab.gated = () => tab.asked.filter(({ hostname }) => GATED.test(hostname)).map(String);
      tab.open = async (name = 'page.html') => {
        tab.asked = [];
        await tab.goto(`${site.base}/${name}`, { waitUntil: 'load' });
      };
      tab.picture = (name) => process.env.PICTURES && tab.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
      await steps(tab, context);
      assert.deepEqual(tab.errors, [], 'no error');
    } finally {
      await context.close();
    }
  }
  const settled = (tab) => tab.waitForTimeout(400);
  const seen = (tab) => tab.evaluate(() => window.seen);
  const asked = (tab) => tab.locator('#tc').waitFor({ state: 'visible' });
  const gone = (tab) => tab.locator('#tc').waitFor({ state: 'hidden' });
  const kept = async (tab) => (await tab.context().request.get(`${site.base}/_consent/state`)).json();

  for (const [width, height] of [[1280, 800], [375, 667], [320, 256]]) {
    test(`who has not chosen is asked and nothing moves, ${width}×${height}`, () => visit({ viewport: { width, height } }, async (tab) => {
      await tab.open();
      await asked(tab);
      await settled(tab);
      const { shift, banner, frames } = await seen(tab);
      assert.equal(shift, 0, 'nothing moved');
      assert.ok(banner > 0 && frames > 5, JSON.stringify({ banner, frames }));
      assert.equal(tab.states, 1, 'the site is asked once');
      assert.deepEqual(tab.gated(), []);
      assert.ok(!(await tab.locator('#tc-l').isVisible()), 'the banner is there in the place of the link');
      assert.ok((await tab.locator('#tc input[name=token]').inputValue()).startsWith('1.'));
      await tab.picture(`neutral-undecided-${width}x${height}`);
    }));
  }

  test('has no fault axe knows, asked and decided', async () => {
    const axe = async (tab) => {
      await tab.evaluate(AXE);
      const { violations } = await tab.evaluate(() => window.axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      }));
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`), []);
    };
    await visit({}, async (tab) => {
      await tab.open('other.html');
      await asked(tab);
      await axe(tab);
      await tab.locator(REFUSE).click();
      await gone(tab);
      await axe(tab);
    });
  });

  test('a refusal is kept, and who comes again sees no banner in any frame', () => visit({}, async (tab) => {
    await tab.open();
    await asked(tab);
    await tab.locator(REFUSE).click();
    await gone(tab);
    await tab.waitForFunction(() => window.told.some(({ refused }) => refused.length));
    assert.deepEqual((await kept(tab)).refused, ['metrics', 'recommendations']);
    for (const name of ['page.html', 'other.html', 'page.html']) {
      await tab.open(name);
      await settled(tab);
      const { banner, shown, shift, frames, link } = await seen(tab);
      assert.deepEqual({ banner, shown, shift }, { banner: 0, shown: [], shift: 0 }, name);
      assert.ok(frames > 5 && link > 0, 'frames were looked at, and the link to the privacy centre is in them');
      assert.deepEqual(tab.gated(), [], name);
      assert.deepEqual(await tab.evaluate(() => window.towerConsent.state.refused), ['metrics', 'recommendations']);
    }
    await tab.picture('neutral-refused');
  }));

  test('what is accepted comes to life without a reload, now and on every page, and is gone once it is taken back', () => visit({}, async (tab) => {
    await tab.open();
    await asked(tab);
    await tab.evaluate(() => { window.same = true; });
    await tab.locator(ACCEPT).click();
    await gone(tab);
    await tab.waitForFunction(() => window.ran.length === 2 && !document.querySelector('[data-tc]'));
    assert.ok(await tab.evaluate(() => window.same), 'the page is the same');
    assert.deepEqual(await tab.evaluate(() => window.ran), ['mc.yandex.ru', 'smi2.ru'], 'in order');
    await tab.picture('neutral-accepted');
    await tab.open();
    await tab.waitForFunction(() => window.ran.length === 2 && !document.querySelector('[data-tc]'));
    await settled(tab);
    const { banner, shown, shift } = await seen(tab);
    assert.deepEqual({ banner, shown, shift }, { banner: 0, shown: [], shift: 0 }, 'no flash');
    assert.ok(tab.gated().length >= 3, 'script, script and frame');
    // The page is still the one for everyone.
    const html = async (request) => (await request.get(`${site.base}/page.html`, { headers: { accept: 'text/html' } })).text();
    const stranger = await browser.newContext();
    assert.equal(await html(tab.context().request), await html(stranger.request));
    await stranger.close();

    tab.asked = [];
    const again = tab.waitForEvent('load');
    await tab.evaluate(() => { window.towerConsent.withdraw(); });
    await again;
    await settled(tab);
    const after = await seen(tab);
    assert.deepEqual([after.banner, after.shown], [0, []]);
    assert.deepEqual(tab.gated(), [], 'after the withdrawal');
    assert.deepEqual((await kept(tab)).refused, ['metrics', 'recommendations']);
  }));

  test('of a part of the purposes that part lives, and nothing reloads for ever', () => visit({}, async (tab) => {
    let loads = 0;
    await tab.open();
    await asked(tab);
    tab.on('framenavigated', (frame) => { if (frame === tab.mainFrame()) loads += 1; });
    await tab.locator('#tc summary').click();
    await tab.locator('#tc input[value=metrics]').check();
    await tab.locator(SAVE).click();
    await gone(tab);
    await tab.waitForFunction(() => window.ran.length === 1);
    await settled(tab);
    assert.equal(loads, 0);
    await tab.open();
    await tab.waitForFunction(() => window.ran.length === 1);
    await settled(tab);
    assert.equal(loads, 1, 'the one that was asked for');
    assert.deepEqual([...new Set(tab.asked.map(({ hostname }) => hostname))], ['mc.yandex.ru']);
    assert.equal(await tab.locator('script[data-tc=recommendations]').count(), 1);
    await tab.open('writer.html');
    await settled(tab);
    assert.equal(await tab.locator('script[data-tc~=metrics][data-tc~=recommendations]').count(), 1, 'it needs both');
    assert.ok(!tab.asked.some(({ hostname }) => hostname === 'smi2.ru'), tab.gated().join());
  }));

  test('what writes into the page writes where it stands, and styles load what they name', () => visit({}, async (tab) => {
    await tab.open('writer.html');
    await asked(tab);
    await settled(tab);
    assert.deepEqual(tab.gated(), []);
    await tab.locator(ACCEPT).click();
    await tab.waitForFunction(() => document.querySelector('#written img'));
    await tab.waitForFunction(() => !document.querySelector('[data-tc]'));
    await settled(tab);
    assert.equal(await tab.evaluate(() => document.querySelector('#written').nextElementSibling.id), 'behind');
    const paths = tab.asked.map(({ hostname, pathname }) => hostname + pathname);
    for (const path of ['counter.yadro.ru/hit', 'smi2.ru/x.png', 'smi2.ru/y.png']) assert.ok(paths.includes(path), `${path}: ${paths}`);
    assert.ok(await tab.locator('#behind').isVisible(), 'the page is still there');
    // The counter of this page is called without having been loaded, which is its own business.
    tab.errors = tab.errors.filter((text) => !/ym is not defined/.test(text));
  }));

  test('keeps tabs in step', () => visit({}, async (tab, context) => {
    await tab.open();
    await asked(tab);
    const other = await context.newPage();
    await other.goto(`${site.base}/other.html`);
    await other.locator('#tc').waitFor({ state: 'visible' });
    await other.locator(REFUSE).click();
    await gone(tab);
    assert.deepEqual(await tab.evaluate(() => window.towerConsent.state.undecided), []);
    await other.close();
  }));

  test('lives under a strict policy of the site', () => visit({}, async (tab) => {
    const violations = [];
    await tab.exposeFunction('violated', (text) => violations.push(text));
    await tab.addInitScript(() => addEventListener('securitypolicyviolation', (event) => {
      window.violated(`${event.effectiveDirective} ${event.blockedURI}`);
    }));
    await tab.open('strict.html');
    await asked(tab);
    assert.deepEqual(violations, []);
    await tab.locator(REFUSE).click();
    await gone(tab);
    await settled(tab);
    assert.deepEqual([violations, tab.gated()], [[], []]);
  }));

  test('stays closed and silent when the site does not answer', () => visit({}, async (tab) => {
    await tab.route('**/_consent/state*', (route) => route.fulfill({ status: 503, body: '' }));
    await tab.open();
    await settled(tab);
    const { banner, link } = await seen(tab);
    assert.equal(banner, 0);
    assert.ok(link > 0, 'the privacy centre is to be reached');
    assert.deepEqual(tab.gated(), []);
  }));

  test('without script a notice leads to the privacy centre, where everything can be chosen', () => visit({ javaScriptEnabled: false }, async (tab) => {
    await tab.open();
    const notice = tab.locator('#tc-n');
    assert.ok(await notice.isVisible() && !(await tab.locator('#tc').isVisible()));
    await tab.picture('neutral-noscript');
    assert.deepEqual(tab.gated(), []);
    await notice.locator('a[href*="/_consent/?lang="]').last().click();
    await tab.waitForURL(/\/_consent\/\?lang=ru$/);
    await tab.locator('form[action$="/choice"] button[value=refuse]').click();
    await tab.waitForURL(/\/_consent\//);
    assert.deepEqual((await kept(tab)).refused, ['metrics', 'recommendations']);
    await tab.open();
    assert.ok(!(await notice.isVisible()), 'who has chosen is told no more');
    assert.ok(await tab.locator('#tc-l').isVisible());
    assert.deepEqual(tab.gated(), []);
    await tab.locator('#tc-l a').click();
    await tab.locator('form[action$="/choice"] button[value=accept]').click();
    await tab.waitForURL(/\/_consent\//);
    assert.deepEqual((await kept(tab)).granted, ['metrics', 'recommendations']);
    await tab.open();
    assert.deepEqual(tab.gated(), [], 'what needs a script to come to life stays withheld');
    await tab.goto(`${site.base}/_consent/`);
    await tab.locator('form[action$="/withdraw"] button').click();
    await tab.open();
    assert.deepEqual([tab.gated(), (await kept(tab)).granted], [[], []]);
  }));
});
