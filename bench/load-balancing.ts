import type { Figure } from './figure.ts';
import { loadBalancerFigures } from './load-balancer.ts';

export async function measure(): Promise<Figure[]> {
  const { balanced, addedMedianMilliseconds } = await loadBalancerFigures({ rate: 2_050 });
  const edge = await loadBalancerFigures({ rate: 1_025, through: 'edge' });
  return [
    {
      name: 'load balancer: requests a second',
      value: balanced.requestsPerSecond,
      unit: '/s',
      atLeast: 2_000,
    },
    { name: 'load balancer: requests without a good answer', value: balanced.failed, unit: '', atMost: 0 },
    { name: 'load balancer: added at the median', value: addedMedianMilliseconds, unit: 'ms', atMost: 2 },
    { name: 'edge: requests a second', value: edge.balanced.requestsPerSecond, unit: '/s', atLeast: 1_000 },
    { name: 'edge: requests without a good answer', value: edge.balanced.failed, unit: '', atMost: 0 },
    { name: 'edge: added at the median', value: edge.addedMedianMilliseconds, unit: 'ms', atMost: 1 },
  ];
}
