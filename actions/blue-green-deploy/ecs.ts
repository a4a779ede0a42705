import { ECSClient } from '@aws-sdk/client-ecs';
import { clientOptions } from '../common/aws.ts';

/** @param deadline epoch milliseconds until which throttled calls are repeated. */
export function createEcs(deadline: number): ECSClient {
  return new ECSClient(clientOptions(deadline));
}
