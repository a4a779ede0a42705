import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { exampleReport } from './example-report.ts';
import { renderPage } from './page.ts';

const EXECUTABLE = '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const there = existsSync(EXECUTABLE);
if (!there) console.warn(`Skipped: the page is looked at in Chromium, and there is no ${EXECUTABLE}`);

(there ? describe : describe.skip)('the report page in a browser', () => {
  let browser: Browser;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pika-page-'));
    file = join(folder, 'report.html');
    writeFileSync(file, renderPage(exampleReport()));
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: QUIET });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  it('fits a phone: only the charts scroll, the page does not', async () => {
    const page = await open(360);
    const [content, window] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ];
    expect(content).toBeLessThanOrEqual(window);
  });

  it('asks for nothing over a network', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    expect(asked.filter((url) => !url.startsWith('file:'))).toEqual([]);
  });
});
