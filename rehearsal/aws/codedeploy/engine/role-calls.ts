import type { Aws } from '../../kernel/aws.ts';
import type { Input, OperationName, Output, Principal, ServiceId } from '../../kernel/service.ts';
import { failureOf, isThrottled } from './failure.ts';

/** Calls to other services under a deployment group's service role. Refusals come as DeploymentFailure. */
export interface RoleCalls {
  ask<Service extends ServiceId, Operation extends OperationName<Service>>(
    service: Service,
    operation: Operation,
    input: Input<Service, Operation>,
  ): Promise<Output<Service, Operation>>;
}

/** The session that CodeDeploy opens in the service role, named after the deployment. */
export function rolePrincipal(aws: Aws, roleArn: string, sessionName: string): Principal {
  const roleName = roleArn.split('/').at(-1) ?? roleArn;
  return {
    arn: `arn:aws:sts::${aws.accountId}:assumed-role/${roleName}/${sessionName}`,
    accountId: aws.accountId,
    roleArn,
    service: 'codedeploy.amazonaws.com',
  };
}

const attempts = 6;

/** Throttled calls are repeated after 1, 2, 4, 8 and 16 s of simulated time. */
export function roleCalls(aws: Aws, roleArn: string, sessionName: string, signal?: AbortSignal): RoleCalls {
  const principal = rolePrincipal(aws, roleArn, sessionName);
  return {
    ask: async (service, operation, input) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await aws.invoke(service, operation, input, principal);
        } catch (error) {
          if (attempt === attempts || !isThrottled(error)) throw failureOf(error, service, roleArn);
          await aws.clock.sleep(1000 * 2 ** (attempt - 1), signal);
        }
      }
    },
  };
}
