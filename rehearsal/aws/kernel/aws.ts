import { randomUUID } from 'node:crypto';
import { createFaults, type Faults } from '../fault-plan/faults.ts';
import type { FaultPlan } from '../fault-plan/schema.ts';
import type { Clock } from './clock.ts';
import { type CredentialStore, createCredentialStore } from './credentials.ts';
import { awsError } from './error.ts';
import type {
  AnyEmbeddedService,
  Call,
  Input,
  OperationName,
  Output,
  Principal,
  ServiceId,
} from './service.ts';

/** One call as it was answered; the rehearsal's report and the tests read these. */
export interface CallRecord {
  at: Date;
  service: ServiceId;
  operation: string;
  principal: string;
  input: unknown;
  error?: string;
  milliseconds: number;
}

/** Looks at a call before its handler runs: refuses it by throwing, delays it by waiting. */
export type Interceptor = (call: Call, input: unknown) => void | Promise<void>;

/** What a service's room is given: everything else it asks of another service, it asks by `invoke`. */
export interface Aws {
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  /** Access keys and who is behind them. */
  readonly credentials: CredentialStore;
  /** What the fault plan asks for: whoever runs tasks asks it how they shall fail. */
  readonly faults: Faults;
  /** `http://127.0.0.1:PORT`, where every service answers. Known once the server listens. */
  readonly endpoint: () => string;
  /** One line into the server's log, for a person who watches. */
  readonly log: (line: string) => void;
  /**
   * Calls another service as AWS's services call each other: same operations, same shapes, same
   * errors, same permissions, in process. `as` is the service's principal or the role that it uses.
   */
  invoke<Service extends ServiceId, Operation extends OperationName<Service>>(
    service: Service,
    operation: Operation,
    input: Input<Service, Operation>,
    as?: Principal,
  ): Promise<Output<Service, Operation>>;
  /** `arn:aws:SERVICE:REGION:ACCOUNT:resource` */
  arn(service: string, resource: string, options?: { region?: string; accountId?: string }): string;
  /** The same AWS as it is seen in another region. */
  inRegion(region: string): Aws;
}

export interface Kernel extends Aws {
  /** A room that all regions share, as IAM's; it takes the place of the regions' own. */
  register(service: AnyEmbeddedService): void;
  /** Rooms that every region has to itself. They are opened when a region is first called. */
  registerRegional(open: (aws: Aws) => readonly AnyEmbeddedService[]): void;
  intercept(interceptor: Interceptor): void;
  implements(service: ServiceId, operation: string): boolean;
  /** The way of every call, from the wire and from other services: recorded, intercepted, handled. */
  dispatch(call: Call, input: unknown): Promise<unknown>;
  readonly calls: readonly CallRecord[];
  stop(): Promise<void>;
}

export interface KernelOptions {
  clock: Clock;
  accountId?: string;
  region?: string;
  endpoint?: () => string;
  log?: (line: string) => void;
  faultPlan?: FaultPlan;
}

type AnyHandler = (input: unknown, call: Call) => unknown;
type Rooms = Map<ServiceId, AnyEmbeddedService>;

export function createKernel(options: KernelOptions): Kernel {
  const accountId = options.accountId ?? '123456789012';
  const region = options.region ?? 'us-east-1';
  const root: Principal = { arn: `arn:aws:iam::${accountId}:root`, accountId };
  const shared: Rooms = new Map();
  const regions = new Map<string, Rooms>();
  const opened: ((aws: Aws) => readonly AnyEmbeddedService[])[] = [];
  const faults = createFaults(options.clock, options.faultPlan);
  const credentials = createCredentialStore(options.clock, root);
  const interceptors: Interceptor[] = [(call) => faults.beforeCall(call)];
  const calls: CallRecord[] = [];

  const roomsOf = (name: string): Rooms => {
    const held = regions.get(name);
    if (held) return held;
    if (!isRegion(name)) {
      throw awsError('InvalidSignatureException', `Credential should be scoped to a valid region, not '${name}'.`);
    }
    const own = aws.inRegion(name);
    const rooms: Rooms = new Map(opened.flatMap((open) => open(own).map((room) => [room.id, room])));
    regions.set(name, rooms);
    return rooms;
  };

  const handlerOf = (service: ServiceId, operation: string, where: string): AnyHandler | undefined => {
    const room = shared.get(service) ?? roomsOf(where).get(service);
    const operations = room?.operations as Record<string, AnyHandler> | undefined;
    return operations && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  };

  const dispatch = async (call: Call, input: unknown): Promise<unknown> => {
    const started = performance.now();
    const record: CallRecord = {
      at: options.clock.now(),
      service: call.service,
      operation: call.operation,
      principal: call.principal.arn,
      input,
      milliseconds: 0,
    };
    calls.push(record);
    try {
      const handler = handlerOf(call.service, call.operation, call.region);
      if (!handler) {
        aws.log(`${call.service}:${call.operation} is not implemented by the embedded AWS`);
        throw awsError(
          'UnknownOperationException',
          `The embedded AWS does not implement ${call.service}:${call.operation}`,
        );
      }
      for (const interceptor of interceptors) await interceptor(call, input);
      return await handler(input, call);
    } catch (error) {
      record.error = error instanceof Error ? error.name : String(error);
      throw error;
    } finally {
      record.milliseconds = performance.now() - started;
    }
  };

  const inRegion = (name: string): Aws => ({
    accountId,
    region: name,
    clock: options.clock,
    credentials,
    faults,
    endpoint: options.endpoint ?? (() => 'http://127.0.0.1:0'),
    log: options.log ?? (() => undefined),
    arn: (service, resource, at = {}) =>
      `arn:aws:${service}:${at.region ?? name}:${at.accountId ?? accountId}:${resource}`,
    invoke: async (service, operation, input, as) => {
      const call: Call = { service, operation, principal: as ?? root, region: name, requestId: randomUUID() };
      return structuredClone(await dispatch(call, structuredClone(input))) as never;
    },
    inRegion,
  });

  const aws: Kernel = {
    ...inRegion(region),
    register: (service) => shared.set(service.id, service),
    registerRegional: (open) => opened.push(open),
    intercept: (interceptor) => interceptors.push(interceptor),
    implements: (service, operation) => handlerOf(service, operation, region) !== undefined,
    dispatch,
    calls,
    stop: async () => {
      const rooms = [shared, ...regions.values()].flatMap((held) => [...held.values()]);
      await Promise.all(rooms.map((room) => room.stop?.()));
    },
  };
  return aws;
}

/** `us-east-1`: what a region's name looks like. Each that is called is there. */
export const isRegion = (name: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name);
