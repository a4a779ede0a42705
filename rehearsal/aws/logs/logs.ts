import type { Aws } from '../kernel/aws.ts';
import { awsError } from '../kernel/error.ts';
import { pageOf } from '../kernel/page.ts';
import type { EmbeddedService, Handlers } from '../kernel/service.ts';
import { parsePattern } from './pattern.ts';
import { append, eventPage, type LogEvent, type LogGroup, type LogStream } from './stream.ts';

/** CloudWatch Logs. */
export function createLogs(aws: Aws): EmbeddedService<'logs'> {
  const groups = new Map<string, LogGroup>();
  return {
    id: 'logs',
    operations: {
      ...groupOperations(aws, groups),
      ...streamOperations(aws, groups),
      ...ingestion(aws, groups),
      ...reading(groups),
    },
  };
}

type Groups = Map<string, LogGroup>;

function groupOf(
  groups: Groups,
  named: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): LogGroup {
  const identifier = named.logGroupName ?? named.logGroupIdentifier ?? '';
  const name = /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier)?.[1] ?? identifier;
  const group = groups.get(name);
  if (!group) throw awsError('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

function streamOf(group: LogGroup, name: string): LogStream {
  const stream = group.streams.get(name);
  if (!stream) throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  return stream;
}

/** The days for which a log group can keep its events. */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function groupOperations(aws: Aws, groups: Groups): Handlers<'logs'> {
  return {
    CreateLogGroup: ({ logGroupName: name, tags = {} }) => {
      if (!/^[\w./#-]{1,512}$/.test(name)) {
        throw invalid(
          `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
        );
      }
      if (groups.has(name))
        throw awsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      const arn = aws.arn('logs', `log-group:${name}`);
      groups.set(name, {
        name,
        arn,
        creationTime: aws.clock.now().getTime(),
        tags: { ...tags },
        streams: new Map(),
      });
      return {};
    },
    DeleteLogGroup: (input) => {
      groups.delete(groupOf(groups, input).name);
      return {};
    },
    PutRetentionPolicy: (input) => {
      if (!RETENTIONS.includes(input.retentionInDays)) {
        throw invalid(
          `1 validation error detected: Value '${input.retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTIONS.join(', ')}]`,
        );
      }
      groupOf(groups, input).retentionInDays = input.retentionInDays;
      return {};
    },
    DeleteRetentionPolicy: (input) => {
      delete groupOf(groups, input).retentionInDays;
      return {};
    },
    DescribeLogGroups: (input) => {
      const { logGroupNamePrefix: prefix = '', logGroupNamePattern: part = '' } = input;
      const found = [...groups.values()]
        .filter(({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(part.toLowerCase()))
        .sort((left, right) => left.name.localeCompare(right.name));
      const page = pageOf(found, { token: input.nextToken, size: input.limit ?? 50, invalidToken: INVALID });
      return {
        logGroups: page.items.map(({ name, arn, creationTime, retentionInDays }) => ({
          logGroupName: name,
          logGroupArn: arn,
          arn: `${arn}:*`,
          creationTime,
          ...(retentionInDays === undefined ? {} : { retentionInDays }),
          metricFilterCount: 0,
          storedBytes: 0,
          logGroupClass: 'STANDARD' as const,
        })),
        ...(page.nextToken ? { nextToken: page.nextToken } : {}),
      };
    },
    TagResource: (input) => {
      Object.assign(groupOf(groups, { logGroupIdentifier: input.resourceArn }).tags, input.tags);
      return {};
    },
    ListTagsForResource: (input) => ({
      tags: groupOf(groups, { logGroupIdentifier: input.resourceArn }).tags,
    }),
  };
}

function streamOperations(aws: Aws, groups: Groups): Handlers<'logs'> {
  return {
    CreateLogStream: (input) => {
      const group = groupOf(groups, input);
      const name = input.logStreamName;
      if (!/^[^:*]{1,512}$/.test(name)) {
        throw invalid(
          `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
        );
      }
      if (group.streams.has(name)) {
        throw awsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      const arn = `${group.arn}:log-stream:${name}`;
      group.streams.set(name, { name, arn, creationTime: aws.clock.now().getTime(), events: [] });
      return {};
    },
    DeleteLogStream: (input) => {
      const group = groupOf(groups, input);
      group.streams.delete(streamOf(group, input.logStreamName).name);
      return {};
    },
    DescribeLogStreams: (input) => {
      const { logStreamNamePrefix: prefix = '' } = input;
      const byTime = input.orderBy === 'LastEventTime';
      const key = (stream: LogStream) => stream.events.at(-1)?.timestamp ?? 0;
      const found = [...groupOf(groups, input).streams.values()]
        .filter(({ name }) => name.startsWith(prefix))
        .sort((left, right) => (byTime ? key(left) - key(right) : left.name.localeCompare(right.name)));
      const page = pageOf(input.descending ? found.toReversed() : found, {
        token: input.nextToken,
        size: input.limit ?? 50,
        invalidToken: INVALID,
      });
      return {
        logStreams: page.items.map(describeStream),
        ...(page.nextToken ? { nextToken: page.nextToken } : {}),
      };
    },
  };
}

function describeStream({ name, arn, creationTime, events, lastIngestionTime }: LogStream) {
  const [first, last] = [events[0], events.at(-1)];
  return {
    logStreamName: name,
    arn,
    creationTime,
    uploadSequenceToken: String(events.length),
    storedBytes: 0,
    ...(first ? { firstEventTimestamp: first.timestamp } : {}),
    ...(last ? { lastEventTimestamp: last.timestamp } : {}),
    ...(lastIngestionTime === undefined ? {} : { lastIngestionTime }),
  };
}

const DAY = 24 * 60 * 60 * 1000;

function ingestion(aws: Aws, groups: Groups): Handlers<'logs'> {
  let sequence = 0;
  return {
    PutLogEvents: (input) => {
      const stream = streamOf(groupOf(groups, input), input.logStreamName);
      const now = aws.clock.now().getTime();
      const isOrdered = input.logEvents.every(
        ({ timestamp }, index, all) => index === 0 || timestamp >= (all[index - 1]?.timestamp ?? 0),
      );
      if (!isOrdered) {
        throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
      }
      const [oldest, newest] = [now - 14 * DAY, now + 2 * 60 * 60 * 1000];
      const tooOld = input.logEvents.filter(({ timestamp }) => timestamp < oldest).length;
      const tooNew = input.logEvents.findIndex(({ timestamp }) => timestamp > newest);
      const accepted = input.logEvents.slice(tooOld, tooNew === -1 ? undefined : tooNew);
      append(
        stream,
        accepted.map(({ timestamp, message }) => ({
          id: String(++sequence).padStart(56, '0'),
          timestamp,
          ingestionTime: now,
          message,
        })),
      );
      stream.lastIngestionTime = now;
      const rejected = {
        ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
        ...(tooNew >= 0 ? { tooNewLogEventStartIndex: tooNew } : {}),
      };
      return {
        nextSequenceToken: String(stream.events.length),
        ...(Object.keys(rejected).length > 0 ? { rejectedLogEventsInfo: rejected } : {}),
      };
    },
  };
}

function reading(groups: Groups): Handlers<'logs'> {
  return {
    GetLogEvents: (input) => {
      const stream = streamOf(groupOf(groups, input), input.logStreamName);
      const page = eventPage(within(stream.events, input.startTime, input.endTime), {
        token: input.nextToken,
        limit: input.limit ?? 10_000,
        fromHead: input.startFromHead ?? false,
      });
      return {
        ...page,
        events: page.events.map(({ timestamp, message, ingestionTime }) => ({
          timestamp,
          message,
          ingestionTime,
        })),
      };
    },
    FilterLogEvents: (input) => {
      const group = groupOf(groups, input);
      const matches = parsePattern(input.filterPattern ?? '');
      const { logStreamNames: names, logStreamNamePrefix: prefix = '' } = input;
      const found = [...group.streams.values()]
        .filter(({ name }) => (names ? names.includes(name) : name.startsWith(prefix)))
        .flatMap((stream) =>
          within(stream.events, input.startTime, input.endTime)
            .filter(({ message }) => matches(message))
            .map(({ id, ...event }) => ({ logStreamName: stream.name, ...event, eventId: id })),
        )
        .sort((left, right) => left.timestamp - right.timestamp);
      const page = pageOf(found, {
        token: input.nextToken,
        size: input.limit ?? 10_000,
        invalidToken: INVALID,
      });
      return {
        events: page.items,
        searchedLogStreams: [],
        ...(page.nextToken ? { nextToken: page.nextToken } : {}),
      };
    },
  };
}

/** From `start`, inclusive, to before `end`. */
const within = (events: readonly LogEvent[], start = 0, end = Number.POSITIVE_INFINITY) =>
  events.filter(({ timestamp }) => timestamp >= start && timestamp < end);

const INVALID = 'InvalidParameterException';
const invalid = (message: string) => awsError(INVALID, message);
