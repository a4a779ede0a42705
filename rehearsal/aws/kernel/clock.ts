/** AWS's time inside the embedded AWS. One simulated second lasts `1 / scale` real seconds. */
export interface Clock {
  readonly scale: number;
  /** Simulated time now. It starts at the real time and runs `scale` times as fast. */
  now(): Date;
  /** Resolves after `milliseconds` of simulated time; rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `milliseconds` of simulated time; the answer cancels it. Keeps no process alive. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Calls back every `milliseconds` of simulated time until cancelled. Keeps no process alive. */
  every(milliseconds: number, callback: () => void): () => void;
}

/** @param scale how many simulated seconds pass in one real second; 1 is real time. */
export function createClock(scale = 1): Clock {
  const start = Date.now();
  const real = (milliseconds: number) => Math.max(0, milliseconds / scale);

  return {
    scale,
    now: () => new Date(start + (Date.now() - start) * scale),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort);
          resolve();
        }, real(milliseconds));
        const abort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, real(milliseconds)).unref();
      return () => clearTimeout(timer);
    },
    every: (milliseconds, callback) => {
      const timer = setInterval(callback, Math.max(1, real(milliseconds))).unref();
      return () => clearInterval(timer);
    },
  };
}
