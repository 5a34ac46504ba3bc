// Drives the dashboard of the example news site with a real browser: signing in, every page in both languages, light and
// dark, with JavaScript on and off, on a desk and on a phone.
//
//   cargo build --release --example news_site --example faults --features dashboard
//   node --test tests/browser/dashboard.test.mjs
//
// NEWS_SITE, FAULTS: the examples' binaries. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { TOKEN, startBrowser, startSite } from './site.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DAYS = 45;
const LANGUAGES = { 'ru-RU': ['Обзор', 'Разрешили всё'], 'en-GB': ['Overview', 'Allowed all'] };

/** Whatever axe finds in light or dark, on a desk or a phone, is a fault: no rule is left out. */
async function axe(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  assert.ok(found.passes.length > 10, `${what}: axe has looked at nothing`);
  assert.deepEqual(
    found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ').slice(0, 400)}`), [], what,
  );
}

async function signIn(page, base, token = TOKEN) {
  await page.goto(`${base}/`);
  await page.fill('#token', token);
  await page.click('form button');
}

describe('the dashboard', { timeout: 240_000 }, () => {
  let browser;
  let site;
  before(async () => {
    browser = await startBrowser();
    site = await startSite({ dashboard: true, sample: DAYS });
    // A second version of the policy, so that there is something to compare.
    await site.publish((text) => text.replace('retention = "365 days"', 'retention = "730 days"'));
  });
  after(async () => {
    await browser?.close();
    const end = await site?.stop();
    if (end) assert.equal(end.code, 0, end.complaints);
  });

  async function paths(page) {
    return page.$$eval('nav.pages a', (links) => links.map((link) => new URL(link.href).pathname));
  }

  /** Waits until the log is counted and the ledger read. */
  async function counted(page) {
    for (const deadline = Date.now() + 60_000; ;) {
      await page.goto(`${site.admin}/`);
      if (!(await page.$('progress')) && (await page.$('.attention'))) return;
      assert.ok(Date.now() < deadline, 'the log was not counted');
      await new Promise((resolve) => { setTimeout(resolve, 200); });
    }
  }

  for (const [locale, [heading, word]] of Object.entries(LANGUAGES)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const [width, height] of [[1280, 800], [375, 667]]) {
        test(`has no fault axe knows: ${locale}, ${colorScheme}, ${width}`, async () => {
          // Axe is a script, and the pages let none in: for it alone the browser is told to look away.
          const context = await browser.newContext({ locale, colorScheme, viewport: { width, height }, bypassCSP: true });
          const page = await context.newPage();
          await page.goto(`${site.admin}/`);
          await axe(page, 'the door');
          await signIn(page, site.admin, 'a-wrong-token-here');
          await axe(page, 'the door after a wrong token');
          await signIn(page, site.admin);
          await counted(page);
          assert.equal(await page.textContent('h1'), heading);
          assert.ok((await page.textContent('main')).includes(word));
          const all = await paths(page);
          assert.ok(all.length >= 5, `${all}`);
          for (const path of [...all, '/none', '/?days=365', '/?days=all']) {
            await page.goto(site.admin + path);
            await page.$$eval('details', (all) => all.forEach((one) => { one.open = true; }));
            await axe(page, path);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.equal(wide, 0, `${path} is wider than the screen`);
          }
          await context.close();
        });
      }
    }
  }

  test('works without JavaScript, from the door and back out', async () => {
    const context = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.admin}/ledger?days=7`);
    assert.equal(new URL(page.url()).pathname, '/login');
    await page.fill('#token', 'a-wrong-token-here');
    await page.click('form button');
    assert.match(await page.textContent('[role=alert]'), /wrong/);
    await page.goto(`${site.admin}/ledger?days=7`);
    await page.fill('#token', TOKEN);
    await page.click('form button');
    assert.equal(page.url(), `${site.admin}/ledger?days=7`, 'it leads where one wanted to go');
    assert.equal((await context.cookies()).length, 1);
    const [cookie] = await context.cookies();
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Strict']);
    assert.ok(!cookie.value.includes(TOKEN));
    for (const path of await paths(page)) {
      const answer = await page.goto(site.admin + path);
      assert.equal(answer.status(), 200, path);
      assert.equal(await page.locator('nav.pages a[aria-current=page]').count(), 1, path);
    }
    await page.goto(`${site.admin}/`);
    // By keyboard: the first stop leads past the navigation.
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('href')), '#main');
    await page.click('.languages a');
    assert.equal(await page.getAttribute('html', 'lang'), 'ru');
    await page.click('nav.pages a >> nth=1');
    assert.equal(await page.getAttribute('html', 'lang'), 'ru', 'the language stays');
    await page.click('footer button');
    assert.equal(new URL(page.url()).pathname, '/login');
    assert.equal((await context.cookies()).length, 0);
    await page.goto(`${site.admin}/`);
    assert.equal(new URL(page.url()).pathname, '/login');
    await context.close();
  });

  test('asks the network for its style and nothing else, and complains of nothing', async () => {
    const context = await browser.newContext({ locale: 'ru-RU' });
    const page = await context.newPage();
    const asked = new Set();
    const complaints = [];
    page.on('request', (request) => asked.add(new URL(request.url()).pathname));
    page.on('console', (message) => complaints.push(message.text()));
    await signIn(page, site.admin);
    const all = await paths(page);
    for (const path of all) await page.goto(site.admin + path);
    const own = [...asked].filter((path) => !all.includes(path) && path !== '/login');
    assert.equal(own.length, 1, `${own}`);
    assert.match(own[0], /^\/assets\/[0-9a-f]{16}\.css$/);
    assert.deepEqual(complaints.filter((text) => !text.includes('favicon')), []);
    await context.close();
  });

  test('cannot be framed or made to sign out by the site beside it', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page, site.admin);
    // Another port of this machine is the same site for cookies: the form check has to hold.
    await page.goto(`${site.base}/`);
    await page.evaluate((admin) => {
      document.body.innerHTML = `<form method="post" action="${admin}/logout"><button id="leave">x</button></form><iframe src="${admin}/"></iframe>`;
    }, site.admin);
    await page.waitForTimeout(300);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    assert.equal(await frame.locator('nav.pages').count(), 0, 'it shows in a frame');
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url() === `${site.admin}/logout`),
      page.click('#leave'),
    ]);
    assert.equal(answer.status(), 403);
    await page.goto(`${site.admin}/`);
    assert.equal(new URL(page.url()).pathname, '/', 'still signed in');
    await context.close();
  });
});
