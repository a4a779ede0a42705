/**
 * An error as AWS answers it: `code` is the name that the SDK turns into a typed exception,
 * `message` the sentence that AWS writes. Anything else thrown by a handler is our own defect
 * and reaches the caller as InternalFailure, and the log with its stack.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { statusCode?: number; members?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.statusCode = options.statusCode ?? 400;
    this.members = options.members ?? {};
  }
}

export function awsError(
  code: string,
  message: string,
  options?: { statusCode?: number; members?: Record<string, unknown> },
): AwsError {
  return new AwsError(code, message, options);
}
