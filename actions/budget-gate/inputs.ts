import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadManifest, type Manifest, ManifestError } from '../../manifest/index.ts';
import { FaultsError } from '../common/fault.ts';
import {
  booleanInput,
  choiceInput,
  input,
  listInput,
  patternInput,
  readInputs,
  textInput,
} from '../common/inputs.ts';
import { type GivenParameter, parseParameters } from './parameters.ts';

const positive = input((text, refuse) => {
  if (!/^\d+(\.\d+)?$/.test(text)) return refuse('must be USD a month, such as 100');
  return Number(text) > 0 ? Number(text) : refuse('must be more than 0');
});

const lines = input((text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);

const table = {
  templates: textInput.default('cdk.out'),
  base: textInput.optional(),
  usage: textInput.default('usage.yml'),
  budget: positive.optional(),
  manifest: textInput.default('pika.yml'),
  environments: listInput.optional(),
  parameters: lines.optional(),
  region: patternInput(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1').default('us-east-1'),
  prices: listInput.optional(),
  rollback: booleanInput.default(false),
  spend: choiceInput(['none', 'budgets', 'cost-explorer'], 'must be none, budgets or cost-explorer').default(
    'none',
  ),
  account: patternInput(/^\d{12}$/, 'must be the 12 digits of an AWS account').optional(),
  'aws-budget': textInput.optional(),
  'spend-cache': textInput.optional(),
  comment: booleanInput.default(true),
  'comment-key': patternInput(/^[a-z0-9-]+$/, 'must be of a–z, 0–9 and hyphens').default('budget'),
  token: textInput.optional(),
  'output-folder': textInput.optional(),
};

/** The inputs of the action, with what the manifest adds. */
export interface Inputs {
  templates: string;
  base?: string;
  usageFile: string;
  budget: number;
  environments: readonly string[];
  parameters: readonly GivenParameter[];
  region: string;
  priceFiles: readonly string[];
  rollback: boolean;
  spendSource: 'none' | 'budgets' | 'cost-explorer';
  account?: string;
  awsBudget?: string;
  spendCache: string;
  comment?: { key: string; token: string };
  outputFolder: string;
}

/** @throws FaultsError with every input at fault. */
export async function budgetGateInputs(environment: NodeJS.ProcessEnv = process.env): Promise<Inputs> {
  const read = await readInputs(table);
  const manifest = readManifest(read.manifest);
  const temporary = environment.RUNNER_TEMP ?? '.';
  return {
    templates: read.templates,
    ...(read.base === undefined ? {} : { base: read.base }),
    usageFile: read.usage,
    budget: read.budget ?? budgetOf(manifest, read.manifest),
    environments: read.environments ?? Object.keys(manifest?.environments ?? {}),
    parameters: parseParameters(read.parameters ?? []),
    region: read.region,
    priceFiles: read.prices ?? [],
    rollback: read.rollback,
    spendSource: read.spend,
    ...(read.account === undefined ? {} : { account: read.account }),
    ...(read['aws-budget'] === undefined ? {} : { awsBudget: read['aws-budget'] }),
    spendCache: read['spend-cache'] ?? join(temporary, 'budget-gate-spend.json'),
    ...(read.comment && read.token !== undefined
      ? { comment: { key: read['comment-key'], token: read.token } }
      : {}),
    outputFolder: read['output-folder'] ?? join(temporary, 'budget-gate'),
  };
}

/** A repository without a manifest gives the budget as an input. */
export function readManifest(file: string): Manifest | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return loadManifest(file);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw new FaultsError(error.message.split('\n').map((message) => ({ subject: 'manifest', message })));
  }
}

export function budgetOf(manifest: Manifest | undefined, file: string): number {
  if (manifest) return manifest.budget.monthly;
  throw new FaultsError([
    {
      subject: 'input budget',
      message: `was not given, and there is no manifest ${file} that says it`,
      remedy: 'Give USD a month, such as 100',
    },
  ]);
}
