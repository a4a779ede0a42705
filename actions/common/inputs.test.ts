import fc from 'fast-check';
import { z } from 'zod';
import { FaultsError, formatFault } from './fault.ts';
import {
  booleanInput,
  choiceInput,
  durationInput,
  type Input,
  input,
  integerInput,
  jsonInput,
  listInput,
  patternInput,
  patternListInput,
  readInputs,
  textInput,
} from './inputs.ts';

const given = new Set<string>();

function give(inputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(inputs)) {
    const variable = `INPUT_${name.toUpperCase()}`;
    given.add(variable);
    process.env[variable] = value;
  }
}

afterEach(() => {
  for (const variable of given) delete process.env[variable];
  given.clear();
});

async function faultsOf(reading: Promise<unknown>): Promise<string[]> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FaultsError)) throw new Error('nothing was refused');
  return error.faults.map(formatFault);
}

describe('inputs', () => {
  it('that are given are read, those that are not have their default or nothing', async () => {
    give({ phase: 'commit', 'dry-run': 'True', bake: '2h', tags: 'a, b\n\nc', count: '07', empty: '  ' });
    const values = await readInputs({
      phase: choiceInput(['prepare', 'commit'], 'must be prepare or commit'),
      'dry-run': booleanInput.default(false),
      bake: durationInput.default(1),
      tags: listInput.default([]),
      count: integerInput({ min: 1, max: 9 }).optional(),
      empty: textInput.default('as if it were not there'),
      absent: textInput.optional(),
      list: listInput.default(['x']),
    });
    expect(values).toEqual({
      phase: 'commit',
      'dry-run': true,
      bake: 7_200_000,
      tags: ['a', 'b', 'c'],
      count: 7,
      empty: 'as if it were not there',
      absent: undefined,
      list: ['x'],
    });
  });

  it('are refused all at once, each with its name, its value and what it must be', async () => {
    give({ 'dry-run': 'yes', count: '10', size: 'big', bake: '5', phase: 'go', path: 'x', archs: 'a,B,C' });
    const reading = readInputs({
      cluster: textInput,
      'dry-run': booleanInput,
      count: integerInput({ min: 1, max: 9 }),
      size: integerInput({ min: 1, max: 9 }),
      bake: durationInput,
      phase: choiceInput(['prepare', 'commit'], 'must be prepare or commit'),
      path: patternInput(/^\//, 'must be a path such as /health'),
      archs: patternListInput(/^[a-z]$/, 'must be small letters'),
    });
    expect(await faultsOf(reading)).toEqual([
      'input cluster: is required and was not given',
      'input dry-run: "yes": must be true or false',
      'input count: "10": must be from 1 to 9',
      'input size: "big": must be a whole number from 1 to 9',
      'input bake: "5": must be a duration such as 90s, 30m or 2h',
      'input phase: "go": must be prepare or commit',
      'input path: "x": must be a path such as /health',
      'input archs: "a,B,C" at 1: must be small letters',
      'input archs: "a,B,C" at 2: must be small letters',
    ]);
  });

  it('may be refused more than once by one reader', async () => {
    const lines = input((text, refuse) => {
      for (const [index, line] of text.split('\n').entries())
        if (!line.includes('=')) refuse(`line ${index + 1}`);
      return text;
    });
    give({ x: 'a\nb=c\nd' });
    expect(await faultsOf(readInputs({ x: lines }))).toEqual([
      'input x: "a\\nb=c\\nd": line 1',
      'input x: "a\\nb=c\\nd": line 3',
    ]);
  });

  it('that are long are shown by their beginning', async () => {
    give({ x: 'y'.repeat(500) });
    const [fault = ''] = await faultsOf(readInputs({ x: booleanInput }));
    expect(fault).toBe(`input x: "${'y'.repeat(116)}…": must be true or false`);
  });
});

describe('a JSON input', () => {
  const images = z.record(z.string(), z.object({ image: z.string() }));
  const reader = jsonInput(async () => images);

  it('is read by its schema', async () => {
    give({ x: '{"users":{"image":"a"}}' });
    expect(await readInputs({ x: reader })).toEqual({ x: { users: { image: 'a' } } });
  });

  it('is refused with where in the document it is wrong, or why it is none', async () => {
    give({ x: '{"users":{"image":1},"auth":2}' });
    const text = JSON.stringify('{"users":{"image":1},"auth":2}');
    expect(await faultsOf(readInputs({ x: reader }))).toEqual([
      `input x: ${text} at users.image: Invalid input: expected string, received number`,
      `input x: ${text} at auth: Invalid input: expected object, received number`,
    ]);
    give({ x: '{' });
    expect((await faultsOf(readInputs({ x: reader })))[0]).toMatch(/^input x: "\{": is not JSON: /);
  });

  it('loads its schema only when it is given', async () => {
    const unused = jsonInput<string>(() => Promise.reject(new Error('loaded')));
    await expect(readInputs({ x: unused.optional() })).resolves.toEqual({ x: undefined });
    give({ x: '1' });
    await expect(readInputs({ x: unused.optional() })).rejects.toThrow('loaded');
  });
});

describe('any text', () => {
  const readers: Readonly<Record<string, Input<unknown>>> = {
    boolean: booleanInput,
    integer: integerInput({ min: -3, max: 3 }),
    duration: durationInput,
    choice: choiceInput(['a', 'b'], 'must be a or b'),
    list: listInput,
    json: jsonInput(async () => z.number()),
  };

  it.each(Object.entries(readers))(
    'is read as %s, or refused with its name, never anything else',
    async (_, reader) => {
      const text = fc.oneof(
        fc.string(),
        fc.constantFrom(
          'true',
          'FALSE',
          'truE',
          '3',
          '-3',
          '4',
          '1e0',
          '10s',
          '1 h',
          'a',
          'b',
          'ab',
          '7',
          '[7]',
        ),
      );
      await fc.assert(
        fc.asyncProperty(text, async (value) => {
          give({ x: value.replaceAll('\0', '') });
          try {
            await readInputs({ x: reader.optional() });
          } catch (error) {
            expect(error).toBeInstanceOf(FaultsError);
            expect((error as FaultsError).faults[0]?.subject).toBe('input x');
          }
        }),
      );
    },
  );
});
