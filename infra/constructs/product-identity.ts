import { Construct } from 'constructs';
import type { Manifest, ProductNames } from '../../manifest/index.ts';
import type { AccountConfig } from '../config/schema.ts';
import { globalArn, stackArn } from './arn.ts';
import { GithubRole } from './github-roles.ts';
import { ROLE_WORKFLOWS } from './role-workflows.ts';

export interface ProductIdentityProps {
  readonly names: ProductNames;
  readonly manifest: Manifest;
  readonly github: AccountConfig['github'];
}

/** The two roles that belong to no environment: the build pushes images, the budget gate reads prices and spending. */
export class ProductIdentity extends Construct {
  constructor(scope: Construct, id: string, { names, manifest, github }: ProductIdentityProps) {
    super(scope, id);
    const build = new GithubRole(this, 'Build', {
      roleName: names.buildRole,
      description: 'Pushes images, from the default branch only',
      github,
      subjects: ['ref:refs/heads/main'],
      workflows: ROLE_WORKFLOWS.build,
    });
    build.allow('SignIn', ['ecr:GetAuthorizationToken'], ['*']);
    build.allow(
      'Push',
      [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImageScanFindings',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      [stackArn(this, 'ecr', `repository/${manifest.product}/*`)],
    );
    const budget = new GithubRole(this, 'Budget', {
      roleName: names.budgetRole,
      description: 'Reads prices, budgets and spending',
      github,
      subjects: ['ref:refs/heads/main'],
      workflows: ROLE_WORKFLOWS.budget,
    });
    budget.allow(
      'ReadSpending',
      ['ce:GetCostAndUsage', 'ce:GetCostForecast', 'pricing:GetProducts', 'pricing:DescribeServices'],
      ['*'],
    );
    budget.allow('ReadBudgets', ['budgets:ViewBudget'], [globalArn(this, 'budgets', 'budget/*')]);
  }
}
