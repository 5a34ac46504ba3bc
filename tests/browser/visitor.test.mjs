// Drives everything a visitor can do, with a real browser: how the banner looks and is read, the script, the centre.
//
//   cargo build --release --example news_site
//   node --test tests/browser/visitor.test.mjs
//
// NEWS_SITE: the example's binary. CHROMIUM: the browser.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const REFUSE = '#tc form > div button[value=refuse]';
const ACCEPT = '#tc button[value=accept]';
const CHOOSE = '#tc summary';
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THEMED = `[banner]
variant = "corner"
close = true
radius = "large"
light = { background = "#fffdf8", text = "#2b2118", button = "#7d0d15", button-text = "#ffffff", focus = "#1a73e8" }
dark = { background = "#221a18", text = "#f3e9e2", button = "#f0b8b2", button-text = "#2a0a0a", focus = "#8ab4f8" }`;
const LOOKS = {
  bar: '',
  centred: '[banner]\nvariant = "centred"\nclose = true',
  themed: THEMED,
};
/** LiveInternet's counter writes into the page while it is read, so that page is loaded anew after consent. */
const withoutWriters = (policy) => policy.replace(/\[\[service\]\]\ncatalogue = "liveinternet"\npurpose = "metrics"\n/, '');

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

async function visit(base, options, steps) {
  const context = await browser.newContext({ locale: 'ru-RU', reducedMotion: 'reduce', ...options });
  try {
    const page = await newPage(context, base);
    await page.goto(base, { waitUntil: 'load' });
    await steps(page, context);
    assert.deepEqual(page.errors, [], 'no error and no violation');
  } finally {
    await context.close();
  }
}

/** A page that answers every other host with nothing and remembers what was asked, what went wrong, what was told. */
async function newPage(context, base) {
  const page = await context.newPage();
  page.asked = [];
  page.errors = [];
  await page.route((url) => url.origin !== new URL(base).origin, (route) => {
    page.asked.push(route.request().url());
    return route.fulfill({ contentType: 'text/javascript', body: '', headers: { 'access-control-allow-origin': '*' } });
  });
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.errors.push(message.text());
  });
  page.on('request', (request) => {
    if (request.method() === 'POST') page.posts = (page.posts ?? 0) + 1;
  });
  await page.addInitScript(() => {
    window.told = [];
    document.addEventListener('tc:change', ({ detail }) => window.told.push(detail));
  });
  return page;
}

const gone = (page) => page.locator('#tc').waitFor({ state: 'hidden' });
const state = async (page, base) => (await page.context().request.get(`${base}/_consent/state`)).json();
const scripted = (page) => page.waitForFunction(() => window.towerConsent);

async function axe(page, what) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  assert.deepEqual(violations, [], what);
}

/** What weighs: size, colours and letters of a button. */
const weight = (page, selector) => page.locator(selector).evaluate((button) => {
  const { width, height, bottom, right, top, left } = button.getBoundingClientRect();
  const { color, backgroundColor, borderTopColor, fontSize, fontWeight } = getComputedStyle(button);
  return {
    area: Math.round(width) * Math.round(height), height, look: [color, backgroundColor, borderTopColor, fontSize, fontWeight].join(),
    seen: top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth,
  };
});

for (const [look, policy] of Object.entries(LOOKS)) {
  describe(`the banner as ${look}`, () => {
    let site;
    before(async () => { site = await startSite({ policy }); });
    after(() => site.stop());

    for (const locale of ['ru-RU', 'en-GB']) {
      test(`has no fault axe knows, ${locale}`, async () => {
        for (const [width, colorScheme] of [[1280, 'light'], [375, 'dark']]) {
          await visit(site.base, { locale, colorScheme, viewport: { width, height: 720 } }, async (page) => {
            await axe(page, 'closed');
            await page.locator(CHOOSE).click();
            await axe(page, 'open');
            await page.locator(REFUSE).click();
            await gone(page);
            await page.reload();
            await axe(page, 'the page with the link');
            for (const path of ['', 'documents/consent', 'documents/policy', 'documents/recommendations', 'documents/cookies']) {
              await page.goto(`${site.base}/_consent/${path}`);
              await axe(page, path);
            }
          });
        }
      });
    }

    test('gives every answer the same weight and hides little', async () => {
      for (const [width, height] of [[1280, 800], [768, 1024], [375, 667], [320, 568]]) {
        await visit(site.base, { viewport: { width, height } }, async (page) => {
          const [refuse, accept, choose] = await Promise.all([REFUSE, ACCEPT, CHOOSE].map((button) => weight(page, button)));
          assert.equal(refuse.area, accept.area, `${width}: area`);
          assert.deepEqual([accept.look, choose.look], [refuse.look, refuse.look], `${width}: look`);
          for (const { height: tall, seen } of [refuse, accept, choose]) assert.ok(tall >= 44 && seen, `${width}: ${tall}`);
          const { covers, sideways } = await page.evaluate(() => {
            const box = document.querySelector('#tc').getBoundingClientRect();
            return {
              covers: box.width * box.height / innerWidth / innerHeight,
              sideways: document.documentElement.scrollWidth > innerWidth || document.querySelector('#tc form').scrollWidth > box.width,
            };
          });
          assert.ok(!sideways, `${width}: nothing is scrolled sideways`);
          if (look === 'bar' && width === 375) assert.ok(covers <= 0.45, `covers ${covers}`);
          if (look === 'bar' && width === 1280) assert.ok(covers <= 0.22, `covers ${covers}`);
        });
      }
    });
  });
}

