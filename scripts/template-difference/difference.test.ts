import { differenceComment, MARKER } from './difference.ts';

const bucket = (name: string) => ({
  Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: name } } },
});

describe('the comment on what changes of the stacks', () => {
  it('says that nothing does', () => {
    const templates = new Map([['data', bucket('a')]]);
    expect(differenceComment(templates, new Map(templates))).toBe(
      `${MARKER}\n### Templates\n\nNo stack changes.\n`,
    );
  });

  it('names stacks that change, come and go, and what of them', () => {
    const base = new Map([
      ['data', bucket('a')],
      ['old', bucket('o')],
      ['same', bucket('s')],
    ]);
    const head = new Map([
      ['data', bucket('b')],
      ['new', bucket('n')],
      ['same', bucket('s')],
    ]);
    const comment = differenceComment(base, head);
    expect(comment).toContain('3 of 4 stacks change');
    expect(comment).toContain('<summary>data: 1</summary>');
    expect(comment).toContain('<summary>new (new): 1</summary>');
    expect(comment).toContain('<summary>old (deleted): 1</summary>');
    expect(comment).toMatch(/replace/i);
    expect(comment).not.toContain('same');
  });

  it('stays within what GitHub takes', () => {
    const many = new Map(
      Array.from({ length: 300 }, (_, index) => [`stack-${index}`, bucket('x'.repeat(500))] as const),
    );
    const comment = differenceComment(new Map(), many);
    expect(comment.length).toBeLessThan(65_536);
  });
});
