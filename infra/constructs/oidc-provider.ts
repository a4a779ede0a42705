import { CfnOIDCProvider } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** GitHub's identity provider. AWS knows its certificate authority: no thumbprints to keep. */
export function githubProvider(scope: Construct): CfnOIDCProvider {
  return new CfnOIDCProvider(scope, 'Github', {
    url: 'https://token.actions.githubusercontent.com',
    clientIdList: ['sts.amazonaws.com'],
  });
}