test('shows the whole of its settings on a phone, with sentences as long as sites write them', async () => {
  const longer = {
    'Работа сайта, защита форм и память о вашем выборе.': 'Нужны для работы сайта: вход, безопасность, запоминание выбора.',
    'Подсчёт посетителей и чтения статей.': 'Помогает понять, какие материалы читают. Хранится 12 месяцев.',
    'Подбор материалов по тому, что вы читали.': 'Подбирает материалы по истории просмотров. Хранится 6 месяцев.',
  };
  const site = await startSite({ policy: (text) => Object.entries(longer).reduce((changed, [from, to]) => changed.replace(from, to), text) });
  try {
    await visit(site.base, { viewport: { width: 375, height: 667 } }, async (page) => {
      await page.locator(CHOOSE).click();
      assert.match(await page.locator('#tc details').innerText(), /Хранится 12 месяцев/);
      const { hidden, save, panel } = await page.locator('#tc details > div').evaluate((settings) => ({
        hidden: settings.scrollHeight - settings.clientHeight,
        save: settings.querySelector('button').getBoundingClientRect().width,
        panel: settings.getBoundingClientRect().width,
      }));
      assert.ok(hidden <= 0, `${hidden} px of the settings are cut off`);
      assert.ok(save >= panel - 10, `"save" is ${save} px wide in ${panel} px`);
      assert.ok((await weight(page, REFUSE)).seen && (await weight(page, ACCEPT)).seen, 'the answers stay in view');
    });
  } finally {
    await site.stop();
  }
});

describe('the banner by keyboard and for the eye', () => {
  let site;
  before(async () => { site = await startSite(); });
  after(() => site.stop());

  test('takes no focus, is refused with no more keys than accepted, and Escape agrees to nothing', () => visit(site.base, {}, async (page) => {
    assert.equal(await page.evaluate(() => document.activeElement.localName), 'body');
    const order = [];
    while (!order.includes('accept')) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate(() => document.activeElement.value ?? document.activeElement.localName));
      const { ring, hidden } = await page.evaluate(() => {
        const box = document.activeElement.getBoundingClientRect();
        return { ring: getComputedStyle(document.activeElement).outlineStyle, hidden: box.bottom > innerHeight || box.top < 0 };
      });
      assert.ok(ring === 'solid' && !hidden, `focus is seen on ${order.at(-1)}`);
      assert.ok(order.length < 10, order.join());
    }
    assert.ok(order.indexOf('refuse') < order.indexOf('accept') && order.indexOf('refuse') < 5, order.join());
    await page.keyboard.press('Escape');
    assert.ok(await page.locator('#tc').isVisible());
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.deepEqual(await page.locator('#tc input[name=purpose]').evaluateAll((all) => all.map(({ checked }) => checked)), [true, false]);
    // Enter in a switch saves what is switched, it does not accept.
    await page.keyboard.press('Enter');
    await gone(page);
    await page.waitForFunction(() => window.told.length || performance.getEntriesByType('navigation')[0].type === 'reload');
    const { granted, refused } = await state(page, site.base);
    assert.deepEqual({ granted, refused }, { granted: ['metrics'], refused: ['recommendations'] });
  }));

  test('keeps its labels in high contrast', async () => {
    for (const colorScheme of ['light', 'dark']) {
      await visit(site.base, { forcedColors: 'active', colorScheme }, async (page) => {
        const { color, background } = await page.locator(REFUSE).evaluate((button) => {
          const style = getComputedStyle(button);
          return { color: style.color, background: style.backgroundColor };
        });
        assert.notEqual(color, background);
        // The picture of the button, since a style can lie: it holds both dark and light.
        const { data } = await pixels(page, await page.locator(REFUSE).screenshot());
        const levels = data.map((value) => value > 127);
        assert.ok(levels.includes(true) && levels.includes(false), colorScheme);
      });
    }
  });

  test('is not printed, and stands in the flow at four times the size', async () => {
    await visit(site.base, {}, async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.ok(!(await page.locator('#tc').isVisible()));
    });
    await visit(site.base, { viewport: { width: 320, height: 256 } }, async (page) => {
      assert.equal(await page.locator('#tc').evaluate((banner) => getComputedStyle(banner).position), 'static');
      await page.locator(REFUSE).scrollIntoViewIfNeeded();
      assert.ok((await weight(page, REFUSE)).seen);
    });
  });
});

