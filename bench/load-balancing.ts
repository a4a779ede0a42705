import type { Figure } from './figure.ts';
import { loadBalancerFigures } from './load-balancer.ts';

export async function measure(): Promise<Figure[]> {
  const { balanced, addedMedianMilliseconds } = await loadBalancerFigures({ rate: 2_050 });
  return [
    {
      name: 'load balancer: requests a second',
      value: balanced.requestsPerSecond,
      unit: '/s',
      atLeast: 2_000,
    },
    { name: 'load balancer: requests without a good answer', value: balanced.failed, unit: '', atMost: 0 },
    { name: 'load balancer: added at the median', value: addedMedianMilliseconds, unit: 'ms', atMost: 2 },
  ];
}
