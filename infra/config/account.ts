import type { AccountInput } from './schema.ts';

export const account: AccountInput = {
  bootstrapQualifier: 'pikaacct',
  hostedZone: 'pika.example',
  alertEmail: 'operations@pika.example',
  github: {
    owner: 'pika-marketplace',
    ownerId: '100000001',
    repository: 'pika',
    repositoryId: '100000002',
  },
  spend: { dailyAlarm: 4, monthlyAlarm: 80 },
  guardDuty: false,
};
