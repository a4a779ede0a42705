import { forbiddenChanges, type Templates } from './replacement.ts';

const sentencesOf = (released: Templates, next: Templates) =>
  forbiddenChanges(released, next).map(({ sentence }) => sentence);

const stack = (resources: Record<string, unknown>) => ({ 'pika-staging-data': { Resources: resources } });
const database = (properties: object) => ({
  Database: {
    Type: 'AWS::RDS::DBInstance',
    DeletionPolicy: 'Retain',
    Properties: { DBInstanceIdentifier: 'pika-staging', ...properties },
  },
});

const service = (count: number) => ({
  Users: {
    Type: 'AWS::ECS::Service',
    Properties: { ServiceName: 'users', HealthCheckGracePeriodSeconds: count },
  },
});

describe('changes against the last release', () => {
  it('lets a database be changed in place', () => {
    expect(
      sentencesOf(stack(database({ AllocatedStorage: '20' })), stack(database({ AllocatedStorage: '30' }))),
    ).toEqual([]);
  });

  it('refuses to replace it', () => {
    const changed = sentencesOf(
      stack(database({ StorageEncrypted: true })),
      stack(database({ StorageEncrypted: false })),
    );
    expect(changed).toEqual([
      'pika-staging-data/Database (AWS::RDS::DBInstance): will replace, by StorageEncrypted',
    ]);
  });

  it('refuses to drop it, with its stack or without, even if it would be kept', () => {
    const dropped = ['pika-staging-data/Database (AWS::RDS::DBInstance): will orphan'];
    expect(sentencesOf(stack(database({})), stack({}))).toEqual(dropped);
    expect(sentencesOf(stack(database({})), {})).toEqual(dropped);
  });

  it('refuses any change of what a release has taken over', () => {
    expect(sentencesOf(stack(service(60)), stack(service(90)))).toEqual([
      'pika-staging-data/Users (AWS::ECS::Service): is frozen after creation, by HealthCheckGracePeriodSeconds',
    ]);
    expect(sentencesOf(stack({}), stack(service(60)))).toEqual([]);
    expect(sentencesOf(stack(service(60)), stack(service(60)))).toEqual([]);
  });

  it('tells what would be lost from what is frozen: the one stops all stacks, the other two of them', () => {
    const before = { ...database({}), ...service(60) };
    const changes = forbiddenChanges(stack(before), stack(service(90)));
    expect(changes.map(({ what }) => what).sort()).toEqual(['frozen', 'lost']);
  });
});
