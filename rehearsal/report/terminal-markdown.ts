import { bold } from './terminal.ts';

/** A job summary as lines of a terminal: rows of two are a name and what it is, links are their words. */
export function markdownLines(markdown: string, columns = 80): string[] {
  return markdown.split('\n').flatMap((line) => {
    const [, heading] = /^#+ (.*)$/.exec(line) ?? [];
    if (heading !== undefined) return [bold(plain(heading))];
    if (/^\|[\s|:-]*\|$/.test(line)) return [];
    const [, row] = /^\|(.*)\|$/.exec(line) ?? [];
    if (row !== undefined) {
      const [name = '', ...others] = row.split(/(?<!\\)\|/).map((cell) => plain(cell));
      const said = others.filter((cell) => cell !== '').join(', ');
      return indented(said === '' ? name : `${name}: ${said}`, columns);
    }
    return line.trim() === '' ? [''] : indented(plain(line), columns);
  });
}

/** Words on lines of a width, those after the first further in. */
function indented(text: string, columns: number): string[] {
  const lines = ['  '];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.trim() !== '' && line.length + 1 + word.length > columns) lines.push(`    ${word}`);
    else lines[lines.length - 1] = line.endsWith(' ') ? `${line}${word}` : `${line} ${word}`;
  }
  return lines;
}

function plain(text: string): string {
  return text
    .replaceAll(/<br ?\/?>/g, '; ')
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(/\[((?:\\.|[^\]])*)\]\([^)]*\)/g, '$1')
    .replaceAll(/(?<!\\)(\*\*|`)/g, '')
    .replaceAll(/\\([^\w\s])/g, '$1')
    .trim();
}
