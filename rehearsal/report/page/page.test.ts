import { exampleReport as report } from './example-report.ts';
import { renderPage } from './page.ts';

describe('the report page', () => {
  it('says first whether everything held', () => {
    expect(renderPage(report())).toMatch(/<h1 class="good">✓ Everything held<\/h1>/);
    expect(renderPage(report({ held: false }))).toMatch(/<h1 class="bad">✗ Not everything held<\/h1>/);
  });

  it('marks every stretch that lost a request, and when', () => {
    expect(renderPage(report())).toContain('1 requests lost at 0.3 s');
  });

  it('escapes what actions print', () => {
    const page = renderPage(report());
    expect(page).toContain('a &amp; b');
    expect(page).toContain('# &lt;b&gt;Released&lt;/b&gt;');
    expect(page).not.toContain('<b>Released');
  });

  it('asks nothing of any network', () => {
    expect(renderPage(report())).not.toMatch(/(src|href)="https?:|@import|url\(/);
  });
});
