/** A line that act says otherwise than this runner, or does not say, or says alone; and why. */
export interface Difference {
  here?: readonly string[];
  act?: readonly string[];
  why: string;
}

/** Workflow of the conformance set → what act is known to do otherwise than GitHub. */
export const differences: Readonly<Record<string, readonly Difference[]>> = {
  actions: [
    {
      here: ['= in both  |', '= in both visible |'],
      act: ['= in both  nobody|', '= in both visible composite|'],
      why: 'act gives the scripts of a composite action INPUT_* variables; GitHub gives them to JavaScript actions only',
    },
  ],
  expressions: [
    {
      here: ['= filter: 1+2'],
      act: ['= filter: +'],
      why: 'act loses numbers that an object filter (`.*`) finds',
    },
  ],
  matrix: [
    {
      here: [
        '= linux 22 more|| of 4',
        '= linux 24 more|true| of 4',
        '= mac 24 |true| of 4',
        '= windows 20 || of 4',
      ],
      act: [
        '= linux 22 more|| of ',
        '= linux 24 more|true| of ',
        '= mac 24 |true| of ',
        '= windows 20 || of ',
      ],
      why: 'act has no strategy.job-total',
    },
  ],
};
