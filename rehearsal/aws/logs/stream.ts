import { awsError } from '../kernel/error.ts';

export interface LogEvent {
  id: string;
  timestamp: number;
  ingestionTime: number;
  message: string;
}

export interface LogStream {
  name: string;
  arn: string;
  creationTime: number;
  /** By timestamp, and by arrival where timestamps are equal. */
  events: LogEvent[];
  lastIngestionTime?: number;
}

export interface LogGroup {
  name: string;
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  streams: Map<string, LogStream>;
}

/** Keeps the events of a stream in the order of their timestamps. */
export function append(stream: LogStream, events: readonly LogEvent[]): void {
  const newest = stream.events.at(-1)?.timestamp ?? 0;
  stream.events.push(...events);
  const isInOrder = events.every(({ timestamp }) => timestamp >= newest);
  if (!isInOrder) stream.events.sort((left, right) => left.timestamp - right.timestamp);
}

export interface EventPage {
  events: readonly LogEvent[];
  nextForwardToken: string;
  nextBackwardToken: string;
}

/**
 * A window on a stream's events. At an end of the stream the token of that direction is the one that was
 * passed, which is how a client knows.
 * @throws AwsError InvalidParameterException for a token that was not issued here.
 */
export function eventPage(
  events: readonly LogEvent[],
  options: { token: string | undefined; limit: number; fromHead: boolean },
): EventPage {
  const [start, end] = windowOf(events.length, options);
  return {
    events: events.slice(start, end),
    nextForwardToken: `f/${end}/s`,
    nextBackwardToken: `b/${start}/s`,
  };
}

function windowOf(
  length: number,
  { token, limit, fromHead }: { token: string | undefined; limit: number; fromHead: boolean },
): [start: number, end: number] {
  if (token === undefined) {
    return fromHead ? [0, Math.min(limit, length)] : [Math.max(0, length - limit), length];
  }
  const [, direction, position] = /^([fb])\/(\d+)\/s$/.exec(token) ?? [];
  if (position === undefined) {
    throw awsError('InvalidParameterException', 'The specified nextToken is invalid.');
  }
  const at = Math.min(Number(position), length);
  return direction === 'f' ? [at, Math.min(at + limit, length)] : [Math.max(0, at - limit), at];
}
