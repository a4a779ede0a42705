import { CodeDeployClient } from '@aws-sdk/client-codedeploy';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { clientOptions } from '../common/aws.ts';
import { createEcs } from './ecs.ts';

/** The two clients that every run needs. Others are made where they are loaded. */
export interface Clients {
  ecs: ECSClient;
  codedeploy: CodeDeployClient;
  /** Epoch milliseconds until which throttled calls are repeated. */
  deadline: number;
}

export function createClients(deadline: number, ecs = createEcs(deadline)): Clients {
  return { ecs, codedeploy: new CodeDeployClient(clientOptions(deadline)), deadline };
}
