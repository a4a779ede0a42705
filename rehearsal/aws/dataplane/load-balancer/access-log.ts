/** One request as an ALB's access log tells it, at its end. */
export interface AccessLogEntry {
  /** Simulated time at which the response ended. */
  time: Date;
  /** `app/NAME/ID` */
  loadBalancer: string;
  listenerPort: number;
  clientAddress: string;
  method: string;
  path: string;
  ruleArn?: string;
  /** `targetgroup/NAME/ID` */
  targetGroup?: string;
  /** `ADDRESS:PORT` */
  target?: string;
  /** Status that the client saw; 460 when it left before there was one. */
  elbStatusCode: number;
  /** Status that the target gave; absent when the load balancer answered by itself. */
  targetStatusCode?: number;
  /** Real seconds from the request's leaving for the target to the first of its response. */
  targetProcessingSeconds?: number;
}

export type AccessLog = (entry: AccessLogEntry) => void;
