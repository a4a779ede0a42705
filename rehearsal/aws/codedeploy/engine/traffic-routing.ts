import type { TrafficRoutingConfig } from '@aws-sdk/client-codedeploy';

/** One increment: the share of production traffic that green gets, and how long it stays there. */
export interface TrafficIncrement {
  greenPercent: number;
  holdMinutes: number;
}

/**
 * The increments of a traffic shift, ending at 100 %. A canary shifts its percentage, waits and
 * shifts the rest; a linear shift adds its percentage at the start of each interval.
 * The first increment comes at once; nothing is held after the last.
 */
export function trafficIncrements(config: TrafficRoutingConfig | undefined): TrafficIncrement[] {
  const whole: TrafficIncrement = { greenPercent: 100, holdMinutes: 0 };
  if (config?.type === 'TimeBasedCanary' && config.timeBasedCanary) {
    const { canaryPercentage = 100, canaryInterval = 0 } = config.timeBasedCanary;
    return [{ greenPercent: canaryPercentage, holdMinutes: canaryInterval }, whole];
  }
  if (config?.type === 'TimeBasedLinear' && config.timeBasedLinear) {
    const { linearPercentage = 100, linearInterval = 0 } = config.timeBasedLinear;
    const count = Math.ceil(100 / linearPercentage) - 1;
    const gradual = Array.from({ length: count }, (_, index) => ({
      greenPercent: linearPercentage * (index + 1),
      holdMinutes: linearInterval,
    }));
    return [...gradual, whole];
  }
  return [whole];
}
