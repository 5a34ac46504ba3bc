// Stored pages of real sites in a real browser, the network recorded: no request to a gated host before consent, after a
// refusal and after a withdrawal, with scripts and without; after consent there are some, so that the check can fail.
//
//   cargo build --release --example pages
//   node --test tests/browser/pages.test.mjs
//
// PAGES_SITE: the example's binary. CHROMIUM: the browser. TOWER_CONSENT_CORPUS: where the stored pages are.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { startBrowser, startSite } from './site.mjs';

const CORPUS = process.env.TOWER_CONSENT_CORPUS ?? fileURLToPath(new URL('../../../shared/corpus', import.meta.url));
const CATALOGUE = fileURLToPath(new URL('../../policies/catalogue', import.meta.url));
const PAGES = [
  'allnokia.ru', 'football.ua-news', 'gto-normativy.ru-article', 'livelib.ru', 'muzdom.ru-item', 'rp.pl-windows1250',
  'rt.com-news', 'slivki.by-home', 'vesti-sochi.tv-home', 'wday.ru-article',
];

/** What the catalogue gates, read from its files by a reader of its own: services, hosts and paths. */
async function catalogue() {
  const services = [];
  for (const name of (await readdir(CATALOGUE)).filter((name) => name.endsWith('.toml'))) {
    const text = await readFile(join(CATALOGUE, name), 'utf8');
    const addresses = [...text.matchAll(/^(hosts|scripts|frames|images) = \[([^\]]*)\]/gm)]
      .flatMap(([, , list]) => [...list.matchAll(/"([^"]+)"/g)].map(([, address]) => address));
    services.push({ id: name.replace('.toml', ''), addresses });
  }
  return services;
}

const under = (url, address) => {
  const [host, ...path] = address.split('/');
  const same = host.startsWith('*.') ? `.${url.hostname}`.endsWith(host.slice(1)) : url.hostname === host;
  return same && url.pathname.startsWith(`/${path.join('/')}`);
};

describe('stored pages', { skip: existsSync(join(CORPUS, 'pages')) ? false : `NO CORPUS at ${CORPUS}` }, () => {
  let site;
  let browser;
  let gated;
  before(async () => {
    const services = await catalogue();
    gated = (url) => services.flatMap(({ addresses }) => addresses).some((address) => under(url, address));
    const policy = (text) => text + services
      .filter(({ id }) => !text.includes(`catalogue = "${id}"`))
      .map(({ id }) => `\n[[service]]\ncatalogue = "${id}"\npurpose = "metrics"\n`).join('');
    [site, browser] = await Promise.all([startSite({ policy, pages: join(CORPUS, 'pages') }), startBrowser()]);
  });
  after(() => Promise.all([site?.stop(), browser?.close()]));

  for (const javaScriptEnabled of [true, false]) {
    let afterConsent = 0;
    for (const name of PAGES) {
      test(`${name}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
        const context = await browser.newContext({ javaScriptEnabled, locale: 'ru-RU', serviceWorkers: 'block' });
        try {
          const page = await context.newPage();
          let asked = [];
          // Every other host is this function, which answers with nothing.
          await context.route((url) => url.origin !== site.base, (route) => {
            asked.push(new URL(route.request().url()));
            return route.fulfill({ contentType: 'text/plain', body: '', headers: { 'access-control-allow-origin': '*' } });
          });
          // Old pages reload or leave by themselves; what counts is what they ask for.
          const load = async () => {
            asked = [];
            await page.goto(`${site.base}/${name}.html`, { waitUntil: 'load', timeout: 20_000 }).catch(() => {});
            await page.waitForTimeout(javaScriptEnabled ? 400 : 100);
          };
          const found = () => asked.filter(gated).map(String);
          const choose = async (fields, path = 'choice') => {
            const html = await (await context.request.get(`${site.base}/${name}.html`, { headers: { accept: 'text/html' } })).text();
            const token = html.match(/name="token" value="([^"]+)"/)?.[1]
              ?? (await (await context.request.get(`${site.base}/_consent/`)).text()).match(/name="token" value="([^"]+)"/)[1];
            const answer = await context.request.post(`${site.base}/_consent/${path}`, {
              form: path === 'choice' ? { ...fields, token, back: '/' } : {}, maxRedirects: 0, headers: { accept: 'text/html' },
            });
            assert.equal(answer.status(), 303, await answer.text());
          };
          await load();
          assert.deepEqual(found(), [], 'before a choice');
          await choose({ choice: 'refuse' });
          await load();
          assert.deepEqual(found(), [], 'after a refusal');
          await choose({ choice: 'accept' });
          await load();
          afterConsent += found().length;
          await choose({}, 'withdraw');
          await load();
          assert.deepEqual(found(), [], 'after a withdrawal');
        } finally {
          await context.close();
        }
      });
    }
    test(`after consent services are asked, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
      console.log(`${afterConsent} requests to gated hosts after consent`);
      assert.ok(afterConsent >= PAGES.length, String(afterConsent));
    });
  }
});
