/** Something wrong in what a person wrote: where, what is there, and what is allowed. */
export interface ManifestFault {
  file: string;
  line: number;
  column: number;
  /** `services.search.cpu` */
  path: string;
  message: string;
}

/** All faults of a manifest at once; nothing was done. */
export class ManifestError extends Error {
  readonly faults: readonly ManifestFault[];

  constructor(faults: readonly ManifestFault[]) {
    super(
      faults
        .map((fault) => `${fault.file}:${fault.line}:${fault.column} ${fault.path}: ${fault.message}`)
        .join('\n'),
    );
    this.name = 'ManifestError';
    this.faults = faults;
  }
}
