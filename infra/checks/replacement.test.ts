import { forbiddenChanges } from './replacement.ts';

const stack = (resources: Record<string, unknown>) => ({ 'pika-staging-data': { Resources: resources } });
const database = (properties: object) => ({
  Database: {
    Type: 'AWS::RDS::DBInstance',
    DeletionPolicy: 'Retain',
    Properties: { DBInstanceIdentifier: 'pika-staging', ...properties },
  },
});

describe('changes against the last release', () => {
  it('lets a database be changed in place', () => {
    expect(
      forbiddenChanges(
        stack(database({ AllocatedStorage: '20' })),
        stack(database({ AllocatedStorage: '30' })),
      ),
    ).toEqual([]);
  });

  it('refuses to replace it', () => {
    const changed = forbiddenChanges(
      stack(database({ StorageEncrypted: true })),
      stack(database({ StorageEncrypted: false })),
    );
    expect(changed).toEqual([
      'pika-staging-data/Database (AWS::RDS::DBInstance): will replace, by StorageEncrypted',
    ]);
  });

  it('refuses to drop it, with its stack or without, even if it would be kept', () => {
    const dropped = ['pika-staging-data/Database (AWS::RDS::DBInstance): will orphan'];
    expect(forbiddenChanges(stack(database({})), stack({}))).toEqual(dropped);
    expect(forbiddenChanges(stack(database({})), {})).toEqual(dropped);
  });

  it('refuses any change of what a release has taken over', () => {
    const service = (count: number) => ({
      Users: {
        Type: 'AWS::ECS::Service',
        Properties: { ServiceName: 'users', HealthCheckGracePeriodSeconds: count },
      },
    });
    expect(forbiddenChanges(stack(service(60)), stack(service(90)))).toEqual([
      'pika-staging-data/Users (AWS::ECS::Service): is frozen after creation, by HealthCheckGracePeriodSeconds',
    ]);
    expect(forbiddenChanges(stack({}), stack(service(60)))).toEqual([]);
    expect(forbiddenChanges(stack(service(60)), stack(service(60)))).toEqual([]);
  });
});
