// Makes pictures of everything a visitor sees: the banner in every variant, width and colour scheme, with its switches
// open, in high contrast and from right to left, what stands for a withheld frame, and the pages of the privacy centre; and
// the operator's dashboard over a log of invented choices.
//
//   node tests/browser/screenshots.mjs DIRECTORY [LANGUAGE [dashboard|placeholder]]
//
// The language is that of the browser, `ru-RU` unless told; the last word makes those pictures alone.
// NEWS_SITE, FAULTS, PAGES_SITE: the examples' binaries. CHROMIUM: the browser.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TOKEN, startBrowser, startSite } from './site.mjs';

const [directory, locale = 'ru-RU', only] = process.argv.slice(2);
if (!directory) {
  console.error('usage: node screenshots.mjs DIRECTORY [LANGUAGE [dashboard|placeholder]]');
  process.exit(2);
}

const SIZES = [[1280, 800], [768, 1024], [375, 667], [320, 568]];
const THEMES = `light = { background = "#fffdf8", text = "#2b2118", button = "#7d0d15", button-text = "#ffffff", focus = "#1a73e8" }
dark = { background = "#221a18", text = "#f3e9e2", button = "#f0b8b2", button-text = "#2a0a0a", focus = "#8ab4f8" }
radius = "large"
text-size = "16px"`;
const LOOKS = {
  bar: '[banner]\nvariant = "bar"',
  corner: '[banner]\nvariant = "corner"\nclose = true',
  centred: '[banner]\nvariant = "centred"\nradius = "large"',
  themed: `[banner]\nvariant = "corner"\nclose = true\n${THEMES}`,
  close: '[banner]\nvariant = "bar"\nclose = true',
};

await mkdir(directory, { recursive: true });
const browser = await startBrowser();
const ACCEPT = '#tc button[value=accept]';

async function picture(base, name, { size: [width, height], path = '/', before, fullPage = false, ...options }) {
  const context = await browser.newContext({
    locale, viewport: { width, height }, colorScheme: 'light', reducedMotion: 'reduce', ...options,
  });
  const page = await context.newPage();
  const answer = await page.goto(base + path, { waitUntil: 'load' });
  if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
  await before?.(page);
  const file = join(directory, `${name}-${width}x${height}.png`);
  await page.screenshot({ path: file, fullPage });
  const covered = await page.evaluate(() => {
    const box = document.querySelector('#tc')?.getBoundingClientRect();
    return box ? Math.round((100 * box.width * box.height) / (innerWidth * innerHeight)) : undefined;
  });
  console.log(file, covered === undefined ? '' : `covers ${covered} %`);
  await context.close();
}

async function dashboard() {
  const site = await startSite({ dashboard: true, sample: 90 });
  try {
    await site.publish((text) => text.replace('retention = "365 days"', 'retention = "730 days"'));
    for (const [size, colorScheme] of [[[1280, 800], 'light'], [[1280, 800], 'dark'], [[375, 667], 'light'], [[375, 667], 'dark']]) {
      await picture(site.admin, `dashboard-login-${colorScheme}`, { size, colorScheme });
      for (const path of ['/', '/ledger', '/inventory', '/requests', '/policy', '/health', '/export']) {
        const name = path === '/' ? 'overview' : path.slice(1);
        await picture(site.admin, `dashboard-${name}-${colorScheme}`, {
          size, colorScheme, fullPage: true, path: '/login', before: async (page) => {
            await page.fill('#token', TOKEN);
            await page.click('form button');
            for (let tries = 0; await page.$('progress') || !(await page.$('.attention')); tries += 1) {
              if (tries > 200) throw new Error('the log was not counted');
              await page.waitForTimeout(200);
              await page.reload();
            }
            const answer = await page.goto(site.admin + path);
            if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
          },
        });
      }
    }
  } finally {
    await site.stop();
  }
}

