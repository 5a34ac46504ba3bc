// No address, id, class or attribute of ours is hit by the lists that hide cookie notices: a banner that such a list took
// away could not be answered, and a script that it blocked would be missed.
//
//   cargo build --release --example news_site --example pages
//   COOKIE_LISTS=easylist-cookie.txt,annoyances-cookies.txt node --test tests/browser/lists.test.mjs
//
// COOKIE_LISTS: files of filters, in the syntax of the common blockers. Without any, a list of the commonest names is
// held against the pages, and two lists made to hit show that a hit is found.
// NEWS_SITE, PAGES_SITE: the examples' binaries. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { FiltersEngine, Request } from '@ghostery/adblocker';
import { startBrowser, startSite } from './site.mjs';

const HOST = 'news.example';
/** What such lists hide and block most. */
const COMMON = `
###consent
###cookie
###cookies
###cookie-banner
###cookie-consent
###cookie-notice
###cookiebanner
###cookieconsent
###consent-banner
###gdpr
##.consent
##.consent-banner
##.cookie
##.cookie-banner
##.cookie-consent
##.cookie-notice
##.cookieconsent
##.gdpr
##[id^="cookie"]
##[class^="cookie"]
##[class*="cookie-banner"]
##[id*="consent-banner"]
/cookie-consent.
/cookie-consent/
/cookie-banner.
/cookieconsent.
/cookienotice.
/consent-manager.
/gdpr-cookie`;
const LOOKS = {
  bar: '',
  corner: '[banner]\nvariant = "corner"\nclose = true',
  centred: '[banner]\nvariant = "centred"',
  shared: '[gate]\npages = "neutral"',
};
const FRAME = `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"><title>Новости</title></head><body><p>до</p>
<iframe width="560" height="315" src="https://smi2.ru/film"></iframe></body></html>`;

/** What a blocker would take from these elements and addresses. */
function hits(engine, { addresses, elements }) {
  const found = [];
  for (const { address, type } of addresses) {
    const url = `https://${HOST}${address}`;
    const { match, filter } = engine.match(Request.fromRawDetails({ url, type, sourceUrl: `https://${HOST}/` }));
    if (match) found.push(`${type} ${address}: ${filter}`);
  }
  const names = (key) => [...new Set(elements.flatMap((element) => element[key]))];
  const { styles } = engine.getCosmeticsFilters({
    url: `https://${HOST}/`, hostname: HOST, domain: HOST, ids: names('ids'), classes: names('classes'), hrefs: names('hrefs'),
    getBaseRules: true, getInjectionRules: true, getExtendedRules: true, getRulesFromDOM: true, getRulesFromHostname: true,
  });
  // Each in a line of its own, so that one the browser cannot read does not hide the others.
  const selectors = styles.split('\n').map((line) => line.replace(/\s*\{[^}]*\}\s*$/, '').replace(/,\s*$/, '').trim());
  return { found, selectors: selectors.filter(Boolean) };
}

describe('lists that hide cookie notices', () => {
  let browser;
  const seen = [];
  const lists = [['the commonest names', COMMON]];

  before(async () => {
    for (const path of (process.env.COOKIE_LISTS ?? '').split(',').filter(Boolean)) lists.push([path, await readFile(path, 'utf8')]);
    if (lists.length === 1) console.log('!!!!!!!! COOKIE_LISTS NAMES NO LIST: only the commonest names are held against the pages !!!!!!!!');
    browser = await startBrowser();
    for (const [look, policy] of Object.entries(LOOKS)) {
      for (const pages of [undefined, { 'frame.html': FRAME }]) {
        const site = await startSite({ policy, pages });
        try {
          for (const path of pages ? ['/frame.html'] : ['/', '/_consent/', '/_consent/documents/cookies', '/_consent/documents/consent']) {
            await lookAt(site, look, path);
          }
        } finally {
          await site.stop();
        }
      }
    }
  });
  after(() => browser?.close());

  /** Remembers a page with its elements and the addresses of ours that it asked for or sends forms to. */
  async function lookAt(site, look, path) {
    const context = await browser.newContext({ locale: 'ru-RU' });
    const page = await context.newPage();
    const asked = [];
    await page.route((url) => url.origin !== site.base, (route) => route.fulfill({ body: '' }));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin === site.base && url.pathname.startsWith('/_consent')) {
        asked.push({ address: url.pathname + url.search, type: { document: 'main_frame', fetch: 'xhr' }[request.resourceType()] ?? request.resourceType() });
      }
    });
    await page.goto(site.base + path, { waitUntil: 'networkidle' });
    const forms = await page.evaluate(() => [...document.forms].map((form) => new URL(form.action).pathname));
    const elements = [];
    for (const frame of page.frames()) {
      elements.push(...await frame.evaluate(() => [...document.querySelectorAll('*')].map((element) => ({
        ids: element.id ? [element.id] : [], classes: [...element.classList], hrefs: element.href ? [String(element.href)] : [],
      }))));
    }
    const addresses = [...asked, ...forms.filter((address) => address.startsWith('/_consent'))
      .flatMap((address) => ['main_frame', 'xhr'].map((type) => ({ address, type })))];
    seen.push({ name: `${look} ${path}`, page, context, addresses, elements });
  }

  /** Everything a list takes from the pages. */
  async function taken(text) {
    const engine = FiltersEngine.parse(text, { enableCompression: false });
    const all = [];
    for (const { name, page, addresses, elements } of seen) {
      const { found, selectors } = hits(engine, { addresses, elements });
      all.push(...found.map((hit) => `${name}: ${hit}`));
      for (const frame of page.frames()) {
        const matched = await frame.evaluate((list) => list.filter((selector) => {
          try { return document.querySelector(selector); } catch { return false; }
        }), selectors);
        all.push(...matched.map((selector) => `${name}: ${selector}`));
      }
    }
    return all;
  }

  test('the pages hold what a list could hit', () => {
    const addresses = seen.flatMap((page) => page.addresses.map(({ address }) => address));
    for (const part of ['/_consent/choice', '/_consent/withdraw', '/_consent/assets/', '/_consent/state']) {
      assert.ok(addresses.some((address) => address.startsWith(part)), part);
    }
    for (const id of ['tc', 'tc-h', 'tc-l']) assert.ok(seen.some(({ elements }) => elements.some(({ ids }) => ids.includes(id))), id);
  });

  test('a list that is made to hit does', async () => {
    assert.match((await taken('###tc')).join('\n'), /bar \/: #tc/);
    assert.match((await taken('/_consent/assets/')).join('\n'), /script \/_consent\/assets\//);
    assert.match((await taken('##section[aria-labelledby="tc-h"]')).join('\n'), /aria-labelledby/);
    assert.match((await taken('##iframe[srcdoc]')).join('\n'), /iframe/);
  });

  test('lists take nothing of ours', async () => {
    for (const [name, text] of lists) assert.deepEqual(await taken(text), [], name);
  });
});
