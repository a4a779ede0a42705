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
import { createTrust, type Trust } from './trust.ts';

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

/** `elasticache:Connect` on a resource, for a principal. */
export interface Permission {
  principal: Principal;
  action: string;
  resource: string;
}

/** Refuses a permission by throwing. */
export type Judge = (permission: Permission, region: string) => Promise<void>;

/** What a service's room is given: everything else it asks of another service, it asks by `invoke`. */
export interface Aws {
  readonly accountId: string;
  readonly region: string;
  readonly clock: Clock;
  /** Access keys and who is behind them. */
  readonly credentials: CredentialStore;
  /** The certificates of its own servers. */
  readonly trust: Trust;
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
  /**
   * Whether who asks has a permission that is no operation's of a room here: to sign in to a cache, to make
   * what is only recorded.
   * @throws AwsError AccessDeniedException
   */
  authorize(permission: Permission): Promise<void>;
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
  /** Who decides on permissions; without it everybody has all. */
  judge(judge: Judge): void;
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

/** The rooms of every service: those that all regions share, and each region's own. */
function createRooms(inRegion: (region: string) => Aws) {
  const shared: Rooms = new Map();
  const regions = new Map<string, Rooms>();
  const regional: ((aws: Aws) => readonly AnyEmbeddedService[])[] = [];

  const roomsOf = (region: string): Rooms => {
    const held = regions.get(region);
    if (held) return held;
    if (!isRegion(region)) {
      const message = `Credential should be scoped to a valid region, not '${region}'.`;
      throw awsError('InvalidSignatureException', message, { statusCode: 403 });
    }
    const own = inRegion(region);
    const rooms: Rooms = new Map(regional.flatMap((open) => open(own).map((room) => [room.id, room])));
    regions.set(region, rooms);
    return rooms;
  };

  return {
    share: (room: AnyEmbeddedService) => shared.set(room.id, room),
    addRegional: (open: (aws: Aws) => readonly AnyEmbeddedService[]) => regional.push(open),
    handler: (service: ServiceId, operation: string, region: string): AnyHandler | undefined => {
      const room = shared.get(service) ?? roomsOf(region).get(service);
      const operations = room?.operations as Record<string, AnyHandler> | undefined;
      return operations && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    },
    all: () => [shared, ...regions.values()].flatMap((held) => [...held.values()]),
  };
}

function recordOf({ service, operation, principal }: Call, input: unknown, at: Date): CallRecord {
  return { at, service, operation, principal: principal.arn, input, milliseconds: 0 };
}

export function createKernel(options: KernelOptions): Kernel {
  const { clock, endpoint = () => 'http://127.0.0.1:0', log = () => undefined } = options;
  const accountId = options.accountId ?? '123456789012';
  const home = options.region ?? 'us-east-1';
  const root: Principal = { arn: `arn:aws:iam::${accountId}:root`, accountId };
  const faults = createFaults(clock, options.faultPlan);
  const credentials = createCredentialStore(clock, root);
  const interceptors: Interceptor[] = [(call) => faults.beforeCall(call)];
  const calls: CallRecord[] = [];
  const trust = createTrust();
  let judge: Judge = async () => undefined;

  const dispatch = async (call: Call, input: unknown): Promise<unknown> => {
    const { service, operation } = call;
    const started = performance.now();
    const record = recordOf(call, input, clock.now());
    calls.push(record);
    try {
      const handler = rooms.handler(service, operation, call.region);
      if (!handler) {
        const message = `The embedded AWS does not implement ${service}:${operation}`;
        log(message);
        throw awsError('UnknownOperationException', message);
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

  const inRegion = (region: string): Aws => ({
    accountId,
    region,
    clock,
    credentials,
    trust,
    faults,
    authorize: (permission) => judge(permission, region),
    endpoint,
    log,
    arn: (service, resource, at = {}) =>
      `arn:aws:${service}:${at.region ?? region}:${at.accountId ?? accountId}:${resource}`,
    invoke: async (service, operation, input, as) => {
      const call: Call = { service, operation, principal: as ?? root, region, requestId: randomUUID() };
      return structuredClone(await dispatch(call, structuredClone(input))) as never;
    },
    inRegion,
  });
  const rooms = createRooms(inRegion);

  return {
    ...inRegion(home),
    register: rooms.share,
    registerRegional: rooms.addRegional,
    intercept: (interceptor) => interceptors.push(interceptor),
    implements: (service, operation) => rooms.handler(service, operation, home) !== undefined,
    judge: (given) => {
      judge = given;
    },
    dispatch,
    calls,
    stop: async () => {
      await Promise.all(rooms.all().map((room) => room.stop?.()));
      trust.close();
    },
  };
}

/** `us-east-1`: what a region's name looks like. Each that is called is there. */
const isRegion = (name: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d$/.test(name);
