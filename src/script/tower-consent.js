// Makes the visitor's side smoother where scripts run; everything works without it, by forms.
//
// Its address carries its hash, it writes no markup and no inline handler, and it needs nothing but its own nonce or
// 'self' in a Content-Security-Policy. `tower-consent.d.ts` has the types of what a page can use.
(() => {
    const script = document.currentScript;
    const data = script.dataset;
    const prefix = new URL(script.src).pathname.replace(/\/assets\/.*/, '');
    const find = (selector) => document.querySelector(selector);
    const tabs = 'BroadcastChannel' in self ? new BroadcastChannel('tower-consent' + prefix) : null;
    let banner = find('#tc');
    let pending = false;
    let state;

    // "metrics:1 recommendations:0 video:?" of the server becomes lists; "1?" is on unless refused, and still asked.
    const read = (text) => {
        const lists = { granted: [], refused: [], undecided: [] };
        for (const word of text.split(' ').filter(Boolean)) {
            const [purpose, sign] = word.split(':');
            if (sign.includes('1')) lists.granted.push(purpose);
            if (sign.includes('0')) lists.refused.push(purpose);
            if (sign.includes('?')) lists.undecided.push(purpose);
        }
        return freeze(lists);
    };
    const freeze = ({ granted, refused, undecided }) =>
        Object.freeze({
            granted: Object.freeze(granted),
            refused: Object.freeze(refused),
            undecided: Object.freeze(undecided || []),
        });
    state = read(data.state || '');

    // Says it to those who do not see it. It stands in the page before it speaks, else nobody hears it.
    const status = document.createElement('p');
    status.setAttribute('role', 'status');
    status.id = 'tc-s';
    status.style.cssText = 'position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%)';
    const place = () => document.body && !status.isConnected && document.body.append(status);
    place();

    // Brings what was withheld to life, in document order; only when everything is allowed, since a part may need two
    // purposes. What would write into the page, or what the page's policy forbids, is left to a reload.
    const revive = async (root) => {
        const parts = [...root.querySelectorAll('[data-tc]')];
        if (parts.some((part) => /document\.write/.test(part.textContent) || part.matches('meta,base,[style*="about:invalid#"],style:not([type])')))
            return location.reload();
        document.write = document.writeln = () => location.reload();
        for (const part of parts) {
            if (!part.isConnected) continue;
            // What stood in its place goes.
            if (part.localName === 'iframe') part.removeAttribute('srcdoc');
            if (part.previousElementSibling?.matches('[data-tc-for]')) {
                part.previousElementSibling.remove();
                part.hidden = false;
            }
            const isScript = part.localName === 'script';
            const live = isScript ? document.createElementNS(part.namespaceURI, 'script') : part;
            if (isScript || part.localName === 'style') part.removeAttribute('type');
            for (const { name, value } of [...part.attributes]) {
                const own = name.startsWith('data-tc-');
                if (own) part.removeAttribute(name);
                if (own || isScript && name !== 'data-tc') live.setAttribute(own ? name.slice(8) : name, value);
            }
            live.removeAttribute('data-tc');
            if (!isScript) continue;
            live.nonce = script.nonce;
            live.textContent = part.textContent;
            const loads = live.src && !live.hasAttribute('async');
            live.async = !loads;
            const done = loads && new Promise((next) => { for (const end of ['load', 'error']) live.addEventListener(end, next); });
            part.replaceWith(live);
            await done;
            // One task each, so that a slow one does not hold up the visitor's next tap.
            await new Promise((next) => { setTimeout(next); });
        }
    };

    const apply = (next, told) => {
        const stopped = state.granted.some((purpose) => !next.granted.includes(purpose));
        const changed = JSON.stringify(state) !== JSON.stringify(next);
        state = next;
        if (!next.undecided.length && banner) banner.hidden = true;
        if (!changed) return;
        document.dispatchEvent(new CustomEvent('tc:change', { detail: state }));
        if (!told && tabs) tabs.postMessage(state);
        // Nothing but a new page stops a script that runs.
        if (stopped) return location.reload();
        if (!next.granted.length || !find('[data-tc]')) return;
        if (next.refused.length || next.undecided.length) return location.reload();
        revive(document).catch(() => location.reload());
    };

    const send = async (path, body) => {
        const answer = await fetch(prefix + path, {
            method: 'POST',
            body,
            headers: { accept: 'application/json' },
            keepalive: true,
        });
        if (!answer.ok) throw answer;
        return answer.json();
    };
    const change = async (path, body) => {
        if (pending) return state;
        pending = true;
        try {
            const next = freeze(await send(path, body));
            status.textContent = data.saved;
            apply(next);
        } catch (error) {
            if (banner) {
                banner.hidden = false;
                const told = document.createElement('p');
                told.textContent = data.error;
                find('#tc-h').after(told);
            }
            status.textContent = data.error;
            throw error;
        } finally {
            pending = false;
        }
        return state;
    };

    document.addEventListener('submit', (event) => {
        const form = event.target;
        if (!banner || !banner.contains(form) || event.defaultPrevented) return;
        event.preventDefault();
        const body = new URLSearchParams(new FormData(form, event.submitter));
        // The banner goes with the next frame; the choice is acknowledged once it is kept.
        banner.hidden = true;
        change('/choice', body).catch(() => {});
    });

    // What another tab chose, and what was chosen while this page lay in the browser's memory of pages gone back from.
    if (tabs) tabs.onmessage = ({ data }) => apply(freeze(data), true);
    addEventListener('pageshow', async ({ persisted }) => {
        if (!persisted) return;
        const answer = await fetch(prefix + '/state', { headers: { accept: 'application/json' } });
        if (answer.ok) apply(freeze(await answer.json()), true);
    });
    // The privacy centre, which works by forms, tells the other tabs what it shows.
    if (tabs && data.tell !== undefined) tabs.postMessage(state);

    // Navigation inside the page: a body put in anew keeps the question; a fragment that comes later lives at once.
    new MutationObserver((records) => {
        place();
        if (banner && !banner.hidden && !banner.isConnected) {
            const other = find('#tc');
            if (other) banner = other;
            else document.body.prepend(banner);
        }
        if (state.refused.length || state.undecided.length || !state.granted.length) return;
        for (const { addedNodes } of records)
            for (const node of addedNodes)
                if (node.querySelector && (node.matches('[data-tc]') || node.querySelector('[data-tc]')))
                    revive(node.parentNode || node).catch(() => {});
    }).observe(document.documentElement, { childList: true, subtree: true });

    self.towerConsent = Object.freeze({
        get state() {
            return state;
        },
        open() {
            if (!banner || !banner.isConnected) return location.assign(prefix + '/');
            banner.hidden = false;
            find('#tc summary').focus();
        },
        withdraw: () => change('/withdraw', new URLSearchParams()),
    });
})();
