/** The name at the end of an ARN, or the name itself. */
export function lastPart(arn: string | undefined): string {
  return arn?.split('/').at(-1) ?? '';
}
