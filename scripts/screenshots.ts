/**
 * `node scripts/screenshots.ts [FILE]`: the README's pictures of the report, from `rehearsal/out/report.html` or from
 * the page that is given: docs/images/report.png as on a desk, docs/images/report-phone.png as on a phone.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type ViewportSize } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const EXECUTABLE = '/usr/bin/chromium';
const LARGEST = 400_000;

const PICTURES = [
  { file: 'docs/images/report.png', viewport: { width: 1160, height: 1480 } },
  { file: 'docs/images/report-phone.png', viewport: { width: 390, height: 1180 } },
] as const satisfies { file: string; viewport: ViewportSize }[];

async function main(file: string): Promise<void> {
  if (!existsSync(file))
    throw new Error(`There is no ${file}: \`npm run rehearse\` writes one, or give the path of another.`);
  if (!existsSync(EXECUTABLE))
    throw new Error(`There is no ${EXECUTABLE} to draw the page: install Debian’s package chromium.`);
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    for (const picture of PICTURES)
      await take(browser, pathToFileURL(resolve(file)).href, picture.viewport, join(root, picture.file));
  } finally {
    await browser.close();
  }
}

async function take(browser: Browser, url: string, viewport: ViewportSize, file: string): Promise<void> {
  const tab = await browser.newPage({ viewport, colorScheme: 'light' });
  await tab.goto(url);
  await tab.screenshot({ path: file });
  await tab.close();
  const { size } = statSync(file);
  if (size > LARGEST) throw new Error(`${file} has ${size} bytes, and a README’s picture at most ${LARGEST}`);
  console.log(`${file}: ${Math.round(size / 1000)} kB`);
}

await main(process.argv[2] ?? join(root, 'rehearsal', 'out', 'report.html'));
