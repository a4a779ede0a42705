import { awsError } from '../../kernel/error.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Ecs } from '../context.ts';
import { page } from '../page.ts';
import { findCluster, lookUpService, nameOf } from '../state.ts';
import { createService } from './create.ts';
import { describeService } from './describe.ts';
import { updateService } from './update.ts';

/** CreateService, UpdateService, DescribeServices, ListServices, DeleteService. */
export function serviceOperations(ecs: Ecs): Handlers<'ecs'> {
  const { aws, state } = ecs;
  return {
    CreateService: async (input, call) => ({
      service: describeService(ecs, await createService(ecs, input, call)),
    }),
    UpdateService: (input) => ({ service: describeService(ecs, updateService(ecs, input)) }),
    DescribeServices: ({ cluster: name, services, include }) => {
      const cluster = findCluster(state, name);
      if (services.length === 0) throw awsError('InvalidParameterException', 'Services cannot be empty.');
      if (services.length > 10) {
        throw awsError('InvalidParameterException', 'Services cannot have more than 10 elements.');
      }
      const found = services.map((reference) => ({
        reference,
        service: lookUpService(state, cluster, reference),
      }));
      return {
        services: found.flatMap(({ service }) => {
          if (!service) return [];
          const { tags, ...described } = describeService(ecs, service);
          return [include?.includes('TAGS') ? { ...described, tags } : described];
        }),
        failures: found
          .filter(({ service }) => !service)
          .map(({ reference }) => ({
            arn: reference.startsWith('arn:')
              ? reference
              : aws.arn('ecs', `service/${cluster.name}/${nameOf(reference)}`),
            reason: 'MISSING',
          })),
      };
    },
    ListServices: (input) => {
      const cluster = findCluster(state, input.cluster);
      const services = [...state.services].filter(
        (service) => service.cluster === cluster && service.status !== 'INACTIVE',
      );
      const { items, ...next } = page(services, input, 10);
      return { serviceArns: items.map(({ arn }) => arn), ...next };
    },
    DeleteService: ({ cluster: name, service: reference, force }) => {
      const service = lookUpService(state, findCluster(state, name), reference);
      if (!service || service.status === 'INACTIVE') {
        throw awsError('ServiceNotFoundException', 'Service not found.');
      }
      if (service.desiredCount > 0 && !force) {
        throw awsError(
          'InvalidParameterException',
          'The service cannot be stopped while it is scaled above 0.',
        );
      }
      service.status = 'DRAINING';
      service.desiredCount = 0;
      ecs.changed(service);
      return { service: describeService(ecs, service) };
    },
  };
}
