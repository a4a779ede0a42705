import { reader, type Service } from '../context.ts';
import { need, words } from './need.ts';

/** Lambda, SNS, SQS, DynamoDB, ECR and AWS Backup: nothing by existing, all by use. */
export const serverless: Service = {
  rules: {
    'AWS::Lambda::Function': () => ({
      free: 'no fixed cost; requests and time are priced for the environment',
    }),
    'AWS::Lambda::Permission': () => ({ free: 'only a policy' }),
    'AWS::Lambda::LayerVersion': () => ({ free: 'layers are not charged' }),
    'AWS::Lambda::Version': () => ({ free: 'only names a version' }),
    'AWS::Lambda::Alias': (resource) =>
      resource.properties.ProvisionedConcurrencyConfig
        ? { unknown: 'provisioned concurrency is not in the price book', remedy: 'Leave it out' }
        : { free: 'only names a version' },
    'AWS::Lambda::EventInvokeConfig': () => ({ free: 'only a setting' }),
    'AWS::Lambda::EventSourceMapping': () => ({ free: 'its invocations are in the requests' }),
    'AWS::Lambda::Url': () => ({ free: 'its invocations are in the requests' }),
    'AWS::StepFunctions::StateMachine': (resource, context) =>
      reader(resource, context).text('StateMachineType', 'STANDARD') === 'STANDARD'
        ? { free: 'no fixed cost; transitions are priced for the environment' }
        : { unknown: 'express workflows are not in the price book', remedy: 'Use a standard workflow' },
    'AWS::SNS::Topic': () => ({ free: 'no fixed cost; e-mails are priced for the environment' }),
    'AWS::SNS::TopicPolicy': () => ({ free: 'only a policy' }),
    'AWS::SNS::Subscription': (resource, context) => {
      const protocol = reader(resource, context).text('Protocol', '');
      return protocol === 'sms'
        ? { unknown: 'text messages are priced by country', remedy: 'Use e-mail or https' }
        : { free: 'no fixed cost; e-mails are priced for the environment' };
    },
    'AWS::SQS::Queue': () => ({ free: 'no fixed cost; requests are priced for the environment' }),
    'AWS::SQS::QueuePolicy': () => ({ free: 'only a policy' }),
    'AWS::DynamoDB::Table': (resource, context) =>
      reader(resource, context).text('BillingMode', 'PROVISIONED') === 'PAY_PER_REQUEST'
        ? { free: 'no fixed cost; storage and requests are priced for the environment' }
        : { unknown: 'provisioned capacity is not in the price book', remedy: 'Use PAY_PER_REQUEST' },
    'AWS::ECR::Repository': () => ({ free: 'no fixed cost; stored images are priced for the environment' }),
    'AWS::ECR::RegistryPolicy': () => ({ free: 'only a policy' }),
    'AWS::ECR::RegistryScanningConfiguration': (resource, context) =>
      reader(resource, context).text('ScanType', 'BASIC') === 'BASIC'
        ? { free: 'basic scanning is not charged' }
        : {
            unknown: 'enhanced scanning by Inspector is not in the price book',
            remedy: 'Use basic scanning',
          },
    'AWS::ECR::ReplicationConfiguration': () => ({ free: 'the copies are in the GB of images' }),
    'AWS::Backup::BackupVault': () => ({ free: 'no fixed cost; storage is priced for the environment' }),
    'AWS::Backup::BackupPlan': () => ({ free: 'no fixed cost; storage is priced for the environment' }),
    'AWS::Backup::BackupSelection': () => ({ free: 'only names what is backed up' }),
  },
  uses: [
    {
      name: 'Lambda',
      types: ['AWS::Lambda::Function'],
      needs: (subject, context) => {
        const requests = context.usage('lambda.requests-millions', subject);
        const seconds = context.usage('lambda.gb-seconds', subject);
        return [
          need('requests', 'lambda.requests_M', requests, `${words(requests)} M requests`),
          need('time', 'lambda.gb_s', seconds, `${words(seconds)} GB-seconds`),
        ];
      },
    },
    {
      name: 'Step Functions',
      types: ['AWS::StepFunctions::StateMachine'],
      needs: (subject, context) => {
        const transitions = context.usage('step-functions.transitions-thousands', subject);
        return [need('transitions', 'states.transitions_1k', transitions, `${words(transitions)} thousand`)];
      },
    },
    {
      name: 'SNS e-mails',
      types: ['AWS::SNS::Topic'],
      needs: (subject, context) => {
        const emails = context.usage('sns.emails-100k', subject);
        return [need('e-mails', 'sns.email_100k', emails, `${words(emails)} × 100,000`)];
      },
    },
    {
      name: 'SQS requests',
      types: ['AWS::SQS::Queue'],
      needs: (subject, context) => {
        const millions = context.usage('sqs.requests-millions', subject);
        return [need('requests', 'sqs.requests_M', millions, `${words(millions)} M requests`)];
      },
    },
    {
      name: 'DynamoDB',
      types: ['AWS::DynamoDB::Table'],
      needs: (subject, context) => {
        const gb = context.usage('dynamodb.gb', subject);
        const reads = context.usage('dynamodb.reads-millions', subject);
        const writes = context.usage('dynamodb.writes-millions', subject);
        return [
          need('storage', 'dynamodb.gb_mo', gb, `${words(gb)} GB`),
          need('reads', 'dynamodb.reads_M', reads, `${words(reads)} M`),
          need('writes', 'dynamodb.writes_M', writes, `${words(writes)} M`),
        ];
      },
    },
    {
      name: 'ECR',
      types: ['AWS::ECR::Repository'],
      needs: (subject, context) => {
        const gb = context.usage('ecr.gb', subject);
        return [need('images', 'ecr_gb_mo', gb, `${words(gb)} GB`)];
      },
    },
    {
      name: 'AWS Backup',
      types: ['AWS::Backup::BackupPlan'],
      needs: (subject, context) => {
        const gb = context.usage('backup.gb', subject);
        return [need('backups', 'backup.gb_mo', gb, `${words(gb)} GB`)];
      },
    },
  ],
};
