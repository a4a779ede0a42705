import type { AwsError } from '../kernel/error.ts';
import type { ErrorModel, OperationModel, ServiceModel } from './model.ts';

/** An HTTP request after its body was read. */
export interface WireRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** The body as a query form, parsed once. */
  form: URLSearchParams;
}

export interface Reply {
  statusCode: number;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
}

/** One of AWS's protocols, seen from the server. */
export interface Protocol {
  /** The request as the operation's input. @throws AwsError when it cannot be one. */
  read(operation: OperationModel, request: WireRequest): Promise<unknown>;
  write(operation: OperationModel, output: unknown, requestId: string): Reply;
  fault(error: AwsError, requestId: string): Reply;
}

/** An error's shape in the model, if it has one, and the members to write besides its message. */
export function modelledError(
  model: ServiceModel | undefined,
  error: AwsError,
): { shape: ErrorModel | undefined; members: Record<string, unknown> } {
  const shape = model?.error(error.code);
  const members: Record<string, unknown> = { ...error.members };
  if (shape) {
    const names = [...shape.schema.structIterator()].map(([name]) => name);
    members[names.find((name) => name.toLowerCase() === 'message') ?? 'message'] = error.message;
  } else {
    members.message = error.message;
  }
  return { shape, members };
}
