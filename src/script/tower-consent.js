// Makes the visitor's side smoother where scripts run; everything works without it, by forms.
//
// Of this file two scripts are made: one for pages that are made for each visitor, one for pages that are the same for
// everyone. A line that is marked `own` at its end stands in the first alone, one marked `shared` in the second.
//
// Its address carries its hash, it writes no markup and no inline handler, and it needs nothing but its own nonce or
// 'self' in a Content-Security-Policy. `tower-consent.d.ts` has the types of what a page can use.
(() => {
    const script = document.currentScript;
    const data = script.dataset;
    const prefix = new URL(script.src).pathname.replace(/\/assets\/.*/, '');
    const find = (selector) => document.querySelector(selector);
    const element = (name, values) => Object.assign(document.createElement(name), values);
    // Where there is none, nothing is told.
    const tabs = self.BroadcastChannel ? new BroadcastChannel('tower-consent' + prefix) : {};
    let banner = find('#tc');
    let pending = false;
    let state;

    // "metrics:1 recommendations:0 video:?" of the server becomes lists; "1?" is on unless refused, and still asked.
    const read = (text) => { //@own
        const lists = { granted: [], refused: [], undecided: [] }; //@own
        for (const word of text.split(' ').filter(Boolean)) { //@own
            const [purpose, sign] = word.split(':'); //@own
            if (sign.includes('1')) lists.granted.push(purpose); //@own
            if (sign.includes('0')) lists.refused.push(purpose); //@own
            if (sign.includes('?')) lists.undecided.push(purpose); //@own
        } //@own
        return freeze(lists); //@own
    }; //@own
    const freeze = (answer) => {
        const lists = {};
        for (const name of ['granted', 'refused', 'undecided']) lists[name] = Object.freeze(answer[name] || []);
        return Object.freeze(lists);
    };
    state = read(data.state || ''); //@own
    state = freeze({}); //@shared
    // A page for everyone is told with the state.
    const names = JSON.parse(data.clear || null); //@own
    const headers = { accept: 'application/json' };

    // Removes what refused services keep in storage: by name, or by what names begin with and a `*`. It may be forbidden.
    const clear = (names) => {
        for (const place in names)
            try {
                for (const name of names[place])
                    for (const key of Object.keys(self[place]))
                        if (key === name || key.slice(0, name.length - 1) + '*' === name) self[place].removeItem(key);
            } catch {}
    };

    // Says it to those who do not see it. It stands in the page before it speaks, else nobody hears it.
    const status = element('p', { id: 'tc-s', style: 'position:fixed;clip-path:inset(50%)' });
    status.setAttribute('role', 'status');
    const place = () => document.body && !status.isConnected && document.body.append(status);
    place();
    clear(names); //@own

    const everything = () => state.granted.length && !state.refused.length && !state.undecided.length;

    // Before the page is read to its end, its own scripts may write into it.
    const isLoading = () => document.readyState === 'loading'; //@shared

    // Brings what was withheld to life, in document order; where a part may need two purposes and names one, only when
    // everything is allowed. What would write into the page, or what the page's policy forbids, is left to a reload. That
    // does not help where the page is the same for everyone: what is written there is put where its script stands.
    let text = ''; //@shared
    let where; //@shared
    const revive = async (root) => {
        const parts = [...root.querySelectorAll('[data-tc]')]; //@own
        if (parts.some((part) => /document\.write/.test(part.textContent) || part.matches('meta,base,[style*="about:invalid#"],style:not([type])'))) //@own
            return location.reload(); //@own
        document.write = document.writeln = () => location.reload(); //@own
        if (isLoading()) await new Promise((next) => { addEventListener('DOMContentLoaded', next); }); //@shared
        // In a page for everyone a part names all purposes it needs.
        const parts = [...root.querySelectorAll('[data-tc]')].filter((part) => everything() || part.dataset.tc.split(' ').every((purpose) => state.granted.includes(purpose))); //@shared
        for (const part of parts) {
            if (!part.isConnected) continue;
            document.write = document.writeln = (...words) => { //@shared
                where = document.currentScript || where; //@shared
                if (!text) queueMicrotask(() => { //@shared
                    const written = text; //@shared
                    text = ''; //@shared
                    where?.after(document.createRange().createContextualFragment(written)); //@shared
                }); //@shared
                text += words.join(''); //@shared
            }; //@shared
            // What stood in its place goes.
            part.removeAttribute('srcdoc');
            if (part.previousElementSibling?.matches('[data-tc-for]')) {
                part.previousElementSibling.remove();
                part.hidden = false;
            }
            const isScript = part.matches('script');
            const live = isScript ? document.createElementNS(part.namespaceURI, 'script') : part;
            if (part.matches('script,style')) part.removeAttribute('type');
            for (const { name, value } of [...part.attributes]) {
                const own = name.replace(/^data-tc-/, '');
                if (own !== name) part.removeAttribute(name);
                if (own !== name || isScript) live.setAttribute(own, value); //@own
                const valid = value.replaceAll('about:invalid#', ''); //@shared
                if (own !== name || isScript || valid !== value) live.setAttribute(own, valid); //@shared
            }
            live.removeAttribute('data-tc');
            if (part.matches('style')) part.textContent = part.textContent.replaceAll('about:invalid#', ''); //@shared
            if (!isScript) continue;
            live.nonce = script.nonce;
            live.textContent = part.textContent;
            const loads = live.src && !live.hasAttribute('async');
            live.async = !loads;
            part.replaceWith(live);
            if (loads) await new Promise((next) => { for (const end of ['load', 'error']) live.addEventListener(end, next); });
            // One task each, so that a slow one does not hold up the visitor's next tap.
            await new Promise((next) => { setTimeout(next); });
        }
    };

    const apply = (answer, told) => {
        const next = freeze(answer);
        clear(answer.clear);
        const stopped = state.granted.some((purpose) => !next.granted.includes(purpose));
        const changed = JSON.stringify(state) !== JSON.stringify(next);
        state = next;
        if (!next.undecided.length && banner) banner.hidden = true;
        if (!changed) return;
        document.dispatchEvent(new CustomEvent('tc:change', { detail: state }));
        if (!told) tabs.postMessage?.({ ...state, clear: answer.clear });
        // Nothing but a new page stops a script that runs. Until then it may write what was removed; a page for everyone
        // asks anew when it is loaded, and removes it then.
        if (stopped) for (const end of ['pagehide', 'visibilitychange', 'unload']) addEventListener(end, () => clear(answer.clear)); //@own
        if (stopped) return location.reload();
        if (!next.granted.length || !find('[data-tc]')) return; //@own
        if (!everything()) return location.reload(); //@own
        revive(document).catch(() => location.reload()); //@own
        // Scripts of others are told first; what stands for them in the page holds for everyone.
        if (!find('#tc-t')) return revive(document); //@shared
        const onload = () => revive(document); //@shared
        document.head.append(element('script', { nonce: script.nonce, src: prefix + '/signals.js', onload, onerror: onload })); //@shared
    };

    // Asks the site what is decided.
    const learn = async () => {
        const answer = await fetch(prefix + '/state', { headers }); //@own
        const answer = await fetch(prefix + '/state?ask=' + data.ask, { headers }); //@shared
        if (!answer.ok) return;
        const next = await answer.json();
        apply(next, true);
        // That the browser's signal counts is told where California's law asks for it.
        if (next.signal && !data.signal) //@shared
            for (const place of document.querySelectorAll('#tc-h,#tc-l a')) place.append(data.signal = next.signal); //@shared
        // What is still to be asked is asked by the banner in the page, made ready for it. In a frame the page around asks.
        if (!next.token || !banner?.hidden || self !== top) return; //@shared
        const form = find('#tc form'); //@shared
        form.token.value = next.token; //@shared
        form.back.value = location.pathname + location.search; //@shared
        if (next.again) { //@shared
            find('#tc-h').after(element('strong', { textContent: next.again })); //@shared
            for (const input of form.querySelectorAll('[name=purpose]')) { //@shared
                if (!next.undecided.includes(input.value)) input.closest('label').remove(); //@shared
                else form.append(element('input', { type: 'hidden', name: 'asked', value: input.value })); //@shared
            } //@shared
        } //@shared
        banner.hidden = false; //@shared
    };

    const change = async (path, body) => {
        if (pending) return state;
        pending = true;
        try {
            const answer = await fetch(prefix + path, {
                method: 'POST',
                body,
                headers,
                keepalive: true,
            });
            if (!answer.ok) throw answer;
            const next = await answer.json();
            status.textContent = data.saved;
            apply(next);
        } catch (error) {
            if (banner) {
                banner.hidden = false;
                find('#tc-h').after(element('p', { textContent: data.error }));
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
        if (!banner?.contains(form) || event.defaultPrevented) return;
        event.preventDefault();
        const body = new URLSearchParams(new FormData(form, event.submitter));
        // The banner goes with the next frame; the choice is acknowledged once it is kept.
        banner.hidden = true;
        change('/choice', body).catch(() => {});
    });

    // What another tab chose, and what was chosen while this page lay in the browser's memory of pages gone back from.
    tabs.onmessage = ({ data }) => apply(data, true);
    addEventListener('pageshow', ({ persisted }) => {
        if (persisted) learn();
    });
    learn(); //@shared
    // The privacy centre, which works by forms, tells the other tabs what it shows.
    if (data.tell !== undefined) tabs.postMessage?.({ ...state, clear: names }); //@own

    // Navigation inside the page: a body put in anew keeps the question; a fragment that comes later lives at once.
    new MutationObserver((records) => {
        place();
        if (banner && !banner.hidden && !banner.isConnected) {
            const other = find('#tc');
            if (other) banner = other; //@own
            if (other) other.replaceWith(banner); //@shared
            else document.body.prepend(banner);
        }
        if (!everything()) return; //@own
        if (isLoading()) return; //@shared
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
            if (!banner?.isConnected) return location.assign(find('#tc-l a') || prefix + '/');
            banner.hidden = false;
            find('#tc summary').focus();
        },
        withdraw: () => change('/withdraw', new URLSearchParams()),
    });
})();
