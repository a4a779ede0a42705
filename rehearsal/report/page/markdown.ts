import { Marked, type Tokens } from 'marked';
import { escapeHtml, type Html } from './html.ts';

/** Headings of a summary stand below those of the page. */
const BELOW = 3;

/** Markup that job summaries use, without attributes; anything else is shown as it is written. */
const KNOWN = /<(\/?)(details|summary|b|i|strong|em|code|sub|sup|kbd)>|<br ?\/?>/gi;

/** A job summary, as GitHub shows it: GitHub's Markdown, nothing that asks a network, no markup but a few words of it. */
export function markdown(text: string): Html {
  const open: string[] = [];
  const marked = new Marked({ gfm: true, async: false });
  marked.use({
    renderer: {
      html: ({ text: markup }: Tokens.HTML | Tokens.Tag) => knownMarkup(markup, open),
      image: ({ text: alternative }) => escapeHtml(alternative),
      link({ href, tokens }) {
        const shown = this.parser.parseInline(tokens);
        return /^(https?:\/\/|#)/i.test(href)
          ? `<a href="${escapeHtml(href)}" rel="noreferrer">${shown}</a>`
          : shown;
      },
      heading({ tokens, depth }) {
        const level = Math.min(6, depth + BELOW);
        return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
      },
      checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    },
  });
  const body = marked.parse(text, { async: false });
  const closing = open.reverse().map((name) => `</${name}>`);
  return { html: `<div class="markdown">${body}${closing.join('')}</div>` };
}

/** Lets known words through, closes what it opens, and only that. */
function knownMarkup(markup: string, open: string[]): string {
  let result = '';
  let from = 0;
  for (const match of markup.matchAll(KNOWN)) {
    result += escapeHtml(markup.slice(from, match.index)) + oneTag(match[0], match[1], match[2], open);
    from = match.index + match[0].length;
  }
  return result + escapeHtml(markup.slice(from));
}

function oneTag(written: string, slash = '', name: string | undefined, open: string[]): string {
  if (name === undefined) return '<br>';
  const word = name.toLowerCase();
  if (slash === '') {
    open.push(word);
    return `<${word}>`;
  }
  if (open.at(-1) !== word) return escapeHtml(written);
  open.pop();
  return `</${word}>`;
}
