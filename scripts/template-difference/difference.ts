import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { formatDifferences, fullDiff } from '@aws-cdk/cloudformation-diff';

/** Finds the comment again, so that a pull request has one. */
export const MARKER = '<!-- pika-pipeline: template difference -->';
/** GitHub takes 65,536 characters. */
const ROOM = 60_000;

const SUFFIX = '.template.json';

/** stack → template, of a cloud assembly. */
export function readTemplates(assembly: string): Map<string, Record<string, unknown>> {
  return new Map(
    readdirSync(assembly)
      .filter((file) => file.endsWith(SUFFIX))
      .sort()
      .map((file) => [
        file.slice(0, -SUFFIX.length),
        JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Record<string, unknown>,
      ]),
  );
}

type Templates = ReadonlyMap<string, Record<string, unknown>>;

/** What a pull request changes of the stacks, as a comment. */
export function differenceComment(base: Templates, head: Templates): string {
  const stacks = [...new Set([...base.keys(), ...head.keys()])].sort();
  const changed = stacks.flatMap((stack) => {
    const difference = fullDiff(base.get(stack) ?? {}, head.get(stack) ?? {});
    if (difference.isEmpty) return [];
    const fate = !base.has(stack) ? ' (new)' : !head.has(stack) ? ' (deleted)' : '';
    return [{ title: `${stack}${fate}: ${difference.differenceCount}`, text: formatted(difference) }];
  });
  const head1 = `${MARKER}\n### Templates\n\n`;
  if (changed.length === 0) return `${head1}No stack changes.\n`;
  const sections: string[] = [];
  let left = ROOM;
  for (const { title, text } of changed) {
    const section = `<details><summary>${title}</summary>\n\n\`\`\`\n${text.replaceAll('```', '` ` `')}\n\`\`\`\n\n</details>\n`;
    const fits = section.length <= left;
    sections.push(fits ? section : `- ${title} (too long to be shown here: it is in the job’s log)\n`);
    left -= fits ? section.length : title.length;
  }
  return `${head1}${changed.length} of ${stacks.length} stacks change.\n\n${sections.join('\n')}`;
}

function formatted(difference: ReturnType<typeof fullDiff>): string {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  formatDifferences(stream, difference);
  return stripVTControlCharacters(chunks.join('')).trim();
}