/** The seed with videos, which are asked about on their own. */
const withVideos = (policy) => policy.replace('[[service]]', `[[purpose]]
id = "video"
kind = "video"
title = { ru = "Видео", en = "Video" }
description = { ru = "Показ роликов в статьях.", en = "Showing films in stories." }
basis = "consent"
data = [{ ru = "IP-адрес", en = "IP address" }]
subjects = [{ ru = "посетители сайта", en = "visitors of the site" }]
retention = "180 days"

[[service]]
catalogue = "rutube"
purpose = "video"

[[service]]`);
const STORIES = {
  ru: ['Мост через Кубань открыли на месяц раньше срока', 'Первые машины прошли по новому мосту в пятницу вечером. Движение пустили в обе стороны, ограничения для грузовиков снимут после испытаний.', 'Как шла стройка, показывает съёмка с воздуха:'],
  en: ['The bridge across the Kuban opens a month early', 'The first cars crossed the new bridge on Friday evening. Both directions are open; the limits for lorries will be lifted after the trials.', 'How it was built, seen from the air:'],
};

async function placeholder() {
  const language = locale.slice(0, 2) in STORIES ? locale.slice(0, 2) : 'en';
  const [title, text, film] = STORIES[language];
  const story = `<!DOCTYPE html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{margin:0;font:17px/1.5 Georgia,"Noto Serif",serif;color:#222;background:#fff}main{max-width:640px;margin:0 auto;padding:16px 24px}h1{font-size:28px;line-height:1.2;margin:8px 0 12px}
iframe{display:block;width:100%;aspect-ratio:16/9;border:0}@media (prefers-color-scheme:dark){body{color:#ddd;background:#161616}}</style></head>
<body><main><h1>${title}</h1><p>${text}</p><p>${film}</p><iframe title="${film}" src="https://rutube.ru/play/embed/1"></iframe></main></body></html>`;
  const site = await startSite({ policy: withVideos, pages: { 'story.html': story } });
  try {
    const refuse = async (page) => {
      await page.locator('#tc form > div button[value=refuse]').click();
      await page.locator('#tc').waitFor({ state: 'hidden' });
      await page.waitForFunction(() => window.towerConsent.state.refused.length);
      await page.reload();
    };
    for (const size of [[768, 680], [375, 667], [320, 568]]) {
      for (const colorScheme of ['light', 'dark']) {
        await picture(site.base, `placeholder-${colorScheme}`, { size, colorScheme, path: '/story.html', before: refuse });
      }
    }
  } finally {
    await site.stop();
  }
}

try {
  if (only !== 'placeholder') await dashboard();
  if (only !== 'dashboard') await placeholder();
  for (const [look, policy] of Object.entries(only ? {} : LOOKS)) {
    const site = await startSite({ policy });
    try {
      for (const size of SIZES) {
        await picture(site.base, `${look}-light`, { size });
        await picture(site.base, `${look}-dark`, { size, colorScheme: 'dark' });
      }
      const open = (page) => page.locator('#tc summary').click();
      await picture(site.base, `${look}-open`, { size: [1280, 800], before: open });
      await picture(site.base, `${look}-open`, { size: [375, 667], before: open });
      await picture(site.base, `${look}-forced`, { size: [1280, 800], forcedColors: 'active' });
      await picture(site.base, `${look}-forced`, { size: [375, 667], forcedColors: 'active', colorScheme: 'dark' });
      await picture(site.base, `${look}-zoom`, { size: [320, 256] });
      await picture(site.base, `${look}-rtl`, {
        size: [1280, 800],
        before: (page) => page.evaluate(() => { document.querySelector('#tc').dir = 'rtl'; }),
      });
      if (look !== 'bar') continue;
      const accept = async (page) => {
        await page.locator(ACCEPT).click();
        await page.locator('#tc').waitFor({ state: 'hidden' });
      };
      for (const [size, colorScheme] of [[[1280, 800], 'light'], [[375, 667], 'dark']]) {
        await picture(site.base, `link-${colorScheme}`, { size, colorScheme, before: accept });
        await picture(site.base, `centre-${colorScheme}`, {
          size, colorScheme, fullPage: true, before: async (page) => {
            await accept(page);
            await page.goto(`${site.base}/_consent/`);
          },
        });
        for (const document of ['consent', 'cookies']) {
          await picture(site.base, `${document}-${colorScheme}`, {
            size, colorScheme, fullPage: true, path: `/_consent/documents/${document}`,
          });
        }
      }
    } finally {
      await site.stop();
    }
  }
} finally {
  await browser.close();
}
