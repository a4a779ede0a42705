import type { Parts, Tier } from './schema.ts';

const start: Parts = {
  tasks: { min: 1, max: 2 },
  databaseClass: 'db.t4g.micro',
  multiAz: false,
  readReplica: false,
  databaseProxy: false,
  cacheNode: 'cache.t4g.micro',
  cacheNodes: 1,
  search: false,
  worldwideCdn: false,
};
const hundred: Parts = { ...start, tasks: { min: 2, max: 4 }, readReplica: true };
const quarterThousand: Parts = {
  ...hundred,
  databaseClass: 'db.t4g.small',
  multiAz: true,
  databaseProxy: true,
  cacheNode: 'cache.t4g.small',
  cacheNodes: 2,
};
const halfThousand: Parts = {
  ...quarterThousand,
  tasks: { min: 2, max: 6 },
  databaseClass: 'db.t4g.medium',
  search: true,
  worldwideCdn: true,
};

/**
 * The plan's scaling path: concurrent users → the parts that serve them. At 1000 the plan asks to
 * consider Kubernetes; larger tasks and more of them carry on until that is decided.
 */
export const TIERS: Readonly<Record<Tier, Parts>> = {
  50: start,
  100: hundred,
  250: quarterThousand,
  500: halfThousand,
  1000: {
    ...halfThousand,
    tasks: { min: 3, max: 10 },
    taskSize: { cpu: 512, memory: 1024 },
    databaseClass: 'db.m6g.large',
    cacheNode: 'cache.m6g.large',
  },
};
