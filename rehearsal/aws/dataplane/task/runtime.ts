/** What a container is started from, the task definition and the overrides already merged. */
export interface ContainerStart<Image extends PulledImage = PulledImage> {
  name: string;
  image: Image;
  /** The task's address, shared by its containers. */
  address: string;
  environment: Readonly<Record<string, string>>;
  entryPoint?: readonly string[];
  command?: readonly string[];
  workingDirectory?: string;
  /** What a container engine holds it to; a process has all of the machine. */
  limits?: { cpus?: number; memoryMebibytes?: number };
  onLine: (line: string) => void;
}

export interface RunningContainer {
  runtimeId: string;
  exited: Promise<ContainerExit>;
  /** Tells the container's first process; what it started is told only by SIGKILL. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Runs a health check inside; the exit code, or 124 when it takes longer than `milliseconds` of real time. */
  execute(command: readonly string[], milliseconds: number): Promise<number>;
  /** Seconds of processor time used so far and bytes of memory in use. */
  usage(): { cpuSeconds: number; memoryBytes: number } | undefined;
}

export interface ContainerExit {
  exitCode: number;
  /** Why it ended, in ECS's words, where more than the exit code is known. */
  reason?: string;
}

/** An image's reference after it was resolved. Each runtime adds what it starts containers by. */
export interface PulledImage {
  reference: string;
  digest: string;
}

/** Where an image is pulled from. */
export interface ImageSource {
  /** As the task definition has it. */
  reference: string;
  /** `127.0.0.1:PORT` of the registry that stands for ECR. */
  registry: string;
  /** Value of the `Authorization` header. */
  authorization: string;
}

/**
 * Runs containers. `createProcessRuntime` is the one that needs nothing but Node. An image is started by
 * the runtime that pulled it.
 */
export interface TaskRuntime<Image extends PulledImage = PulledImage> {
  /** @returns an address on which each of the ports is free. */
  allocateAddress(ports: readonly number[]): Promise<string>;
  /** @throws ImageError when the image cannot be had. */
  pull(source: ImageSource): Promise<Image>;
  /** @throws StartError when there is nothing to start. */
  start(container: ContainerStart<Image>): Promise<RunningContainer>;
  /** Ends every container and removes every file. */
  close(): Promise<void>;
}

/** An image cannot be pulled; the message is the part after `CannotPullContainerError:`. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** A container cannot be started; the message is the part after `CannotStartContainerError:`. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
