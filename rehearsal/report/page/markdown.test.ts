import fc from 'fast-check';
import { markdown } from './markdown.ts';

const shown = (text: string) => markdown(text).html;

/** What a summary might hold to break the page. */
const hostile = fc.array(
  fc.constantFrom(
    ...['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '</details>', '<details>', '</div>'],
    ...['<summary>', '<details open onclick=x>', '[a](javascript:alert(1))', '![a](https://x.example/a.png)'],
    ...[
      '<a href="https://x.example">',
      '`<b>`',
      '\n\n',
      '| a | b |\n| --- | --- |\n| <i> | 1 |\n',
      '```\n',
      '"',
      '<!--',
      '<br>',
    ],
  ),
  { maxLength: 12 },
);

describe('a job summary', () => {
  it('is shown as GitHub shows it: tables, headings below the page’s, folded parts', () => {
    const page = shown(
      '# Released\n\n| a | b |\n| --- | --- |\n| 1 | **2** |\n\n<details><summary>More</summary>\n\n- x\n\n</details>\n',
    );
    expect(page).toContain('<h4>Released</h4>');
    expect(page).toContain('<td><strong>2</strong></td>');
    expect(page).toMatch(/<details><summary>More<\/summary>\s*<ul>\s*<li>x<\/li>\s*<\/ul>\s*<\/details>/);
  });

  it('lets no markup through but a few words of it, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile.map((parts) => parts.join('')),
          fc.string(),
        ),
        (text) => {
          const page = shown(text);
          const tags = [...page.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi)];
          const names = new Set(tags.map(([, , name = '']) => name.toLowerCase()));
          for (const name of ['script', 'img', 'iframe', 'style', 'input']) expect(names).not.toContain(name);
          for (const [, , , attributes = ''] of tags) {
            expect(attributes).toMatch(
              /^( class="[\w-]*"| align="\w+"| href="(https?:|#)[^"]*"| rel="noreferrer"| start="\d+")* ?\/?$/,
            );
          }
        },
      ),
    );
  });

  it('closes what it opens, and nothing of the page around it', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const open: string[] = [];
        for (const [, slash, name = ''] of shown(parts.join('')).matchAll(/<(\/?)(details|summary|div)\b/g)) {
          if (slash === '') open.push(name);
          else expect(open).toContain(name);
          if (slash === '/') open.splice(open.lastIndexOf(name), 1);
        }
        expect(open).toEqual([]);
      }),
    );
  });

  it('follows links of the web only', () => {
    expect(shown('[a](https://x.example) [b](javascript:alert(1)) [c](data:text/html,x)')).toBe(
      '<div class="markdown"><p><a href="https://x.example" rel="noreferrer">a</a> b c</p>\n</div>',
    );
  });
});
