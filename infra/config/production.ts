import { pinsOf } from './pins.ts';
import type { EnvironmentInput } from './schema.ts';

const { natImage, cloudFrontPrefixList } = pinsOf('us-east-1');

export const production: EnvironmentInput = {
  tier: 50,
  bootstrapQualifier: 'pikaprd',
  sleeps: false,
  domain: 'pika.example',
  network: {
    vpc: '10.0.0.0/16',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    subnets: {
      public: ['10.0.1.0/24', '10.0.2.0/24'],
      private: ['10.0.11.0/24', '10.0.12.0/24'],
      database: ['10.0.21.0/24', '10.0.22.0/24'],
    },
    egress: 'nat-instance',
    natImage,
  },
  ingress: { loadBalancer: 'internal', cloudFrontPrefixList, tls: false },
  database: { version: '14.22', storage: 20, backupDays: 7, extendedSupport: false },
  cache: { engine: 'valkey', version: '7.2', snapshotDays: 1 },
  disasterRecovery: { region: 'us-west-2', replicate: true },
  cdn: {
    apiCaching: [
      { path: '/api/v1/listings*', seconds: 30 },
      { path: '/api/v1/search*', seconds: 30 },
    ],
  },
  waf: { requestsPerFiveMinutes: 1000, countries: [], botControl: 'basic' },
  deployment: { config: 'CodeDeployDefault.ECSCanary10Percent5Minutes', readyMinutes: 1440, bakeMinutes: 30 },
  scaling: {
    cpuPercent: 70,
    requestsPerTask: 600,
    schedules: [
      { name: 'day', cron: 'cron(0 12 ? * * *)', min: 1, max: 2 },
      { name: 'night', cron: 'cron(0 5 ? * * *)', min: 1, max: 1 },
    ],
  },
  services: {
    firebase: ['auth', 'notifications'],
    uploads: ['listings', 'users'],
    tokens: ['auth'],
    fullTextSearch: ['search'],
    businessMetrics: {
      orders: { name: 'OrdersPlaced', message: 'order placed' },
      users: { name: 'UsersRegistered', message: 'user registered' },
      listings: { name: 'ListingsCreated', message: 'listing created' },
    },
  },
  monitoring: {
    dashboards: true,
    performanceInsightsDays: 7,
    enhancedMonitoringSeconds: 60,
    logDays: 7,
    errorLogDays: 30,
    percent: { cpu: 80, memory: 80, errors: 5, connections: 80 },
    slo: { p95Milliseconds: 200, availabilityPercent: 99.9 },
  },
};
