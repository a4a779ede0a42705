import { awsError } from '../../kernel/error.ts';

const GiB = 1024;

/** CPU units → MiB from, to, step (AWS: "Task CPU and memory" of Fargate). */
const sizes: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  512: [1 * GiB, 4 * GiB, GiB],
  1024: [2 * GiB, 8 * GiB, GiB],
  2048: [4 * GiB, 16 * GiB, GiB],
  4096: [8 * GiB, 30 * GiB, GiB],
  8192: [16 * GiB, 60 * GiB, 4 * GiB],
  16384: [32 * GiB, 120 * GiB, 8 * GiB],
};

/**
 * @param cpu CPU units, or `1 vCPU`
 * @param memory MiB, or `2 GB`
 * @returns both as ECS answers them: units and MiB.
 * @throws ClientException when Fargate has no such pair.
 */
export function fargateSize(
  cpu: string | undefined,
  memory: string | undefined,
): { cpu: string; memory: string } {
  if (!cpu) throw awsError('ClientException', "Fargate requires that 'cpu' be defined at the task level.");
  if (!memory)
    throw awsError('ClientException', "Fargate requires that 'memory' be defined at the task level.");
  const units = amount(cpu, /^([\d.]+)\s*vCPU$/i, 1024);
  const mebibytes = amount(memory, /^([\d.]+)\s*GB$/i, GiB);
  if (!exists(units, mebibytes)) {
    throw awsError(
      'ClientException',
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  return { cpu: String(units), memory: String(mebibytes) };
}

function amount(text: string, pattern: RegExp, factor: number): number {
  const [, inUnits] = pattern.exec(text.trim()) ?? [];
  return inUnits === undefined ? Number(text) : Number(inUnits) * factor;
}

function exists(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory);
  const [from, to, step] = sizes[cpu] ?? [1, 0, 1];
  return memory >= from && memory <= to && memory % step === 0;
}
