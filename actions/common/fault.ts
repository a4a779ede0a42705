/** One thing that is wrong: which input or resource, the value it has, and what is allowed or to do next. */
export interface Fault {
  /** The input, resource or document at fault: `input images`, `service search`. */
  subject: string;
  message: string;
  /** What is allowed, or what to do next. */
  remedy?: string;
  /** Where it is written, when it is in a file; GitHub shows the annotation there. */
  at?: { file: string; line: number; column: number };
}

/** Everything found wrong before anything was changed. Shown whole, never one at a time. */
export class FaultsError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(formatFault).join('\n'));
    this.name = 'FaultsError';
    this.faults = faults;
  }
}

export function formatFault(fault: Fault): string {
  const place = fault.at ? `${fault.at.file}:${fault.at.line}:${fault.at.column} ` : '';
  return `${place}${fault.subject}: ${fault.message}${fault.remedy ? `. ${fault.remedy}` : ''}`;
}
