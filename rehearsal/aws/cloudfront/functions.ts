import type { FunctionConfig, FunctionSummary } from '@aws-sdk/client-cloudfront';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import { compileFunction, type EdgeFunction } from '../dataplane/edge/function.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import {
  arnOf,
  checkIfMatch,
  type FunctionRecord,
  type FunctionStage,
  invalid,
  keyValuesOf,
  newId,
  type State,
} from './state.ts';

/** CloudFront's quota for a function's code. */
const MOST_BYTES = 10_240;

export interface FunctionHooks {
  /** Called when a function has been published that distributions may use. */
  changed: (state: State) => Promise<void>;
}

export function functionOperations(state: State, { changed }: FunctionHooks): Handlers<'cloudfront'> {
  const { functions } = state;
  return {
    CreateFunction: ({ Name, FunctionConfig, FunctionCode, Tags }) => {
      if (functions.has(Name)) {
        throw awsError('FunctionAlreadyExists', `A function with this name already exists: ${Name}`);
      }
      const arn = arnOf(state, `function/${Name}`);
      const development = newStage(state, Name, FunctionConfig, FunctionCode);
      const record = { name: Name, arn, created: state.aws.clock.now(), development };
      functions.set(Name, record);
      state.tags.set(arn, Tags?.Items ?? []);
      return { FunctionSummary: summary(record, 'DEVELOPMENT'), ETag: development.etag };
    },
    UpdateFunction: ({ Name, IfMatch, FunctionConfig, FunctionCode }) => {
      const record = functionOf(state, Name);
      checkIfMatch(IfMatch, record.development.etag);
      record.development = newStage(state, Name, FunctionConfig, FunctionCode);
      return { FunctionSummary: summary(record, 'DEVELOPMENT'), ETag: record.development.etag };
    },
    PublishFunction: async ({ Name, IfMatch }) => {
      const record = functionOf(state, Name);
      const { development } = record;
      checkIfMatch(IfMatch, development.etag);
      const compiled = compiledFunction(state, Name, development);
      record.live = { ...development, etag: newId(), modified: state.aws.clock.now(), compiled };
      await changed(state);
      return { FunctionSummary: summary(record, 'LIVE') };
    },
    DescribeFunction: ({ Name, Stage = 'DEVELOPMENT' }) => {
      const record = functionOf(state, Name);
      const stage = stageOf(record, Stage);
      return { FunctionSummary: summary(record, Stage), ETag: stage.etag };
    },
    GetFunction: ({ Name, Stage = 'DEVELOPMENT' }) => {
      const { code, etag } = stageOf(functionOf(state, Name), Stage);
      const FunctionCode = Uint8ArrayBlobAdapter.mutate(new Uint8Array(code));
      return { FunctionCode, ETag: etag, ContentType: 'application/octet-stream' };
    },
    ListFunctions: ({ Stage = 'DEVELOPMENT' }) => {
      const listed = [...functions.values()].filter(({ live }) => Stage !== 'LIVE' || live !== undefined);
      return {
        FunctionList: {
          MaxItems: 100,
          Quantity: listed.length,
          Items: listed.map((record) => summary(record, Stage)),
        },
      };
    },
    DeleteFunction: ({ Name, IfMatch }) => {
      const record = functionOf(state, Name);
      checkIfMatch(IfMatch, record.development.etag);
      if (isUsed(state, record)) {
        throw awsError(
          'FunctionInUse',
          'Cannot delete the function because it is attached to one or more cache behaviors.',
        );
      }
      functions.delete(Name);
      state.tags.delete(record.arn);
      return {};
    },
  };
}

function functionOf({ functions }: State, name: string): FunctionRecord {
  const record = functions.get(name);
  if (!record) throw noSuchFunction();
  return record;
}

function stageOf(record: FunctionRecord, stage: string): FunctionStage {
  const found = stage === 'LIVE' ? record.live : record.development;
  if (!found) throw noSuchFunction();
  return found;
}

const noSuchFunction = () => awsError('NoSuchFunctionExists', 'The function does not exist.');

/** The published function of an ARN. @throws AwsError InvalidArgument when it is not there, or not published. */
export function liveFunction({ functions }: State, arn: string): EdgeFunction {
  const record = [...functions.values()].find((each) => each.arn === arn);
  if (!record?.live) throw invalid(`The function ${arn} does not exist, or is not published.`);
  return record.live.compiled;
}

function newStage(state: State, name: string, config: FunctionConfig, code: Uint8Array): FunctionStage {
  if (code.byteLength > MOST_BYTES) {
    throw awsError('FunctionSizeLimitExceeded', 'The function exceeds the maximum size of 10240 bytes.', {
      statusCode: 413,
    });
  }
  if (config.Runtime !== 'cloudfront-js-2.0') {
    throw invalid(`The embedded AWS has the function runtime cloudfront-js-2.0 only, not ${config.Runtime}.`);
  }
  const stage = { code, config, etag: newId(), modified: state.aws.clock.now() };
  compiledFunction(state, name, stage);
  return stage;
}

/** @throws AwsError InvalidArgument when the code cannot run, or its key value store is not there. */
function compiledFunction(state: State, name: string, { code, config }: FunctionStage): EdgeFunction {
  const [association] = config.KeyValueStoreAssociations?.Items ?? [];
  const store = [...state.keyValueStores.values()].find(({ arn }) => arn === association?.KeyValueStoreARN);
  if (association && !store) {
    throw invalid(`The key value store ${association.KeyValueStoreARN} does not exist.`);
  }
  try {
    return compileFunction(name, Buffer.from(code).toString('utf8'), store && keyValuesOf(store));
  } catch (error) {
    throw invalid(`The code of function ${name} cannot run: ${String(error)}`);
  }
}

function summary({ name, arn, created, live, development }: FunctionRecord, stage: string): FunctionSummary {
  const shown = stage === 'LIVE' && live ? live : development;
  return {
    Name: name,
    Status: stage === 'LIVE' ? 'DEPLOYED' : 'UNPUBLISHED',
    FunctionConfig: shown.config,
    FunctionMetadata: {
      FunctionARN: arn,
      Stage: stage === 'LIVE' ? 'LIVE' : 'DEVELOPMENT',
      CreatedTime: created,
      LastModifiedTime: shown.modified,
    },
  };
}

function isUsed({ distributions }: State, { arn }: FunctionRecord): boolean {
  return [...distributions.values()].some(({ config }) =>
    [config.DefaultCacheBehavior, ...(config.CacheBehaviors?.Items ?? [])].some((behaviour) =>
      behaviour?.FunctionAssociations?.Items?.some(({ FunctionARN }) => FunctionARN === arn),
    ),
  );
}
