/** Outputs of the network stack: where a one-off task that works on the database runs. Read by infra/deploy. */
export const DATABASE_TASK_OUTPUTS = {
  subnets: 'DatabaseTaskSubnets',
  securityGroup: 'DatabaseTaskSecurityGroup',
} as const;
