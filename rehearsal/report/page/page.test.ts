import { exampleReport as report } from './example-report.ts';
import { renderPage } from './page.ts';

describe('the report page', () => {
  it('says first whether everything held', () => {
    expect(renderPage(report())).toMatch(/<h1 class="good">✓ Everything held<\/h1>/);
    expect(renderPage(report({ held: false }))).toMatch(/<h1 class="bad">✗ Not everything held<\/h1>/);
  });

  it('asks nothing of any network', () => {
    expect(renderPage(report())).not.toMatch(/(src|href)="https?:|@import|url\(/);
  });
});
