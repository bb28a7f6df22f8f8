// scripts/view-report runs this in its working directory. It opens demo.html and many.html and compares them with the JSON beside them.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const require = createRequire(process.cwd() + '/');
const puppeteer = require('puppeteer-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const json = async (file) => JSON.parse(await readFile(file, 'utf8'));
const check = (holds, message) => {
    if (!holds) throw new Error(message);
};

const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
    for (const name of ['demo', 'many']) {
        const page = await browser.newPage();
        const problems = [];
        page.on('console', (message) => problems.push(message.text()));
        page.on('pageerror', (error) => problems.push(String(error)));
        page.on('request', (request) => request.url().startsWith('file:') || problems.push(`requests ${request.url()}`));
        await page.setViewport({ width: 1200, height: 900 });
        const times = [];
        for (let round = 0; round < 3; round += 1) {
            await page.goto(`file://${process.cwd()}/${name}.html`, { waitUntil: 'load' });
            times.push(await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(Math.round(performance.now())))))));
        }
        check(problems.length === 0, `${name}: ${problems.join('; ')}`);

        const usage = (await json(`${name}-usage.json`)).totals;
        const shown = await page.$$eval('#summary [data-key]', (all) => all.map((it) => [it.dataset.key, it.value]));
        for (const [key, value] of shown.filter(([key]) => key in usage)) {
            check(Number(value) === usage[key], `${name}: ${key} is ${value}, expected ${usage[key]}`);
        }
        const spans = (await json(`${name}-spans.json`)).spans;
        const rows = await page.$$eval('#names tbody tr', (all) => all.map((row) => [row.dataset.span, Object.fromEntries([...row.querySelectorAll('[data-key]')].map((it) => [it.dataset.key, Number(it.value)]))]));
        check(rows.length === spans.length, `${name}: ${rows.length} span names, expected ${spans.length}`);
        for (const [at, [span, numbers]] of rows.entries()) {
            check(span === spans[at].name && Object.entries(numbers).every(([key, value]) => spans[at][key] === value), `${name}: ${span} has ${JSON.stringify(numbers)}`);
        }

        // The keyboard reaches the first link, which skips the navigation, and opens a turn.
        await page.keyboard.press('Tab');
        check((await page.evaluate(() => document.activeElement.className)) === 'skip', `${name}: the first stop of the keyboard is not the link to the content`);
        const turn = await page.$('#turns details:not([open]) summary');
        await turn.focus();
        await page.keyboard.press('Enter');
        check(await turn.evaluate((summary) => summary.parentElement.open), `${name}: Enter does not open a turn`);

        // The flame graph is one stop of the keyboard. The arrow keys walk through its frames, each with those in it behind it; the
        // description of the chosen frame is read out and shown. Below 40 frames every one is visited.
        const frames = await page.$$eval('#flame input', (all) => all.map((it) => it.ariaLabel));
        const focused = () => page.evaluate(() => ({
            label: document.activeElement.ariaLabel,
            isFrame: document.activeElement.matches('#flame input'),
            shown: [...document.querySelectorAll('#flame .about')].filter((it) => it.checkVisibility()).map((it) => it.textContent),
        }));
        check(frames.length > 1 && frames[0].startsWith('all: '), `${name}: the flame graph has the frames ${frames.slice(0, 3)}`);
        await page.$eval('#turns details:last-of-type summary', (it) => it.focus());
        for (let stops = 0; stops < 1000 && !(await focused()).isFrame; stops += 1) await page.keyboard.press('Tab');
        const walk = frames.slice(0, 40);
        for (const [at, label] of walk.entries()) {
            const now = await focused();
            check(now.label === label && now.shown.length === 1 && now.shown[0] === label, `${name}: frame ${at} is ${JSON.stringify(now)}, expected ${label}`);
            await page.keyboard.press(at % 2 ? 'ArrowDown' : 'ArrowRight');
        }
        await page.keyboard.press('ArrowUp');
        check((await focused()).label === walk.at(-1), `${name}: the arrow keys do not go back in the flame graph`);
        const tree = await page.accessibility.snapshot({ interestingOnly: false, root: await page.$('#flame .flame') });
        const leaves = (node) => (node.children ? node.children.flatMap(leaves) : [node]);
        const buttons = leaves(tree).map((it) => (it.role === 'radio' && !it.description ? it.name : `${it.role} ${it.name}`));
        check(JSON.stringify(buttons) === JSON.stringify(frames), `${name}: the accessibility tree has ${buttons.length} frames, expected ${frames.length}`);
        await page.keyboard.press('Tab');
        check(!(await focused()).isFrame, `${name}: the flame graph has more than one stop of the keyboard`);
        await page.hover('#flame foreignObject:nth-of-type(2)');
        check((await focused()).shown.join() === frames[1], `${name}: the mouse shows ${(await focused()).shown}, expected ${frames[1]}`);

        let violations = [];
        if (name === 'demo') {
            for (const scheme of ['light', 'dark']) {
                await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
                // The protocol evaluates it beside the page, whose policy allows no script.
                await page.evaluate(axe);
                violations = violations.concat(await page.evaluate(async () => (await globalThis.axe.run()).violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.html.slice(0, 120)).slice(0, 3).join(' | ')}`)));
            }
        }
        check(violations.length === 0, `${name}: axe reports ${violations.join('\n')}`);
        // A4, landscape, less the margins of the style sheet. A page cannot be scrolled.
        await page.emulateMediaType('print');
        await page.setViewport({ width: 1031, height: 700 });
        const cut = await page.evaluate(() => [...document.querySelectorAll('table')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1).map((it) => it.caption?.textContent ?? 'a table'));
        check(cut.length === 0, `${name}: the page is too narrow for ${cut.join(', ')}`);
        await page.emulateMediaType('screen');
        const elements = await page.evaluate(() => document.getElementsByTagName('*').length);
        console.log(`${name}: ${elements} elements, opened and drawn after ${times.join(', ')} ms; ${frames.length} frames; ${spans.reduce((sum, it) => sum + it.count, 0)} spans`);
        await page.close();
    }
    if (process.env.PICTURES) {
        const page = await browser.newPage();
        await page.setViewport({ width: 1100, height: 1000 });
        for (const scheme of ['light', 'dark']) {
            await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
            await page.goto(`file://${process.cwd()}/many.html`);
            await page.screenshot({ path: `${process.env.PICTURES}/report-${scheme}.png` });
        }
        await page.goto(`file://${process.cwd()}/demo.html#turns`);
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
        await page.screenshot({ path: `${process.env.PICTURES}/report-turns.png` });
    }
} finally {
    await browser.close();
}
