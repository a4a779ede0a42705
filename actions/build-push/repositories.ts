import { type Fault, FaultsError } from '../common/fault.ts';
import { mapLimited } from '../common/poll.ts';
import type { Ecr, TaggedRepository } from './ecr.ts';
import type { Inputs } from './inputs.ts';
import type { Service } from './service.ts';

/** By name; undefined where there is none. */
export type Found = ReadonlyMap<string, TaggedRepository | undefined>;

export async function findRepositories(services: readonly Service[], ecr: Ecr): Promise<Found> {
  const names = [...new Set(services.map(({ repository }) => repository))];
  return new Map(
    await mapLimited(
      names,
      8,
      async (name): Promise<[string, TaggedRepository | undefined]> => [name, await ecr.repository(name)],
    ),
  );
}

/** Creates the repositories that are not there, if that is asked. @throws FaultsError when it is not. */
export async function completeRepositories(
  found: Found,
  { createRepositories, services }: Inputs,
  ecr: Ecr,
): Promise<ReadonlyMap<string, TaggedRepository>> {
  const missing = [...found].flatMap(([name, there]) => (there === undefined ? [name] : []));
  if (missing.length > 0 && !createRepositories)
    throw new FaultsError(missing.map((name) => missingFault(name, services)));
  const created = await mapLimited(
    missing,
    8,
    async (name): Promise<[string, TaggedRepository]> => [name, await ecr.createRepository(name)],
  );
  const there = [...found].flatMap(([name, repository]): [string, TaggedRepository][] =>
    repository === undefined ? [] : [[name, repository]],
  );
  return new Map([...there, ...created]);
}

function missingFault(name: string, services: readonly Service[]): Fault {
  const users = services.filter(({ repository }) => repository === name);
  return {
    subject: `service ${users.map((service) => service.name).join(', ')}`,
    message: `its ECR repository ${name} does not exist`,
    remedy: 'Deploy the infrastructure that has it, or give create-repositories: true',
  };
}
