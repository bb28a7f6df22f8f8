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
        const elements = await page.evaluate(() => document.getElementsByTagName('*').length);
        console.log(`${name}: ${elements} elements, opened and drawn after ${times.join(', ')} ms; ${spans.reduce((sum, it) => sum + it.count, 0)} spans`);
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