async function pixels(page, png) {
  return page.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    context.drawImage(bitmap, 0, 0);
    const inner = context.getImageData(8, 8, bitmap.width - 16, bitmap.height - 16).data;
    return { data: Array.from(inner).filter((_, index) => index % 4 === 0) };
  }, png.toString('base64'));
}

describe('the script', () => {
  let site;
  before(async () => { site = await startSite({ policy: withoutWriters }); });
  after(() => site.stop());

  test('refuses in place, with one request, and says so', () => visit(site.base, {}, async (page) => {
    await scripted(page);
    let loads = 0;
    page.on('framenavigated', () => { loads += 1; });
    assert.deepEqual(await page.evaluate(() => window.towerConsent.state.undecided), ['metrics', 'recommendations']);
    await page.locator(REFUSE).dblclick();
    await gone(page);
    await page.waitForFunction(() => window.told.length);
    assert.equal(await page.locator('[role=status]').last().textContent(), 'Ваш выбор сохранён.');
    const told = await page.evaluate(() => window.told);
    assert.deepEqual(told, [{ granted: [], refused: ['metrics', 'recommendations'], undecided: [] }]);
    assert.ok(await page.evaluate(() => Object.isFrozen(window.towerConsent) && Object.isFrozen(window.towerConsent.state.refused)));
    assert.deepEqual([page.posts, loads, page.asked.filter((url) => !url.includes('counter.yadro.ru'))], [1, 0, []]);
    await page.evaluate(() => window.towerConsent.open());
    assert.ok(await page.locator('#tc').isVisible(), 'it can be opened again');
  }));

  test('brings what was withheld to life without a reload', () => visit(site.base, {}, async (page) => {
    await scripted(page);
    await page.evaluate(() => { window.same = true; });
    await page.locator(ACCEPT).click();
    await gone(page);
    await page.waitForFunction(() => !document.querySelector('[data-tc]'));
    assert.ok(await page.evaluate(() => window.same), 'the page is the same');
    for (const script of ['https://mc.yandex.ru/metrika/tag.js', 'https://top-fwz1.mail.ru/js/code.js', 'https://smi2.ru/data/js/95214.js']) {
      await page.waitForFunction((src) => [...document.scripts].some((one) => one.src === src), script);
    }
    assert.equal(page.posts, 1);
  }));

  test('keeps tabs in step', () => visit(site.base, {}, async (page, context) => {
    const other = await newPage(context, site.base);
    await other.goto(`${site.base}/article/1`);
    await Promise.all([scripted(page), scripted(other)]);
    await page.locator(ACCEPT).click();
    await gone(other);
    await other.waitForFunction(() => window.told.length);
    await other.evaluate(() => { window.same = true; });
    await page.goto(`${site.base}/_consent/`);
    await page.locator('form[action$="/withdraw"] button').click();
    // What ran there is stopped by a new page.
    await other.waitForFunction(() => !window.same && document.querySelector('[data-tc]'));
    await other.close();
  }));

  test('shows no old banner after going back', async () => {
    const keeping = await startBrowser([], { ignoreDefaultArgs: ['--disable-back-forward-cache'] });
    try {
      const page = await (await keeping.newContext({ locale: 'ru-RU' })).newPage();
      await page.addInitScript(() => { addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; }); });
      await page.goto(site.base);
      await scripted(page);
      await page.goto(`${site.base}/_consent/`);
      await page.locator('form[action$="/choice"] button[value=refuse]').click();
      await page.waitForURL(/_consent/);
      await page.goBack();
      await page.goBack();
      await page.waitForURL(`${site.base}/`);
      await gone(page);
    } finally {
      await keeping.close();
    }
  });

  test('keeps asking when the body is put in anew, and tells when a choice could not be kept', () => visit(site.base, {}, async (page) => {
    await scripted(page);
    await page.evaluate(() => {
      const body = document.createElement('body');
      body.innerHTML = '<main><h1>Next</h1></main>';
      document.body.replaceWith(body);
    });
    await page.locator('body > #tc').waitFor();
    await page.route('**/_consent/choice', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.locator(REFUSE).click();
    await page.locator('#tc p', { hasText: 'Сейчас выбор записать нельзя' }).waitFor();
    assert.ok(await page.locator('#tc').isVisible());
    page.errors = page.errors.filter((text) => !text.includes('503'));
  }));

  test('lives under a strict policy and with trusted types', async () => {
    const site = await startSite();
    let hashes;
    await visit(site.base, {}, async (page) => {
      // Those of the banner and of the link.
      const styles = await page.evaluate(() => [...document.querySelectorAll('#tc style, #tc-l style')].map((style) => style.textContent));
      assert.equal(styles.length, 2);
      hashes = styles.map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`).join(' ');
    });
    const context = await browser.newContext({ locale: 'ru-RU' });
    try {
      const page = await newPage(context, site.base);
      const violations = [];
      await page.exposeFunction('violated', (text) => violations.push(text));
      await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => {
        // The site's own inline counters come to life by a reload here, and are its own business.
        window.violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
      }));
      await page.route(`${site.base}/`, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({
          response: answer,
          headers: {
            ...answer.headers(),
            'content-security-policy': `default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; style-src 'self' ${hashes}; base-uri 'none'; require-trusted-types-for 'script'`,
          },
        });
      });
      await page.goto(site.base);
      await scripted(page);
      assert.deepEqual(violations, [], 'before');
      await page.locator(REFUSE).click();
      await gone(page);
      await page.waitForFunction(() => window.told.length);
      assert.deepEqual(violations, [], 'after');
    } finally {
      await context.close();
      await site.stop();
    }
  });
});

describe('the privacy centre', () => {
  for (const javaScriptEnabled of [true, false]) {
    test(`takes everything back, gives receipts and takes requests, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
      const site = await startSite();
      try {
        await visit(site.base, { javaScriptEnabled }, async (page) => {
          await page.locator(ACCEPT).click();
          await gone(page);
          await page.waitForLoadState('networkidle');
          await page.goto(`${site.base}/article/2`);
          // What a counter keeps where a page's folder is its path is sent to no page of the centre.
          await page.context().addCookies([{ name: '_ym_uid', value: '1', domain: '127.0.0.1', path: '/article' }]);
          // As easy as giving: the link stands on the page, and one button behind it is all.
          await page.locator('#tc-l a').click();
          await page.waitForURL(`${site.base}/_consent/?lang=ru`);
          assert.equal(await page.getByText('Вернуться на сайт').getAttribute('href'), '/article/2');
          await page.locator('form[action$="/withdraw"] button').click();
          await page.locator('.tc-history li').nth(1).waitFor();
          await page.waitForLoadState('load');
          assert.deepEqual((await page.context().cookies()).filter(({ path }) => path !== '/'), [], 'after two clicks');
          assert.deepEqual((await state(page, site.base)).refused, ['metrics', 'recommendations']);
          const receipt = await page.locator('.tc-history a[download]').first().getAttribute('href');
          const answer = await page.context().request.get(site.base + receipt);
          assert.equal((await answer.json()).kind, 'withdraw');
          await page.locator('input[name=request][value=correction]').check();
          await page.locator('input[name=contact]').fill('ivan@mail.example');
          await page.locator('textarea[name=message]').fill('Это <не> я');
          await page.locator('form[action$="/requests"] button').click();
          await page.waitForURL(/_consent\/requests\/\d+\?lang=ru$/);
          assert.match(await page.locator('h1').innerText(), /^Обращение № \d+$/);
          assert.match(await page.locator('main dl').innerText(), /\d+ \p{L}+ 20\d\d г\.[^]*ivan@mail\.example[^]*Это <не> я/u);
          await page.locator('a[href$="#requests"]').click();
          await page.locator('.tc-requests li', { hasText: 'Потребовать исправить данные' }).waitFor();
          page.errors.length = 0; // the counters of the article, which no host answers
        });
      } finally {
        await site.stop();
      }
    });
  }

  test('asks again about what changed, and says what', async () => {
    const site = await startSite();
    try {
      await visit(site.base, {}, async (page) => {
        await page.locator(REFUSE).click();
        await gone(page);
        await page.waitForFunction(() => window.told.length);
        await site.publish((policy) => policy.replace('сведения о прочитанных материалах', 'сведения о прочитанном и отмеченном'));
        await page.reload();
        await page.locator('#tc strong', { hasText: 'Рекомендательные технологии' }).waitFor();
        await page.locator(CHOOSE).click();
        assert.deepEqual(
          await page.locator('#tc input[name=purpose]').evaluateAll((all) => all.map(({ value }) => value)),
          ['recommendations'],
        );
        await page.locator(REFUSE).click();
        await gone(page);
        await page.reload();
        assert.equal(await page.locator('#tc').count(), 0);
      });
    } finally {
      await site.stop();
    }
  });
});
