import { DescribeServicesCommand, type ECSClient, type Service } from '@aws-sdk/client-ecs';
import { abortable, awsFault } from '../common/aws.ts';
import { type Fault, FaultsError } from '../common/fault.ts';
import { chunks } from '../common/poll.ts';
import type { Target } from './target.ts';

const SERVICES_A_CALL = 10;

/** @throws FaultsError naming the cluster or the permission. */
export async function describeServices(
  ecs: ECSClient,
  wanted: readonly { cluster: string; service: string }[],
  signal?: AbortSignal,
): Promise<Service[]> {
  const clusters = Object.entries(Object.groupBy(wanted, ({ cluster }) => cluster));
  const calls = clusters.flatMap(([cluster, members = []]) =>
    chunks([...new Set(members.map(({ service }) => service))], SERVICES_A_CALL).map(async (services) => {
      try {
        const command = new DescribeServicesCommand({ cluster, services });
        return (await ecs.send(command, abortable(signal))).services ?? [];
      } catch (error) {
        throw new FaultsError([clusterFault(error, cluster)]);
      }
    }),
  );
  return (await Promise.all(calls)).flat();
}

function clusterFault(error: unknown, cluster: string): Fault {
  if (error instanceof Error && error.name === 'ClusterNotFoundException') {
    return {
      subject: `cluster ${cluster}`,
      message: 'is not there',
      remedy: 'Check the input cluster (or cluster in the manifest), the region and the account',
    };
  }
  return awsFault(error, `cluster ${cluster}`, 'ecs:DescribeServices');
}

export interface Found<Item> {
  items: Item[];
  faults: Fault[];
  /** Keys whose reading failed: their members are not reported as missing besides. */
  failed: Set<string>;
}

/** The services of all targets, with what is wrong with their clusters. */
export async function readServices(ecs: ECSClient, targets: readonly Target[], signal?: AbortSignal) {
  const clusters = Object.entries(Object.groupBy(targets, ({ cluster }) => cluster));
  return collect<Service>(
    clusters.map(([cluster, members = []]) => ({
      key: cluster,
      read: () => describeServices(ecs, members, signal),
      explain: (error) => [...(error instanceof FaultsError ? error.faults : [])],
    })),
    signal,
  );
}

interface Reading<Item> {
  key: string;
  read: () => Promise<Item[]>;
  explain: (error: unknown) => Fault[];
}

/** Reads everything at once: what fails is a fault, not an end. */
export async function collect<Item>(
  readings: readonly Reading<Item>[],
  signal?: AbortSignal,
): Promise<Found<Item>> {
  const found: Found<Item> = { items: [], faults: [], failed: new Set() };
  await Promise.all(
    readings.map(async ({ key, read, explain }) => {
      try {
        found.items.push(...(await read()));
      } catch (error) {
        signal?.throwIfAborted();
        found.failed.add(key);
        found.faults.push(...explain(error));
      }
    }),
  );
  return found;
}
