import { isIP } from 'node:net';
import type { TargetDescription, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  TargetDescription as PoolTarget,
  TargetAddress,
} from '../dataplane/load-balancer/target-group.ts';
import { awsError } from '../kernel/error.ts';
import type { Handlers } from '../kernel/service.ts';
import { type State, type TargetGroupRecord, targetGroupOf } from './state.ts';

/** Per load balancer, as AWS has it; counted here per target group. */
const MOST_TARGETS = 1_000;

export function targetOperations(state: State): Handlers<'elasticloadbalancing'> {
  return {
    RegisterTargets: ({ TargetGroupArn, Targets }) => {
      const record = targetGroupOf(state, TargetGroupArn);
      const addresses = Targets.map((target) => toAddress(record, target));
      const targets = new Set(
        [...record.pool.describe(), ...addresses].map(({ address, port }) => `${address}:${port}`),
      );
      if (targets.size > MOST_TARGETS) {
        throw awsError('TooManyTargets', `The maximum number of targets (${MOST_TARGETS}) has been reached`);
      }
      for (const address of addresses) record.pool.register(address);
      return {};
    },
    /** Deregistering what is not registered is no error. */
    DeregisterTargets: ({ TargetGroupArn, Targets }) => {
      const record = targetGroupOf(state, TargetGroupArn);
      const addresses = Targets.flatMap((target) => registered(record, target));
      for (const address of addresses) record.pool.deregister(address);
      return {};
    },
    DescribeTargetHealth: ({ TargetGroupArn, Targets }) => {
      const record = targetGroupOf(state, TargetGroupArn);
      const present = record.pool.describe();
      if (!Targets) return { TargetHealthDescriptions: present.map((target) => describe(record, target)) };
      return { TargetHealthDescriptions: Targets.flatMap((target) => found(record, present, target)) };
    },
  };
}

function toAddress(record: TargetGroupRecord, target: TargetDescription): TargetAddress {
  const { Id = '', Port = record.description.Port ?? 80, AvailabilityZone } = target;
  if (record.description.TargetType === 'instance') {
    // There is no EC2 instance in the embedded AWS, so none can be registered.
    throw awsError('InvalidTarget', `The following targets do not exist: '${Id}'`);
  }
  if (isIP(Id) !== 4) throw awsError('ValidationError', `The IP address '${Id}' is not a valid IPv4 address`);
  if (Port < 1 || Port > 65_535) {
    throw awsError('ValidationError', `Target port '${Port}' must be between 1 and 65535 inclusive`);
  }
  return {
    address: Id,
    port: Port,
    ...(AvailabilityZone === undefined ? {} : { availabilityZone: AvailabilityZone }),
  };
}

/** Without a port, every port on which the target is registered. */
function registered({ pool }: TargetGroupRecord, { Id, Port }: TargetDescription): TargetAddress[] {
  return pool
    .describe()
    .filter(({ address, port }) => address === Id && (Port === undefined || port === Port));
}

function found(
  record: TargetGroupRecord,
  present: readonly PoolTarget[],
  wanted: TargetDescription,
): TargetHealthDescription[] {
  const matching = present.filter(
    ({ address, port }) => address === wanted.Id && (wanted.Port === undefined || port === wanted.Port),
  );
  if (matching.length > 0) return matching.map((target) => describe(record, target));
  return [
    {
      Target: { Id: wanted.Id, Port: wanted.Port ?? record.description.Port },
      HealthCheckPort: checkPort(record, wanted.Port ?? record.description.Port),
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ];
}

function describe(
  record: TargetGroupRecord,
  { address, port, availabilityZone, health }: PoolTarget,
): TargetHealthDescription {
  return {
    Target: {
      Id: address,
      Port: port,
      ...(availabilityZone === undefined ? {} : { AvailabilityZone: availabilityZone }),
    },
    HealthCheckPort: checkPort(record, port),
    TargetHealth: health,
  };
}

function checkPort({ description }: TargetGroupRecord, port: number | undefined): string {
  const checked = description.HealthCheckPort;
  return checked === undefined || checked === 'traffic-port' ? String(port) : checked;
}
