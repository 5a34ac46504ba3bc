// An automatic refuser, DuckDuckGo's autoconsent, answers the banner for its user: with its own rules and heuristics
// alone, and with the rule of examples/autoconsent.json. The server must have recorded the refusal.
//
//   node --test tests/browser/autoconsent.test.mjs

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { startBrowser, startSite } from './site.mjs';

const BASE = dirname(dirname(createRequire(import.meta.url).resolve('@duckduckgo/autoconsent')));
const ENGINE = await readFile(join(BASE, 'dist/autoconsent.playwright.js'), 'utf8');
const RULES = JSON.parse(await readFile(join(BASE, 'rules/rules.json'), 'utf8'));
const OURS = JSON.parse(await readFile(new URL('../../examples/autoconsent.json', import.meta.url), 'utf8'));
const PATIENCE = 15_000;

let browser;
before(async () => { browser = await startBrowser(); });
after(() => browser.close());

const CONFIG = {
  enabled: true, autoAction: 'optOut', disabledCmps: [], enablePrehide: true, enableCosmeticRules: true,
  enableGeneratedRules: true, detectRetries: 20, isMainWorld: false, prehideTimeout: 2000,
  enableHeuristicDetection: true, enableHeuristicAction: true, heuristicMode: 'tier2',
  logs: { lifecycle: false, rulesteps: false, detectionsteps: false, evals: false, errors: false, messages: false, waits: false },
};

async function refused(base, locale, rules) {
  const context = await browser.newContext({ locale });
  const said = [];
  try {
    const page = await context.newPage();
    await page.exposeBinding('autoconsentSendMessage', async ({ frame }, message) => {
      said.push(message);
      const answer = (back) => frame.evaluate((value) => window.autoconsentReceiveMessage?.(value), back).catch(() => {});
      if (message.type === 'init') await answer({ type: 'initResp', config: CONFIG, rules });
      if (message.type === 'eval') {
        await answer({ type: 'evalResp', id: message.id, result: await frame.evaluate(message.code).catch(() => false) });
      }
    });
    await page.addInitScript(ENGINE);
    await page.goto(base, { waitUntil: 'load' });
    await page.locator('#tc').waitFor({ state: 'hidden', timeout: PATIENCE });
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const state = await (await context.request.get(`${base}/_consent/state`)).json();
      if (state.undecided.length === 0) return { state, by: said.filter(({ type }) => type === 'optOutResult').map(({ cmp }) => cmp) };
      assert.ok(Date.now() < deadline, 'the server has no refusal');
    }
  } finally {
    await context.close();
  }
}

for (const variant of ['bar', 'corner', 'centred']) {
  for (const locale of ['ru-RU', 'en-GB']) {
    test(`${variant}, ${locale}`, async () => {
      const site = await startSite({ policy: `[banner]\nvariant = "${variant}"\nclose = true` });
      try {
        const alone = await refused(site.base, locale, RULES);
        assert.deepEqual([alone.state.granted, alone.state.refused], [[], ['metrics', 'recommendations']]);
        const { autoconsent } = RULES;
        const ruled = await refused(site.base, locale, { ...RULES, autoconsent: [OURS, ...autoconsent] });
        assert.deepEqual([ruled.state.granted, ruled.state.refused], [[], ['metrics', 'recommendations']]);
        assert.deepEqual(ruled.by, [OURS.name]);
      } finally {
        await site.stop();
      }
    });
  }
}
