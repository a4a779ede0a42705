import { CodeDeployClient } from '@aws-sdk/client-codedeploy';
import { ECSClient } from '@aws-sdk/client-ecs';
import { clientOptions } from '../common/aws.ts';

/** The two clients that every run needs. Others are made where they are loaded. */
export interface Clients {
  ecs: ECSClient;
  codedeploy: CodeDeployClient;
  /** Epoch milliseconds until which throttled calls are repeated. */
  deadline: number;
}

export function createClients(deadline: number): Clients {
  const options = clientOptions(deadline);
  return { ecs: new ECSClient(options), codedeploy: new CodeDeployClient(options), deadline };
}
