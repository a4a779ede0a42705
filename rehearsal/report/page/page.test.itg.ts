import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
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
const DESKTOP = { viewport: { width: 1200, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 } };

const there = existsSync(EXECUTABLE);
const unlessThere = there ? '' : ` (skipped: there is no ${EXECUTABLE})`;

(there ? describe : describe.skip)(`the report page in a browser${unlessThere}`, () => {
  let browser: Browser;
  let folder: string;
  let file: string;
  /** What a page asked for and what it complained about: there must be nothing of either. */
  let asked: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pika-page-'));
    file = join(folder, 'report.html');
    writeFileSync(file, renderPage(exampleReport({ held: false })));
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: QUIET });
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
  });
  afterEach(async () => {
    expect(asked).toEqual([pathToFileURL(file).href]);
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  async function open(options: BrowserContextOptions): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => asked.push(message.text()));
    page.on('pageerror', (error) => asked.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  const numbers = (page: Page, script: string) => page.evaluate(script) as Promise<number[]>;
  const focused = (page: Page) => page.locator(':focus');

  async function tabTo(page: Page, text: RegExp): Promise<void> {
    for (let presses = 0; presses < 80; presses++) {
      await page.keyboard.press('Tab');
      const name = (await focused(page).getAttribute('aria-label')) ?? (await focused(page).textContent());
      if (text.test(name ?? '')) return;
    }
    throw new Error(`Eighty tabs reached nothing that is called ${text}`);
  }

  it.each([320, 390, 768, 1200])('fits %i pixels: what is wider scrolls by itself', async (width) => {
    const page = await open({ viewport: { width, height: 800 } });
    // With everything unfolded, too.
    await page.evaluate(
      "document.querySelectorAll('details').forEach((details) => { details.open = true; })",
    );
    const [content = 0, window = 0] = await numbers(
      page,
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    expect(content).toBeLessThanOrEqual(window);
  });

  it.each([
    ['wide', DESKTOP, 'across', 'down'],
    ['narrow', PHONE, 'down', 'across'],
  ])('draws the graph as the page is: %s', async (_name, options, shown, hidden) => {
    const page = await open(options);
    await page.locator(`.graph.${shown}`).first().waitFor({ state: 'visible' });
    expect(await page.locator(`.graph.${hidden}`).first().isVisible()).toBe(false);
  });

  it('is walked by keyboard: past the top, along the graph, into what a job did', async () => {
    const page = await open(DESKTOP);
    await page.keyboard.press('Tab');
    expect(await focused(page).textContent()).toBe('To the acts');
    await page.keyboard.press('Enter');
    await tabTo(page, /^production, success/);
    expect(await page.getByText('Released to production').first().isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    await page.getByText('Released to production').first().waitFor({ state: 'visible' });
    await tabTo(page, /^Log, 1 line$/);
    await page.keyboard.press('Enter');
    await page.locator('.job[open] pre').waitFor({ state: 'visible' });
  });

  it('shows where the focus is, on everything that takes it', async () => {
    const page = await open(DESKTOP);
    for (let presses = 0; presses < 30; presses++) {
      await page.keyboard.press('Tab');
      const [outline = 0, stroke = 0] = await numbers(
        page,
        `(() => { const it = document.activeElement; const box = it.querySelector('rect');
          return [parseFloat(getComputedStyle(it).outlineWidth) * (getComputedStyle(it).outlineStyle !== 'none'), box ? parseFloat(getComputedStyle(box).strokeWidth) : 0]; })()`,
      );
      expect(Math.max(outline, stroke)).toBeGreaterThanOrEqual(3);
    }
  });

  it('has a name for everything that is a link, a control, a picture or a region', async () => {
    const page = await open(DESKTOP);
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('a, summary, input, svg:not([aria-hidden]), [role]')]
      .filter((it) => !(it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent).trim())
      .map((it) => it.outerHTML.slice(0, 80))`);
    expect(nameless).toEqual([]);
    await page.getByRole('heading', { level: 1, name: '1 expectation did not hold', exact: true }).waitFor();
  });

  it('leads by its links to places that there are', async () => {
    const page = await open(DESKTOP);
    const dead = await page.evaluate(
      `[...document.querySelectorAll('a[href^="#"]')].map((it) => it.getAttribute('href')).filter((href) => !document.querySelector(href))`,
    );
    expect(dead).toEqual([]);
  });

  it('filters permissions to those that were never used', async () => {
    const page = await open(PHONE);
    await page.getByText('pika-build', { exact: false }).last().click();
    await page.getByText('ecr:PutImage').waitFor({ state: 'visible' });
    await page.getByLabel('only what was never used').focus();
    await page.keyboard.press('Space');
    await page.getByText('ecr:PutImage').waitFor({ state: 'hidden' });
    expect(await page.getByText('ecr:DeleteRepository').isVisible()).toBe(true);
  });

  it('moves nothing for who wants nothing moved', async () => {
    const behaviours = await Promise.all(
      (['reduce', 'no-preference'] as const).map(async (reducedMotion) => {
        const page = await browser.newPage({ reducedMotion });
        await page.goto(pathToFileURL(file).href);
        return page.evaluate('getComputedStyle(document.documentElement).scrollBehavior');
      }),
    );
    asked.push(pathToFileURL(file).href);
    expect(behaviours).toEqual(['auto', 'smooth']);
  });

  it('is dark for who has it dark', async () => {
    const [light, dark] = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const page = await browser.newPage({ colorScheme });
        await page.goto(pathToFileURL(file).href);
        return page.evaluate('getComputedStyle(document.body).backgroundColor');
      }),
    );
    asked.push(pathToFileURL(file).href);
    expect(light).not.toBe(dark);
  });
});
